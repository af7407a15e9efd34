"""Making room on a wire: what stands behind it in its row moves on, so that no card covers another; it must not know widgets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from designer.editing.layout import COLUMN_PX
from engine.graph.ids import NodeId
from engine.graph.queries import downstream
from engine.graph.rewriting import layout_of
from engine.graph.types import Graph, GraphRef, Place, Project, Wire

_ROW_PX: Final = 72.0
"""Nodes whose tops differ by less stand in one row."""


def room_on(
    project: Project, ref: GraphRef, graph: Graph, wire: Wire, wish: Place
) -> tuple[Place, Mapping[NodeId, Place]]:
    """Find where a node stands on a wire.

    Args:
        project: Holds the places.
        ref: The graph.
        graph: That graph.
        wire: What the node comes to stand on.
        wish: Where it was let go.

    Returns:
        Its place, in the row of the wire where it was let go near it, and where nodes behind it go to make room.
    """
    places = layout_of(project, ref).nodes
    before, behind = places.get(wire.source), places.get(wire.target)
    if (
        before is None
        or behind is None
        or behind.x <= before.x
        or not _in_row(before, behind)
        or not _in_row(before, wish)
    ):
        return wish, {}
    place = Place(max(wish.x, before.x + COLUMN_PX) if wish.x < behind.x else before.x + COLUMN_PX, before.y)
    missing = place.x + COLUMN_PX - behind.x
    if missing <= 0:
        return place, {}
    row = {node: places[node] for node in downstream(graph, (wire.target,)) if node in places}
    return place, {
        node: Place(at.x + missing, at.y) for node, at in row.items() if _in_row(at, behind) and at.x >= behind.x
    }


def _in_row(one: Place, other: Place) -> bool:
    return abs(one.y - other.y) < _ROW_PX
