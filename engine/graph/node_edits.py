"""Edits of nodes: add, remove, move, change what they hold; they must not know kinds or the interface."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from engine.errors import EditRefused
from engine.graph.address import require_address
from engine.graph.ids import NodeId
from engine.graph.rewriting import (
    OBJECTIVE,
    change_node,
    counted,
    layout_of,
    parameters_with,
    require_graph,
    require_node,
    require_node_value,
    require_open,
    require_place,
    require_text,
    require_values,
    require_wire,
    where_of,
    with_graph,
    with_layout,
    with_places,
)
from engine.graph.specs import Snapshot
from engine.graph.types import Graph, GraphLayout, GraphRef, Node, Place, Project, Value, Wire


class AddNode(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Put a node into a graph, after the others."""

    ref: GraphRef
    node: Node
    place: Place | None = None

    @property
    def label(self) -> str:
        """Words for the history."""
        return f"Add {self.node.id}"

    def apply(self, project: Project) -> Project:
        """Give the project with the node in it."""
        places = {self.node.id: self.place} if self.place else {}
        return AddNodes(ref=self.ref, nodes=(self.node,), places=places).apply(project)


class AddNodes(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Put several nodes with the wires between them into a graph, at once."""

    ref: GraphRef
    nodes: tuple[Node, ...]
    wires: tuple[Wire, ...] = ()
    places: Mapping[NodeId, Place] = {}

    @property
    def label(self) -> str:
        """Words for the history."""
        return f"Add {counted((node.id for node in self.nodes), 'node')}"

    def apply(self, project: Project) -> Project:
        """Give the project with the nodes and wires in it."""
        graph = require_open(project, self.ref)
        nodes = dict(graph.nodes)
        for node in self.nodes:
            nodes[node.id] = require_node_value(node, nodes, self.ref)
        objectives = tuple(node.id for node in self.nodes if node.kind == OBJECTIVE)
        grown = msgspec.structs.replace(graph, nodes=nodes, objectives=graph.objectives + objectives)
        if self.wires:
            grown = add_wires(grown, self.ref, self.wires)
        places = {node: require_place(place) for node, place in self.places.items()}
        return with_places(with_graph(project, self.ref, grown), self.ref, places)


class RemoveNodes(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Take nodes out of a graph, with their wires and places."""

    ref: GraphRef
    ids: tuple[NodeId, ...]

    @property
    def label(self) -> str:
        """Words for the history."""
        return f"Delete {counted(self.ids, 'node')}"

    def apply(self, project: Project) -> Project:
        """Give the project without the nodes."""
        graph = require_open(project, self.ref)
        for node in self.ids:
            require_node(graph, self.ref, node)
        after = without_nodes(graph, frozenset(self.ids))
        return without_places(with_graph(project, self.ref, after), self.ref, frozenset(self.ids))


class SetParameters(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Give parameters of a node other values; None takes one away, so that its default holds again."""

    ref: GraphRef
    id: NodeId
    values: Mapping[str, Value]

    @property
    def label(self) -> str:
        """Words for the history."""
        return f"Change {counted(self.values, 'parameter')} of {self.id}"

    def apply(self, project: Project) -> Project:
        """Give the project with the values changed."""
        require_values(self.values, where_of(self.ref, self.id))
        return change_node(project, self.ref, self.id, self._changed)

    def _changed(self, node: Node) -> Node:
        parameters = parameters_with(node.parameters, self.values)
        return node if _same(parameters, node.parameters) else msgspec.structs.replace(node, parameters=parameters)


class SetTitle(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Give a node another title; an empty one shows its id."""

    ref: GraphRef
    id: NodeId
    title: str

    @property
    def label(self) -> str:
        """Words for the history."""
        return f"Title {self.id}"

    def apply(self, project: Project) -> Project:
        """Give the project with the title changed."""
        title = require_text(self.title, where_of(self.ref, self.id))
        return change_node(project, self.ref, self.id, lambda node: msgspec.structs.replace(node, title=title))


class SetNotes(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Write notes about a node; without an id about the graph, without a graph about the project."""

    ref: GraphRef | None = None
    id: NodeId | None = None
    notes: str

    @property
    def label(self) -> str:
        """Words for the history."""
        return f"Change notes of {self.id or (self.ref.name if self.ref else 'the project')}"

    def apply(self, project: Project) -> Project:
        """Give the project with the notes changed."""
        notes = require_text(self.notes, where_of(self.ref, self.id or "") if self.ref else "")
        if self.ref is None:
            return msgspec.structs.replace(project, notes=notes)
        if self.id is None:
            graph = require_graph(project, self.ref)
            return with_graph(project, self.ref, msgspec.structs.replace(graph, notes=notes))
        return change_node(project, self.ref, self.id, lambda node: msgspec.structs.replace(node, notes=notes))


class SetBypassed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Make nodes identities, or let them compute again."""

    ref: GraphRef
    ids: tuple[NodeId, ...]
    bypassed: bool

    @property
    def label(self) -> str:
        """Words for the history."""
        return f"{'Bypass' if self.bypassed else 'Use'} {counted(self.ids, 'node')}"

    def apply(self, project: Project) -> Project:
        """Give the project with the nodes bypassed or not."""
        for node in self.ids:
            project = change_node(
                project, self.ref, node, lambda old: msgspec.structs.replace(old, bypassed=self.bypassed)
            )
        return project


class SetShares(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Let a node use the weights of another one, or (empty address) own its own again."""

    ref: GraphRef
    id: NodeId
    address: str

    @property
    def label(self) -> str:
        """Words for the history."""
        return f"Share weights of {self.address} with {self.id}" if self.address else f"Give {self.id} its own weights"

    def apply(self, project: Project) -> Project:
        """Give the project with the sharing changed."""
        if self.address and require_address(self.address) == self.id:
            raise EditRefused("a node cannot share with itself", where=where_of(self.ref, self.id))
        return change_node(project, self.ref, self.id, lambda node: msgspec.structs.replace(node, shares=self.address))


class SetSnapshot(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Record what the engine found when it looked at a source."""

    ref: GraphRef
    id: NodeId
    snapshot: Snapshot | None

    @property
    def label(self) -> str:
        """Words for the history."""
        return f"Look at the data of {self.id}"

    def apply(self, project: Project) -> Project:
        """Give the project with the snapshot recorded."""
        return change_node(
            project, self.ref, self.id, lambda node: msgspec.structs.replace(node, snapshot=self.snapshot)
        )


class MoveNodes(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Put nodes at other places; the nodes of a recipe can be moved too."""

    ref: GraphRef
    places: Mapping[NodeId, Place]

    @property
    def label(self) -> str:
        """Words for the history."""
        return f"Move {counted(self.places, 'node')}"

    def apply(self, project: Project) -> Project:
        """Give the project with the nodes at their places."""
        graph = require_graph(project, self.ref)
        for node, place in self.places.items():
            require_place(place)
            if graph.recipe is None:
                require_node(graph, self.ref, node)
        return with_places(project, self.ref, self.places)


def add_wires(graph: Graph, ref: GraphRef, wires: tuple[Wire, ...]) -> Graph:
    """Give the graph with wires added; each takes the place of one into the same input port."""
    for wire in wires:
        require_wire(graph, ref, wire)
    latest = {(wire.target, wire.input): wire for wire in wires}
    kept: list[Wire] = []
    placed: set[tuple[NodeId, str]] = set()
    for wire in graph.wires:
        port = (wire.target, wire.input)
        if port not in latest:
            kept.append(wire)
        elif port not in placed:
            kept.append(latest[port])
            placed.add(port)
    kept += [wire for port, wire in latest.items() if port not in placed]
    return msgspec.structs.replace(graph, wires=tuple(kept))


def without_nodes(graph: Graph, ids: frozenset[NodeId]) -> Graph:
    """Give the graph without some nodes, their wires, and their turn among the objectives."""
    return msgspec.structs.replace(
        graph,
        nodes={node: value for node, value in graph.nodes.items() if node not in ids},
        wires=tuple(wire for wire in graph.wires if wire.source not in ids and wire.target not in ids),
        objectives=tuple(node for node in graph.objectives if node not in ids),
    )


def without_places(project: Project, ref: GraphRef, ids: frozenset[NodeId]) -> Project:
    """Give the project without the places of some nodes."""
    old = layout_of(project, ref)
    nodes = {node: place for node, place in old.nodes.items() if node not in ids}
    return with_layout(project, ref, GraphLayout(nodes=nodes, frames=old.frames))


def _same(left: Mapping[str, Value], right: Mapping[str, Value]) -> bool:
    # 1, 1.0 and True are equal in Python and differ in a file.
    return left == right and all(type(left[name]) is type(right[name]) for name in left)
