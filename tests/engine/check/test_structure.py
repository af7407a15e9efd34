"""Wires that cannot be, dead ends, ids and shared weights."""

from __future__ import annotations

from engine.check.checker import check
from engine.check.report import Problem, Severity, State
from engine.check.wiring import wiring_of
from engine.graph.ids import NodeId
from engine.graph.types import Graph, Node, Project
from tests.graphs import NETWORK, chain, graph_of_nodes, network, node, wire


def problems_of(graph: Graph) -> list[Problem]:
    """All problems of a network."""
    return list(check(Project(networks={"net": graph})).problems)


def mended(graph: Graph, problem: Problem, fix: int = 0) -> tuple[Problem, ...]:
    """What is left after a fix."""
    project = Project(networks={"net": graph})
    for edit in problem.fixes[fix].edits:
        project = edit.apply(project)
    return check(project).problems


def test_the_order_is_that_of_the_document_wherever_wires_allow() -> None:
    graph = graph_of_nodes(
        node("c", "relu"), node("a", "relu"), node("b", "relu"), node("d", "relu"),
        wires=(wire("a", "y", "c", "x"), wire("b", "y", "d", "x")),
    )  # fmt: skip

    assert wiring_of(graph).order == ("a", "c", "b", "d")


def test_a_chain_of_ten_thousand_nodes_written_backwards_is_ordered() -> None:
    nodes = [node(f"n{index}", "relu") for index in range(10_000)]
    wires = tuple(wire(f"n{index + 1}", "y", f"n{index}", "x") for index in range(9_999))
    order = wiring_of(graph_of_nodes(*nodes, wires=wires)).order

    assert (order[0], order[-1], len(order)) == ("n9999", "n0", 10_000)


def test_a_cycle_names_its_nodes_and_its_fix_opens_it() -> None:
    graph = graph_of_nodes(
        node("x", "input", shape=("B", 8)), node("a", "add"), node("b", "relu"), node("out", "output"),
        wires=(wire("x", "y", "a", "a"), wire("b", "y", "a", "b"), wire("a", "y", "b", "x"), wire("b", "y", "out", "x")),
    )  # fmt: skip
    [problem] = problems_of(graph)
    report = check(Project(networks={"net": graph})).graphs[NETWORK]

    assert problem.code == "cycle"
    assert problem.found in ("a → b → a", "b → a → b")
    assert [report.nodes[NodeId(name)].state for name in ("a", "b", "out")] == [
        State.PROBLEM,
        State.PROBLEM,
        State.PENDING,
    ]
    assert "cycle" not in {left.code for left in mended(graph, problem)}


def test_two_cycles_are_both_told_and_a_node_between_them_is_in_neither() -> None:
    graph = graph_of_nodes(
        node("a", "relu"), node("b", "relu"), node("between", "relu"), node("c", "add"), node("d", "relu"),
        wires=(
            wire("b", "y", "a", "x"), wire("a", "y", "b", "x"), wire("b", "y", "between", "x"),
            wire("between", "y", "c", "a"), wire("d", "y", "c", "b"), wire("c", "y", "d", "x"),
        ),
    )  # fmt: skip

    assert wiring_of(graph).cycles == (("b", "a"), ("d", "c"))


def test_a_node_wired_to_itself_is_a_cycle() -> None:
    assert wiring_of(graph_of_nodes(node("a", "relu"), wires=(wire("a", "y", "a", "x"),))).cycles == (("a",),)


def test_two_wires_into_one_port_are_told_and_either_can_go() -> None:
    graph = graph_of_nodes(
        node("x", "input", shape=("B", 8)), node("z", "input", shape=("B", 8)), node("a", "relu"), node("out", "output"),
        wires=(wire("x", "y", "a", "x"), wire("z", "y", "a", "x"), wire("a", "y", "out", "x")),
    )  # fmt: skip
    [problem] = problems_of(graph)

    assert (problem.code, problem.node, problem.port, problem.found) == ("two-wires", "a", "x", "wires from x and z")
    assert mended(graph, problem, 0) == ()
    assert mended(graph, problem, 1) == ()


def test_a_wire_to_a_node_that_is_not_there_is_told() -> None:
    graph = graph_of_nodes(node("relu1", "input"), wires=(wire("relu1", "y", "relu2", "x"),))
    [problem] = problems_of(graph)

    assert (problem.code, problem.node) == ("dangling-wire", "relu1")
    assert "did you mean relu1?" in problem.message


def test_a_result_that_reaches_no_output_is_a_warning_and_an_output_mends_it() -> None:
    graph = chain(node("x", "input", shape=("B", 8)), node("a", "relu"))
    [problem] = problems_of(graph)

    assert (problem.code, problem.node, problem.severity) == ("unused", "a", Severity.WARNING)
    assert mended(graph, problem, 0) == ()
    assert mended(graph, problem, 1) == ()


def test_an_id_that_python_keeps_for_itself_is_told() -> None:
    names = {problem.node for problem in problems_of(chain(node("class", "input"), node("Ab", "output")))}

    assert names == {"class", "Ab"}


def test_shared_weights_count_once_and_every_use_counts_as_work() -> None:
    shared = Node(id=NodeId("b"), kind="linear", parameters={"out_features": 8}, shares="a")
    report = check(network(node("a", "linear", out_features=8), node("r", "relu"), shared)).graphs[NETWORK]

    assert (report.parameters, report.multiply_adds, report.problems) == (72, 128, ())


def test_a_node_that_shares_must_have_the_parameters_of_its_owner() -> None:
    shared = Node(id=NodeId("b"), kind="linear", parameters={"out_features": 4}, shares="a")
    project = network(node("a", "linear", out_features=8), node("r", "relu"), shared)
    [problem] = check(project).problems
    for edit in problem.fixes[0].edits:
        project = edit.apply(project)

    assert (problem.code, problem.node) == ("shares", "b")
    assert check(project).problems == ()


def test_sharing_with_a_missing_node_another_kind_or_a_node_that_shares_is_told() -> None:
    def shares(kind: str, address: str) -> list[str]:
        first = Node(id=NodeId("b"), kind="linear", parameters={"out_features": 8}, shares="a")
        second = Node(
            id=NodeId("c"), kind=kind, shares=address, parameters={"out_features": 8} if kind == "linear" else {}
        )
        project = network(node("a", "linear", out_features=8), node("r", "relu"), first, node("s", "relu"), second)
        return [problem.message for problem in check(project).problems]

    assert "which is not there" in shares("linear", "nowhere")[0]
    assert "which is of another kind" in shares("relu", "a")[0]
    assert "which itself shares with a" in shares("linear", "b")[0]
