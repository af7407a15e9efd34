"""Networks along an axis: shapes, costs, and every way in which they cannot be."""

from __future__ import annotations

import pytest

from engine.check.checker import check
from engine.check.report import Problem, Severity, State
from engine.graph.ids import NodeId
from engine.graph.types import Graph, GraphRef, Project
from engine.layers.ports import ports_of
from tests.graphs import NETWORK, chain, graph_of_nodes, node, wire
from tests.loops import along, elman

RNN = NodeId("rnn")


def errors(project: Project) -> list[Problem]:
    """What keeps a project from running."""
    return [problem for problem in check(project).problems if problem.severity is Severity.ERROR]


def fixed(project: Project, problem: Problem, which: int = 0) -> Project:
    """A project after a fix of a problem."""
    for edit in problem.fixes[which].edits:
        project = edit.apply(project)
    return project


def pooled(cell: Graph) -> Graph:
    """A cell whose output `y` is a number for every sample."""
    wires = (
        *(each for each in cell.wires if each.target != "y"),
        wire("act", "y", "mean", "x"),
        wire("mean", "y", "y", "x"),
    )
    return graph_of_nodes(*cell.nodes.values(), node("mean", "mean", dims=(1,)), wires=wires)


@pytest.mark.parametrize(("length", "work"), [(5, 5 * (8 * 16 + 16 * 16)), ("T", f"{8 * 16 + 16 * 16}*T")])
def test_outputs_are_put_together_and_weights_count_once(length: int | str, work: int | str) -> None:
    report = check(along(elman(), ("B", length, 8))).graphs[NETWORK]
    found = report.nodes[RNN]

    assert {port: spec.shape for port, spec in found.outputs.items()} == {
        "y": ("B", length, 16),
        "hidden_next": ("B", 16),
    }
    assert (report.parameters, report.multiply_adds) == (8 * 16 + 16 + 16 * 16 + 16, work)
    assert report.signature is not None
    assert "net.rnn.onward.bias" in [weight.name for weight in report.signature.weights("net")]


def test_other_axes_than_the_second_are_run_along() -> None:
    project = along(elman(), ("B", 8, 7), along=2)

    assert check(project).graphs[NETWORK].nodes[RNN].outputs["y"].shape == ("B", 16, 7)


def test_a_length_that_is_no_number_is_told_for_onnx() -> None:
    [problem] = check(along(elman())).problems

    assert (problem.code, problem.severity, problem.node, problem.found) == (
        "loop-length",
        Severity.WARNING,
        "rnn",
        "T",
    )
    assert check(along(elman(), ("B", 5, 8))).problems == ()


def test_only_states_may_be_left_open() -> None:
    project = along(elman())
    graph = project.networks["net"]
    ports = ports_of(project, graph, graph.nodes[RNN])
    [without] = errors(Project(networks={**project.networks, "net": Graph(nodes=graph.nodes, wires=graph.wires[1:])}))

    assert ports is not None
    assert [(port.id, port.optional) for port in ports[0]] == [("x", False), ("hidden", True)]
    assert (without.code, without.port) == ("unconnected", "x")


def test_used_once_a_state_is_an_input_like_any_other() -> None:
    [problem] = errors(along(elman(), ("B", 8), along=0))

    assert (problem.code, problem.port) == ("unconnected", "hidden")


def test_a_state_that_comes_out_in_another_shape_is_told() -> None:
    cell = elman()
    narrow = {**cell.nodes, NodeId("hidden"): node("hidden", "input", shape=("N", 12))}
    [problem] = errors(along(Graph(nodes=narrow, wires=cell.wires)))

    assert (problem.code, problem.port, problem.expected, problem.found) == ("state", "hidden", "B × 12", "B × 16")
    assert "hidden_next" in problem.message


