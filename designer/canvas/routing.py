"""Which way a wire takes when cards stand in the direct one: past them, so that no connection hides behind a card.

It must not know kinds or painters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Final

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from designer.canvas.geometry import back_levels, leads_back, levels_past, path_around, path_back, wire_path

_TOLERANCE: Final = 6.0
"""A wire may cut a card's corner by so much."""
_TRIES: Final = 3
_MOST: Final = 24
"""A wire that leads behind more cards than so many takes the first way around: whether that is free is not asked."""
_FLAT_STEPS: Final = 12
_Point = tuple[float, float]
_Piece = tuple[_Point, ...]
_Edges = tuple[float, float, float, float]
"""Left, top, right, bottom."""

Standing = Callable[[QRectF], list[QRectF]]
"""Gives the rectangles of the cards that stand in a part of the canvas."""


def route(start: QPointF, end: QPointF, before: QRectF, behind: QRectF, standing: Standing) -> QPainterPath:
    """Give the way of a wire.

    Args:
        start: The output port.
        end: The input port.
        before: The card of the output.
        behind: The card of the input.
        standing: Where cards stand.
    """
    direct = wire_path(start, end, before, behind)
    ends = (before, behind)
    crossed = _crossed(direct, ends, standing)
    if not crossed:
        return direct
    if leads_back(start, end):
        back = (path_back(start, end, level) for level in back_levels(start, end, before, behind)[1:])
        return next((way for way in back if not _crossed(way, ends, standing)), direct)
    if len(crossed) > _MOST:
        return path_around(start, end, next(iter(levels_past(crossed, start, end))))
    ways: tuple[QPainterPath, ...] = (direct,)
    for _ in range(_TRIES):
        ways = tuple(path_around(start, end, level) for level in levels_past(crossed, start, end))
        hit = [_crossed(way, ends, standing) for way in ways]
        free = next((way for way, cards in zip(ways, hit, strict=True) if not cards), None)
        if free is not None:
            return free
        crossed = [*crossed, *hit[0]]
    return ways[0]


def crosses(path: QPainterPath, spot: QRectF) -> bool:
    """Say whether a path's line, not its area, passes through a rectangle."""
    edges = (spot.left(), spot.top(), spot.right(), spot.bottom())
    return any(_piece_meets(piece, edges) for piece in _pieces(path))


def _crossed(path: QPainterPath, ends: Iterable[QRectF], standing: Standing) -> list[QRectF]:
    """Give the cards that a way leads behind."""
    mine, inset = list(ends), _TOLERANCE
    found: list[QRectF] = []
    for piece in _pieces(path):
        left, top, right, bottom = _hull(piece)
        for rect in standing(QRectF(left, top, right - left, bottom - top)):
            edges = (rect.left() + inset, rect.top() + inset, rect.right() - inset, rect.bottom() - inset)
            if rect not in mine and rect not in found and _piece_meets(piece, edges):
                found.append(rect)
                if len(found) > _MOST:
                    return found
    return found


def _pieces(path: QPainterPath) -> Iterator[_Piece]:
    """Give the lines (two points) and cubics (four) of a path."""
    at: _Point = (0.0, 0.0)
    index = 0
    while index < path.elementCount():
        element = path.elementAt(index)
        count = 3 if element.isCurveTo() else 1
        points = [path.elementAt(index + step) for step in range(count)]
        way = tuple((point.x, point.y) for point in points)
        if not element.isMoveTo():
            yield (at, *way)
        at, index = way[-1], index + count


def _hull(piece: _Piece) -> _Edges:
    across, down = tuple(point[0] for point in piece), tuple(point[1] for point in piece)
    return min(across), min(down), max(across), max(down)


def _piece_meets(piece: _Piece, edges: _Edges) -> bool:
    left, top, right, bottom = _hull(piece)
    if right < edges[0] or left > edges[2] or bottom < edges[1] or top > edges[3]:
        return False
    line = piece if len(piece) == 2 else _flattened(piece)
    return any(_segment_meets(first, second, edges) for first, second in pairwise(line))


def _flattened(cubic: _Piece) -> _Piece:
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = cubic
    points = []
    for step in range(_FLAT_STEPS + 1):
        t = step / _FLAT_STEPS
        s = 1 - t
        a, b, c, d = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
        points.append((a * ax + b * bx + c * cx + d * dx, a * ay + b * by + c * cy + d * dy))
    return tuple(points)


def _segment_meets(first: _Point, second: _Point, edges: _Edges) -> bool:
    """Clip a segment against a rectangle (Liang-Barsky) and say whether anything is left."""
    left, top, right, bottom = edges
    (x, y), across, rise = first, second[0] - first[0], second[1] - first[1]
    enters, leaves = 0.0, 1.0
    for step, room in ((-across, x - left), (across, right - x), (-rise, y - top), (rise, bottom - y)):
        if step == 0:
            if room < 0:
                return False
        elif step < 0:
            enters = max(enters, room / step)
        else:
            leaves = min(leaves, room / step)
    return enters <= leaves
