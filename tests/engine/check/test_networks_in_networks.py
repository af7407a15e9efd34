"""Networks as nodes of networks: signatures, symbols, repeats, recursion."""

from __future__ import annotations

import msgspec

from engine.check.checker import check, networks_in_order
from engine.check.report import State
from engine.graph.ids import NodeId
from engine.graph.types import Graph, GraphRef, Node, Project
from tests.graphs import chain, graph_of_nodes, node, wire

OUTER = GraphRef("networks", "outer")


def block(features: int | str = 8, outputs: int = 8) -> Graph:
    """A linear layer and an activation."""
    return chain(
        node("a", "input", shape=("N", features)),
        node("fc", "linear", out_features=outputs),
        node("act", "relu"),
        node("b", "output"),
    )


def outer(inner: Graph, **parameters: int) -> Project:
    """A network around another one."""
    nodes = (
        node("x", "input", shape=("B", 8)),
        node("stack", "network", network="inner", **parameters),
        node("out", "output"),
    )
    wires = (wire("x", "y", "stack", "a"), wire("stack", "b", "out", "x"))
    return Project(networks={"outer": graph_of_nodes(*nodes, wires=wires), "inner": inner})


def test_symbols_of_the_inner_network_are_bound_to_what_comes_in() -> None:
    report = check(outer(block())).graphs[OUTER]

    assert report.nodes[NodeId("stack")].outputs["b"].shape == ("B", 8)
    assert (report.parameters, report.multiply_adds, report.problems) == (72, 64, ())


def test_a_repeated_network_counts_as_often_and_its_tensors_have_addresses() -> None:
    report = check(outer(block(), repeat=3)).graphs[OUTER]
    assert report.signature is not None
    names = [weight.name for weight in report.signature.weights("net")]

    assert (report.parameters, report.multiply_adds) == (216, 192)
    assert names == [f"net.stack[{index}].fc.{name}" for index in range(3) for name in ("weight", "bias")]


def test_what_cannot_go_in_again_cannot_be_repeated() -> None:
    [problem] = check(outer(block(outputs=4), repeat=2)).problems

    assert (problem.code, problem.node, problem.expected, problem.found) == ("repeat", "stack", "B × 8", "B × 4")


def test_another_shape_than_the_inner_network_takes_is_told_and_the_fix_sets_its_input() -> None:
    project = outer(block(features=9))
    [problem] = check(project).problems
    for edit in problem.fixes[0].edits:
        project = edit.apply(project)

    assert (problem.code, problem.port, problem.expected, problem.found) == ("input-spec", "a", "N × 9", "B × 8")
    assert check(project).problems == ()


def test_a_network_that_contains_itself_through_another_is_told_once() -> None:
    inner = graph_of_nodes(
        node("a", "input", shape=("B", 8)), node("again", "network", network="outer"), node("b", "output"),
        wires=(wire("a", "y", "again", "x"), wire("again", "out", "b", "x")),
    )  # fmt: skip
    report = check(outer(inner))

    assert [(problem.code, problem.address) for problem in report.problems] == [("recursion", "networks.inner.again")]
    assert report.graphs[OUTER].nodes[NodeId("stack")].state is State.PENDING


def test_networks_are_looked_at_after_those_that_stand_in_them() -> None:
    assert networks_in_order(outer(block())) == ("inner", "outer")


def test_a_thousand_networks_one_in_another_are_checked() -> None:
    networks = {"n0": block()}
    for index in range(1, 1000):
        nodes = (
            node("a", "input", shape=("B", 8)),
            node("in", "network", network=f"n{index - 1}"),
            node("b", "output"),
        )
        renamed = tuple(
            msgspec.structs.replace(one, id=NodeId("inside")) if one.kind == "network" else one for one in nodes
        )
        wires = (wire("a", "y", "inside", "a"), wire("inside", "b", "b", "x"))
        networks[f"n{index}"] = graph_of_nodes(*renamed, wires=wires)
    report = check(Project(networks=dict(reversed(networks.items()))))

    assert report.problems == ()
    assert report.graphs[GraphRef("networks", "n999")].parameters == 72


def test_an_inner_network_that_changes_changes_what_stands_around_it() -> None:
    first = outer(block())
    second = outer(block(outputs=5))

    again = check(second, check(first))

    assert again == check(second)
    assert again.graphs[OUTER].nodes[NodeId("stack")].outputs["b"].shape == ("B", 5)


def test_a_missing_network_that_appears_is_noticed() -> None:
    whole = outer(block())
    without = Project(networks={"outer": whole.networks["outer"]})

    report = check(whole, check(without))

    assert [problem.code for problem in check(without).problems] == ["missing-network"]
    assert report == check(whole)


def test_a_node_may_share_the_weights_of_one_inside_a_repeated_network() -> None:
    project = outer(block(), repeat=2)
    graph = project.networks["outer"]
    shared = Node(id=NodeId("tied"), kind="linear", parameters={"out_features": 8}, shares="stack[1].fc")
    wires = (*graph.wires[:1], wire("stack", "b", "tied", "x"), wire("tied", "y", "out", "x"))
    grown = graph_of_nodes(*graph.nodes.values(), shared, wires=wires)
    report = check(Project(networks={**project.networks, "outer": grown}))

    assert report.problems == ()
    assert report.graphs[OUTER].parameters == 144
