"""The wires and nodes of making a network of nodes and of unpacking one; it must not know edits, places or addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from engine.graph.ids import NodeId, free_id
from engine.graph.rewriting import INPUT, OUTPUT
from engine.graph.types import Graph, Node, Value, Wire

End = tuple[NodeId, str]
"""A node and one of its ports."""


@dataclass(frozen=True, slots=True)
class Group:
    """A part of a graph as a network of its own."""

    graph: Graph
    """The new network."""
    wires: tuple[Wire, ...]
    """The wires of the graph around it, with those that crossed the border now at the new node."""


def group(graph: Graph, chosen: frozenset[NodeId], node: NodeId, inputs: Mapping[str, Mapping[str, Value]]) -> Group:
    """Work out the network that some nodes of a graph make.

    Args:
        graph: the graph around them.
        chosen: the nodes.
        node: key of the node that will stand for the network.
        inputs: parameters of the new inputs, by the `NODE.PORT` that feeds each.
    """
    taken = set(chosen)
    feeds: dict[End, NodeId] = {}
    drains: dict[End, NodeId] = {}
    inside: list[Wire] = []
    outside: list[Wire] = []
    for wire in graph.wires:
        end = (wire.source, wire.output)
        if wire.source in chosen and wire.target in chosen:
            inside.append(wire)
        elif wire.target in chosen:
            if end not in feeds:
                feeds[end] = _fresh(end, "y", taken)
                outside.append(Wire(*end, node, feeds[end]))
            inside.append(Wire(feeds[end], "y", wire.target, wire.input))
        elif wire.source in chosen:
            if end not in drains:
                drains[end] = _fresh((NodeId(f"{wire.source}_out"), wire.output), "y", taken)
                inside.append(Wire(*end, drains[end], "x"))
            outside.append(Wire(node, drains[end], wire.target, wire.input))
        else:
            outside.append(wire)
    ports = [Node(id=key, kind=INPUT, parameters=inputs.get(".".join(end), {})) for end, key in feeds.items()]
    nodes = {port.id: port for port in ports} | {key: old for key, old in graph.nodes.items() if key in chosen}
    nodes |= {key: Node(id=key, kind=OUTPUT) for key in drains.values()}
    return Group(Graph(nodes=nodes, wires=tuple(inside)), tuple(outside))


def replaced(graph: Graph, gone: frozenset[NodeId], come: Mapping[NodeId, Node]) -> dict[NodeId, Node]:
    """Give the nodes of a graph with some others in the place of the first of some."""
    nodes: dict[NodeId, Node] = {}
    placed = False
    for key, node in graph.nodes.items():
        if key not in gone:
            nodes[key] = node
        elif not placed:
            nodes.update(come)
            placed = True
    return nodes


def unpacked_ids(graph: Graph, inner: Graph) -> dict[NodeId, NodeId]:
    """Give the ids that the nodes of a nested network take in the graph around it; inputs and outputs go."""
    taken = set(graph.nodes)
    ids: dict[NodeId, NodeId] = {}
    for key, node in inner.nodes.items():
        if node.kind not in (INPUT, OUTPUT):
            ids[key] = free_id(key, taken)
            taken.add(ids[key])
    return ids


def unpacked_nodes(inner: Graph, ids: Mapping[NodeId, NodeId]) -> dict[NodeId, Node]:
    """Give the nodes of a nested network under their new ids, sharing as before."""
    nodes = {}
    for key, to in ids.items():
        node = inner.nodes[key]
        first = node.shares.partition(".")[0].partition("[")[0]
        shares = ids.get(NodeId(first), first) + node.shares[len(first) :]
        nodes[to] = msgspec.structs.replace(node, id=to, shares=shares)
    return nodes


def unpacked_wires(graph: Graph, inner: Graph, node: NodeId, ids: Mapping[NodeId, NodeId]) -> tuple[Wire, ...]:
    """Give the wires of a graph after the network that `node` stands for is unpacked."""
    feeds: dict[str, list[End]] = {}
    for wire in graph.wires:
        if wire.target == node:
            feeds.setdefault(wire.input, []).append((wire.source, wire.output))
    drains: dict[str, list[End]] = {}
    wires = [wire for wire in graph.wires if node not in (wire.source, wire.target)]
    for wire in inner.wires:
        ends = [(ids[wire.source], wire.output)] if wire.source in ids else feeds.get(wire.source, [])
        if wire.target in ids:
            wires += [Wire(*end, ids[wire.target], wire.input) for end in ends]
        else:
            drains.setdefault(wire.target, []).extend(ends)
    for wire in graph.wires:
        if wire.source == node:
            wires += [Wire(*end, wire.target, wire.input) for end in drains.get(wire.output, [])]
    return tuple(wires)


def _fresh(end: End, plain: str, taken: set[NodeId]) -> NodeId:
    key = free_id(end[0] if end[1] == plain else f"{end[0]}_{end[1]}", taken)
    taken.add(key)
    return key
