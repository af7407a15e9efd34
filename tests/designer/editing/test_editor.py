"""One verb is one edit and one undo step."""

from __future__ import annotations

from designer.editing.editor import Editor
from engine.check.report import Fix
from engine.graph.edits import SetParameters
from engine.graph.ids import NodeId
from engine.graph.types import GraphRef, Place, Wire
from tests.designer.drawn import NETWORK, TRAINING

CONV, RELU, POOL = NodeId("conv1"), NodeId("relu1"), NodeId("pool")


def wires_of(editor: Editor) -> set[tuple[str, str]]:
    assert editor.graph is not None
    return {(wire.source, wire.target) for wire in editor.graph.wires}


def test_the_first_network_is_open_at_the_start(editor: Editor) -> None:
    assert editor.ref == NETWORK


def test_an_added_node_is_wired_behind_the_selected_one_and_selected(editor: Editor) -> None:
    editor.selection.set((NodeId("scores"),))

    added = editor.add_node("relu")

    assert added == "relu2"
    assert editor.selection.ids == ("relu2",)
    assert ("scores", "relu2") in wires_of(editor)
    assert editor.undo_stack.count() == 1


def test_undo_gives_the_very_project_back(editor: Editor) -> None:
    before = editor.project
    editor.add_node("linear", Place(5.0, 6.0))
    editor.undo_stack.undo()

    assert editor.project == before


def test_redo_after_undo_gives_the_same_project_again(editor: Editor) -> None:
    editor.selection.set((CONV,))
    editor.remove_and_reconnect()
    after = editor.project
    editor.undo_stack.undo()
    editor.undo_stack.redo()

    assert editor.project == after


def test_deleting_with_reconnect_leads_the_wire_around(editor: Editor) -> None:
    editor.selection.set((CONV, RELU))
    editor.remove_and_reconnect()

    assert ("image", "pool") in wires_of(editor)
    assert editor.undo_stack.count() == 1


def test_a_node_dropped_on_a_wire_stands_in_it(editor: Editor) -> None:
    editor.insert_node("batch_norm2d", Wire(CONV, "y", RELU, "x"))

    assert {("conv1", "norm1"), ("norm1", "relu1")} <= wires_of(editor)
    assert ("conv1", "relu1") not in wires_of(editor)


def test_a_refused_edit_is_not_pushed_and_says_why(editor: Editor) -> None:
    said: list[str] = []
    editor.refused.connect(said.append)

    done = editor.connect_ports(Wire(CONV, "y", NodeId("nobody"), "x"))

    assert not done
    assert editor.undo_stack.count() == 0
    assert "nobody" in said[0]


def test_turning_a_parameter_is_one_step_while_it_turns(editor: Editor) -> None:
    for size in (33, 34, 35):
        editor.set_parameter((CONV,), "out_channels", size, turning=True)
    count = editor.undo_stack.count()
    editor.undo_stack.undo()

    assert count == 1
    assert editor.project.networks["digits_cnn"].nodes[CONV].parameters == {"padding": 1}


def test_two_entered_values_are_two_steps(editor: Editor) -> None:
    editor.set_parameter((CONV,), "out_channels", 33)
    editor.set_parameter((CONV,), "out_channels", 34)

    assert editor.undo_stack.count() == 2


def test_a_value_that_is_the_default_is_not_stored(editor: Editor) -> None:
    editor.set_parameter((CONV,), "padding", 0)

    assert editor.project.networks["digits_cnn"].nodes[CONV].parameters == {}


def test_setting_what_holds_already_is_no_step(editor: Editor) -> None:
    assert not editor.set_parameter((CONV,), "padding", 1)
    assert editor.undo_stack.count() == 0


def test_what_is_no_longer_there_is_no_longer_selected(editor: Editor) -> None:
    editor.add_node("linear")
    editor.undo_stack.undo()

    assert editor.selection.ids == ()


def test_downstream_selection_reaches_the_output(editor: Editor) -> None:
    editor.selection.set((POOL,))
    editor.select_stream(down=True)

    assert set(editor.selection.ids) == {"pool", "flatten", "scores", "digit"}


def test_the_graph_of_a_recipe_is_shown_and_refuses_new_nodes(editor: Editor) -> None:
    said: list[str] = []
    editor.refused.connect(said.append)
    editor.open_graph(TRAINING)

    assert editor.graph is not None
    assert len(editor.graph.nodes) > 3
    assert editor.add_node("accuracy") is None
    assert "recipe" in said[0]


def test_a_source_of_a_recipe_can_be_changed(editor: Editor) -> None:
    editor.open_graph(TRAINING)
    editor.set_parameter((NodeId("data"),), "batch_size", 64)
    recipe = editor.project.training["fit_digits"].recipe

    assert recipe is not None
    assert recipe.sources[0].parameters == {"batch_size": 64}


def test_a_kind_of_the_training_graph_dropped_on_a_network_is_offered_there(editor: Editor) -> None:
    offered: list[tuple[str, str]] = []
    editor.misplaced.connect(lambda key, space: offered.append((key, space)))

    assert editor.add_node("accuracy") is None
    assert offered == [("accuracy", "training")]


def test_bypass_refuses_a_node_that_changes_the_shape(editor: Editor) -> None:
    said: list[str] = []
    editor.refused.connect(said.append)
    editor.selection.set((CONV,))

    assert not editor.toggle_bypass()
    assert "what comes out differs" in said[0]


def test_bypass_turns_on_and_off(editor: Editor) -> None:
    editor.selection.set((RELU,))
    editor.toggle_bypass()
    on = editor.project.networks["digits_cnn"].nodes[RELU].bypassed
    editor.toggle_bypass()

    assert on
    assert not editor.project.networks["digits_cnn"].nodes[RELU].bypassed


def test_a_fix_of_several_edits_is_one_step(editor: Editor) -> None:
    edits = tuple(SetParameters(ref=NETWORK, id=CONV, values={name: 2}) for name in ("stride", "padding"))
    editor.apply_fix(Fix(title="Make it small", edits=edits))

    assert editor.undo_stack.undoText() == "Make it small"
    assert editor.undo_stack.count() == 1


def test_renaming_an_id_keeps_the_wires_and_the_selection(editor: Editor) -> None:
    editor.selection.set((CONV,))
    editor.rename(CONV, "stem")

    assert {("image", "stem"), ("stem", "relu1")} <= wires_of(editor)
    assert editor.selection.ids == ("stem",)


def test_a_network_of_the_selection_can_be_entered_and_unpacked(editor: Editor) -> None:
    before = wires_of(editor)
    editor.selection.set((CONV, RELU))
    editor.group()
    editor.enter()
    inside = editor.ref
    editor.open_graph(NETWORK)
    editor.selection.set((NodeId("block"),))
    editor.unpack()

    assert inside == GraphRef("networks", "block")
    assert len(wires_of(editor)) == len(before)
