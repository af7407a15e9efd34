"""Where everything on a card stands, and the way a wire takes, in scene units (px at zoom 1).

Pure arithmetic over sizes and points: it must not know kinds, reports, themes' colours or any window.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from designer.theme.tokens import Metrics
from engine.graph.types import Place

FIRST_LINE: Final = 28.0
"""From a card's top to its first port: between title and shape."""
COMPACT_HEIGHT: Final = 56.0
PICTURE_TOP: Final = 50.0
PICTURE_HEIGHT: Final = 44.0
PORT_STEP: Final = 20.0
PORT_MARGIN: Final = 16.0
"""Least distance of a port from a card's corner."""
_LOOP: Final = 36.0
"""How far a wire that leads back swings out beside a card."""
_BEND: Final = 52.0
"""Length of the bend from there into the level stretch."""
_CLEARANCE: Final = 24.0
"""Between a card and a wire that leads around it."""
_BESIDE: Final = 16.0
"""Between a card and a wire that passes it."""
_SWING: Final = 40.0
"""Length over which a wire swings up or down to pass a card: the usual gap between two columns."""
_ROUND: Final = 0.5523
"""Where the handles of a cubic stand that looks like a quarter of an ellipse."""
_STRAIGHT: Final = 0.75
"""Wires that rise less are straight."""


@dataclass(frozen=True, slots=True)
class CardSize:
    """The measures of cards that the theme gives."""

    width: float
    compact: float
    """Height without a picture."""
    padding: float
    stripe: float
    port_radius: float
    badge: float
    """Edge of the badge on a corner."""
    picture: QRectF
    """Where the picture goes, from the card's corner."""
    tall: float
    """Height with a picture."""


def card_size(metrics: Metrics) -> CardSize:
    """Work out the measures of cards from the theme's sizes."""
    size, grid = metrics.size, metrics.space.grid
    middle = (size.node_width_min + size.node_width_max) / 2
    width = math.ceil(middle / grid) * float(grid)
    padding = float(size.node_padding)
    return CardSize(
        width=width,
        compact=COMPACT_HEIGHT,
        padding=padding,
        stripe=float(size.node_stripe),
        port_radius=float(size.port_radius),
        badge=float(size.badge),
        picture=QRectF(padding, PICTURE_TOP, width - 2 * padding, PICTURE_HEIGHT),
        tall=PICTURE_TOP + PICTURE_HEIGHT + padding + 2,
    )


def card_height(size: CardSize, *, ports: int, tall: bool) -> float:
    """Give the height of a card.

    Args:
        size: The measures.
        ports: Ports on the side that has more of them.
        tall: Whether a picture or a chip stands in it.
    """
    offsets = port_offsets(ports)
    needed = offsets[-1] + PORT_MARGIN if offsets else 0.0
    return max(size.tall if tall else size.compact, needed)


def port_offsets(count: int) -> tuple[float, ...]:
    """Give how far below a card's top each of its ports on one side stands: one at the first line, more spread around it."""
    first = max(PORT_MARGIN, FIRST_LINE - (count - 1) * PORT_STEP / 2)
    return tuple(first + index * PORT_STEP for index in range(count))


def snap(place: Place, grid: float) -> Place:
    """Move a place to the nearest point of the grid."""
    return Place(round(place.x / grid) * grid, round(place.y / grid) * grid)


def wire_path(start: QPointF, end: QPointF, before: QRectF, behind: QRectF) -> QPainterPath:
    """Give the way of a wire between two ports where nothing stands in it.

    Forwards it is one cubic with level ends; backwards it swings round the first card, runs level through the gap
    between both, or around both where there is none, and swings into the second.

    Args:
        start: The output port.
        end: The input port.
        before: The card of the output.
        behind: The card of the input.
    """
    if leads_back(start, end):
        return path_back(start, end, back_levels(start, end, before, behind)[0])
    path = QPainterPath(start)
    across, rise = end.x() - start.x(), end.y() - start.y()
    if abs(rise) <= _STRAIGHT:
        path.lineTo(end)
        return path
    reach = max(across / 2, min(2 * _LOOP, abs(rise) / 3))
    path.cubicTo(start.x() + reach, start.y(), end.x() - reach, end.y(), end.x(), end.y())
    return path


