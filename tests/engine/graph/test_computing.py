"""Which nodes compute something else than before: by what they do, whatever they are called."""

from __future__ import annotations

from engine.graph.computing import changed_nodes, computes_alike, trains_alike
from engine.graph.edits import AddNode, Edit, SetParameters, SetRun, SetTitle, SetVariable
from engine.graph.ids import NodeId
from engine.graph.types import Graph, GraphRef, Node, Project, RunSettings
from tests.graphs import chain, digits, node

NET = GraphRef("networks", "net")
BLOCK = GraphRef("networks", "block")


def _project() -> Project:
    block = chain(
        node("x", "input", shape=("B", 8)), node("deep", "linear", out_features="=width"), node("y", "output")
    )
    net = chain(
        node("x", "input", shape=("B", 8)),
        node("first", "linear", out_features="=width"),
        node("part", "network", network="block"),
        node("last", "linear", out_features=4),
        node("y", "output"),
    )
    return Project(networks={"net": net, "block": block}, variables={"width": 8})


def _after(project: Project, *edits: Edit) -> Project:
    for edit in edits:
        project = edit.apply(project)
    return project


def _changed(*edits: Edit) -> set[str]:
    project = _project()
    return {str(name) for name in changed_nodes(project, _after(project, *edits), NET)}


def test_names_and_words_change_nothing() -> None:
    assert _changed(SetTitle(ref=NET, id=NodeId("first"), title="In")) == set()


def test_a_parameter_changes_its_node() -> None:
    assert _changed(SetParameters(ref=NET, id=NodeId("last"), values={"out_features": 5})) == {"last"}


def test_a_variable_changes_every_node_that_names_it_also_within_a_network_in_use() -> None:
    assert _changed(SetVariable(name="width", value=16)) == {"first", "part"}


def test_a_node_inside_a_network_in_use_changes_the_use() -> None:
    assert _changed(SetParameters(ref=BLOCK, id=NodeId("deep"), values={"bias": False})) == {"part"}


def test_a_new_node_and_one_that_is_fed_otherwise_are_changed() -> None:
    assert _changed(AddNode(ref=NET, node=Node(id=NodeId("relu"), kind="relu"))) == {"relu"}


def test_a_network_that_stands_in_itself_is_read_all_the_same() -> None:
    inner = node("again", "network", network="net")
    project = Project(networks={"net": Graph(nodes={inner.id: inner})})

    assert changed_nodes(project, project, NET) == frozenset()


def test_a_draft_beside_it_and_a_longer_run_leave_training_as_it_is() -> None:
    project = digits()
    drafted = _after(project, SetRun(run=RunSettings(seed=9)))
    drafted = Project(
        networks={**drafted.networks, "draft": Graph()},
        training=drafted.training,
        run=drafted.run,
        layout=drafted.layout,
    )

    assert trains_alike(project, drafted)
    assert all(computes_alike(project, drafted, name) for name in project.networks)


def test_another_network_is_other_training() -> None:
    project = digits()
    (name, graph), *_ = project.networks.items()
    conv = next(one for one in graph.nodes.values() if one.kind == "conv2d")
    edit = SetParameters(ref=GraphRef("networks", name), id=conv.id, values={"out_channels": 48})

    assert not trains_alike(project, _after(project, edit))
    assert not computes_alike(project, _after(project, edit), name)


def test_an_expression_of_the_repeat_is_another_one_than_the_number_it_gives_once() -> None:
    def repeated(value: str | int) -> Project:
        use = node("part", "network", network="block", repeat=2, width=value)
        return Project(networks={**_project().networks, "outer": Graph(nodes={use.id: use})}, variables={"width": 8})

    outer = GraphRef("networks", "outer")
    assert changed_nodes(repeated("= 8*(i+1)"), repeated(16), outer) == {"part"}
    assert changed_nodes(repeated("= 8*(i+1)"), repeated("= 8*(i+1)"), outer) == frozenset()
