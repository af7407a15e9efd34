"""Differences of projects: exact both ways, small, told in words."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

from engine.graph.changes import diff, difference
from engine.graph.edits import (
    AddNode,
    Connect,
    Disconnect,
    MoveNodes,
    RemoveNodes,
    RenameGraph,
    SetParameters,
    SetRun,
    SetTitle,
    SetVariable,
)
from engine.graph.ids import NodeId
from engine.graph.types import Graph, GraphRef, Node, Place, Project, RunSettings, Wire
from engine.project.format import encode

REF = GraphRef("networks", "long")


def long_project(length: int) -> Project:
    """Build a chain of convolutions."""
    ids = [NodeId(f"conv{index}") for index in range(length)]
    nodes = {name: Node(id=name, kind="conv2d", parameters={"kernel_size": 3}) for name in ids}
    wires = tuple(Wire(start, "y", end, "x") for start, end in pairwise(ids))
    return Project(networks={"long": Graph(nodes=nodes, wires=wires)})


def test_order_of_nodes_and_wires_comes_back() -> None:
    before = long_project(9)
    after = RemoveNodes(ref=REF, ids=(NodeId("conv2"), NodeId("conv5"))).apply(before)
    change = difference(before, after)

    assert encode(change.backward(after)) == encode(before)
    assert encode(change.forward(before)) == encode(after)


def test_a_new_order_alone_is_a_difference() -> None:
    before = long_project(3)
    nodes = dict(reversed(tuple(before.networks["long"].nodes.items())))
    after = Project(networks={"long": Graph(nodes=nodes, wires=before.networks["long"].wires[::-1])})
    change = difference(before, after)

    assert encode(change.forward(before)) == encode(after)
    assert encode(change.backward(after)) == encode(before)


def test_equal_numbers_of_another_type_are_a_difference() -> None:
    before, after = Project(variables={"width": 1}), Project(variables={"width": 1.0})

    assert encode(difference(before, after).forward(before)) == encode(after)


def test_a_switch_in_place_of_a_one_is_undone() -> None:
    before = long_project(3)
    name = NodeId("conv1")
    one = SetParameters(ref=REF, id=name, values={"bias": 1}).apply(before)
    switch = SetParameters(ref=REF, id=name, values={"bias": True}).apply(one)
    change = difference(one, switch)

    assert change.backward(switch).networks["long"].nodes[name].parameters["bias"] is not True
    assert change.forward(one).networks["long"].nodes[name].parameters["bias"] is True


def test_the_same_project_has_no_difference() -> None:
    assert difference(long_project(3), long_project(3)).change is None


def test_10_000_edits_of_10_000_nodes_fit_into_100_mb() -> None:
    project = long_project(10_000)
    history = []
    tracemalloc.start()
    for index in range(40):
        name = NodeId(f"conv{index * 7}")
        edits = (
            SetParameters(ref=REF, id=name, values={"kernel_size": index}),
            MoveNodes(ref=REF, places={name: Place(index, 0.5)}),
            Connect(ref=REF, wire=Wire(name, "y", NodeId(f"conv{index * 7 + 3}"), "x")),
            RemoveNodes(ref=REF, ids=(NodeId(f"conv{9000 - index * 5}"),)),
            AddNode(ref=REF, node=Node(id=NodeId(f"new{index}"), kind="relu"), place=Place(0.5, index)),
        )
        for edit in edits:
            after = edit.apply(project)
            history.append((edit.label, difference(project, after)))
            project = after
    project = long_project(0)
    each = tracemalloc.get_traced_memory()[0] / len(history)
    tracemalloc.stop()

    assert each < 10_000  # bytes


def test_changes_are_told_in_words() -> None:
    before = long_project(4)
    after = before
    for edit in (
        SetVariable(name="width", value=3),
        SetParameters(ref=REF, id=NodeId("conv1"), values={"kernel_size": 5, "stride": 2}),
        SetTitle(ref=REF, id=NodeId("conv2"), title="Second"),
        Disconnect(ref=REF, wires=(Wire(NodeId("conv2"), "y", NodeId("conv3"), "x"),)),
        AddNode(ref=REF, node=Node(id=NodeId("act"), kind="relu")),
        MoveNodes(ref=REF, places={NodeId("act"): Place(1, 2)}),
        SetRun(run=RunSettings(seed=4)),
    ):
        after = edit.apply(after)

    assert [change.text for change in diff(before, after)] == [
        "variables.width added: 3",
        "networks.long.conv1 kernel_size changed: 3 -> 5",
        "networks.long.conv1 stride changed: default -> 2",
        "networks.long.conv2 title changed: default -> Second",
        "networks.long.act added: relu",
        "networks.long wire removed: conv2.y -> conv3.x",
        "run seed changed: default -> 4",
        "layout networks changed",
    ]
    assert [change.text for change in diff(before, RenameGraph(ref=REF, to="other").apply(before))] == [
        "networks.long removed: 4 nodes",
        "networks.other added: 4 nodes",
    ]
