"""Lining up a card in hand with cards beside and above it; it must not know events or verbs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QLineF, QPointF, QRectF

from designer.canvas.geometry import FIRST_LINE

_BEYOND: Final = 12.0
"""How far a guide reaches beyond the cards it joins."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where a card comes to lie, and the guides that say with what."""

    step: QPointF
    """From where the hand has it."""
    guides: tuple[QLineF, ...]


def align(rect: QRectF, others: Iterable[QRectF], reach: float) -> Alignment:
    """Line a card up with the nearest card in its row and in its column.

    Args:
        rect: The card in hand.
        others: Cards on screen.
        reach: How far it may be from the line.
    """
    row: QRectF | None = None
    column: QRectF | None = None
    for other in others:
        if abs(other.top() - rect.top()) <= reach and (row is None or _across(other, rect) < _across(row, rect)):
            row = other
        if abs(other.left() - rect.left()) <= reach and (column is None or _down(other, rect) < _down(column, rect)):
            column = other
    step = QPointF(column.left() - rect.left() if column else 0.0, row.top() - rect.top() if row else 0.0)
    placed = rect.translated(step)
    guides = []
    if row is not None:
        both, y = placed.united(row), placed.top() + FIRST_LINE
        guides.append(QLineF(both.left() - _BEYOND, y, both.right() + _BEYOND, y))
    if column is not None:
        both = placed.united(column)
        guides.append(QLineF(placed.left(), both.top() - _BEYOND, placed.left(), both.bottom() + _BEYOND))
    return Alignment(step, tuple(guides))


def _across(other: QRectF, rect: QRectF) -> float:
    return abs(other.center().x() - rect.center().x())


def _down(other: QRectF, rect: QRectF) -> float:
    return abs(other.center().y() - rect.center().y())
