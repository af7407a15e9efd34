"""Where two projects compute something else: by what their nodes do, not by how they are called, described or placed.

It must not know kinds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from engine.errors import ExpressionError
from engine.graph.expressions import evaluate, is_expression, names_in
from engine.graph.ids import NodeId
from engine.graph.instances import COUNT, INDEX
from engine.graph.stages import stages_of
from engine.graph.types import Graph, GraphRef, Node, Project, Value, graph_of

_Meaning = tuple[Any, ...]
"""Whatever stands in it is only ever compared."""


def trains_alike(one: Project, other: Project) -> bool:
    """Whether the runs of two projects train the same; how long, from which seed and on which device is left out."""
    return _trained(one) == _trained(other)


def computes_alike(one: Project, other: Project, network: str) -> bool:
    """Whether a network of two projects is the same function of the same weights."""
    return _Reader(one).network(network) == _Reader(other).network(network)


def changed_nodes(before: Project, now: Project, ref: GraphRef) -> frozenset[NodeId]:
    """Give the nodes of a graph that compute something else than before: new ones, changed ones, and those fed otherwise.

    A node that stands for a network changes with what is drawn in it, and with the variables that its numbers name.
    """
    old, new = graph_of(before, ref), graph_of(now, ref)
    if new is None:
        return frozenset()
    if old is None:
        return frozenset(new.nodes)
    then, today = _Reader(before), _Reader(now)
    fed_before, fed = _feeds(old), _feeds(new)
    return frozenset(
        node.id
        for node in new.nodes.values()
        if node.id not in old.nodes
        or today.node(new, node) != then.node(old, old.nodes[node.id])
        or fed_before.get(node.id) != fed.get(node.id)
    )


def _trained(project: Project) -> list[_Meaning]:
    reader = _Reader(project)
    graphs = [project.training.get(stage.training) for stage in stages_of(project)]
    return [reader.graph(graph) for graph in graphs if graph is not None]


class _Reader:
    """What the graphs of a project compute, as values to compare."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._networks: dict[str, _Meaning] = {}

    def network(self, name: str) -> _Meaning:
        """Give what a network computes; one that stands within itself, which is an error, only by its name."""
        graph = self._project.networks.get(name)
        if graph is None:
            return (name,)
        if name not in self._networks:
            self._networks[name] = (name,)
            self._networks[name] = self.graph(graph)
        return self._networks[name]

    def graph(self, graph: Graph) -> _Meaning:
        """Give what a graph computes."""
        recipe = graph.recipe
        used = [model.network for model in graph.models.values()] + list(recipe.networks if recipe else ())
        nodes = {node.id: self.node(graph, node) for node in graph.nodes.values()}
        models = {name: self._with(graph, model.parameters, model) for name, model in graph.models.items()}
        told = recipe and (recipe.name, recipe.version, [_plain(node) for node in recipe.sources], recipe.options)
        inner = [self.network(name) for name in used]
        return nodes, _feeds(graph), graph.ties, graph.parameters, graph.objectives, models, told, inner

    def node(self, graph: Graph, node: Node) -> _Meaning:
        """Give what a node computes, its expressions worked out."""
        network = node.parameters.get("network")
        inner = [self.network(name.strip()) for name in network.split(";")] if isinstance(network, str) else []
        return (*self._with(graph, node.parameters, _plain(node)), inner)

    def _with(self, graph: Graph, parameters: Mapping[str, Value], what: msgspec.Struct) -> _Meaning:
        names = {**self._project.variables, **graph.parameters}
        worth = {name: _worth(value, names) for name, value in parameters.items()}
        return msgspec.structs.replace(what, parameters={}), worth


def _plain(node: Node) -> Node:
    return msgspec.structs.replace(node, title="", notes="")


def _worth(value: Value, names: Mapping[str, int | float]) -> object:
    """Give what a value is worth; one that differs from repeat to repeat is worth its text and what it names."""
    if isinstance(value, tuple):
        return tuple(_worth(item, names) for item in value)
    if not isinstance(value, str) or not is_expression(value):
        return value
    try:
        named = names_in(value)
        if named & {INDEX, COUNT}:
            return value, {name: names.get(name) for name in named}
        return evaluate(value, names)
    except ExpressionError:
        return value


def _feeds(graph: Graph) -> dict[NodeId, frozenset[tuple[str, str, str]]]:
    feeds: dict[NodeId, set[tuple[str, str, str]]] = {}
    for wire in graph.wires:
        feeds.setdefault(wire.target, set()).add((wire.source, wire.output, wire.input))
    return {node: frozenset(found) for node, found in feeds.items()}
