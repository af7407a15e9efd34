"""The inspector of a network says what training takes of memory, and what that is made of."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from designer.app.program import Program
from designer.panels.inspector.fields import TextField
from engine.graph.types import GraphRef


def memory(program: Program) -> QLabel:
    """The value that is shown for the network."""
    program.base.editor.open_graph(GraphRef("networks", "digits_cnn"))
    program.base.editor.selection.set([])
    labels = program.panels.inspector.graph.facts.findChildren(QLabel)
    return labels[[label.text() for label in labels].index("Training memory") + 1]


def test_a_network_tells_what_its_training_takes_part_by_part(drawn: Program) -> None:
    value = memory(drawn)
    lines = value.toolTip().split("\n")

    assert value.text().startswith("about ")
    assert [line.split(" ", 2)[2] for line in lines[:3]] == ["parameters", "their gradients", "state of AdamW"]
    assert "activations of 32 samples" in lines[3]


def test_a_batch_that_is_typed_in_changes_what_training_takes(drawn: Program) -> None:
    before = memory(drawn).text()
    drawn.base.editor.open_graph(drawn.base.editor.graph_for("training"))
    drawn.base.editor.selection.set([])
    field = drawn.panels.inspector.graph.data.fields["batch_size"]
    assert isinstance(field, TextField)
    field.line.selectAll()
    QTest.keyClicks(field.line, "256")
    QTest.keyClick(field.line, Qt.Key.Key_Return)

    assert "activations of 256 samples" in memory(drawn).toolTip()
    assert memory(drawn).text() != before
