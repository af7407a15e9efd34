"""Automatic layout: places for nodes from left to right along their wires; it must not know widgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from engine.graph.ids import NodeId
from engine.graph.rewriting import layout_of
from engine.graph.types import Graph, GraphRef, Place, Project

COLUMN_PX: Final = 184.0
ROW_PX: Final = 144.0


def arranged(project: Project, ref: GraphRef, graph: Graph, ids: Sequence[NodeId]) -> Mapping[NodeId, Place]:
    """Lay nodes out; their upper left corner stays where it was.

    Args:
        project: Holds where they stand now.
        ref: Their graph's name.
        graph: Their graph.
        ids: Which nodes.
    """
    chosen = set(ids)
    edges = [(wire.source, wire.target) for wire in graph.wires if wire.source in chosen and wire.target in chosen]
    columns = _columns(ids, edges)
    old = [place for node, place in layout_of(project, ref).nodes.items() if node in chosen]
    left = min((place.x for place in old), default=0.0)
    top = min((place.y for place in old), default=0.0)
    return {
        node: Place(left + index * COLUMN_PX, top + row * ROW_PX)
        for index, column in enumerate(columns)
        for row, node in enumerate(column)
    }


def _columns(ids: Sequence[NodeId], edges: Sequence[tuple[NodeId, NodeId]]) -> list[list[NodeId]]:
    """Put every node behind all that feed it, and each column in the order that crosses least."""
    depth = _depths(ids, edges)
    columns: list[list[NodeId]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for node in ids:
        columns[depth[node]].append(node)
    sources: dict[NodeId, list[NodeId]] = {node: [] for node in ids}
    for source, target in edges:
        sources[target].append(source)
    row: dict[NodeId, float] = {}
    for column in columns:
        column.sort(key=lambda node: _mean([row[source] for source in sources[node] if source in row]))
        row.update({node: float(index) for index, node in enumerate(column)})
    return columns


def _depths(ids: Sequence[NodeId], edges: Sequence[tuple[NodeId, NodeId]]) -> dict[NodeId, int]:
    depth = dict.fromkeys(ids, 0)
    waiting = dict.fromkeys(ids, 0)
    targets: dict[NodeId, list[NodeId]] = {node: [] for node in ids}
    for source, target in edges:
        waiting[target] += 1
        targets[source].append(target)
    ready = [node for node in ids if not waiting[node]]
    for node in ready:
        for target in targets[node]:
            depth[target] = max(depth[target], depth[node] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return depth


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
