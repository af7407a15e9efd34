"""The canvas as a widget: keys, zoom, drops, what it tells, and that it paints no more than what changed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QPushButton

from designer.canvas.cards import Card
from designer.canvas.drawing import Drawing
from engine.graph.ids import NodeId
from engine.graph.types import Graph, GraphRef, Layout, Node, Place, Project, Wire
from engine.runs.events import Picture
from tests.designer.canvas.conftest import Desk, chain_project

SECOND = Wire(NodeId("conv"), "y", NodeId("relu"), "x")
CONV, RELU, IMAGE, DROP, OUT = (NodeId(name) for name in ("conv", "relu", "image", "drop", "out"))


def _maps(address: str, seed: int = 0) -> Picture:
    values = np.random.default_rng(seed).integers(0, 255, (4, 8, 8), dtype=np.uint8)
    return Picture(
        address=address, form="maps", shape=(4, 8, 8), data=values.tobytes(), low=0.0, high=1.0, note="4 of 4 channels"
    )


def _colour(image: QImage, at: QPoint) -> QColor:
    return image.pixelColor(at * image.devicePixelRatio())


def test_what_is_open_is_seen_as_a_whole_at_first(desk: Desk) -> None:
    assert desk.view.camera.seen().contains(desk.view.drawing.bounds)
    assert desk.view.is_settled


def test_cards_and_wires_are_painted_in_the_themes_colours(desk: Desk) -> None:
    image = desk.view.grab().toImage()
    colors, families = desk.source.theme.colors, desk.source.theme.families
    conv = desk.view.drawing.cards[CONV].rect
    wire = (desk.port("conv", "y", is_output=True) + desk.port("relu", "x", is_output=False)) / 2

    assert _colour(image, desk.spot(conv.topLeft() + QPointF(1.5, 28 + 14))) == QColor(families["vision"])
    assert _colour(image, desk.spot(conv.center() + QPointF(0, 18))) == QColor(colors.card)
    assert _colour(image, QPoint(3, 3)).name() in (colors.canvas.lower(), colors.canvas_dot.lower())
    assert _colour(image, wire) == QColor(desk.source.theme.wires["image"])


def test_another_theme_is_worn_at_once(desk: Desk) -> None:
    desk.source.choose("light")
    desk.wait()
    image = desk.view.grab().toImage()

    conv = desk.view.drawing.cards[CONV].rect
    assert _colour(image, desk.spot(conv.center() + QPointF(0, 18))) == QColor("#FFFFFF")


def test_selecting_paints_a_ring_two_px_beside_the_card(desk: Desk) -> None:
    accent = QColor(desk.source.theme.colors.accent)
    ring = desk.spot(desk.view.drawing.cards[DROP].rect.topLeft() + QPointF(72, -3))
    before = _colour(desk.view.grab().toImage(), ring)
    desk.editor.selection.set((DROP,))
    after = _colour(desk.view.grab().toImage(), ring)

    assert before != accent
    assert after == accent


def test_a_moved_node_is_painted_where_it_is_and_no_longer_where_it_was(desk: Desk) -> None:
    card = QColor(desk.source.theme.colors.card)
    old = desk.spot(desk.view.drawing.cards[DROP].rect.center() + QPointF(0, 18))
    desk.editor.move({DROP: Place(240.0, 200.0)})
    image = desk.view.grab().toImage()
    new = desk.spot(desk.view.drawing.cards[DROP].rect.center() + QPointF(0, 18))

    assert _colour(image, new) == card
    assert _colour(image, old) != card


def test_a_node_in_hand_is_painted_under_the_hand(desk: Desk) -> None:
    card = QColor(desk.source.theme.colors.card)
    start = desk.at("drop")
    desk.press(start)
    desk.move(start + QPoint(100, 40))
    image = desk.view.grab().toImage()
    desk.key(Qt.Key.Key_Escape)
    desk.release(start)

    assert _colour(image, start + QPoint(100, 58)) == card
    assert _colour(image, start + QPoint(-60, 18)) != card


def test_only_what_changed_is_painted_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    real = Drawing.cards_in

    def counting(drawing: Drawing, rect: QRectF, margin: float = 16.0) -> list[Card]:
        found = real(drawing, rect, margin)
        asked.append(len(found))
        return found

    monkeypatch.setattr(Drawing, "cards_in", counting)
    desk.editor.set_title(DROP, "Half")
    desk.view.viewport().repaint()

    assert asked
    assert max(asked) <= 1


def test_a_card_grows_when_its_picture_comes_and_keeps_its_height(desk: Desk) -> None:
    desk.view.set_pictures({"net.conv": _maps("net.conv"), "other.relu": _maps("other.relu")})
    tall = desk.view.drawing.cards[CONV].rect.height()
    desk.view.set_pictures({})

    assert tall == 108
    assert desk.view.drawing.cards[CONV].rect.height() == 108
    assert desk.view.drawing.cards[RELU].rect.height() == 56


def test_a_picture_is_painted_over_the_card(desk: Desk) -> None:
    desk.view.set_pictures({"net.conv": _maps("net.conv", 1)})
    desk.wait()
    area = desk.view.drawing.size.picture.translated(desk.view.drawing.cards[CONV].rect.topLeft())
    first = desk.view.grab().toImage().copy(*_rect(desk, area))
    desk.view.set_pictures({"net.conv": _maps("net.conv", 2)})
    desk.wait()
    second = desk.view.grab().toImage().copy(*_rect(desk, area))

    assert first != second


def _rect(desk: Desk, area: QRectF) -> tuple[int, int, int, int]:
    corner = desk.spot(area.topLeft())
    return corner.x(), corner.y(), 120, 44


def test_a_node_that_is_not_in_the_run_shows_no_picture_and_says_so(desk: Desk) -> None:
    desk.view.set_pictures({"net.conv": _maps("net.conv")})
    desk.view.set_not_in_run(frozenset({CONV}))

    assert "not in this run" in desk.view.tip_at(QPointF(desk.at("conv")))
    assert desk.view.drawing.cards[CONV].facts.stale


def test_tooltips_tell_of_nodes_ports_and_wires(desk: Desk) -> None:
    desk.view.set_pictures({"net.conv": _maps("net.conv")})
    desk.view.set_caption("untrained")
    wire = (desk.port("image", "y", is_output=True) + desk.port("conv", "x", is_output=False)) / 2

    node_tip = desk.view.tip_at(QPointF(desk.at("conv")))
    assert "4 of 4 channels" in node_tip
    assert "untrained" in node_tip
    assert "40 parameters" in node_tip
    assert "input of conv" in desk.view.tip_at(QPointF(desk.port("conv", "x", is_output=False)))
    assert "B × 1 × 8 × 8 float32" in desk.view.tip_at(QPointF(wire))
    assert desk.view.tip_at(QPointF(5, 5)) == ""


def test_problems_stand_in_the_tooltip_in_full(desk: Desk) -> None:
    desk.editor.set_parameter((CONV,), "kernel_size", 99)
    problem = desk.view.drawing.cards[CONV].facts.problems[0]

    assert problem.message.split("<")[0] in desk.view.tip_at(QPointF(desk.at("conv")))


def test_the_badge_opens_a_note_with_the_fix_one_click_away(desk: Desk) -> None:
    desk.editor.connect_ports(Wire(DROP, "y", OUT, "x"))
    desk.editor.connect_ports(Wire(IMAGE, "y", DROP, "x"))
    linear = desk.editor.add_node("linear", Place(700.0, 160.0), wired=False)
    assert linear is not None
    desk.editor.connect_ports(Wire(OUT, "y", linear, "x"))
    desk.editor.cut_wires((SECOND,))
    card = next(card for card in desk.view.drawing.cards.values() if any(p.fixes for p in card.facts.problems))
    desk.move_only(desk.spot(card.rect.topRight() + QPointF(-4, 0)))
    opened = desk.view.note.node
    buttons = desk.view.note.findChildren(QPushButton)
    before = desk.editor.undo_stack.count()
    QTest.mouseClick(buttons[0], Qt.MouseButton.LeftButton)

    assert opened == card.id
    assert desk.editor.undo_stack.count() == before + 1
    assert desk.view.note.node is None


def test_the_note_closes_when_the_hand_goes_away_and_with_esc(desk: Desk) -> None:
    badge = desk.spot(desk.view.drawing.cards[OUT].rect.topRight() + QPointF(-4, 0))
    desk.move_only(badge)
    first = desk.view.note.node
    desk.move_only(QPoint(200, 20))
    away = desk.view.note.node
    desk.move_only(badge)
    desk.editor.selection.set((OUT,))
    desk.key(Qt.Key.Key_Escape)

    assert first == OUT
    assert away is None
    assert desk.view.note.node is None
    assert desk.editor.selection.ids == (OUT,)


def test_nodes_on_screen_are_told(desk: Desk) -> None:
    told: list[tuple[NodeId, ...]] = []
    desk.view.visible_nodes_changed.connect(told.append)
    spy = QSignalSpy(desk.view.visible_nodes_changed)
    desk.view.camera.pan(-400, 0)

    assert spy.wait(3000)
    assert IMAGE not in told[-1]
    assert RELU in told[-1]


def test_a_graph_is_seen_again_where_it_was_left(open_project: Callable[[Project], Desk]) -> None:
    one = chain_project()
    project = Project(
        networks={"net": one.networks["net"], "other": one.networks["net"]},
        layout=Layout(networks={"net": one.layout.networks["net"], "other": one.layout.networks["net"]}),
    )
    desk = open_project(project)
    desk.view.camera.pan(123, 45)
    origin = desk.view.camera.origin
    desk.editor.open_graph(GraphRef("networks", "other"))
    elsewhere = desk.view.camera.origin
    desk.editor.open_graph(GraphRef("networks", "net"))

    assert elsewhere != origin
    assert desk.view.camera.origin == origin


def test_a_hostile_title_is_only_words(desk: Desk) -> None:
    desk.editor.set_title(CONV, '<img src="x"><b>"""')
    desk.wait()

    assert "<img" not in desk.view.tip_at(QPointF(desk.at("conv")))


def test_an_unknown_kind_is_drawn_with_the_ports_its_wires_speak_of(open_project: Callable[[Project], Desk]) -> None:
    project = chain_project()
    nodes = dict(project.networks["net"].nodes)
    nodes[CONV] = Node(id=CONV, kind="from_the_future")
    desk = open_project(
        Project(networks={"net": Graph(nodes=nodes, wires=project.networks["net"].wires)}, layout=project.layout)
    )
    card = desk.view.drawing.cards[CONV]

    assert [spot.id for spot in (*card.inputs, *card.outputs)] == ["x", "y"]
    assert card.severity is not None
