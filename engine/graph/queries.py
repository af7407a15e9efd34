"""Questions to a graph: what stands before and after, in which order, which wires meet; it must not know kinds.

Every question is answered in one pass over the wires; a graph that is asked often is asked through `Wiring`.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.graph.ids import NodeId
from engine.graph.types import Graph, Wire

PortId = tuple[NodeId, str]
"""A node and one of its ports."""


@dataclass(frozen=True, slots=True)
class Order:
    """Nodes in the order they compute."""

    nodes: tuple[NodeId, ...]
    """Every node after all that it needs; as near to the order of the document as that allows."""
    stuck: tuple[NodeId, ...]
    """Nodes of a cycle or behind one, in the order of the document."""


class Wiring:
    """The wires of a graph by node and port, worked out once."""

    __slots__ = ("_into", "_nodes", "_out_of")

    def __init__(self, graph: Graph) -> None:
        self._nodes = graph.nodes
        self._into: dict[NodeId, list[Wire]] = {node: [] for node in graph.nodes}
        self._out_of: dict[NodeId, list[Wire]] = {node: [] for node in graph.nodes}
        for wire in graph.wires:
            self._into[wire.target].append(wire)
            self._out_of[wire.source].append(wire)

    def into(self, node: NodeId) -> tuple[Wire, ...]:
        """Give the wires that end at a node."""
        return tuple(self._into.get(node, ()))

    def out_of(self, node: NodeId) -> tuple[Wire, ...]:
        """Give the wires that start at a node."""
        return tuple(self._out_of.get(node, ()))

    def by_input(self, node: NodeId) -> dict[str, Wire]:
        """Give the wire into each connected input port of a node; of several the last."""
        return {wire.input: wire for wire in self._into.get(node, ())}

    def sources(self, node: NodeId) -> tuple[NodeId, ...]:
        """Give the nodes that a node is fed by, each once."""
        return tuple(dict.fromkeys(wire.source for wire in self._into.get(node, ())))

    def targets(self, node: NodeId) -> tuple[NodeId, ...]:
        """Give the nodes that a node feeds, each once."""
        return tuple(dict.fromkeys(wire.target for wire in self._out_of.get(node, ())))

    def upstream(self, ids: Iterable[NodeId]) -> frozenset[NodeId]:
        """Give all nodes that some nodes depend on, those themselves included."""
        return _reached(ids, self._into, upwards=True)

    def downstream(self, ids: Iterable[NodeId]) -> frozenset[NodeId]:
        """Give all nodes that depend on some nodes, those themselves included."""
        return _reached(ids, self._out_of, upwards=False)

    def order(self) -> Order:
        """Give the order in which the nodes compute, and those that never can."""
        if self._document_order_holds():
            return Order(tuple(self._nodes), ())
        position = {node: index for index, node in enumerate(self._nodes)}
        waiting = {node: len(wires) for node, wires in self._into.items()}
        names = tuple(self._nodes)
        ready = [position[node] for node, count in waiting.items() if not count]
        done: list[NodeId] = []
        while ready:
            node = names[heapq.heappop(ready)]
            done.append(node)
            for wire in self._out_of[node]:
                waiting[wire.target] -= 1
                if not waiting[wire.target]:
                    heapq.heappush(ready, position[wire.target])
        finished = frozenset(done)
        return Order(tuple(done), tuple(node for node in names if node not in finished))

    def chains(self) -> tuple[tuple[NodeId, ...], ...]:
        """Give the longest runs of two or more nodes, each feeding the next one alone."""
        following = {node: targets[0] for node in self._nodes if (targets := self._next_in_chain(node))}
        followers = set(following.values())
        starts = [node for node in following if node not in followers]
        chains = []
        for start in starts:
            chain = [start]
            while chain[-1] in following:
                chain.append(following[chain[-1]])
            chains.append(tuple(chain))
        return tuple(chains)

    def _next_in_chain(self, node: NodeId) -> tuple[NodeId, ...]:
        wires = self._out_of[node]
        alone = len(wires) == 1 and len(self._into[wires[0].target]) == 1 and wires[0].target != node
        return (wires[0].target,) if alone else ()

    def _document_order_holds(self) -> bool:
        seen: set[NodeId] = set()
        for node in self._nodes:
            if any(wire.source not in seen for wire in self._into[node]):
                return False
            seen.add(node)
        return True


def wires_by_input(graph: Graph) -> dict[PortId, tuple[Wire, ...]]:
    """Give the wires into every connected input port; more than one is a fault of the graph."""
    found: dict[PortId, list[Wire]] = {}
    for wire in graph.wires:
        found.setdefault((wire.target, wire.input), []).append(wire)
    return {port: tuple(wires) for port, wires in found.items()}


def wires_by_output(graph: Graph) -> dict[PortId, tuple[Wire, ...]]:
    """Give the wires out of every connected output port."""
    found: dict[PortId, list[Wire]] = {}
    for wire in graph.wires:
        found.setdefault((wire.source, wire.output), []).append(wire)
    return {port: tuple(wires) for port, wires in found.items()}


def upstream(graph: Graph, ids: Iterable[NodeId]) -> frozenset[NodeId]:
    """Give all nodes that some nodes depend on, those themselves included."""
    return Wiring(graph).upstream(ids)


def downstream(graph: Graph, ids: Iterable[NodeId]) -> frozenset[NodeId]:
    """Give all nodes that depend on some nodes, those themselves included."""
    return Wiring(graph).downstream(ids)


def topological_order(graph: Graph) -> Order:
    """Give the order in which the nodes compute, and those that never can."""
    return Wiring(graph).order()


def chains(graph: Graph) -> tuple[tuple[NodeId, ...], ...]:
    """Give the longest runs of two or more nodes, each feeding the next one alone."""
    return Wiring(graph).chains()


def cycles(graph: Graph) -> tuple[tuple[NodeId, ...], ...]:
    """Give the knots of a graph: groups of nodes that all depend on each other, in the order of the document."""
    import networkx as nx  # heavy, and asked only of a graph that is known to be stuck

    edges: nx.DiGraph[NodeId] = nx.DiGraph()
    edges.add_nodes_from(graph.nodes)
    edges.add_edges_from((wire.source, wire.target) for wire in graph.wires)
    loops = {wire.source for wire in graph.wires if wire.source == wire.target}
    knots = [knot for knot in nx.strongly_connected_components(edges) if len(knot) > 1 or knot & loops]
    position = {node: index for index, node in enumerate(graph.nodes)}
    ordered = (tuple(sorted(knot, key=position.__getitem__)) for knot in knots)
    return tuple(sorted(ordered, key=lambda knot: position[knot[0]]))


def _reached(ids: Iterable[NodeId], wires: Mapping[NodeId, list[Wire]], *, upwards: bool) -> frozenset[NodeId]:
    reached = {node for node in ids if node in wires}
    front = list(reached)
    while front:
        for wire in wires[front.pop()]:
            node = wire.source if upwards else wire.target
            if node not in reached:
                reached.add(node)
                front.append(node)
    return frozenset(reached)
