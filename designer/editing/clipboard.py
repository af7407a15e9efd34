"""Nodes and wires as project text, which pastes into an e-mail and back; it must not know Qt or views."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

import msgspec

from engine.errors import EditRefused
from engine.graph.edits import AddNodes, Edit
from engine.graph.ids import NodeId, free_id
from engine.graph.rewriting import layout_of
from engine.graph.types import Graph, GraphRef, Node, Place, Project, Space, Wire

NUDGE_PX: Final = 24.0
_MAX_CHARACTERS: Final = 20_000_000


class Clip(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What was copied."""

    netwright: Literal["nodes"]
    space: Space
    nodes: tuple[Node, ...]
    wires: tuple[Wire, ...] = ()
    incoming: tuple[Wire, ...] = ()
    """Wires from nodes that were not copied."""
    places: Mapping[NodeId, Place] = {}


def copied(project: Project, ref: GraphRef, graph: Graph, ids: Iterable[NodeId]) -> str:
    """Write nodes with the wires between them, and those into them, as text."""
    chosen = set(ids)
    places = layout_of(project, ref).nodes
    clip = Clip(
        netwright="nodes",
        space=ref.space,
        nodes=tuple(node for node in graph.nodes.values() if node.id in chosen),
        wires=tuple(wire for wire in graph.wires if wire.source in chosen and wire.target in chosen),
        incoming=tuple(wire for wire in graph.wires if wire.source not in chosen and wire.target in chosen),
        places={node: place for node, place in places.items() if node in chosen},
    )
    return msgspec.json.format(msgspec.json.encode(clip, order="sorted"), indent=2).decode()


def read_clip(text: str) -> Clip:
    """Read what was copied.

    Raises:
        EditRefused: the text is none of ours.
    """
    remedy = "Copy nodes first, here or from a text that was copied here"
    start = text.find("{")
    if start < 0 or len(text) > _MAX_CHARACTERS:
        raise EditRefused("the clipboard holds no nodes", remedy=remedy)
    try:
        return msgspec.json.decode(text[start : text.rfind("}") + 1], type=Clip)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise EditRefused("the clipboard holds no nodes", remedy=remedy) from None


def pasting(
    project: Project, ref: GraphRef, graph: Graph, clip: Clip, at: Place | None, *, keep_incoming: bool
) -> tuple[tuple[NodeId, ...], Edit]:
    """Add what was copied, with new ids where they are taken.

    Args:
        project: Where it goes.
        ref: Into which graph.
        graph: That graph.
        clip: What was copied.
        at: Where the upper left corner goes; a little beside the original without one.
        keep_incoming: Whether wires from nodes that were not copied come too, where those are there.

    Returns:
        The new nodes' ids and the edit.

    Raises:
        EditRefused: the nodes belong on the other kind of graph.
    """
    if clip.space != ref.space:
        here = "a training graph" if clip.space == "training" else "a network"
        raise EditRefused(f"these nodes were copied from {here}", remedy="Paste them there")
    names = _new_names(clip.nodes, graph)
    nodes = tuple(msgspec.structs.replace(node, id=names[node.id]) for node in clip.nodes)
    wires = [Wire(names[wire.source], wire.output, names[wire.target], wire.input) for wire in clip.wires]
    if keep_incoming:
        outer = (wire for wire in clip.incoming if wire.source in graph.nodes)
        wires += [Wire(wire.source, wire.output, names[wire.target], wire.input) for wire in outer]
    places = _new_places(project, ref, clip, names, at)
    return tuple(names.values()), AddNodes(ref=ref, nodes=nodes, wires=tuple(wires), places=places)


def _new_names(nodes: Iterable[Node], graph: Graph) -> dict[NodeId, NodeId]:
    taken = set(graph.nodes)
    names: dict[NodeId, NodeId] = {}
    for node in nodes:
        names[node.id] = free_id(node.id, taken)
        taken.add(names[node.id])
    return names


def _new_places(
    project: Project, ref: GraphRef, clip: Clip, names: Mapping[NodeId, NodeId], at: Place | None
) -> dict[NodeId, Place]:
    if not clip.places:
        return {}
    left = min(place.x for place in clip.places.values())
    top = min(place.y for place in clip.places.values())
    shift_x, shift_y = (at.x - left, at.y - top) if at else (0.0, 0.0)
    taken = {(place.x, place.y) for place in layout_of(project, ref).nodes.values()}
    while not at and any((place.x + shift_x, place.y + shift_y) in taken for place in clip.places.values()):
        shift_x, shift_y = shift_x + NUDGE_PX, shift_y + NUDGE_PX
    return {
        names[node]: Place(place.x + shift_x, place.y + shift_y) for node, place in clip.places.items() if node in names
    }
