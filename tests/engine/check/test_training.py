"""Training graphs: objectives, models, what goes into a network, and the lints with their fixes."""

from __future__ import annotations

import itertools

import msgspec
import pytest

from engine.check.checker import check
from engine.check.report import Problem, Severity
from engine.graph.ids import NodeId
from engine.graph.specs import TensorSpec
from engine.graph.types import Graph, GraphRef, Model, Node, Project, RunSettings, Stage
from engine.recipes.expand import expand
from tests.graphs import DIGITS, chain, digits, digits_cnn, graph_of_nodes, node, regression, ring, wire

GAN = GraphRef("training", "gan")


def problems_of(project: Project) -> tuple[Problem, ...]:
    """All problems of a project as drawn."""
    return check(expand(project)).problems


def problem_of(project: Project, code: str) -> Problem:
    """The one problem of a code."""
    found = [problem for problem in problems_of(project) if problem.code == code]
    assert len(found) == 1, [(problem.code, problem.message) for problem in problems_of(project)]
    return found[0]


def mended(project: Project, problem: Problem, fix: int = 0) -> tuple[Problem, ...]:
    """What is left after a fix of the project as drawn."""
    for edit in problem.fixes[fix].edits:
        project = edit.apply(project)
    return problems_of(project)


def mlp(*nodes: Node, features: int = 4) -> Graph:
    """A chain behind an input of some features."""
    return chain(node("x", "input", shape=("B", features)), *nodes, node("out", "output"))


def cnn(*tail: Node) -> Graph:
    """The front of the digits network and some other end."""
    front = list(digits_cnn().nodes.values())[:6]
    return chain(*front, *tail, node("scores", "output"))


def test_the_digits_project_and_the_two_on_a_ring_have_no_problem() -> None:
    assert problems_of(digits(standardise="all")) == ()
    assert problems_of(ring()) == ()


def test_a_training_graph_counts_each_model_once_and_each_use_as_work() -> None:
    report = check(ring()).graphs[GAN]

    assert report.parameters == (4 * 32 + 32 + 32 * 2 + 2) + (2 * 32 + 32 + 32 + 1)
    assert report.multiply_adds == (4 * 32 + 32 * 2) + 3 * (2 * 32 + 32)


def test_softmax_before_cross_entropy_is_told_on_the_softmax_and_removed_by_the_fix() -> None:
    project = digits(cnn(node("head", "linear", out_features=10), node("soft", "softmax")))
    problem = problem_of(project, "activation-built-in")

    assert (problem.address, problem.severity) == ("networks.digits_cnn.soft", Severity.WARNING)
    assert mended(project, problem) == ()


def test_a_softmax_in_a_nested_network_is_found_too() -> None:
    inner = chain(node("a", "input", shape=("B", 10)), node("soft", "softmax"), node("b", "output"))
    front = list(cnn(node("head", "linear", out_features=10)).nodes.values())[:-1]
    names = [*(one.id for one in front)]
    wires = (
        *(wire(a, "y", b, "x") for a, b in itertools.pairwise(names)),
        wire("head", "y", "end", "a"),
        wire("end", "b", "scores", "x"),
    )
    outer = graph_of_nodes(*front, node("end", "network", network="inner"), node("scores", "output"), wires=wires)
    project = digits(outer)
    project = msgspec.structs.replace(project, networks={**project.networks, "inner": inner})

    assert problem_of(project, "activation-built-in").address == "networks.inner.soft"


def test_sigmoid_before_bce_with_logits_is_told_and_removed_by_the_fix() -> None:
    graph = mlp(node("a", "linear", out_features=1), node("s", "sigmoid"))
    target = TensorSpec(shape=("B", 1), low=0.0, high=1.0)
    project = expand(regression(graph, TensorSpec(shape=("B", 4)), target))
    training = project.training["regression"]
    nodes = {**training.nodes, NodeId("loss"): node("loss", "bce_with_logits")}
    opened = msgspec.structs.replace(training, nodes=nodes, recipe=None)
    project = msgspec.structs.replace(project, training={"regression": opened})
    problem = problem_of(project, "activation-built-in")

    assert problem.address == "networks.net.s"
    assert mended(project, problem) == ()


