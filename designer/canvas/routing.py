"""Which way a wire takes when cards stand in the direct one: past them, so that no connection hides behind a card.

It must not know kinds or painters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Final

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from designer.canvas.geometry import back_levels, leads_back, levels_past, path_around, path_back, wire_path

_TOLERANCE: Final = 6.0
"""A wire may cut a card's corner by so much."""
_TRIES: Final = 3

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
    return _line_crosses(_points(path), spot)


def _crossed(path: QPainterPath, ends: Iterable[QRectF], standing: Standing) -> list[QRectF]:
    """Give the cards that a way leads behind."""
    bounds = path.boundingRect()
    mine = list(ends)
    cards = [rect for rect in standing(bounds) if rect not in mine]
    if not cards:
        return []
    line, inset = _points(path), _TOLERANCE
    return [rect for rect in cards if _line_crosses(line, rect.adjusted(inset, inset, -inset, -inset))]


def _points(path: QPainterPath) -> list[tuple[float, float]]:
    polygons = path.toSubpathPolygons()
    points = (polygon.at(index) for polygon in polygons for index in range(polygon.size()))
    return [(point.x(), point.y()) for point in points]


def _line_crosses(line: list[tuple[float, float]], spot: QRectF) -> bool:
    edges = (spot.left(), spot.top(), spot.right(), spot.bottom())
    return any(_segment_meets(first, second, edges) for first, second in pairwise(line))


def _segment_meets(
    first: tuple[float, float], second: tuple[float, float], edges: tuple[float, float, float, float]
) -> bool:
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
