"""A card in hand is drawn into line with the cards around it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF

from designer.canvas.gestures.align import align
from engine.graph.types import Place
from tests.designer.canvas.conftest import Desk

CARD = QRectF(0, 0, 144, 56)


def test_a_card_near_a_row_comes_into_line_with_it() -> None:
    found = align(CARD.translated(200, 5), [CARD, CARD.translated(900, 3)], 6.0)

    assert found.step == QPointF(0, -5)
    assert len(found.guides) == 1
    assert found.guides[0].y1() == found.guides[0].y2() == 28


def test_a_card_near_a_column_comes_into_line_with_it() -> None:
    found = align(CARD.translated(-4, 200), [CARD], 6.0)

    assert found.step == QPointF(4, 0)
    assert found.guides[0].x1() == found.guides[0].x2() == 0


def test_a_card_far_from_every_line_stays() -> None:
    found = align(CARD.translated(77, 77), [CARD], 6.0)

    assert found.step == QPointF()
    assert found.guides == ()


def test_a_drag_ends_in_line_with_its_neighbours(desk: Desk) -> None:
    start = desk.at("drop")
    desk.drag(start, start + QPoint(236, 57))

    assert desk.place("drop") == Place(240.0, 216.0)
    assert desk.view.surface.overlay.guides == ()
