"""What hands do on the canvas: every gesture is one step that can be undone, and Esc leaves things as they were."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from engine.graph.ids import NodeId
from engine.graph.types import Place, Wire
from tests.designer.canvas.conftest import Desk, Modifier

CONV, RELU, IMAGE, DROP, OUT = (NodeId(name) for name in ("conv", "relu", "image", "drop", "out"))
FIRST = Wire(IMAGE, "y", CONV, "x")
SECOND = Wire(CONV, "y", RELU, "x")


def test_a_click_selects_a_node_and_a_click_beside_everything_clears(desk: Desk) -> None:
    desk.click(desk.at("conv"))
    selected = desk.editor.selection.ids
    desk.click(desk.at("conv") + QPoint(0, 200))

    assert selected == (CONV,)
    assert desk.editor.selection.ids == ()


def test_shift_adds_to_the_selection_and_ctrl_toggles(desk: Desk) -> None:
    desk.click(desk.at("conv"))
    desk.click(desk.at("relu"), Modifier.ShiftModifier)
    both = desk.editor.selection.ids
    desk.click(desk.at("conv"), Modifier.ControlModifier)

    assert both == (CONV, RELU)
    assert desk.editor.selection.ids == (RELU,)


def test_dragging_a_node_moves_it_in_one_step_on_the_grid(desk: Desk) -> None:
    start = desk.at("relu")
    desk.drag(start, start + QPoint(41, 82))
    moved = desk.place("relu")
    steps = desk.editor.undo_stack.count()
    desk.editor.undo_stack.undo()

    assert moved == Place(520.0, 80.0)
    assert steps == 1
    assert desk.place("relu") == Place(480.0, 0.0)


def test_all_selected_nodes_go_along(desk: Desk) -> None:
    desk.editor.selection.set((CONV, RELU))
    start = desk.at("conv")
    desk.drag(start, start + QPoint(0, 40))

    assert (desk.place("conv").y, desk.place("relu").y, desk.place("image").y) == (40.0, 40.0, 0.0)
    assert desk.editor.undo_stack.count() == 1


def test_esc_puts_a_node_in_hand_back(desk: Desk) -> None:
    start = desk.at("relu")
    desk.press(start)
    desk.move(start + QPoint(60, 60))
    in_hand = desk.view.surface.overlay.moved
    desk.key(Qt.Key.Key_Escape)
    desk.release(start + QPoint(60, 60))

    assert in_hand == {RELU}
    assert desk.view.surface.overlay.moved == frozenset()
    assert desk.place("relu") == Place(480.0, 0.0)
    assert desk.editor.undo_stack.count() == 0


def test_a_press_that_trembles_is_a_click(desk: Desk) -> None:
    start = desk.at("relu")
    desk.drag(start, start + QPoint(1, 2))

    assert desk.editor.undo_stack.count() == 0
    assert desk.editor.selection.ids == (RELU,)


def test_a_box_selects_what_it_touches(desk: Desk) -> None:
    desk.drag(desk.at("conv") + QPoint(-90, -40), desk.at("relu") + QPoint(10, 0))

    assert desk.editor.selection.ids == (CONV, RELU)
    assert desk.view.surface.overlay.band is None


def test_a_box_adds_with_shift_and_toggles_with_ctrl(desk: Desk) -> None:
    desk.editor.selection.set((IMAGE,))
    left, right = desk.at("conv") + QPoint(-90, -40), desk.at("relu") + QPoint(10, 0)
    desk.drag(left, right, Modifier.ShiftModifier)
    added = desk.editor.selection.ids
    desk.drag(left, right, Modifier.ControlModifier)

    assert added == (IMAGE, CONV, RELU)
    assert desk.editor.selection.ids == (IMAGE,)


def test_esc_gives_back_what_was_selected_before_a_box(desk: Desk) -> None:
    desk.editor.selection.set((IMAGE,))
    desk.press(desk.at("conv") + QPoint(-90, -40))
    desk.move(desk.at("relu"))
    desk.key(Qt.Key.Key_Escape)
    desk.release(desk.at("relu"))

    assert desk.editor.selection.ids == (IMAGE,)


def test_a_wire_is_drawn_from_output_to_input(desk: Desk) -> None:
    desk.drag(desk.port("relu", "y", is_output=True), desk.port("out", "x", is_output=False))

    assert Wire(RELU, "y", OUT, "x") in desk.graph.wires
    assert desk.editor.undo_stack.count() == 1


def test_a_wire_is_drawn_from_input_to_output_too(desk: Desk) -> None:
    desk.drag(desk.port("out", "x", is_output=False), desk.port("relu", "y", is_output=True))

    assert Wire(RELU, "y", OUT, "x") in desk.graph.wires


def test_a_wire_onto_an_occupied_input_takes_its_place(desk: Desk) -> None:
    desk.drag(desk.port("image", "y", is_output=True), desk.port("relu", "x", is_output=False))

    assert set(desk.graph.wires) == {FIRST, Wire(IMAGE, "y", RELU, "x")}
    assert desk.editor.undo_stack.count() == 1


def test_esc_drops_a_wire_in_hand(desk: Desk) -> None:
    desk.press(desk.port("relu", "y", is_output=True))
    desk.move(desk.port("out", "x", is_output=False))
    flying = desk.view.surface.overlay.flight
    desk.key(Qt.Key.Key_Escape)
    desk.release(desk.port("out", "x", is_output=False))

    assert flying is not None
    assert desk.view.surface.overlay.flight is None
    assert set(desk.graph.wires) == {FIRST, SECOND}


def test_a_wire_let_go_over_nothing_asks_for_a_node_to_add_behind_it(desk: Desk) -> None:
    asked: list[object] = []
    desk.view.search_asked.connect(lambda place, point: asked.append(place))
    start = desk.port("relu", "y", is_output=True)
    desk.drag(start, start + QPoint(60, 60))

    assert asked == [Place(684.0, 88.0)]
    assert desk.editor.selection.ids == (RELU,)


def test_ports_that_fit_light_up_and_a_loop_is_refused_with_words(desk: Desk) -> None:
    said: list[str] = []
    desk.view.hint_changed.connect(said.append)
    desk.press(desk.port("relu", "y", is_output=True))
    desk.move(desk.port("conv", "x", is_output=False))
    lit = dict(desk.view.surface.overlay.lit)
    desk.release(desk.port("conv", "x", is_output=False))

    assert lit[OUT, "x", False] == ""
    assert lit[DROP, "x", False] == ""
    assert "loop" in lit[CONV, "x", False]
    assert any("loop" in words for words in said)
    assert set(desk.graph.wires) == {FIRST, SECOND}


def test_a_port_says_why_what_would_flow_does_not_fit(desk: Desk) -> None:
    desk.editor.add_node("conv1d", Place(240.0, 200.0), wired=False)
    desk.press(desk.port("relu", "y", is_output=True))
    desk.move(desk.at("conv"))
    faults = {name[0]: fault for name, fault in desk.view.surface.overlay.lit.items()}
    desk.key(Qt.Key.Key_Escape)
    desk.release(desk.at("conv"))

    assert "B × 4 × 8 × 8" in faults[NodeId("conv1")]


def test_ctrl_and_drag_from_an_input_moves_the_wire(desk: Desk) -> None:
    desk.drag(
        desk.port("relu", "x", is_output=False), desk.port("drop", "x", is_output=False), Modifier.ControlModifier
    )

    assert set(desk.graph.wires) == {FIRST, Wire(CONV, "y", DROP, "x")}
    assert desk.editor.undo_stack.count() == 1


def test_a_wire_pulled_off_and_let_go_over_nothing_is_cut(desk: Desk) -> None:
    start = desk.port("relu", "x", is_output=False)
    desk.drag(start, start + QPoint(-40, 150), Modifier.ControlModifier)

    assert desk.graph.wires == (FIRST,)


def test_a_node_let_go_over_a_wire_is_put_on_it_in_one_step(desk: Desk) -> None:
    middle = (desk.port("conv", "y", is_output=True) + desk.port("relu", "x", is_output=False)) / 2
    desk.drag(desk.at("drop"), middle)
    wires = set(desk.graph.wires)
    steps = desk.editor.undo_stack.count()
    desk.editor.undo_stack.undo()

    assert wires == {FIRST, Wire(CONV, "y", DROP, "x"), Wire(DROP, "y", RELU, "x")}
    assert steps == 1
    assert desk.place("drop") == Place(0.0, 160.0)
    assert set(desk.graph.wires) == {FIRST, SECOND}


def test_shift_keeps_a_node_off_the_wire(desk: Desk) -> None:
    middle = (desk.port("conv", "y", is_output=True) + desk.port("relu", "x", is_output=False)) / 2
    start = desk.at("drop")
    desk.press(start)
    desk.move(start + QPoint(20, 0), Modifier.ShiftModifier)
    desk.move(middle, Modifier.ShiftModifier)
    desk.release(middle, Modifier.ShiftModifier)

    assert set(desk.graph.wires) == {FIRST, SECOND}
    assert desk.place("drop") != Place(0.0, 160.0)


def test_a_click_selects_a_wire_and_delete_takes_it_away(desk: Desk) -> None:
    middle = (desk.port("conv", "y", is_output=True) + desk.port("relu", "x", is_output=False)) / 2
    desk.click(middle)
    chosen = desk.editor.selection.wires
    desk.key(Qt.Key.Key_Delete)

    assert chosen == (SECOND,)
    assert desk.graph.wires == (FIRST,)


def test_the_middle_button_pans(desk: Desk) -> None:
    before = desk.view.camera.origin
    viewport = desk.view.viewport()
    QTest.mousePress(viewport, Qt.MouseButton.MiddleButton, Modifier.NoModifier, QPoint(400, 300))
    desk.move(QPoint(430, 310))
    desk.move(QPoint(460, 320))
    QTest.mouseRelease(viewport, Qt.MouseButton.MiddleButton, Modifier.NoModifier, QPoint(460, 320))

    assert desk.view.camera.origin == before - QPointF(60, 20)
    assert desk.editor.undo_stack.count() == 0


def test_space_and_drag_pans_even_over_a_node(desk: Desk) -> None:
    before, start = desk.view.camera.origin, desk.at("conv")
    QTest.keyPress(desk.view, Qt.Key.Key_Space)
    desk.drag(start, start + QPoint(50, 30))
    searched: list[object] = []
    desk.view.search_asked.connect(lambda place, point: searched.append(place))
    QTest.keyRelease(desk.view, Qt.Key.Key_Space)

    assert desk.view.camera.origin == before - QPointF(50, 30)
    assert desk.place("conv") == Place(240.0, 0.0)
    assert searched == []
