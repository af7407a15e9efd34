"""Cards, ports and the ways of wires, as figures."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QRectF

from designer.canvas.detail import Detail, detail_at
from designer.canvas.geometry import card_height, card_size, port_offsets, snap, wire_path
from designer.theme.tokens import load_metrics
from engine.graph.types import Place

SIZE = card_size(load_metrics())
CARD = QRectF(0, 0, SIZE.width, SIZE.compact)


def test_a_card_is_as_wide_as_the_look_says() -> None:
    assert 132 <= SIZE.width <= 150
    assert SIZE.width % 4 == 0


def test_a_card_is_taller_with_a_picture_and_with_many_ports() -> None:
    compact = card_height(SIZE, ports=1, tall=False)

    assert compact == 56
    assert card_height(SIZE, ports=1, tall=True) == 108
    assert card_height(SIZE, ports=6, tall=False) == 132


def test_one_port_stands_at_the_first_line_and_several_are_spread() -> None:
    assert port_offsets(0) == ()
    assert port_offsets(1) == (28.0,)
    assert port_offsets(2) == (18.0, 38.0)
    assert port_offsets(4) == (16.0, 36.0, 56.0, 76.0)


def test_places_snap_to_the_grid() -> None:
    assert snap(Place(13.9, -6.1), 4.0) == Place(12.0, -8.0)


def test_a_wire_between_ports_of_one_height_is_straight() -> None:
    behind = CARD.translated(240, 0)
    path = wire_path(QPointF(144, 28), QPointF(240, 28), CARD, behind)

    assert path.elementCount() == 2
    assert path.boundingRect() == QRectF(144, 28, 96, 0)


def test_a_wire_forwards_leaves_and_arrives_level() -> None:
    path = wire_path(QPointF(144, 28), QPointF(400, 200), CARD, CARD.translated(400, 172))

    assert abs(path.slopeAtPercent(0.0)) < 1e-6
    assert abs(path.slopeAtPercent(1.0)) < 1e-6
    assert path.boundingRect().left() >= 144
    assert path.boundingRect().right() <= 400


def test_a_wire_backwards_runs_level_through_the_gap_between_the_rows() -> None:
    behind = CARD.translated(-300, 172)
    start, end = QPointF(144, 28), QPointF(-300, 200)
    path = wire_path(start, end, CARD, behind)
    bounds = path.boundingRect()
    middle = (CARD.bottom() + behind.top()) / 2

    assert path.currentPosition() == end
    assert bounds.right() > start.x()
    assert bounds.left() < end.x()
    assert abs(path.pointAtPercent(0.5).y() - middle) < 1.0


@pytest.mark.parametrize("down", [8.0, -8.0])
def test_a_wire_backwards_leads_around_cards_of_one_row(down: float) -> None:
    behind = CARD.translated(-300, down)
    path = wire_path(QPointF(144, 28), QPointF(-300, 28 + down), CARD, behind)
    level = path.pointAtPercent(0.5).y()

    assert level > max(CARD.bottom(), behind.bottom()) or level < min(CARD.top(), behind.top())


@pytest.mark.parametrize(
    ("scale", "detail"),
    [
        (1.0, Detail.CARD),
        (0.73, Detail.CARD),
        (0.7, Detail.TITLE),
        (0.35, Detail.TITLE),
        (0.2, Detail.BLOCK),
        (0.03, Detail.DOT),
    ],
)
def test_less_is_drawn_the_farther_away(scale: float, detail: Detail) -> None:
    assert detail_at(scale, SIZE.width, load_metrics()) is detail


def test_words_are_never_smaller_than_eight_px_on_screen() -> None:
    metrics = load_metrics()
    smallest = min(token.size_px for role, token in metrics.fonts.items() if role in ("secondary", "mono_small"))

    for hundredths in range(2, 400):
        scale = hundredths / 100
        if detail_at(scale, SIZE.width, metrics) is Detail.CARD:
            assert smallest * scale >= 8
