"""Wires lead past the cards that stand in their way."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from designer.canvas.geometry import wire_path
from designer.canvas.routing import crosses, route

CARD = QRectF(0, 0, 144, 56)
START = QPointF(144, 28)


def _free(path: QPainterPath, *cards: QRectF) -> bool:
    return not any(crosses(path, card.adjusted(7, 7, -7, -7)) for card in cards)


def test_a_wire_with_nothing_in_its_way_is_direct() -> None:
    path = route(START, QPointF(552, 28), CARD, CARD.translated(552, 0), lambda rect: [CARD])

    assert path.boundingRect().height() == 0


def test_a_wire_leads_past_a_card_between_its_ends() -> None:
    between, behind = CARD.translated(184, 0), CARD.translated(368, 0)
    path = route(START, QPointF(368, 28), CARD, behind, lambda rect: [CARD, between, behind])

    assert _free(path, between)
    assert path.currentPosition() == QPointF(368, 28)
    assert path.boundingRect().height() < 100


def test_a_wire_takes_the_shorter_way_past() -> None:
    between, behind = CARD.translated(184, 0), CARD.translated(368, 60)
    path = route(START, QPointF(368, 88), CARD, behind, lambda rect: [between])

    assert _free(path, between)
    assert path.pointAtPercent(0.5).y() > between.bottom()


def test_a_wire_avoids_what_stands_on_its_way_around_too() -> None:
    row = [CARD.translated(184, 0), CARD.translated(184, -70)]
    behind = CARD.translated(368, 0)
    path = route(START, QPointF(368, 28), CARD, behind, lambda rect: row)

    assert _free(path, *row)


def test_a_wire_back_runs_through_a_gap_that_is_free() -> None:
    between, behind = CARD.translated(-150, 80), CARD.translated(-300, 200)
    path = route(START, QPointF(-300, 228), CARD, behind, lambda rect: [between])

    assert _free(path, between)


def test_a_line_is_crossed_not_the_area_it_surrounds() -> None:
    path = QPainterPath(QPointF(0, 0))
    path.lineTo(100, 0)
    path.cubicTo(QPointF(160, 0), QPointF(160, 100), QPointF(100, 100))
    path.lineTo(0, 100)

    assert crosses(path, QRectF(40, -5, 10, 10))
    assert crosses(path, QRectF(140, 45, 10, 10))
    assert not crosses(path, QRectF(40, 40, 10, 10))


def test_a_wire_past_very_many_cards_goes_around_and_asks_no_further() -> None:
    row = [CARD.translated(184 + 10 * place, 0) for place in range(60)]
    asked: list[QRectF] = []

    def standing(rect: QRectF) -> list[QRectF]:
        asked.append(rect)
        return row

    end, behind = QPointF(4000, 28), CARD.translated(4000, 0)
    path = route(START, end, CARD, behind, standing)

    assert path != wire_path(START, end, CARD, behind)
    assert len(asked) <= 3
