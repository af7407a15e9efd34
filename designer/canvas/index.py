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
_MOST_CELLS: Final = 1024
"""What spans more chunks is looked at every time instead of being entered in each."""

_T = TypeVar("_T", bound=Hashable)
_Cell = tuple[int, int]
_Edges = tuple[float, float, float, float]
"""Left, top, right, bottom: plain numbers are compared faster than rectangles are asked."""


class ChunkIndex(Generic[_T]):
    """Things with a rectangle each; those of a chunk are found at once."""

    def __init__(self, chunk: float = CHUNK) -> None:
        """Start empty.

        Args:
            chunk: Edge of a chunk, in scene units.
        """
        self._chunk = chunk
        self._cells: dict[_Cell, dict[_T, None]] = {}
        self._rects: dict[_T, _Edges] = {}
        self._wide: dict[_T, None] = {}

    def __len__(self) -> int:
        return len(self._rects)

    def __contains__(self, thing: object) -> bool:
        return thing in self._rects

    def put(self, thing: _T, rect: QRectF) -> None:
        """Add a thing, or move it."""
        self.drop(thing)
        edges = _edges(rect)
        self._rects[thing] = edges
        if self._count(edges) > _MOST_CELLS:
            self._wide[thing] = None
            return
        for cell in self._cells_of(edges):
            self._cells.setdefault(cell, {})[thing] = None

    def drop(self, thing: _T) -> None:
        """Take a thing away; nothing happens where there is none."""
        edges = self._rects.pop(thing, None)
        if edges is None:
            return
        if thing in self._wide:
            del self._wide[thing]
            return
        for cell in self._cells_of(edges):
            held = self._cells[cell]
            del held[thing]
            if not held:
                del self._cells[cell]

    def touching(self, rect: QRectF) -> list[_T]:
        """Give the things whose rectangle meets `rect`, edges included, each once, in no particular order."""
        left, top, right, bottom = edges = _edges(rect)
        rects = self._rects
        found: dict[_T, None] = {}
        for held in (self._wide, *(self._cells.get(cell, {}) for cell in self._near(edges))):
            for thing in held:
                # By hand: QRectF.intersects is False for flat rectangles, such as those of level wires.
                begins, rises, ends, falls = rects[thing]
                if begins <= right and ends >= left and rises <= bottom and falls >= top:
                    found[thing] = None
        return list(found)

    def at(self, point: QPointF, margin: float = 0.0) -> list[_T]:
        """Give the things that hold a point, or are nearer to it than `margin` along both axes."""
        return self.touching(QRectF(point.x() - margin, point.y() - margin, 2 * margin, 2 * margin))

    def bounds(self) -> QRectF:
        """Give the smallest rectangle that holds everything; empty for nothing."""
        if not self._rects:
            return QRectF()
        lefts, tops, rights, bottoms = zip(*self._rects.values(), strict=True)
        left, top = min(lefts), min(tops)
        return QRectF(left, top, max(rights) - left, max(bottoms) - top)

    def _near(self, edges: _Edges) -> Iterator[_Cell]:
        """Give the cells of a rectangle that hold something; a huge rectangle costs no more than all cells."""
        many = self._count(edges) > len(self._cells)
        return iter(tuple(self._cells)) if many else self._cells_of(edges)

    def _count(self, edges: _Edges) -> int:
        left, top, right, bottom = (math.floor(edge / self._chunk) for edge in edges)
        return (right - left + 1) * (bottom - top + 1)

    def _cells_of(self, edges: _Edges) -> Iterator[_Cell]:
        left, top, right, bottom = (math.floor(edge / self._chunk) for edge in edges)
        for column in range(left, right + 1):
            for row in range(top, bottom + 1):
                yield column, row


def _edges(rect: QRectF) -> _Edges:
    return rect.left(), rect.top(), rect.right(), rect.bottom()