@pytest.mark.parametrize(("outputs", "severity"), [(7, Severity.ERROR), (12, Severity.WARNING)])
def test_scores_unequal_to_classes_are_told_on_the_last_linear_and_set_by_the_fix(
    outputs: int, severity: Severity
) -> None:
    project = digits(cnn(node("head", "linear", out_features=outputs)))
    problem = problem_of(project, "outputs-classes")

    assert (problem.address, problem.severity) == ("networks.digits_cnn.head", severity)
    assert mended(project, problem) == ()


def test_a_head_with_default_outputs_is_set_by_the_fix_too() -> None:
    project = regression(mlp(node("a", "linear")), TensorSpec(shape=("B", 4)), TensorSpec(shape=("B", 1)))
    problem = problem_of(project, "outputs-classes")

    assert problem.address == "networks.net.a"
    assert mended(project, problem) == ()


def test_labels_outside_the_classes_are_told() -> None:
    project = digits(cnn(node("head", "linear", out_features=10)))
    labels = TensorSpec(shape=("B",), dtype="int64", low=0.0, high=12.0)
    snapshot = msgspec.structs.replace(DIGITS, outputs={**DIGITS.outputs, "digit": labels})
    graph = project.training["classification"]
    assert graph.recipe is not None
    source = msgspec.structs.replace(graph.recipe.sources[0], snapshot=snapshot)
    recipe = msgspec.structs.replace(graph.recipe, sources=(source,))
    project = msgspec.structs.replace(project, training={"classification": Graph(recipe=recipe)})
    problem = problem_of(project, "target-range")

    assert (problem.address, problem.found) == ("networks.digits_cnn.head", "0 to 12")
    assert mended(project, problem) == ()


def test_linear_layers_without_an_activation_between_them_are_told_and_one_is_inserted() -> None:
    project = digits(
        cnn(node("a", "linear", out_features=32), node("drop", "dropout"), node("head", "linear", out_features=10))
    )
    problem = problem_of(project, "no-activation")

    assert (problem.address, problem.found) == ("networks.digits_cnn.head", "a → head")
    assert mended(project, problem) == ()


def test_dropout_right_before_batch_norm_is_told_and_swapped() -> None:
    front = list(digits_cnn().nodes.values())
    graph = chain(*front[:2], node("drop", "dropout"), *front[2:])
    problem = problem_of(digits(graph), "dropout-before-norm")

    assert (problem.node, problem.found) == ("norm1", "drop → norm1")
    assert mended(digits(graph), problem) == ()


def test_an_activation_that_cannot_reach_the_targets_is_told_and_removed() -> None:
    graph = mlp(node("a", "linear", out_features=1), node("s", "sigmoid"))
    project = regression(graph, TensorSpec(shape=("B", 4)), TensorSpec(shape=("B", 1), low=25.0, high=346.0))
    problem = problem_of(project, "target-range")

    assert (problem.address, problem.expected, problem.found) == ("networks.net.s", "25 to 346", "from 0 to 1")
    assert mended(project, problem) == ()


def test_features_of_wildly_different_scales_are_told_and_standardised_by_the_fix() -> None:
    graph = mlp(node("a", "linear", out_features=1))
    features = TensorSpec(shape=("B", 4), spread=2500.0)
    project = regression(graph, features, TensorSpec(shape=("B", 1)), standardise="none")
    problem = problem_of(project, "scales")

    assert (problem.address, problem.found) == ("training.regression.data", "a ratio of 2,500")
    assert mended(project, problem) == ()
    assert problems_of(regression(graph, features, TensorSpec(shape=("B", 1)))) == ()


