"""Recipes written out: the graph they give, options, ids, places; and first projects for some data."""

from __future__ import annotations

import msgspec
import pytest

from engine.check.checker import check
from engine.errors import UsageError
from engine.graph.edits import OpenRecipe
from engine.graph.ids import NodeId
from engine.graph.specs import Snapshot, TensorSpec
from engine.graph.types import Graph, GraphRef, Length, Node, Place, Project, Recipe, Value
from engine.recipes.catalogue import RECIPES
from engine.recipes.expand import expand, opened_graph
from engine.recipes.new import new_project, suggested_recipe
from engine.sources.describe import describe
from tests.graphs import DIGITS, chain, digits, node, regression, wire

CLASSIFICATION = GraphRef("training", "classification")


def graph_of(project: Project, name: str = "classification") -> Graph:
    """The training graph of a project, written out."""
    return expand(project).training[name]


def test_classification_wires_source_model_loss_metric_and_objective() -> None:
    graph = graph_of(digits(standardise="all"))

    assert {name: one.kind for name, one in graph.nodes.items()} == {
        "data": "digits", "standardise": "standardise", "net_use": "model", "loss": "cross_entropy",
        "accuracy": "accuracy", "fit": "objective",
    }  # fmt: skip
    assert set(graph.wires) == {
        wire("data", "image", "standardise", "x"), wire("standardise", "y", "net_use", "image"),
        wire("net_use", "scores", "loss", "scores"), wire("data", "digit", "loss", "target"),
        wire("net_use", "scores", "accuracy", "scores"), wire("data", "digit", "accuracy", "target"),
        wire("loss", "y", "fit", "loss"),
    }  # fmt: skip
    assert graph.models[NodeId("net")].network == "digits_cnn"
    assert graph.objectives == ("fit",)


def test_regression_measures_r2_and_mae_and_minimises_the_squared_error() -> None:
    net = chain(node("x", "input", shape=("B", 4)), node("a", "linear", out_features=1), node("out", "output"))
    project = regression(net, TensorSpec(shape=("B", 4)), TensorSpec(shape=("B", 1)), fill=True, loss="l1")
    graph = graph_of(project, "regression")

    assert list(graph.nodes) == ["data", "fill", "standardise", "net_use", "loss", "r2", "mae", "fit"]
    assert graph.nodes[NodeId("loss")].kind == "l1"
    assert check(expand(project)).problems == ()


@pytest.mark.parametrize(
    ("options", "parameters"),
    [
        ({}, {"updates": ("net.*",)}),
        ({"optimizer": "sgd", "lr": 0.1}, {"updates": ("net.*",), "optimizer": "sgd", "lr": 0.1}),
        ({"optimizer": "magic", "lr": "fast"}, {"updates": ("net.*",), "optimizer": "magic", "lr": "fast"}),
    ],
)
def test_options_reach_the_objective_and_wrong_ones_too_so_that_the_check_names_them(
    options: dict[str, Value], parameters: dict[str, Value]
) -> None:
    recipe = msgspec.structs.replace(_recipe(digits()), options=options)
    project = msgspec.structs.replace(digits(), training={"classification": Graph(recipe=recipe)})

    assert graph_of(project).nodes[NodeId("fit")].parameters == parameters


def _recipe(project: Project) -> Recipe:
    recipe = project.training["classification"].recipe
    assert recipe is not None
    return recipe


def test_metrics_can_be_chosen_and_unknown_ones_are_left_out() -> None:
    graph = graph_of(digits(metrics=("f1", "accuracy", "f1", "beauty")))

    assert [name for name in graph.nodes if name in ("f1", "accuracy", "beauty")] == ["f1", "accuracy"]


def test_without_standardising_the_source_feeds_the_model() -> None:
    assert wire("data", "image", "net_use", "image") in graph_of(digits(standardise="none")).wires