def leads_back(start: QPointF, end: QPointF) -> bool:
    """Say whether a wire has to turn round."""
    across, rise = end.x() - start.x(), end.y() - start.y()
    return across < _CLEARANCE and not (across > 0 and abs(rise) <= _STRAIGHT)


def back_levels(start: QPointF, end: QPointF, before: QRectF, behind: QRectF) -> tuple[float, ...]:
    """Give the heights at which a wire could run back, the best first."""
    below = max(before.bottom(), behind.bottom()) + _CLEARANCE
    above = min(before.top(), behind.top()) - _CLEARANCE
    down = (below - start.y()) + (below - end.y())
    up = (start.y() - above) + (end.y() - above)
    around = (below, above) if down <= up else (above, below)
    upper, lower = (before, behind) if before.bottom() < behind.top() else (behind, before)
    if upper.bottom() >= lower.top():
        return around
    middle = (upper.bottom() + lower.top()) / 2
    beside = (upper.bottom() + _BESIDE, lower.top() - _BESIDE)
    return (middle, *(beside if before is upper else beside[::-1]), *around)


def path_back(start: QPointF, end: QPointF, level: float) -> QPainterPath:
    """Give the way of a wire that turns round and runs back at a height."""
    path = QPainterPath(start)
    bend = max(0.0, min(_BEND, (start.x() - end.x()) / 2 + _LOOP))
    _quarter(path, QPointF(start.x() + _LOOP, (start.y() + level) / 2), level_first=True)
    _quarter(path, QPointF(start.x() + _LOOP - bend, level), level_first=False)
    path.lineTo(end.x() - _LOOP + bend, level)
    _quarter(path, QPointF(end.x() - _LOOP, (end.y() + level) / 2), level_first=True)
    _quarter(path, end, level_first=False)
    return path


def path_around(start: QPointF, end: QPointF, level: float) -> QPainterPath:
    """Give the way of a wire forwards that runs at another height than its ends, past what stands between them."""
    path = QPainterPath(start)
    swing = min(_SWING, (end.x() - start.x()) / 2)
    _swing(path, QPointF(start.x() + swing, level))
    path.lineTo(end.x() - swing, level)
    _swing(path, end)
    return path


def levels_past(crossed: Sequence[QRectF], start: QPointF, end: QPointF) -> tuple[float, float]:
    """Give the heights above and below cards that stand in a wire's way, the shorter way first."""
    above = min(rect.top() for rect in crossed) - _BESIDE
    below = max(rect.bottom() for rect in crossed) + _BESIDE
    up = abs(start.y() - above) + abs(end.y() - above)
    down = abs(start.y() - below) + abs(end.y() - below)
    return (above, below) if up <= down else (below, above)


def loose_path(start: QPointF, end: QPointF) -> QPainterPath:
    """Give the way of a wire whose end is in a hand: level at the port, straight at the hand."""
    path = QPainterPath(start)
    reach = max(abs(end.x() - start.x()) / 2, min(2 * _LOOP, abs(end.y() - start.y()) / 3))
    path.cubicTo(start.x() + reach, start.y(), end.x() - reach, end.y(), end.x(), end.y())
    return path


def _swing(path: QPainterPath, to: QPointF) -> None:
    """Go on by a cubic that is level at both ends."""
    at = path.currentPosition()
    reach = (to.x() - at.x()) * _ROUND
    path.cubicTo(QPointF(at.x() + reach, at.y()), QPointF(to.x() - reach, to.y()), to)


def _quarter(path: QPainterPath, to: QPointF, *, level_first: bool) -> None:
    """Go on by a quarter of an ellipse, level at its beginning or at its end."""
    at = path.currentPosition()
    across, rise = to.x() - at.x(), to.y() - at.y()
    if level_first:
        first = QPointF(at.x() + across * _ROUND, at.y())
        second = QPointF(to.x(), to.y() - rise * _ROUND)
    else:
        first = QPointF(at.x(), at.y() + rise * _ROUND)
        second = QPointF(to.x() - across * _ROUND, to.y())
    path.cubicTo(first, second, to)
