"""Nodes of older kinds become nodes of today's: other keys, other defaults; it must not know files."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from engine.graph.types import Graph, Node, Project
from engine.layers.catalogue import kind_of
from engine.layers.kind import LayerKind

FindKind = Callable[[str], LayerKind | None]


def upgraded(project: Project, find: FindKind = kind_of) -> Project:
    """Give a project whose nodes are all of today's kinds, and mean what they meant.

    Args:
        project: as its file says.
        find: gives the kind of a key, also of one that was renamed.
    """
    spaces = {space: getattr(project, space) for space in ("networks", "training")}
    changed = {space: {name: _graph(graph, find) for name, graph in graphs.items()} for space, graphs in spaces.items()}
    same = all(new is spaces[space][name] for space, graphs in changed.items() for name, new in graphs.items())
    return project if same else msgspec.structs.replace(project, **changed)


def _graph(graph: Graph, find: FindKind) -> Graph:
    nodes = {name: _node(node, find) for name, node in graph.nodes.items()}
    sources = tuple(_node(node, find) for node in graph.recipe.sources) if graph.recipe else ()
    if graph.recipe is not None and any(new is not old for new, old in zip(sources, graph.recipe.sources, strict=True)):
        graph = msgspec.structs.replace(graph, recipe=msgspec.structs.replace(graph.recipe, sources=sources))
    if any(new is not graph.nodes[name] for name, new in nodes.items()):
        graph = msgspec.structs.replace(graph, nodes=nodes)
    return graph


def _node(node: Node, find: FindKind) -> Node:
    kind = find(node.kind)
    if kind is None or node.version > kind.version or (node.kind == kind.key and node.version == kind.version):
        return node
    parameters = node.parameters
    for version in range(node.version, kind.version):
        parameters = kind.upgrades[version](parameters)
    return msgspec.structs.replace(node, kind=kind.key, version=kind.version, parameters=parameters)
