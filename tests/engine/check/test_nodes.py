"""What the check knows of single nodes: shapes, costs, problems with their fixes."""

from __future__ import annotations

import pytest

from engine.check.checker import check
from engine.check.report import Problem, Report, Severity, State
from engine.graph.edits import SetBypassed
from engine.graph.ids import NodeId
from engine.graph.types import GraphRef, Node, Project
from tests.graphs import NETWORK, chain, digits_cnn, graph_of_nodes, network, node, ring, wire


def problem_of(project: Project, code: str) -> Problem:
    """The one problem of a code."""
    found = [problem for problem in check(project).problems if problem.code == code]
    assert len(found) == 1, [(problem.code, problem.message) for problem in check(project).problems]
    return found[0]


def mended(project: Project, problem: Problem, fix: int = 0) -> Report:
    """The report after a fix."""
    for edit in problem.fixes[fix].edits:
        project = edit.apply(project)
    return check(project)


def test_a_sound_network_has_shapes_parameters_and_multiply_adds_for_one_sample() -> None:
    report = check(Project(networks={"net": digits_cnn()})).graphs[NETWORK]

    conv = report.nodes[NodeId("conv1")]
    head = report.nodes[NodeId("head")]
    assert conv.outputs["y"].shape == ("B", 32, 8, 8)
    assert (conv.parameters, conv.multiply_adds, conv.activations) == (320, 18432, 8192)
    assert (head.parameters, head.multiply_adds) == (5130, 5120)
    assert (report.parameters, report.multiply_adds) == (320 + 64 + 5130, 18432 + 5120)
    assert report.problems == ()


def test_a_project_of_networks_alone_has_no_problem() -> None:
    assert check(Project(networks={"net": digits_cnn()})).problems == ()
    assert check(Project(networks={"net": chain(node("x", "input"))})).problems == ()
    assert check(Project()).problems == ()


def test_an_unknown_kind_is_named_with_the_nearest_one() -> None:
    project = network(Node(id=NodeId("a"), kind="linaer"), node("b", "relu"))
    problem = problem_of(project, "unknown-kind")

    assert "did you mean linear?" in problem.message
    assert problem.address == "networks.net.a"
    assert check(project).graphs[NETWORK].nodes[NodeId("b")].state is State.PENDING


def test_a_newer_version_of_a_kind_is_refused() -> None:
    problem = problem_of(network(Node(id=NodeId("a"), kind="relu", version=2)), "newer-kind")

    assert (problem.expected, problem.found) == ("version 1 or older", "version 2")


def test_an_unknown_parameter_is_named_with_the_nearest_one_and_can_be_removed() -> None:
    project = network(node("a", "linear", out_featurs=3))
    problem = problem_of(project, "unknown-parameter")

    assert "did you mean out_features?" in problem.message
    assert not mended(project, problem).problems


@pytest.mark.parametrize("value", [0, -3, 1.5, "many", True, 10**30])
def test_a_parameter_that_is_no_value_is_said_in_words(value: int | float | str | bool) -> None:
    project = network(node("a", "linear", out_features=value))
    problem = problem_of(project, "parameter")

    assert problem.expected.startswith("a whole number")
    assert not mended(project, problem).problems


def test_true_and_one_are_different_values_though_python_holds_them_equal() -> None:
    project = network(node("a", "linear", out_features=1), node("b", "linear", out_features=True))

    assert problem_of(project, "parameter").node == "b"


def test_expressions_over_variables_are_worked_out() -> None:
    project = network(node("a", "linear", out_features="=2*width"))
    wide = Project(networks=project.networks, variables={"width": 21})

    assert check(wide).graphs[NETWORK].nodes[NodeId("a")].outputs["y"].shape == ("B", 42)


def test_an_expression_over_an_unknown_variable_names_it() -> None:
    project = network(node("a", "linear", out_features="=widht"))

    assert "there is no variable 'widht'" in problem_of(project, "parameter").message


def test_a_variable_that_changes_changes_the_shapes() -> None:
    project = network(node("a", "linear", out_features="=width"))
    first = Project(networks=project.networks, variables={"width": 3})
    second = Project(networks=project.networks, variables={"width": 5})

    report = check(second, check(first))

    assert report.graphs[NETWORK].nodes[NodeId("a")].outputs["y"].shape == ("B", 5)