def test_an_input_that_takes_another_shape_than_the_data_is_set_by_the_fix() -> None:
    nodes = list(digits_cnn().nodes.values())
    project = digits(chain(node("image", "input", shape=("B", 1, 28, 28)), *nodes[1:]))
    problem = problem_of(project, "input-spec")

    assert problem.address == "networks.digits_cnn.image"
    assert (problem.expected, problem.found) == ("B × 1 × 28 × 28", "B × 1 × 8 × 8")
    assert mended(project, problem) == ()


def test_a_network_without_output_or_input_is_told_once_it_is_trained() -> None:
    nodes = list(digits_cnn().nodes.values())
    without = digits(chain(*nodes[:-1]))
    problem = problem_of(without, "no-output")

    assert (problem.address, problem.node) == ("networks.digits_cnn", None)
    assert mended(without, problem) == ()
    assert problem_of(digits(graph_of_nodes(node("a", "relu"), node("scores", "output"))), "no-input").node is None


def test_a_source_without_data_asks_for_it() -> None:
    project = digits()
    graph = project.training["classification"]
    assert graph.recipe is not None
    source = Node(id=NodeId("data"), kind="digits")
    recipe = msgspec.structs.replace(graph.recipe, sources=(source,))
    project = msgspec.structs.replace(project, training={"classification": Graph(recipe=recipe)})

    assert problem_of(project, "no-data").address == "training.classification.data"


def test_a_training_graph_without_objective_asks_for_one() -> None:
    project = ring()
    graph = project.training["gan"]
    nodes = {name: one for name, one in graph.nodes.items() if one.kind != "objective"}
    wires = tuple(one for one in graph.wires if one.target in nodes)
    bare = msgspec.structs.replace(graph, nodes=nodes, wires=wires, objectives=())
    codes = {problem.code for problem in problems_of(msgspec.structs.replace(project, training={"gan": bare}))}

    assert "no-objective" in codes


def test_a_loss_that_is_no_single_number_is_told_on_the_objective() -> None:
    project = ring()
    graph = project.training["gan"]
    nodes = {**graph.nodes, NodeId("d_loss"): node("d_loss", "mean", dims=(1,))}
    project = msgspec.structs.replace(project, training={"gan": msgspec.structs.replace(graph, nodes=nodes)})
    [problem] = problems_of(project)

    assert (problem.node, problem.port, problem.expected) == ("d", "loss", "scalar")


def test_an_objective_that_updates_no_parameter_names_the_pattern() -> None:
    project = ring(discriminator={"updates": ("discriminatr.*",)})
    problem = problem_of(project, "updates-nothing")

    assert (problem.node, problem.found) == ("d", "discriminatr.*")
    assert "did you mean discriminator?" in problem.message
    assert mended(project, problem) == ()


def test_missing_models_and_networks_are_named_with_the_nearest_ones() -> None:
    project = ring()
    graph = project.training["gan"]
    nodes = {**graph.nodes, NodeId("make"): node("make", "model", model="generatr")}
    without = msgspec.structs.replace(project, training={"gan": msgspec.structs.replace(graph, nodes=nodes)})
    other = msgspec.structs.replace(graph, models={**graph.models, NodeId("generator"): Model(network="gem")})
    renamed = msgspec.structs.replace(project, training={"gan": other})

    assert "did you mean generator?" in problem_of(without, "missing-model").message
    assert "did you mean gen?" in problem_of(renamed, "missing-network").message


def test_a_run_that_names_a_missing_training_graph_is_a_problem_of_the_project() -> None:
    project = msgspec.structs.replace(digits(), run=RunSettings(stages=(Stage(training="nothing"),)))
    problem = problem_of(project, "missing-training")

    assert (problem.address, problem.graph) == ("", None)
    assert problems_of(project)[0] == problem


def test_an_unknown_recipe_is_named() -> None:
    graph = digits().training["classification"]
    assert graph.recipe is not None
    recipe = msgspec.structs.replace(graph.recipe, name="magic")
    project = msgspec.structs.replace(digits(), training={"classification": Graph(recipe=recipe)})

    assert problem_of(project, "unknown-recipe").found == "magic"
