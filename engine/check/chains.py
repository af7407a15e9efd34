"""Walking up a graph from a port through nodes that do not matter to a lint, into networks in use; it judges nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.check.wiring import Wiring, wiring_of
from engine.graph.ids import NodeId
from engine.graph.instances import parts_of
from engine.graph.types import Graph, GraphRef, Node, Project
from engine.layers.catalogue import kind_of
from engine.layers.kind import Role, Trait


@dataclass(frozen=True, slots=True)
class Stand:
    """A node and the graph it stands in."""

    ref: GraphRef
    graph: Graph
    node: Node


def source_of(wiring: Wiring, node: NodeId, port: str) -> NodeId | None:
    """Give the node that feeds a port."""
    feed = wiring.feeds[node].get(port)
    return feed[0] if feed else None


def climb(wiring: Wiring, graph: Graph, start: NodeId) -> Iterator[Node]:
    """Give `start`, then what feeds it, and so on while each node has one input that is wired."""
    seen: set[NodeId] = set()
    current: NodeId | None = start
    while current is not None and current not in seen:
        seen.add(current)
        yield graph.nodes[current]
        feeds = wiring.feeds[current]
        current = next(iter(feeds.values()))[0] if len(feeds) == 1 else None


def climb_from(
    project: Project, ref: GraphRef, graph: Graph, wiring: Wiring, node: NodeId, port: str
) -> Iterator[Stand]:
    """Give what feeds a port, then what feeds that, into the networks of models and composites from their outputs.

    Args:
        project: recipes written out.
        ref: the graph the port is in.
        graph: the same graph.
        wiring: its wires.
        node: node of the port.
        port: input port.
    """
    feed = wiring.feeds[node].get(port)
    depth = 0
    while feed is not None and depth < 10_000:
        depth += 1
        name, output = feed
        standing = graph.nodes[name]
        network = _network(project, graph, standing)
        inside = project.networks.get(network) if network else None
        if inside is not None:
            ref, graph, wiring = GraphRef("networks", network), inside, wiring_of(inside)
            feed = wiring.feeds[NodeId(output)].get("x") if output in inside.nodes else None
            continue
        yield Stand(ref, graph, standing)
        feeds = wiring.feeds[name]
        feed = next(iter(feeds.values())) if len(feeds) == 1 else None


def has(node: Node, *traits: Trait) -> bool:
    """Whether the kind of a node has one of some traits."""
    kind = kind_of(node.kind)
    return kind is not None and any(trait in kind.traits for trait in traits)


def first_beyond(stands: Iterator[Stand], *traits: Trait) -> Stand | None:
    """Give the first node that computes and whose kind has none of the traits; None when the way ends."""
    return next((stand for stand in stands if not stand.node.bypassed and not has(stand.node, *traits)), None)


def _network(project: Project, graph: Graph, node: Node) -> str:
    kind = kind_of(node.kind)
    if kind is None or kind.role not in (Role.NETWORK, Role.MODEL):
        return ""
    if kind.role is Role.NETWORK:
        return parts_of(node.parameters.get("network", ""))[-1]
    models: Mapping[NodeId, object] = graph.models
    name = NodeId(str(node.parameters.get("model", "")))
    return graph.models[name].network if name in models else ""
