"""Where cards, ports and wires stand, in a grid of chunks, so that a point or a rectangle is answered without a search.

It knows rectangles and ids; it must not know what they look like.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from typing import Final, Generic, TypeVar

from PySide6.QtCore import QPointF, QRectF

CHUNK: Final = 2048.0
"""Edge of a chunk, in scene units."""

_T = TypeVar("_T", bound=Hashable)
_Cell = tuple[int, int]


class ChunkIndex(Generic[_T]):
    """Things with a rectangle each; those of a chunk are found at once."""

    def __init__(self, chunk: float = CHUNK) -> None:
        """Start empty.

        Args:
            chunk: Edge of a chunk, in scene units.
        """
        self._chunk = chunk
        self._cells: dict[_Cell, dict[_T, None]] = {}
        self._rects: dict[_T, QRectF] = {}

    def __len__(self) -> int:
        return len(self._rects)

    def __contains__(self, thing: object) -> bool:
        return thing in self._rects

    def put(self, thing: _T, rect: QRectF) -> None:
        """Add a thing, or move it."""
        if thing in self._rects:
            self.drop(thing)
        self._rects[thing] = rect
        for cell in self._cells_of(rect):
            self._cells.setdefault(cell, {})[thing] = None

    def drop(self, thing: _T) -> None:
        """Take a thing away; nothing happens where there is none."""
        rect = self._rects.pop(thing, None)
        if rect is None:
            return
        for cell in self._cells_of(rect):
            held = self._cells[cell]
            del held[thing]
            if not held:
                del self._cells[cell]

    def rect(self, thing: _T) -> QRectF:
        """Give where a thing stands."""
        return self._rects[thing]

    def touching(self, rect: QRectF) -> list[_T]:
        """Give the things whose rectangle meets `rect`, edges included, each once, in no particular order."""
        left, top, right, bottom = rect.left(), rect.top(), rect.right(), rect.bottom()
        found: dict[_T, None] = {}
        for cell in self._near(rect):
            for thing in self._cells.get(cell, ()):
                own = self._rects[thing]
                # By hand: QRectF.intersects is False for flat rectangles, such as those of level wires.
                if own.left() <= right and own.right() >= left and own.top() <= bottom and own.bottom() >= top:
                    found[thing] = None
        return list(found)

    def at(self, point: QPointF, margin: float = 0.0) -> list[_T]:
        """Give the things that hold a point, or are nearer to it than `margin` along both axes."""
        return self.touching(QRectF(point.x() - margin, point.y() - margin, 2 * margin, 2 * margin))

    def bounds(self) -> QRectF:
        """Give the smallest rectangle that holds everything; empty for nothing."""
        if not self._rects:
            return QRectF()
        rects = self._rects.values()
        left, top = min(rect.left() for rect in rects), min(rect.top() for rect in rects)
        right, bottom = max(rect.right() for rect in rects), max(rect.bottom() for rect in rects)
        return QRectF(left, top, right - left, bottom - top)

    def _near(self, rect: QRectF) -> Iterator[_Cell]:
        """Give the cells of a rectangle that hold something; a huge rectangle costs no more than all cells."""
        chunk = self._chunk
        wide = (math.floor(rect.right() / chunk) - math.floor(rect.left() / chunk)) + 1
        tall = (math.floor(rect.bottom() / chunk) - math.floor(rect.top() / chunk)) + 1
        return iter(tuple(self._cells)) if wide * tall > len(self._cells) else self._cells_of(rect)

    def _cells_of(self, rect: QRectF) -> Iterator[_Cell]:
        chunk = self._chunk
        for column in range(math.floor(rect.left() / chunk), math.floor(rect.right() / chunk) + 1):
            for row in range(math.floor(rect.top() / chunk), math.floor(rect.bottom() / chunk) + 1):
                yield column, row
