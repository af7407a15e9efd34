"""An old file means what it meant: renamed kinds are found, and defaults of their time are written out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.graph.ids import NodeId
from engine.graph.types import Graph, Node, Project, Recipe
from engine.layers.catalogue import CATALOGUE, kind_of
from engine.layers.kind import LayerKind
from engine.project.upgrades import upgraded
from tests.graphs import digits

_KIND = replace(
    CATALOGUE["dropout"],
    version=3,
    upgrades={1: lambda given: {"p": 0.1, **given}, 2: lambda given: {**given, "p": float(str(given["p"])) / 2}},
)


def _find(key: str) -> LayerKind | None:
    return _KIND if key in ("dropout", "old_dropout") else kind_of(key)


def _of(node: Node) -> Node:
    project = Project(networks={"net": Graph(nodes={node.id: node})})
    return upgraded(project, _find).networks["net"].nodes[node.id]


def test_a_node_goes_through_every_version_up_to_todays() -> None:
    node = Node(id=NodeId("d"), kind="dropout")

    assert _of(node) == Node(id=NodeId("d"), kind="dropout", version=3, parameters={"p": 0.05})


def test_a_renamed_kind_has_todays_key() -> None:
    node = Node(id=NodeId("d"), kind="old_dropout", version=2, parameters={"p": 0.4})

    assert _of(node) == Node(id=NodeId("d"), kind="dropout", version=3, parameters={"p": 0.2})


def test_sources_of_a_recipe_are_nodes_too() -> None:
    recipe = Recipe(name="classification", sources=(Node(id=NodeId("d"), kind="old_dropout", version=3),))
    project = upgraded(Project(training={"main": Graph(recipe=recipe)}), _find)
    written = project.training["main"].recipe

    assert written is not None
    assert written.sources[0].kind == "dropout"


@pytest.mark.parametrize(
    "node", [Node(id=NodeId("d"), kind="mystery"), Node(id=NodeId("d"), kind="dropout", version=9)]
)
def test_unknown_and_newer_kinds_stay_as_they_are(node: Node) -> None:
    assert _of(node) == node


def test_a_project_of_today_is_not_touched() -> None:
    project = digits()

    assert upgraded(project) is project


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=lambda kind: kind.key)
def test_every_older_version_of_a_kind_has_a_way_to_the_next(kind: LayerKind) -> None:
    assert set(kind.upgrades) == set(range(1, kind.version))
