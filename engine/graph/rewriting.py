"""How edits put one part of a project in the place of another; it must not know kinds or what an edit is.

Every function either gives the new value or raises `EditRefused` in words.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeVar

import msgspec

from engine.errors import EditRefused
from engine.graph.address import is_address
from engine.graph.ids import NodeId, fault_of
from engine.graph.types import (
    Graph,
    GraphLayout,
    GraphRef,
    Layout,
    Node,
    Place,
    Project,
    Value,
    Wire,
    graph_of,
)

_T = TypeVar("_T")
_Key = TypeVar("_Key", bound=str)
_WORDS: Final = {"networks": "network", "training": "training graph"}
_VARIABLE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_FUNCTIONS: Final = ("min", "max", "round")
_EMPTY: Final = GraphLayout()
INPUT: Final = "input"
OUTPUT: Final = "output"
NETWORK: Final = "network"
MODEL: Final = "model"
OBJECTIVE: Final = "objective"
"""Keys of the kinds that the structure of a document itself speaks of."""


def require_graph(project: Project, ref: GraphRef) -> Graph:
    """Give the graph that `ref` names."""
    graph = graph_of(project, ref)
    if graph is None:
        raise EditRefused(f"there is no {_WORDS[ref.space]} {ref.name!r}", where=where_of(ref))
    return graph


def require_open(project: Project, ref: GraphRef) -> Graph:
    """Give the graph that `ref` names if its nodes are the user's own, not those of a recipe."""
    graph = require_graph(project, ref)
    if graph.recipe is not None:
        raise EditRefused(
            "this training graph is written by its recipe",
            where=where_of(ref),
            remedy="Change the recipe, or open it as a graph first",
        )
    return graph


def require_node(graph: Graph, ref: GraphRef, node: NodeId) -> Node:
    """Give a node of a graph."""
    found = graph.nodes.get(node)
    if found is None:
        raise EditRefused(f"there is no node {node!r}", where=where_of(ref))
    return found


def require_id(text: str, taken: Iterable[str], where: str) -> NodeId:
    """Give an id back if it is valid and free."""
    fault = fault_of(text)
    if fault:
        raise EditRefused(fault, where=where)
    if text in taken:
        raise EditRefused(f"the id {text!r} is taken", where=where, remedy="Choose another one")
    return NodeId(text)


def variable_fault(name: str) -> str:
    """Say why a text is no name of a variable; empty when it is one."""
    if not _VARIABLE.fullmatch(name) or len(name) > 60:
        return "a variable's name is made of at most 60 letters, digits and _ and starts with a letter"
    return f"{name!r} is a function of expressions" if name in _FUNCTIONS else ""


def value_fault(value: object) -> str:
    """Say why a value cannot be written to a file; empty when it can."""
    if isinstance(value, float) and not math.isfinite(value):
        return "a number must be finite"
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return "a whole number must fit into 64 bits"
    if isinstance(value, str) and not _encodes(value):
        return "the text holds half a character (a lone surrogate)"
    if isinstance(value, tuple | list):
        return next(filter(None, map(value_fault, value)), "")
    return ""


def require_values(values: Mapping[str, object], where: str) -> None:
    """Raise unless all values can be written to a file."""
    for name, value in values.items():
        fault = value_fault(name) or value_fault(value)
        if fault:
            raise EditRefused(f"{name}: {fault}" if _encodes(name) else fault, where=where)


def require_text(text: str, where: str) -> str:
    """Give a text back if it can be written to a file."""
    fault = value_fault(text)
    if fault:
        raise EditRefused(fault, where=where)
    return text


def require_node_value(node: Node, taken: Iterable[str], ref: GraphRef) -> Node:
    """Give a node back if it can be added to a graph."""
    where = where_of(ref)
    require_id(node.id, taken, where)
    require_values({"kind": node.kind, "title": node.title, "notes": node.notes, "shares": node.shares}, where)
    require_values(node.parameters, where)
    return node


def require_place(place: Place) -> Place:
    """Give a place back if it is one."""
    if not (math.isfinite(place.x) and math.isfinite(place.y)):
        raise EditRefused("a place must be finite")
    return place


def require_wire(graph: Graph, ref: GraphRef, wire: Wire) -> Wire:
    """Give a wire back if both its ends can be there."""
    require_node(graph, ref, wire.source)
    require_node(graph, ref, wire.target)
    for port in (wire.output, wire.input):
        if port_fault(port):
            raise EditRefused(port_fault(port), where=where_of(ref))
    return wire


