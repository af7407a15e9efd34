"""What is copied is text that an e-mail can carry."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication

from designer.editing.editor import Editor
from engine.graph.ids import NodeId
from engine.graph.types import Place
from tests.designer.drawn import TRAINING

CONV, RELU = NodeId("conv1"), NodeId("relu1")


def test_pasting_gives_new_ids_and_keeps_the_wires_between(editor: Editor) -> None:
    editor.selection.set((CONV, RELU))
    editor.copy()
    editor.paste()

    assert editor.graph is not None
    assert editor.selection.ids == ("conv2", "relu2")
    assert ("conv2", "relu2") in {(wire.source, wire.target) for wire in editor.graph.wires}
    assert not any(wire.target == "conv2" for wire in editor.graph.wires)


def test_pasting_with_incoming_wires_keeps_where_they_come_from(editor: Editor) -> None:
    editor.selection.set((RELU,))
    editor.copy()
    editor.paste(keep_incoming=True)

    assert editor.graph is not None
    assert ("conv1", "relu2") in {(wire.source, wire.target) for wire in editor.graph.wires}


def test_text_around_it_does_not_keep_it_from_being_pasted(editor: Editor) -> None:
    editor.selection.set((CONV,))
    editor.copy()
    clipboard = QGuiApplication.clipboard()
    clipboard.setText(f"Dear colleague,\n\n{clipboard.text()}\n\nRegards")

    assert editor.paste()
    assert editor.selection.ids == ("conv2",)


def test_pasting_at_a_place_puts_the_upper_left_corner_there(editor: Editor) -> None:
    editor.selection.set((CONV, RELU))
    editor.copy()
    editor.paste(Place(1000.0, 500.0))
    places = editor.project.layout.networks["digits_cnn"].nodes

    assert places[NodeId("conv2")] == Place(1000.0, 500.0)
    assert places[NodeId("relu2")] == Place(1184.0, 500.0)


def test_other_text_is_refused_in_words(editor: Editor) -> None:
    said: list[str] = []
    editor.refused.connect(said.append)
    QGuiApplication.clipboard().setText('{"what": 1}')

    assert not editor.paste()
    assert "no nodes" in said[0]


def test_nodes_of_a_network_are_not_pasted_into_a_training_graph(editor: Editor) -> None:
    said: list[str] = []
    editor.refused.connect(said.append)
    editor.selection.set((CONV,))
    editor.copy()
    editor.open_graph(TRAINING)
    editor.open_as_graph()

    assert not editor.paste()
    assert "network" in said[0]


def test_cutting_copies_and_removes(editor: Editor) -> None:
    editor.selection.set((RELU,))
    editor.cut()
    gone = RELU not in (editor.graph.nodes if editor.graph else {})
    editor.paste()

    assert gone
    assert editor.selection.ids == ("relu1",)


def test_duplicating_leaves_the_clipboard_alone(editor: Editor) -> None:
    QGuiApplication.clipboard().setText("mine")
    editor.selection.set((RELU,))
    editor.duplicate()

    assert editor.selection.ids == ("relu2",)
    assert QGuiApplication.clipboard().text() == "mine"
