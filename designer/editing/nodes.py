"""Edits that add, remove, copy and change nodes, worked out without Qt; it must not know the undo stack or any view."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Final

from designer.editing.layout import COLUMN_PX
from designer.editing.room import room_on
from engine.check.bypass import bypass_fault
from engine.check.report import Report
from engine.graph.edits import AddNode, Batch, Connect, Disconnect, Edit, MoveNodes, RemoveNodes, SetParameters
from engine.graph.ids import NodeId, free_id
from engine.graph.rewriting import layout_of
from engine.graph.types import Graph, GraphRef, Node, Place, Project, Value, Wire
from engine.layers.arguments import parameters_of
from engine.layers.catalogue import kind_of
from engine.layers.kind import LayerKind
from engine.layers.ports import ports_of

"""From one node to the next in a row, in scene units."""
_NUMBERED: Final = ("linear", "vision", "normalisation", "activation", "sequence")


def new_id(kind: LayerKind, taken: Container[str]) -> NodeId:
    """Give a new node of a kind a short id: conv1, conv2, norm1, flatten."""
    stem = kind.stem or re.sub(r"_?\dd$", "", kind.key)
    return free_id(f"{stem}1" if kind.family in _NUMBERED else stem, taken)


def place_beside(project: Project, ref: GraphRef, graph: Graph, after: NodeId | None) -> Place:
    """Find a free place: right of a node, else right of everything."""
    places = layout_of(project, ref).nodes
    if after is not None and after in places:
        wish = Place(places[after].x + COLUMN_PX, places[after].y)
        while any(abs(wish.x - other.x) < COLUMN_PX / 2 and abs(wish.y - other.y) < 60 for other in places.values()):
            wish = Place(wish.x, wish.y + 144)
        return wish
    if not places:
        return Place(0.0, 0.0)
    right = max(places.values(), key=lambda place: place.x)
    return Place(right.x + COLUMN_PX, right.y)


def addition(
    project: Project, ref: GraphRef, graph: Graph, kind: LayerKind, place: Place | None, after: NodeId | None
) -> tuple[NodeId, Edit]:
    """Add a node, wired behind another one where one is given and both have ports for it.

    Returns:
        The new node's id and the edit.
    """
    node = Node(id=new_id(kind, graph.nodes), kind=kind.key, version=kind.version)
    stands = place or place_beside(project, ref, graph, after)
    edits: list[Edit] = [AddNode(ref=ref, node=node, place=stands)]
    wire = first_wire(project, graph, after, node) if after else None
    if wire:
        edits.append(Connect(ref=ref, wire=wire))
    return node.id, Batch(label=f"Add {kind.title}", edits=tuple(edits))


def first_wire(project: Project, graph: Graph, source: NodeId, target: Node) -> Wire | None:
    """Give the wire from a node's first output to another's first input, if they have them."""
    before = ports_of(project, graph, graph.nodes[source])
    behind = ports_of(project, graph, target)
    if not before or not behind or not before[1] or not behind[0]:
        return None
    return Wire(source, before[1][0].id, target.id, behind[0][0].id)


def insertion(
    project: Project, ref: GraphRef, graph: Graph, kind: LayerKind, place: Place | None, wire: Wire
) -> tuple[NodeId, Edit] | None:
    """Add a node on a wire; None where the kind has no input or no output."""
    node = Node(id=new_id(kind, graph.nodes), kind=kind.key, version=kind.version)
    through = threaded(project, graph, node, wire)
    if through is None:
        return None
    wish = place or place_beside(project, ref, graph, wire.source)
    stands, moved = room_on(project, ref, graph, wire, wish)
    edits: list[Edit] = [AddNode(ref=ref, node=node, place=stands)]
    edits += [MoveNodes(ref=ref, places=moved)] if moved else []
    edits += [Connect(ref=ref, wire=part) for part in through]
    return node.id, Batch(label=f"Insert {kind.title}", edits=tuple(edits))


def threaded(project: Project, graph: Graph, node: Node, wire: Wire) -> tuple[Wire, Wire] | None:
    """Give the two wires that lead through a node in place of one; None where it lacks the ports."""
    ports = ports_of(project, graph, node)
    if not ports or not ports[0] or not ports[1]:
        return None
    into, out = ports[0][0].id, ports[1][0].id
    return Wire(wire.source, wire.output, node.id, into), Wire(node.id, out, wire.target, wire.input)


def removal(ref: GraphRef, ids: Sequence[NodeId], wires: Sequence[Wire]) -> tuple[Edit, ...]:
    """Remove nodes and wires."""
    gone = set(ids)
    loose = tuple(wire for wire in wires if wire.source not in gone and wire.target not in gone)
    edits: list[Edit] = [Disconnect(ref=ref, wires=loose)] if loose else []
    return (*edits, *([RemoveNodes(ref=ref, ids=tuple(ids))] if ids else []))


def bridging(graph: Graph, ids: Iterable[NodeId]) -> tuple[Wire, ...]:
    """Give the wires that lead around nodes: what flowed into them goes on to where they led."""
    gone = set(ids)
    into: dict[NodeId, Wire] = {}
    for wire in graph.wires:
        into.setdefault(wire.target, wire) if wire.target in gone else None
    found = []
    for wire in graph.wires:
        origin = _origin(wire, into, gone) if wire.source in gone and wire.target not in gone else None
        if origin is not None:
            found.append(Wire(origin.source, origin.output, wire.target, wire.input))
    return tuple(found)


def _origin(wire: Wire, into: Mapping[NodeId, Wire], gone: set[NodeId]) -> Wire | None:
    seen: set[NodeId] = set()
    while wire.source in gone:
        if wire.source in seen or wire.source not in into:
            return None
        seen.add(wire.source)
        wire = into[wire.source]
    return wire


def removal_with_bridge(ref: GraphRef, graph: Graph, ids: Sequence[NodeId]) -> tuple[Edit, ...]:
    """Remove nodes and lead what flowed through them on."""
    around = bridging(graph, ids)
    return (*removal(ref, ids, ()), *(Connect(ref=ref, wire=wire) for wire in around))


def detachment(ref: GraphRef, graph: Graph, ids: Sequence[NodeId]) -> tuple[Edit, ...]:
    """Take nodes off their wires and lead what flowed through them on; wires among them stay."""
    gone = set(ids)
    cut = tuple(wire for wire in graph.wires if (wire.source in gone) != (wire.target in gone))
    around = bridging(graph, ids)
    return (*([Disconnect(ref=ref, wires=cut)] if cut else []), *(Connect(ref=ref, wire=wire) for wire in around))


def parameter_change(
    project: Project, ref: GraphRef, nodes: Sequence[Node], name: str, value: Value
) -> tuple[Edit, ...]:
    """Give a parameter of nodes a value; one that is the default is not stored."""
    return tuple(
        SetParameters(ref=ref, id=node.id, values={name: None if _is_default(project, node, name, value) else value})
        for node in nodes
    )


def _is_default(project: Project, node: Node, name: str, value: Value) -> bool:
    defaults = [param.default for param in parameters_of(project, node) if param.name == name]
    return any(value == default and isinstance(value, bool) == isinstance(default, bool) for default in defaults)


def bypass_words(report: Report, ref: GraphRef, graph: Graph, ids: Sequence[NodeId]) -> str:
    """Say why nodes cannot be bypassed; empty when they can."""
    if not ids:
        return "select the nodes to bypass"
    known = report.graphs[ref].nodes if ref in report.graphs else {}
    faults = (
        (node, bypass_fault(kind_of(graph.nodes[node].kind), known.get(node)))
        for node in ids
        if not graph.nodes[node].bypassed
    )
    return next((f"{node} cannot be bypassed: {fault}" for node, fault in faults if fault), "")