def port_fault(port: str) -> str:
    """Say why a text is no id of a port; empty when it is one."""
    fault = fault_of(port)
    return f"{port!r} is no port: {fault}" if fault and not _VARIABLE.fullmatch(port) else ""


def tie_fault(tied: str, owner: str) -> str:
    """Say why two texts name no tie; empty when they do."""
    for name in (tied, owner):
        if not is_address(name) or "." not in name:
            return f"{name!r} names no parameter, as embed.weight does"
    return "a parameter cannot be tied to itself" if tied == owner else ""


def where_of(ref: GraphRef, node: str = "") -> str:
    """Name a graph, or a node of it, as problems and errors do."""
    return f"{ref.space}.{ref.name}" + (f".{node}" if node else "")


def with_graphs(project: Project, ref: GraphRef, graphs: Mapping[str, Graph]) -> Project:
    """Give the project with other graphs in the space of `ref`."""
    if ref.space == "networks":
        return msgspec.structs.replace(project, networks=graphs)
    return msgspec.structs.replace(project, training=graphs)


def graphs_of(project: Project, ref: GraphRef) -> Mapping[str, Graph]:
    """Give the graphs of the space of `ref`."""
    return project.networks if ref.space == "networks" else project.training


def with_graph(project: Project, ref: GraphRef, graph: Graph) -> Project:
    """Give the project with another graph in the place of the one that `ref` names."""
    return with_graphs(project, ref, {**graphs_of(project, ref), ref.name: graph})


def layout_of(project: Project, ref: GraphRef) -> GraphLayout:
    """Give the layout of a graph; an empty one when there is none."""
    layouts = project.layout.networks if ref.space == "networks" else project.layout.training
    return layouts.get(ref.name, _EMPTY)


def with_layout(project: Project, ref: GraphRef, layout: GraphLayout) -> Project:
    """Give the project with another layout of one graph; an empty layout is not kept."""
    if layout == layout_of(project, ref):
        return project
    layouts = project.layout.networks if ref.space == "networks" else project.layout.training
    if layout == _EMPTY:
        return with_layouts(project, ref, {name: old for name, old in layouts.items() if name != ref.name})
    return with_layouts(project, ref, {**layouts, ref.name: layout})


def with_layouts(project: Project, ref: GraphRef, layouts: Mapping[str, GraphLayout]) -> Project:
    """Give the project with other layouts in the space of `ref`."""
    old = project.layout
    layout = (
        Layout(networks=layouts, training=old.training)
        if ref.space == "networks"
        else Layout(networks=old.networks, training=layouts)
    )
    return msgspec.structs.replace(project, layout=layout)


def with_places(project: Project, ref: GraphRef, places: Mapping[NodeId, Place]) -> Project:
    """Give the project with some nodes of a graph at other places."""
    if not places:
        return project
    old = layout_of(project, ref)
    return with_layout(project, ref, GraphLayout(nodes={**old.nodes, **places}, frames=old.frames))


def change_node(project: Project, ref: GraphRef, node: NodeId, change: Callable[[Node], Node]) -> Project:
    """Give the project with one node changed: of the graph, or a source that its recipe draws from."""
    graph = require_graph(project, ref)
    if graph.recipe is not None and any(source.id == node for source in graph.recipe.sources):
        sources = tuple(change(source) if source.id == node else source for source in graph.recipe.sources)
        recipe = msgspec.structs.replace(graph.recipe, sources=sources)
        return with_graph(project, ref, msgspec.structs.replace(graph, recipe=recipe))
    before = require_node(require_open(project, ref), ref, node)
    after = change(before)
    if after is before:
        return project
    return with_graph(project, ref, msgspec.structs.replace(graph, nodes={**graph.nodes, node: after}))


def rename_key(mapping: Mapping[_Key, _T], old: _Key, new: _Key) -> dict[_Key, _T]:
    """Give a mapping with one key renamed in its place."""
    return {new if key == old else key: value for key, value in mapping.items()}


def counted(ids: Iterable[str], word: str) -> str:
    """Name one thing, or count several: `conv1`, `3 nodes`."""
    names = tuple(ids)
    return str(names[0]) if len(names) == 1 else f"{len(names)} {word}s"


def parameters_with(old: Mapping[str, Value], new: Mapping[str, Value]) -> dict[str, Value]:
    """Give parameters with some changed; None takes one away, so that its default holds again."""
    merged = {**old, **new}
    return {name: value for name, value in merged.items() if value is not None}


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
