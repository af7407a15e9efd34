"""Edits that restructure: rename an id, make a network of nodes, unpack one; weights follow by the address map.

They must not know kinds beyond the few that the structure of a document itself speaks of, nor tensors.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean

import msgspec

from engine.errors import EditRefused
from engine.graph.graph_edits import RemoveGraph, uses_of
from engine.graph.grouping import group, replaced, unpacked_ids, unpacked_nodes, unpacked_wires
from engine.graph.ids import NodeId, free_id
from engine.graph.node_edits import without_places
from engine.graph.passing import named_by, with_arguments
from engine.graph.queries import Wiring
from engine.graph.rewriting import (
    INPUT,
    NETWORK,
    OUTPUT,
    counted,
    layout_of,
    rename_key,
    require_id,
    require_node,
    require_open,
    where_of,
    with_graph,
    with_graphs,
    with_layout,
    with_places,
)
from engine.graph.structure import AddressMap, follow, map_of, network_of, rename_port
from engine.graph.types import Graph, GraphLayout, GraphRef, Node, Place, Project, Value, Wire


class RenameNode(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Give a node another id; wires, places, order, sharing and updates follow, and so do its weights."""

    ref: GraphRef
    id: NodeId
    to: str

    @property
    def label(self) -> str:
        """Words for the history."""
        return f"Rename {self.id} to {self.to}"

    def apply(self, project: Project) -> Project:
        """Give the project with the node renamed."""
        graph = require_open(project, self.ref)
        node = require_node(graph, self.ref, self.id)
        if self.to == self.id:
            return project
        to = require_id(self.to, graph.nodes, where_of(self.ref, self.id))
        after = with_graph(project, self.ref, _renamed(graph, self.id, to))
        layout = layout_of(after, self.ref)
        places = rename_key(layout.nodes, self.id, to)
        after = with_layout(after, self.ref, GraphLayout(nodes=places, frames=layout.frames))
        if self.ref.space == "networks" and node.kind in (INPUT, OUTPUT):
            after = rename_port(after, self.ref.name, self.id, to)
        return follow(after, self.address_map(project))

    def address_map(self, project: Project) -> AddressMap:
        """Give where addresses go when this is applied to `project`."""
        if self.ref.space != "networks":
            return AddressMap()
        return map_of(project, self.ref.name, {(self.id,): (NodeId(self.to),)})