def test_a_state_of_unknown_size_needs_a_wire() -> None:
    cell = graph_of_nodes(
        node("x", "input", shape=("N", 8)), node("hidden", "input", shape=("N", "H")), node("act", "relu"),
        node("y", "output"), node("hidden_next", "output"),
        wires=(wire("x", "y", "y", "x"), wire("hidden", "y", "act", "x"), wire("act", "y", "hidden_next", "x")),
    )  # fmt: skip
    [problem] = errors(along(cell))

    assert (problem.code, problem.port, problem.found) == ("state", "hidden", "N × H")
    assert errors(along(cell, start=("B", 4))) == []


def test_what_comes_in_at_a_state_is_held_against_it() -> None:
    [problem] = errors(along(elman(), start=("B", 12)))

    assert (problem.code, problem.port, problem.expected, problem.found) == ("input-spec", "hidden", "N × 16", "B × 12")


def test_an_axis_that_is_not_there_is_told() -> None:
    project = along(elman(), along=3)
    [problem] = errors(project)

    assert (problem.code, problem.port, problem.expected, problem.found) == (
        "axis",
        "x",
        "an axis from 1 to 2",
        "B × T × 8",
    )


def test_a_result_of_too_few_axes_is_not_put_together() -> None:
    [problem] = errors(along(pooled(elman()), ("B", 8, "T"), along=2))

    assert (problem.code, problem.found) == ("axis", "B")
    assert "y" in problem.message


def test_without_a_sequence_the_fix_uses_the_network_once() -> None:
    cell = chain(node("x", "input", shape=("N", 8)), node("fc", "linear", out_features=3), node("y", "output"))
    project = along(cell, ("B", 8))
    [problem] = errors(project)

    assert (problem.code, problem.expected, problem.found) == ("no-sequence", "one axis more than N × 8", "B × 8")
    assert check(fixed(project, problem)).problems == ()


def test_sequences_of_different_lengths_are_told() -> None:
    cell = graph_of_nodes(
        node("x", "input", shape=("N", 8)), node("z", "input", shape=("N", 8)), node("sum", "add"), node("y", "output"),
        wires=(wire("x", "y", "sum", "a"), wire("z", "y", "sum", "b"), wire("sum", "y", "y", "x")),
    )  # fmt: skip
    outer = graph_of_nodes(
        node("x", "input", shape=("B", 5, 8)), node("z", "input", shape=("B", 6, 8)),
        node("rnn", "network", network="cell", along=1), node("out", "output"),
        wires=(wire("x", "y", "rnn", "x"), wire("z", "y", "rnn", "z"), wire("rnn", "y", "out", "x")),
    )  # fmt: skip
    [problem] = errors(Project(networks={"cell": cell, "net": outer}))

    assert (problem.code, problem.port, problem.expected, problem.found) == ("length", "z", "5", "6")


def test_another_step_than_the_network_takes_is_told_and_the_fix_sets_its_input() -> None:
    project = along(elman(), ("B", "T", 9))
    [problem] = errors(project)

    assert (problem.code, problem.port, problem.expected, problem.found) == ("input-spec", "x", "N × 8", "B × 9")
    assert errors(fixed(project, problem)) == []


@pytest.mark.parametrize("which", [0, 1])
def test_repeated_and_along_an_axis_is_refused_with_two_ways_out(which: int) -> None:
    cell = chain(node("x", "input", shape=("N", "T", 8)), node("act", "relu"), node("y", "output"))
    project = along(cell, ("B", 3, "T", 8), repeat=2)
    [problem] = errors(project)
    after = fixed(project, problem, which).networks["net"].nodes[RNN].parameters

    assert problem.code == "repeat"
    assert set(after) == {"network", "along" if which == 0 else "repeat"}


def test_a_cell_with_problems_leaves_its_use_pending() -> None:
    cell = elman()
    broken = Graph(nodes={**cell.nodes, NodeId("act"): node("act", "conv2d")}, wires=cell.wires)
    report = check(along(broken))

    assert report.graphs[NETWORK].nodes[RNN].state is State.PENDING
    assert {problem.graph for problem in errors(along(broken))} == {GraphRef("networks", "cell")}


def test_a_cell_that_changes_is_looked_at_again() -> None:
    first, second = along(elman(hidden=4)), along(elman(hidden=5))

    assert check(second, check(first)) == check(second)
