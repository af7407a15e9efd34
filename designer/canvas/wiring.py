"""Which ports a wire can go to, and why not to the others; it must not know gestures or widgets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from designer.canvas.cards import Card, PortSpot
from designer.canvas.drawing import Drawing, PortHit, Shown
from designer.canvas.overlay import PortName
from engine.errors import ExpressionError
from engine.graph.ids import NodeId
from engine.graph.queries import downstream, upstream
from engine.graph.specs import TensorSpec, shape_text
from engine.graph.types import Node, Wire
from engine.layers.catalogue import kind_of
from engine.layers.kind import Fault, Role
from engine.layers.values import names_for, values_of

LOOP: str = "that would close a loop"
"""Why a wire cannot lead back; such a wire is refused, others that do not fit become a problem to mend."""


def port_faults(shown: Shown, drawing: Drawing, start: PortHit) -> dict[PortName, str]:
    """Say of every port that a wire from `start` could go to why it does not fit; empty where it does."""
    node = start.card.id
    reach = upstream if start.is_output else downstream
    closed = reach(shown.graph, (node,)) if node in shown.graph.nodes else frozenset()
    names = names_for(shown.project, shown.graph)
    found: dict[PortName, str] = {}
    for card, spot in _opposite(drawing, start):
        name = (card.id, spot.id, not start.is_output)
        if card.id == node:
            found[name] = "a node cannot feed itself"
        elif card.id in closed:
            found[name] = LOOP
        elif start.is_output:
            found[name] = _spec_fault(names, card, spot, start.spot.spec)
        else:
            found[name] = _spec_fault(names, start.card, start.spot, spot.spec)
    return found


def wire_between(start: PortHit, end: PortHit) -> Wire:
    """Give the wire that joins two ports, whichever of them is the output."""
    first, last = (start, end) if start.is_output else (end, start)
    return Wire(first.card.id, first.spot.id, last.card.id, last.spot.id)


def is_refused(fault: str) -> bool:
    """Say whether a wire with this fault cannot be drawn at all."""
    return fault == LOOP or fault.endswith("itself")


def can_stand_on(drawing: Drawing, node: NodeId) -> bool:
    """Say whether a node can be put on a wire: it has an input and an output, and nothing is connected to them yet."""
    card = drawing.cards.get(node)
    return card is not None and bool(card.inputs) and bool(card.outputs) and not drawing.wires_of.get(node)


def _opposite(drawing: Drawing, start: PortHit) -> Iterator[tuple[Card, PortSpot]]:
    for card in drawing.cards.values():
        for spot in card.inputs if start.is_output else card.outputs:
            yield card, spot


def _spec_fault(names: Mapping[str, int | float], target: Card, port: PortSpot, spec: TensorSpec | None) -> str:
    """Ask the rule of the target's kind what it would say."""
    node: Node = target.facts.node
    kind, report = kind_of(node.kind), target.facts.report
    if kind is None or spec is None or kind.role in (Role.NETWORK, Role.MODEL):
        return ""
    given = {**(report.inputs if report else {}), port.id: spec}
    if any(spot.id not in given for spot in target.inputs):
        return ""
    try:
        answer = kind.infer(values_of(kind, node, names), given)
    except ExpressionError:
        return ""
    return f"{answer.message}; this is {shape_text(spec)}" if isinstance(answer, Fault) else ""
