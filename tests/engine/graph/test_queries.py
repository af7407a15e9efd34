"""Questions to a graph: order, cycles, reach, wires by port."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.graph.ids import NodeId
from engine.graph.queries import (
    Wiring,
    chains,
    cycles,
    downstream,
    topological_order,
    upstream,
    wires_by_input,
    wires_by_output,
)
from engine.graph.types import Graph, Node, Wire


def graph_of(nodes: str, *wires: str) -> Graph:
    """Build a graph of one-letter nodes from wires like `ab`: from a to b."""
    ids = [NodeId(name) for name in nodes]
    rows = (Wire(NodeId(wire[0]), "y", NodeId(wire[1]), wire[2:] or "x") for wire in wires)
    return Graph(nodes={name: Node(id=name, kind="identity") for name in ids}, wires=tuple(rows))


def test_an_order_of_the_document_that_holds_is_kept() -> None:
    assert topological_order(graph_of("abc", "ac")).nodes == ("a", "b", "c")


def test_nodes_come_after_all_that_they_need() -> None:
    order = topological_order(graph_of("dcba", "ab", "bc", "bd"))

    assert order.nodes == ("a", "b", "d", "c")
    assert order.stuck == ()


def test_nodes_of_a_cycle_and_behind_it_are_stuck() -> None:
    graph = graph_of("abcde", "ab", "bc", "cb", "cd")

    assert topological_order(graph).nodes == ("a", "e")
    assert topological_order(graph).stuck == ("b", "c", "d")
    assert cycles(graph) == (("b", "c"),)


def test_a_wire_to_its_own_node_is_a_cycle() -> None:
    assert cycles(graph_of("ab", "aa", "ab")) == (("a",),)
    assert topological_order(graph_of("ab", "aa", "ab")).stuck == ("a", "b")


def test_what_stands_before_and_after_is_found() -> None:
    graph = graph_of("abcde", "ab", "bc", "db")

    assert upstream(graph, [NodeId("b")]) == {"a", "b", "d"}
    assert downstream(graph, [NodeId("a"), NodeId("e"), NodeId("z")]) == {"a", "b", "c", "e"}


def test_wires_are_found_by_port() -> None:
    graph = graph_of("abc", "ac", "bc", "bca")
    first, second, third = graph.wires

    assert wires_by_input(graph) == {("c", "x"): (first, second), ("c", "a"): (third,)}
    assert wires_by_output(graph) == {("a", "y"): (first,), ("b", "y"): (second, third)}
    assert Wiring(graph).by_input(NodeId("c")) == {"x": second, "a": third}
    assert Wiring(graph).sources(NodeId("c")) == ("a", "b")
    assert Wiring(graph).targets(NodeId("b")) == ("c",)


def test_chains_are_runs_that_feed_one_node_each() -> None:
    assert chains(graph_of("abcdef", "ab", "bc", "cd", "ce")) == (("a", "b", "c"),)
    assert chains(graph_of("ab", "ab", "ba")) == ()


@given(st.permutations("abcdef"), st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12))
@settings(max_examples=100, deadline=None)
def test_the_order_holds_for_every_wire_between_ordered_nodes(names: list[str], pairs: list[tuple[int, int]]) -> None:
    graph = graph_of("".join(names), *(f"{'abcdef'[start]}{'abcdef'[end]}" for start, end in pairs))
    order = topological_order(graph)
    place = {node: index for index, node in enumerate(order.nodes)}

    assert sorted(order.nodes + order.stuck) == sorted(graph.nodes)
    assert all(place[wire.source] < place[wire.target] for wire in graph.wires if wire.target in place)
    assert {node for knot in cycles(graph) for node in knot} <= set(order.stuck)
    assert bool(order.stuck) == bool(cycles(graph))
