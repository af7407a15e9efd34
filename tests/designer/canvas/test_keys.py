"""What keys, wheels and double clicks do on the canvas."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.graph.ids import NodeId
from engine.graph.types import Graph, GraphLayout, GraphRef, Layout, Place, Project, Wire
from tests.designer.canvas.conftest import Desk, Modifier, chain_project, node

SECOND = Wire(NodeId("conv"), "y", NodeId("relu"), "x")
CONV, RELU, IMAGE, DROP, OUT = (NodeId(name) for name in ("conv", "relu", "image", "drop", "out"))


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


def test_tab_and_space_ask_for_a_search_and_shift_tab_leaves(desk: Desk) -> None:
    asked: list[object] = []
    desk.view.search_asked.connect(lambda place, point: asked.append(place))
    desk.key(Qt.Key.Key_Tab)
    desk.key(Qt.Key.Key_Space)
    desk.key(Qt.Key.Key_Backtab)

    assert len(asked) == 2


def test_a_search_over_a_card_leaves_the_place_to_the_selection(desk: Desk) -> None:
    asked: list[object] = []
    desk.view.search_asked.connect(lambda place, point: asked.append(place))
    at = desk.at("drop")
    desk.view.ask_search(QPointF(at))
    desk.view.ask_search(QPointF(at + QPoint(0, 90)))

    assert asked[0] is None
    assert isinstance(asked[1], Place)
