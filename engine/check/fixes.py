"""Ways out of problems, as edits of the project; it must not decide what is a problem."""

from __future__ import annotations

from collections.abc import Mapping

from engine.check.report import Fix
from engine.graph.edits import AddNode, AddNodes, Batch, Connect, Disconnect, Edit, RemoveNodes, SetParameters
from engine.graph.ids import NodeId, free_id
from engine.graph.types import Graph, GraphRef, Node, Place, Project, Value, Wire

_GAP_X = 190.0
_GAP_Y = 110.0


def set_parameters(title: str, ref: GraphRef, node: NodeId, values: Mapping[str, Value]) -> Fix:
    """Give parameters of a node other values; None gives one its default again."""
    return Fix(title=title, edits=(SetParameters(ref=ref, id=node, values=values),))


def insert_before(title: str, project: Project, ref: GraphRef, target: NodeId, port: str, node: Node) -> Fix:
    """Put a node into the wire that feeds a port.

    Args:
        title: words of the fix.
        project: what the edits are for.
        ref: the graph.
        target: node that is fed.
        port: its input port.
        node: the node to put in, with one input `x` and one output `y`; its id is a wish.
    """
    graph = _graph(project, ref)
    wire = next(wire for wire in graph.wires if wire.target == target and wire.input == port)
    new = renamed(node, free_id(node.id, graph.nodes))
    wires = (Wire(wire.source, wire.output, new.id, "x"), Wire(new.id, "y", target, port))
    place = between(project, ref, wire.source, target)
    places = {new.id: place} if place else {}
    edits: tuple[Edit, ...] = (
        Disconnect(ref=ref, wires=(wire,)),
        AddNodes(ref=ref, nodes=(new,), wires=wires, places=places),
    )
    return Fix(title=title, edits=(Batch(label=title, edits=edits),))


def append_after(title: str, project: Project, ref: GraphRef, source: NodeId, output: str, node: Node) -> Fix:
    """Add a node fed by an output; its id is a wish, its input is `x`."""
    graph = _graph(project, ref)
    new = renamed(node, free_id(node.id, graph.nodes))
    place = places_of(project, ref).get(source)
    beside = {new.id: Place(place.x + _GAP_X, place.y)} if place else {}
    edit = AddNodes(ref=ref, nodes=(new,), wires=(Wire(source, output, new.id, "x"),), places=beside)
    return Fix(title=title, edits=(edit,))


def remove_and_reconnect(title: str, graph: Graph, ref: GraphRef, node: NodeId) -> Fix:
    """Take out a node with one input and lead what came in on to whatever read it."""
    feed = next((wire for wire in graph.wires if wire.target == node), None)
    readers = [wire for wire in graph.wires if wire.source == node]
    edits: list[Edit] = [
        Connect(ref=ref, wire=Wire(feed.source, feed.output, wire.target, wire.input))
        for wire in readers
        if feed is not None
    ]
    return Fix(title=title, edits=(Batch(label=title, edits=(*edits, RemoveNodes(ref=ref, ids=(node,)))),))


def swap(title: str, graph: Graph, ref: GraphRef, first: NodeId, second: NodeId) -> Fix:
    """Let two neighbours in a chain, each with one input `x` and one output `y`, change places."""
    before = next(wire for wire in graph.wires if wire.target == first)
    after = [wire for wire in graph.wires if wire.source == second]
    edits: tuple[Edit, ...] = (
        Disconnect(ref=ref, wires=(before, *(w for w in graph.wires if w.source == first), *after)),
        Connect(ref=ref, wire=Wire(before.source, before.output, second, before.input)),
        Connect(ref=ref, wire=Wire(second, "y", first, "x")),
        *(Connect(ref=ref, wire=Wire(first, "y", wire.target, wire.input)) for wire in after),
    )
    return Fix(title=title, edits=(Batch(label=title, edits=edits),))


def remove_wires(title: str, ref: GraphRef, wires: tuple[Wire, ...]) -> Fix:
    """Take wires away."""
    return Fix(title=title, edits=(Disconnect(ref=ref, wires=wires),))


def add_node(title: str, project: Project, ref: GraphRef, node: Node) -> Fix:
    """Add a node by itself; its id is a wish."""
    new = renamed(node, free_id(node.id, _graph(project, ref).nodes))
    return Fix(title=title, edits=(AddNode(ref=ref, node=new),))


def renamed(node: Node, name: NodeId) -> Node:
    """Give a fresh node under another id."""
    return Node(id=name, kind=node.kind, version=node.version, parameters=node.parameters)


def places_of(project: Project, ref: GraphRef) -> Mapping[NodeId, Place]:
    """Give the places of a graph's nodes."""
    layouts = project.layout.networks if ref.space == "networks" else project.layout.training
    layout = layouts.get(ref.name)
    return layout.nodes if layout else {}


def between(project: Project, ref: GraphRef, left: NodeId, right: NodeId) -> Place | None:
    """Give a free-looking place for a node on the wire from `left` to `right`."""
    places = places_of(project, ref)
    if left not in places or right not in places:
        return None
    one, other = places[left], places[right]
    return Place((one.x + other.x) / 2, (one.y + other.y) / 2 + _GAP_Y)


def _graph(project: Project, ref: GraphRef) -> Graph:
    return (project.networks if ref.space == "networks" else project.training)[ref.name]
