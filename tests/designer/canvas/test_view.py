"""The canvas as a widget: keys, zoom, drops, what it tells, and that it paints no more than what changed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QDragEnterEvent, QDragMoveEvent, QDropEvent, QImage, QWheelEvent
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication

from designer.canvas.cards import Card
from designer.canvas.drawing import Drawing
from designer.editing.drag import kind_to_mime
from engine.graph.ids import NodeId
from engine.graph.types import Graph, GraphLayout, GraphRef, Layout, Node, Place, Project, Wire
from engine.runs.events import Picture
from tests.designer.canvas.conftest import Desk, Modifier, chain_project, node

CONV, RELU, IMAGE, DROP, OUT = (NodeId(name) for name in ("conv", "relu", "image", "drop", "out"))


def _maps(address: str, seed: int = 0) -> Picture:
    values = np.random.default_rng(seed).integers(0, 255, (4, 8, 8), dtype=np.uint8)
    return Picture(
        address=address, form="maps", shape=(4, 8, 8), data=values.tobytes(), low=0.0, high=1.0, note="4 of 4 channels"
    )


def _wheel(desk: Desk, at: QPoint, turn: QPoint, held: Qt.KeyboardModifier = Modifier.NoModifier) -> None:
    viewport = desk.view.viewport()
    event = QWheelEvent(
        QPointF(at),
        QPointF(viewport.mapToGlobal(at)),
        QPoint(),
        turn,
        Qt.MouseButton.NoButton,
        held,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewport, event)


def _drop(desk: Desk, data: QMimeData, at: QPoint, held: Qt.KeyboardModifier = Modifier.NoModifier) -> bool:
    """Drag data over the canvas and let it go; whether it was taken."""
    viewport, action, button = desk.view.viewport(), Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(at, action, data, button, held)
    QApplication.sendEvent(viewport, enter)
    if not enter.isAccepted():
        return False
    QApplication.sendEvent(viewport, QDragMoveEvent(at, action, data, button, held))
    drop = QDropEvent(QPointF(at), action, data, button, held)
    QApplication.sendEvent(viewport, drop)
    return drop.isAccepted()


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


def test_ctrl_and_scroll_zooms_at_the_cursor(desk: Desk) -> None:
    at = QPoint(300, 200)
    before = desk.view.camera.to_scene(QPointF(at))
    _wheel(desk, at, QPoint(0, 120), Modifier.ControlModifier)
    after = desk.view.camera.to_scene(QPointF(at))

    assert desk.view.camera.scale == pytest.approx(1.2)
    assert (after - before).manhattanLength() < 1.0


def test_scrolling_pans_and_zooms_where_that_is_set(desk: Desk) -> None:
    origin = desk.view.camera.origin
    _wheel(desk, QPoint(300, 200), QPoint(0, -120))
    panned = desk.view.camera.origin
    desk.view.set_wheel_zooms(on=True)
    _wheel(desk, QPoint(300, 200), QPoint(0, -120))

    assert panned == origin + QPointF(0, 80)
    assert desk.view.camera.scale == pytest.approx(1 / 1.2)


def test_the_exact_zoom_is_painted_when_it_rests(desk: Desk) -> None:
    _wheel(desk, QPoint(300, 200), QPoint(0, -240), Modifier.ControlModifier)
    desk.view.viewport().repaint()
    moving = desk.view.is_settled
    desk.wait()

    assert not moving
    assert desk.view.is_settled


def test_f_and_home_fit(desk: Desk) -> None:
    desk.view.camera.pan(3000, 0)
    desk.editor.selection.set((RELU,))
    with_selection = _after_flight(desk, Qt.Key.Key_F)
    whole = _after_flight(desk, Qt.Key.Key_Home)

    assert with_selection.contains(desk.view.drawing.cards[RELU].rect)
    assert whole.contains(desk.view.drawing.bounds)


def _after_flight(desk: Desk, key: Qt.Key) -> QRectF:
    desk.key(key)
    desk.wait()
    return desk.view.camera.seen()


def test_arrows_walk_along_the_wires_and_beside_them(desk: Desk) -> None:
    desk.editor.selection.set((IMAGE,))
    walked = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Left):
        desk.key(key)
        walked.append(desk.editor.selection.current)

    assert walked == [CONV, RELU, OUT, RELU, CONV]


def test_ctrl_and_arrows_nudge_by_the_grid(desk: Desk) -> None:
    desk.editor.selection.set((CONV,))
    desk.key(Qt.Key.Key_Right, Modifier.ControlModifier)
    desk.key(Qt.Key.Key_Up, Modifier.ControlModifier)

    assert desk.place("conv") == Place(244.0, -4.0)


def test_ctrl_a_selects_all_and_delete_removes_it(desk: Desk) -> None:
    desk.key(Qt.Key.Key_A, Modifier.ControlModifier)
    chosen = len(desk.editor.selection.ids)
    desk.key(Qt.Key.Key_Delete)

    assert chosen == 5
    assert desk.graph.nodes == {}
    assert desk.view.drawing.cards == {}


def test_esc_clears_the_selection(desk: Desk) -> None:
    desk.editor.selection.set((CONV,))
    desk.key(Qt.Key.Key_Escape)

    assert desk.editor.selection.ids == ()


def test_enter_activates_a_node(desk: Desk) -> None:
    activated: list[str] = []
    desk.view.node_activated.connect(activated.append)
    desk.editor.selection.set((CONV,))
    desk.key(Qt.Key.Key_Return)
    QTest.mouseDClick(desk.view.viewport(), Qt.MouseButton.LeftButton, Modifier.NoModifier, desk.at("relu"))

    assert activated == ["conv", "relu"]


def test_enter_goes_into_a_composite(open_project: Callable[[Project], Desk]) -> None:
    inner = chain_project().networks["net"]
    outer = Graph(nodes={NodeId("block"): node("block", "network", network="inner")})
    places = Layout(networks={"outer": GraphLayout(nodes={NodeId("block"): Place(0.0, 0.0)})})
    desk = open_project(Project(networks={"outer": outer, "inner": inner}, layout=places))
    desk.editor.selection.set((NodeId("block"),))
    desk.key(Qt.Key.Key_Return)

    assert desk.editor.ref == GraphRef("networks", "inner")
    assert set(desk.view.drawing.cards) == set(inner.nodes)


def test_a_double_click_on_empty_canvas_asks_for_a_search(desk: Desk) -> None:
    asked: list[object] = []
    desk.view.search_asked.connect(lambda place, point: asked.append(place))
    at = desk.at("drop") + QPoint(0, 90)
    QTest.mouseDClick(desk.view.viewport(), Qt.MouseButton.LeftButton, Modifier.NoModifier, at)

    assert len(asked) == 1


def test_a_kind_from_the_palette_is_added_where_it_is_dropped(desk: Desk) -> None:
    at = desk.at("drop") + QPoint(240, 60)
    taken = _drop(desk, kind_to_mime("linear"), at)
    card = desk.view.drawing.cards[NodeId("linear1")]

    assert taken
    assert card.rect.contains(desk.view.camera.to_scene(QPointF(at)))
    assert len(desk.graph.wires) == 2
    assert desk.editor.undo_stack.count() == 1


def test_a_kind_dropped_on_a_wire_is_inserted(desk: Desk) -> None:
    middle = (desk.port("conv", "y", is_output=True) + desk.port("relu", "x", is_output=False)) / 2
    _drop(desk, kind_to_mime("batch_norm2d"), middle)

    assert Wire(CONV, "y", NodeId("norm1"), "x") in desk.graph.wires
    assert Wire(NodeId("norm1"), "y", RELU, "x") in desk.graph.wires
    assert desk.editor.undo_stack.count() == 1


def test_other_things_are_not_taken(desk: Desk) -> None:
    data = QMimeData()
    data.setText("hello")

    assert not _drop(desk, data, QPoint(100, 300))


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