def test_an_input_that_nothing_comes_in_at_is_told_and_what_follows_waits() -> None:
    graph = graph_of_nodes(node("a", "relu"), node("b", "relu"), node("out", "output"),
                           wires=(wire("a", "y", "b", "x"), wire("b", "y", "out", "x")))  # fmt: skip
    report = check(Project(networks={"net": graph}))

    assert [(problem.code, problem.node, problem.port) for problem in report.problems] == [("unconnected", "a", "x")]
    assert report.graphs[NETWORK].nodes[NodeId("b")].state is State.PENDING


def test_wires_to_and_from_ports_that_do_not_exist_are_told() -> None:
    graph = graph_of_nodes(node("x", "input"), node("a", "relu"), node("out", "output"),
                           wires=(wire("x", "z", "a", "x"), wire("x", "y", "a", "w"), wire("a", "y", "out", "x")))  # fmt: skip
    problems = [problem for problem in check(Project(networks={"net": graph})).problems if problem.node == "a"]

    assert [(problem.code, problem.port, problem.found) for problem in problems] == [
        ("no-such-port", "x", "z"),
        ("no-such-port", "w", "w"),
    ]


def test_a_shape_that_cannot_fit_comes_with_a_fix_that_mends_it() -> None:
    graph = graph_of_nodes(
        node("x", "input", shape=("B", 3, 8, 8)),
        node("a", "batch_norm1d"),
        node("out", "output"),
        wires=(wire("x", "y", "a", "x"), wire("a", "y", "out", "x")),
    )
    project = Project(networks={"net": graph})
    problem = next(problem for problem in check(project).problems if problem.node == "a")

    assert problem.severity is Severity.ERROR
    assert problem.found == "B × 3 × 8 × 8"


def test_a_kernel_larger_than_the_image_is_said_in_words() -> None:
    problems = check(network(node("a", "conv2d", kernel_size=9), shape=("B", 1, 4, 4))).problems

    assert [(problem.code, problem.node) for problem in problems] == [("shape", "a")]


def test_a_loss_in_a_network_may_stand_but_a_source_may_not() -> None:
    graph = graph_of_nodes(node("data", "digits"))

    assert [problem.code for problem in check(Project(networks={"net": graph})).problems] == ["wrong-space"]


def test_bypass_passes_what_comes_in_keeps_the_weights_and_costs_nothing() -> None:
    graph = chain(
        node("x", "input", shape=("B", 4, 8, 8)), node("a", "conv2d", out_channels=4, padding=1), node("out", "output")
    )
    graph = Project(networks={"net": graph}).networks["net"]
    bypassed = Node(id=NodeId("a"), kind="conv2d", parameters=graph.nodes[NodeId("a")].parameters, bypassed=True)
    nodes = {**graph.nodes, NodeId("a"): bypassed}
    report = check(Project(networks={"net": graph_of_nodes(*nodes.values(), wires=graph.wires)}))
    found = report.graphs[NETWORK].nodes[NodeId("a")]

    assert report.problems == ()
    assert (found.parameters, found.multiply_adds, found.outputs["y"].shape) == (148, 0, ("B", 4, 8, 8))


def test_a_node_that_changes_the_shape_cannot_be_bypassed() -> None:
    project = network(Node(id=NodeId("a"), kind="linear", parameters={"out_features": 3}, bypassed=True))
    problem = problem_of(project, "bypass")

    assert (problem.expected, problem.found) == ("B × 8", "B × 3")
    assert not mended(project, problem).problems


def test_a_bypassed_network_passes_what_comes_in_when_nothing_changes_its_shape() -> None:
    inner = chain(node("x", "input", shape=("B", 8)), node("a", "linear", out_features=8), node("y", "output"))
    used = Node(id=NodeId("a"), kind="network", parameters={"network": "inner"}, bypassed=True)
    project = network(used)
    project = Project(networks={**project.networks, "inner": inner})
    report = check(project)

    assert report.problems == ()
    assert report.graphs[NETWORK].nodes[NodeId("a")].multiply_adds == 0
    wider = chain(node("x", "input", shape=("B", 8)), node("a", "linear", out_features=9), node("y", "output"))
    problem_of(Project(networks={**project.networks, "inner": wider}), "bypass")


@pytest.mark.parametrize("name", ["make", "fake", "noise", "ring", "d", "g"])
def test_only_layers_and_networks_can_be_bypassed(name: str) -> None:
    project = SetBypassed(ref=GraphRef("training", "gan"), ids=(NodeId(name),), bypassed=True).apply(ring())
    problem = problem_of(project, "bypass")

    assert problem.node == name
    assert not mended(project, problem).problems