class GroupNodes(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Make a network of some nodes of a network and put one node in their place."""

    ref: GraphRef
    ids: tuple[NodeId, ...]
    name: str
    """Name of the new network."""
    inputs: Mapping[str, Mapping[str, Value]] = {}
    """Parameters (shape, dtype) of the new input that each `NODE.PORT` outside feeds, where they are known."""

    @property
    def label(self) -> str:
        """Words for the history."""
        return f"Make network {self.name} of {counted(self.ids, 'node')}"

    def apply(self, project: Project) -> Project:
        """Give the project with the nodes in a network of their own."""
        graph = self._require(project)
        key, chosen = free_id(self.name, graph.nodes), frozenset(self.ids)
        made = group(graph, chosen, key, self.inputs)
        parameters = named_by((graph.nodes[node] for node in self.ids), graph.parameters)
        node = Node(id=key, kind=NETWORK, parameters={NETWORK: self.name, **{name: f"={name}" for name in parameters}})
        inner = msgspec.structs.replace(made.graph, parameters=parameters)
        outer = msgspec.structs.replace(graph, nodes=replaced(graph, chosen, {key: node}), wires=made.wires)
        networks = {**project.networks, self.ref.name: outer, self.name: inner}
        after = self._with_places(with_graphs(project, self.ref, networks), chosen, key)
        return follow(after, self.address_map(project))

    def address_map(self, project: Project) -> AddressMap:
        """Give where addresses go when this is applied to `project`."""
        key = free_id(self.name, self._require(project).nodes)
        return map_of(project, self.ref.name, {(node,): (key, node) for node in self.ids})

    def _require(self, project: Project) -> Graph:
        where = where_of(self.ref)
        if self.ref.space != "networks":
            raise EditRefused("only nodes of a network can be made a network", where=where)
        graph = require_open(project, self.ref)
        require_id(self.name, project.networks, where)
        if not self.ids:
            raise EditRefused("nothing is selected to be made a network", where=where)
        chosen = frozenset(self.ids)
        for key in self.ids:
            self._require_member(require_node(graph, self.ref, key), chosen)
        wiring = Wiring(graph)
        between = (wiring.downstream(chosen) & wiring.upstream(chosen)) - chosen
        if between:
            names = ", ".join(key for key in graph.nodes if key in between)
            raise EditRefused(f"{names} stands between the selected nodes", where=where, remedy="Select it too")
        return graph

    def _require_member(self, node: Node, chosen: frozenset[NodeId]) -> None:
        where = where_of(self.ref, node.id)
        if node.kind in (INPUT, OUTPUT):
            raise EditRefused(f"an {node.kind} stays in its network", where=where, remedy="Leave it out")
        owner = node.shares.partition(".")[0].partition("[")[0]
        if owner and owner not in chosen:
            raise EditRefused(f"it uses the weights of {owner}", where=where, remedy="Select that node too")

    def _with_places(self, project: Project, chosen: frozenset[NodeId], key: NodeId) -> Project:
        layout = layout_of(project, self.ref)
        inside = {node: place for node, place in layout.nodes.items() if node in chosen}
        project = without_places(project, self.ref, chosen)
        if not inside:
            return project
        project = with_places(project, self.ref, {key: _centre(inside)})
        return with_layout(project, GraphRef("networks", self.name), GraphLayout(nodes=inside))


class UnpackNetwork(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Put the nodes of a nested network in the place of the node that stands for it."""

    ref: GraphRef
    id: NodeId

    @property
    def label(self) -> str:
        """Words for the history."""
        return f"Unpack {self.id}"

    def apply(self, project: Project) -> Project:
        """Give the project with the network's nodes in the open; the network goes when nothing else uses it."""
        graph, inner = self._require(project)
        name, ids = network_of(graph.nodes[self.id]), unpacked_ids(graph, inner)
        arguments = {**inner.parameters, **graph.nodes[self.id].parameters}
        inside = with_arguments(unpacked_nodes(inner, ids), {key: arguments[key] for key in inner.parameters})
        nodes = replaced(graph, frozenset({self.id}), inside)
        wires = unpacked_wires(graph, inner, self.id, ids)
        ties = {f"{self.id}.{tied}": f"{self.id}.{owner}" for tied, owner in inner.ties.items()}
        outer = msgspec.structs.replace(graph, nodes=nodes, wires=wires, ties={**graph.ties, **ties})
        after = self._with_places(with_graph(project, self.ref, outer), name, ids)
        after = follow(after, self.address_map(project))
        if uses_of(after, name):
            return after
        return RemoveGraph(ref=GraphRef("networks", name)).apply(after)

    def address_map(self, project: Project) -> AddressMap:
        """Give where addresses go when this is applied to `project`."""
        ids = unpacked_ids(*self._require(project))
        return map_of(project, self.ref.name, {(self.id, key): (to,) for key, to in ids.items()})

    def _require(self, project: Project) -> tuple[Graph, Graph]:
        where = where_of(self.ref, self.id)
        graph = require_open(project, self.ref)
        node = require_node(graph, self.ref, self.id)
        inner = project.networks.get(network_of(node))
        if inner is None or self.ref.space != "networks":
            raise EditRefused("this node stands for no network", where=where)
        if node.parameters.get("repeat", 1) != 1:
            raise EditRefused("a repeated network cannot be unpacked", where=where, remedy="Set repeat to 1 first")
        if node.parameters.get("along", 0) != 0:
            raise EditRefused("a network along an axis cannot be unpacked", where=where, remedy="Set along to 0 first")
        sharing = (other.shares for other in graph.nodes.values())
        if node.shares or self.id in sharing:
            raise EditRefused("a network that shares its weights cannot be unpacked", where=where)
        if node.bypassed:
            raise EditRefused("a bypassed network cannot be unpacked", where=where, remedy="Use it again first")
        return graph, inner

    def _with_places(self, project: Project, name: str, ids: Mapping[NodeId, NodeId]) -> Project:
        places = layout_of(project, GraphRef("networks", name)).nodes
        inside = {ids[key]: place for key, place in places.items() if key in ids}
        here = layout_of(project, self.ref).nodes.get(self.id)
        project = without_places(project, self.ref, frozenset({self.id}))
        if not inside:
            return project
        centre = _centre(inside)
        here = here or centre
        moved = {key: Place(at.x - centre.x + here.x, at.y - centre.y + here.y) for key, at in inside.items()}
        return with_places(project, self.ref, moved)


def _renamed(graph: Graph, old: NodeId, new: NodeId) -> Graph:
    nodes = {new if key == old else key: node for key, node in graph.nodes.items()}
    nodes[new] = msgspec.structs.replace(nodes[new], id=new)
    wires = tuple(
        Wire(
            new if wire.source == old else wire.source,
            wire.output,
            new if wire.target == old else wire.target,
            wire.input,
        )
        if old in (wire.source, wire.target)
        else wire
        for wire in graph.wires
    )
    order = tuple(new if key == old else key for key in graph.objectives)
    return msgspec.structs.replace(graph, nodes=nodes, wires=wires, objectives=order)


def _centre(places: Mapping[NodeId, Place]) -> Place:
    return Place(fmean(place.x for place in places.values()), fmean(place.y for place in places.values()))
