"""How fast a document of 1,000 nodes is read, written and edited; the best of many tries, so that load does not count."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise

from engine.graph.changes import difference
from engine.graph.edits import Connect, RemoveNodes, SetParameters
from engine.graph.ids import NodeId
from engine.graph.types import Graph, GraphLayout, GraphRef, Layout, Node, Place, Project, Wire
from engine.project.format import decode, encode

REF = GraphRef("networks", "long")


def long_project(length: int) -> Project:
    """Build a chain of convolutions with places."""
    ids = [NodeId(f"conv{index}") for index in range(length)]
    parameters = {"kernel_size": 3, "out_channels": 64, "padding": 1}
    nodes = {name: Node(id=name, kind="conv2d", parameters=parameters) for name in ids}
    wires = tuple(Wire(start, "y", end, "x") for start, end in pairwise(ids))
    layout = GraphLayout(nodes={name: Place(160 * index, 0.5) for index, name in enumerate(ids)})
    return Project(networks={"long": Graph(nodes=nodes, wires=wires)}, layout=Layout(networks={"long": layout}))


def best_ms(action: Callable[[], object], tries: int = 30) -> float:
    """Give the shortest of several tries."""
    times = []
    for _ in range(tries):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times) * 1e3


def test_a_file_of_1000_nodes_is_read_and_checked_in_5_ms() -> None:
    data = encode(long_project(1000)).encode()

    assert best_ms(lambda: decode(data)) <= 5


def test_a_file_of_1000_nodes_is_written_in_5_ms() -> None:
    project = long_project(1000)

    assert best_ms(lambda: encode(project)) <= 5


def test_an_edit_of_1000_nodes_with_its_difference_takes_1_ms() -> None:
    project = long_project(1000)
    edits = (
        SetParameters(ref=REF, id=NodeId("conv500"), values={"kernel_size": 5}),
        Connect(ref=REF, wire=Wire(NodeId("conv1"), "y", NodeId("conv9"), "x")),
        RemoveNodes(ref=REF, ids=(NodeId("conv500"),)),
    )
    for edit in edits:
        assert best_ms(lambda edit=edit: difference(project, edit.apply(project))) <= 1  # type: ignore[misc]  # mypy cannot type a default
