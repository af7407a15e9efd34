"""The wires of one graph, put in order: who feeds whom, in which order nodes compute, and which wires cannot be.

It knows nodes by id only: no kinds, no ports, no shapes.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.graph.ids import NodeId
from engine.graph.types import Graph, Wire

Feed = tuple[NodeId, str]
"""The node and output port at the other end of a wire."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the wires of a graph say."""

    wires: tuple[Wire, ...]
    """The very tuple that was read."""
    ids: tuple[NodeId, ...]
    """Ids of the graph's nodes, in node order."""
    feeds: Mapping[NodeId, Mapping[str, Feed]]
    """What comes in at each port of each node; the first wire where there are two."""
    readers: Mapping[NodeId, tuple[NodeId, ...]]
    """Nodes that read from a node, each once, in wire order."""
    order: tuple[NodeId, ...]
    """Every node after those it reads from, else in node order; nodes on and behind a cycle are left out."""
    cycles: tuple[tuple[NodeId, ...], ...]
    """One round of nodes for each cycle found, in the direction of the wires."""
    second: tuple[Wire, ...]
    """Wires into a port that has one already."""
    dangling: tuple[Wire, ...]
    """Wires from or to a node that is not there."""


def wiring_of(graph: Graph) -> Wiring:
    """Read the wires of a graph.

    Args:
        graph: any graph; nothing about it needs to be right.
    """
    feeds: dict[NodeId, dict[str, Feed]] = {node: {} for node in graph.nodes}
    readers: dict[NodeId, dict[NodeId, None]] = {node: {} for node in graph.nodes}
    second: list[Wire] = []
    dangling: list[Wire] = []
    for wire in graph.wires:
        source, target, port = wire.source, wire.target, wire.input
        if source not in feeds or target not in feeds:
            dangling.append(wire)
        elif port in feeds[target]:
            second.append(wire)
        else:
            feeds[target][port] = (source, wire.output)
            readers[source][target] = None
    followers = {node: tuple(after) for node, after in readers.items()}
    order = _order(feeds, followers)
    cycles = () if len(order) == len(feeds) else _cycles(feeds, followers, frozenset(order))
    ids = tuple(graph.nodes)
    return Wiring(graph.wires, ids, feeds, followers, order, cycles, tuple(second), tuple(dangling))


def upstream_of(wiring: Wiring, starts: Iterable[NodeId]) -> frozenset[NodeId]:
    """Give `starts` and every node they depend on."""
    seen = set(starts)
    todo = list(seen)
    while todo:
        for source, _ in wiring.feeds[todo.pop()].values():
            if source not in seen:
                seen.add(source)
                todo.append(source)
    return frozenset(seen)


def _order(
    feeds: Mapping[NodeId, Mapping[str, Feed]], readers: Mapping[NodeId, tuple[NodeId, ...]]
) -> tuple[NodeId, ...]:
    position = {node: index for index, node in enumerate(feeds)}
    if all(position[source] < position[node] for node, ports in feeds.items() for source, _ in ports.values()):
        return tuple(feeds)
    ids = tuple(feeds)
    waiting = {node: len({source for source, _ in ports.values()}) for node, ports in feeds.items()}
    ready = [position[node] for node, count in waiting.items() if not count]
    order: list[NodeId] = []
    while ready:
        node = ids[heapq.heappop(ready)]
        order.append(node)
        for reader in readers[node]:
            waiting[reader] -= 1
            if not waiting[reader]:
                heapq.heappush(ready, position[reader])
    return tuple(order)


def _cycles(
    feeds: Mapping[NodeId, Mapping[str, Feed]],
    readers: Mapping[NodeId, tuple[NodeId, ...]],
    ordered: frozenset[NodeId],
) -> tuple[tuple[NodeId, ...], ...]:
    """Take one ring of nodes after another out of what could not be ordered, until none is left."""
    left = {node: None for node in feeds if node not in ordered}
    sources = {node: tuple(dict.fromkeys(source for source, _ in feeds[node].values())) for node in left}
    cycles: list[tuple[NodeId, ...]] = []
    loose = list(left)
    while True:
        _peel(left, sources, readers, loose)
        if not left:
            return tuple(cycles)
        ring = _walk_back(next(iter(left)), sources, left)
        cycles.append(ring)
        for node in ring:
            del left[node]
        loose = [other for node in ring for other in (*sources[node], *readers[node])]


def _peel(
    left: dict[NodeId, None],
    sources: Mapping[NodeId, tuple[NodeId, ...]],
    readers: Mapping[NodeId, tuple[NodeId, ...]],
    loose: list[NodeId],
) -> None:
    """Take away nodes that no ring can go through; `loose` are those whose neighbours have changed."""
    while loose:
        node = loose.pop()
        if node not in left:
            continue
        before, after = sources[node], readers[node]
        if not any(other in left for other in before) or not any(other in left for other in after):
            del left[node]
            loose += [*before, *after]


def _walk_back(
    start: NodeId, sources: Mapping[NodeId, tuple[NodeId, ...]], left: Mapping[NodeId, None]
) -> tuple[NodeId, ...]:
    """Follow the wires back from `start` until a node comes twice; give the ring in the direction of the wires."""
    seen: dict[NodeId, None] = {}
    node = start
    while node not in seen:
        seen[node] = None
        node = next(source for source in sources[node] if source in left)
    path = list(seen)
    return tuple(reversed(path[path.index(node) :]))