def test_a_source_that_bears_a_name_of_the_recipe_keeps_it() -> None:
    source = Node(id=NodeId("loss"), kind="digits", snapshot=DIGITS)
    recipe = msgspec.structs.replace(_recipe(digits()), sources=(source,))
    project = msgspec.structs.replace(digits(), training={"classification": Graph(recipe=recipe)})
    graph = graph_of(project)

    assert graph.nodes[NodeId("loss")].kind == "digits"
    assert graph.nodes[NodeId("loss2")].kind == "cross_entropy"
    assert check(expand(project)).problems == ()


def test_writing_out_twice_gives_the_same_as_once() -> None:
    once = expand(digits())

    assert expand(once) == once
    assert expand(digits()) == once


def test_a_project_without_recipes_is_given_back() -> None:
    project = Project(networks=digits().networks)

    assert expand(project) is project


def test_every_node_gets_a_place_and_a_moved_one_keeps_its_own() -> None:
    project = digits()
    layout = expand(project).layout.training["classification"]
    assert set(layout.nodes) == set(graph_of(project).nodes)
    assert len(set(layout.nodes.values())) == len(layout.nodes)

    moved = msgspec.structs.replace(layout, nodes={NodeId("fit"): Place(7.0, 8.0)})
    project = msgspec.structs.replace(
        project, layout=msgspec.structs.replace(project.layout, training={"classification": moved})
    )

    assert expand(project).layout.training["classification"].nodes[NodeId("fit")] == Place(7.0, 8.0)


def test_an_opened_recipe_is_a_graph_of_the_users_own() -> None:
    project = digits()
    opened = OpenRecipe(ref=CLASSIFICATION, graph=opened_graph(project, "classification")).apply(project)

    assert opened.training["classification"].recipe is None
    assert check(opened).problems == ()
    with pytest.raises(UsageError):
        opened_graph(opened, "classification")


@pytest.mark.parametrize("kind", ["digits", "wine", "breast_cancer", "iris", "diabetes"])
def test_a_first_project_for_a_bundled_set_has_no_problem(kind: str) -> None:
    source = Node(id=NodeId("data"), kind=kind)
    source = msgspec.structs.replace(source, snapshot=describe(source))
    recipe = suggested_recipe(source)
    project = new_project(recipe, source)

    assert recipe == ("regression" if kind == "diabetes" else "classification")
    assert check(expand(project)).problems == ()
    assert set(project.layout.networks[next(iter(project.networks))].nodes) == set(
        next(iter(project.networks.values())).nodes
    )


@pytest.mark.parametrize("size", [2, 3, 4, 5, 28, 64])
def test_a_first_network_for_images_of_any_size_fits(size: int) -> None:
    image = TensorSpec(shape=("B", 3, size, size))
    labels = TensorSpec(shape=("B",), dtype="int64", classes=("a", "b"))
    snapshot = Snapshot(content="i", outputs={"image": image, "label": labels}, samples=60_000)
    project = new_project("classification", Node(id=NodeId("data"), kind="idx", snapshot=snapshot))

    assert check(expand(project)).problems == ()
    assert project.run.stages[0].length == Length(epochs=5)


def test_a_recipe_that_does_not_suit_the_target_is_refused_in_words() -> None:
    with pytest.raises(UsageError, match="holds classes, not numbers"):
        new_project("regression", Node(id=NodeId("data"), kind="digits", snapshot=DIGITS))
    with pytest.raises(UsageError, match="no recipe 'magic'"):
        new_project("magic", Node(id=NodeId("data"), kind="digits", snapshot=DIGITS))
    with pytest.raises(UsageError, match="not been looked at"):
        new_project("classification", Node(id=NodeId("data"), kind="digits"))


def test_every_recipe_names_typed_options_with_help() -> None:
    for recipe in RECIPES.values():
        assert recipe.what
        assert all(param.help for param in recipe.options)
        assert set(recipe.defaults) == {param.name for param in recipe.options}
