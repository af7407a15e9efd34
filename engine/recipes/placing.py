"""Places for the nodes of a small graph: columns by depth, rows in node order; large graphs have a layout engine elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.graph.ids import NodeId
from engine.graph.queries import topological_order
from engine.graph.types import Graph, Place

_COLUMN: Final = 184.0
_ROW: Final = 144.0
_LONGEST: Final = 7
_FOLDED: Final = 5
"""A chain of more nodes than the longest goes on below after so many: one row of them would be too small to read."""


def places(graph: Graph) -> Mapping[NodeId, Place]:
    """Give every node a place: as far right as its longest way from a source, rows centred; a long chain in several rows.

    Args:
        graph: a graph without cycles.
    """
    depth: dict[NodeId, int] = dict.fromkeys(graph.nodes, 0)
    into: dict[NodeId, list[NodeId]] = {node: [] for node in graph.nodes}
    for wire in graph.wires:
        into[wire.target].append(wire.source)
    for node in topological_order(graph).nodes:
        depth[node] = max((depth[source] + 1 for source in into[node]), default=0)
    columns: dict[int, list[NodeId]] = {}
    for node, level in depth.items():
        columns.setdefault(level, []).append(node)
    if len(columns) == len(graph.nodes) > _LONGEST:
        return {node: Place(level % _FOLDED * _COLUMN, level // _FOLDED * _ROW) for node, level in depth.items()}
    return {
        node: Place(level * _COLUMN, (row - (len(column) - 1) / 2) * _ROW)
        for level, column in columns.items()
        for row, node in enumerate(column)
    }
