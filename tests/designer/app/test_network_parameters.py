"""Parameters of a network, made by typing and given by its uses; variables of the project, the same way."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy, QTest

from designer.app.program import Program
from designer.panels.inspector.fields import TextField
from designer.panels.inspector.named_values import NamedValues
from engine.graph.ids import NodeId
from engine.graph.types import Graph, GraphRef, Project
from tests.graphs import chain, node

BLOCK = GraphRef("networks", "block")
NET = GraphRef("networks", "net")


@pytest.fixture
def nested(program: Program) -> Program:
    """Give the program with a block of one layer, and a network that uses it."""
    block = chain(node("x", "input", shape=("B", 8)), node("hidden", "linear", out_features=16), node("y", "output"))
    net = chain(node("x", "input", shape=("B", 8)), node("one", "network", network="block"), node("y", "output"))
    program.base.files.begin(Project(networks={"block": block, "net": net}), "nested")
    return program


def graph(program: Program, ref: GraphRef) -> Graph:
    """The graph as it is now."""
    return program.base.editor.project.networks[ref.name]


def add(values: NamedValues, text: str) -> None:
    """Type a name and a value, and press Enter."""
    QTest.keyClicks(values.line, text)
    QTest.keyClick(values.line, Qt.Key.Key_Return)


def test_a_parameter_is_added_used_in_an_expression_and_given_by_a_use(nested: Program) -> None:
    editor, inspector = nested.base.editor, nested.panels.inspector
    editor.open_graph(BLOCK)
    editor.selection.set([])
    add(inspector.graph.parameters, "width = 16")
    assert graph(nested, BLOCK).parameters == {"width": 16}

    editor.selection.set([NodeId("hidden")])
    enter(inspector.nodes.form.fields["out_features"], "=2*width")
    assert editor.report.graphs[BLOCK].nodes[NodeId("hidden")].outputs["y"].shape == ("B", 32)

    editor.open_graph(NET)
    editor.selection.set([NodeId("one")])
    enter(inspector.nodes.form.fields["width"], "5")
    assert graph(nested, NET).nodes[NodeId("one")].parameters == {"network": "block", "width": 5}
    assert editor.report.graphs[NET].nodes[NodeId("one")].outputs["y"].shape == ("B", 10)


def enter(field: object, text: str) -> None:
    """Type into a field in place of what it shows."""
    assert isinstance(field, TextField)
    field.line.selectAll()
    QTest.keyClicks(field.line, text)
    QTest.keyClick(field.line, Qt.Key.Key_Return)


def test_a_value_that_is_the_default_of_the_network_is_not_stored(nested: Program) -> None:
    editor = nested.base.editor
    editor.open_graph(BLOCK)
    editor.selection.set([])
    add(nested.panels.inspector.graph.parameters, "width = 16")
    editor.open_graph(NET)
    editor.selection.set([NodeId("one")])
    enter(nested.panels.inspector.nodes.form.fields["width"], "5")
    enter(nested.panels.inspector.nodes.form.fields["width"], "16")

    assert graph(nested, NET).nodes[NodeId("one")].parameters == {"network": "block"}


def test_a_parameter_is_taken_away_and_comes_back_with_undo(nested: Program) -> None:
    editor = nested.base.editor
    editor.open_graph(BLOCK)
    editor.selection.set([])
    values = nested.panels.inspector.graph.parameters
    add(values, "bias = yes")
    assert graph(nested, BLOCK).parameters == {"bias": True}

    values.take_away.menu().actions()[0].trigger()
    assert graph(nested, BLOCK).parameters == {}

    editor.undo_stack.undo()
    assert graph(nested, BLOCK).parameters == {"bias": True}


@pytest.mark.parametrize("text", ["width", "= 3", "width = wide", "network = 3", "i = 2", "forward = 1"])
def test_what_is_no_parameter_is_refused_in_words(nested: Program, text: str) -> None:
    editor = nested.base.editor
    editor.open_graph(BLOCK)
    editor.selection.set([])
    said = QSignalSpy(editor.refused)
    add(nested.panels.inspector.graph.parameters, text)

    assert graph(nested, BLOCK).parameters == {}
    assert said.count() == 1


def test_variables_are_shared_by_all_graphs(nested: Program) -> None:
    editor, inspector = nested.base.editor, nested.panels.inspector
    editor.open_graph(BLOCK)
    editor.selection.set([])
    add(inspector.graph.variables, "hidden = 24")
    editor.selection.set([NodeId("hidden")])
    enter(inspector.nodes.form.fields["out_features"], "=hidden")

    assert editor.project.variables == {"hidden": 24}
    assert editor.report.graphs[NET].nodes[NodeId("one")].outputs["y"].shape == ("B", 24)
