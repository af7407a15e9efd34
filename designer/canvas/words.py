"""What is told in words about what lies under the hand: a node, a port, a wire; it must not know widgets."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from designer.canvas.cards import Card, PortSpot
from designer.canvas.drawing import PortHit, Thread
from engine.check.report import Problem
from engine.graph.ids import NodeId
from engine.graph.specs import TensorSpec, shape_text
from engine.graph.types import Wire
from engine.runs.events import Picture


def card_words(card: Card, picture: Picture | None, *, is_untrained: bool) -> str:
    """Tell of a node, as rich text: names, shapes, what its picture is part of, and what is wrong."""
    facts = card.facts
    lines = [f"<b>{escape(card.title)}</b> · {escape(card.kind)}"]
    if facts.node.title and facts.node.title != facts.node.id:
        lines.append(f"id {facts.node.id}")
    lines += [_flow(card)] if _flow(card) else []
    if card.count:
        lines.append(f"{card.count} parameters")
    states = (facts.node.bypassed, "bypassed: what flows in flows out"), (facts.frozen, "frozen: nothing updates it")
    lines += [words for holds, words in states if holds]
    if facts.stale:
        lines.append("not in this run: it was changed or added since the run began")
    elif picture is not None:
        lines.append(escape(picture_words(picture, is_untrained=is_untrained)))
    lines += [problem_words(problem) for problem in facts.problems]
    return "<br>".join(lines)


def picture_words(picture: Picture, *, is_untrained: bool) -> str:
    """Tell what a picture shows and of how much."""
    shown = picture.note or picture.what
    low, high = f"{picture.low:.3g}", f"{picture.high:.3g}"
    words = f"{shown}, values from {low} to {high}"
    if picture.zeros:
        words += f", {picture.zeros * 100:.0f} % exactly 0"
    return f"{words} · untrained weights" if is_untrained else words


def problem_words(problem: Problem) -> str:
    """Tell a problem with what was expected and found, as rich text."""
    text = f"<b>{problem.severity.value.capitalize()}:</b> {escape(problem.message)}"
    if problem.expected:
        text += f"<br>expected {escape(problem.expected)}"
    if problem.found:
        text += f"<br>found {escape(problem.found)}"
    return text


def port_words(hit: PortHit) -> str:
    """Tell of a port, as rich text."""
    side = "output" if hit.is_output else "input"
    return f"<b>{escape(hit.spot.title)}</b> · {side} of {escape(hit.card.title)}<br>{spec_words(hit.spot.spec)}"


def thread_words(thread: Thread) -> str:
    """Tell of a wire, as rich text."""
    wire = thread.wire
    spot = thread.source.port(wire.output, is_output=True)
    ends = f"<b>{escape(thread.source.title)}</b> → <b>{escape(thread.target.title)}</b>"
    return f"{ends}<br>{spec_words(spot.spec if spot else None)}"


def spec_words(spec: TensorSpec | None) -> str:
    """Tell a shape and what kind of numbers; that it is not known yet where it is not."""
    return f"{escape(shape_text(spec))} {spec.dtype}" if spec else "shape not known yet"


def spoken(card: Card) -> str:
    """Tell of a node in plain words, for a screen reader."""
    parts = [card.kind, _flow(card), f"{card.count} parameters" if card.count else ""]
    parts += ["bypassed" if card.facts.node.bypassed else "", "frozen" if card.facts.frozen else ""]
    parts += [f"{problem.severity.value}: {problem.message}" for problem in card.facts.problems]
    return ", ".join(part for part in parts if part)


def spoken_port(spot: PortSpot, node: NodeId, wires: Sequence[Wire], *, is_output: bool) -> str:
    """Tell of a port in plain words: what flows, and which nodes are at the other end of its wires."""
    mine = ((wire.source, wire.output) if is_output else (wire.target, wire.input) for wire in wires)
    ends = [
        wire.target if is_output else wire.source
        for wire, own in zip(wires, mine, strict=True)
        if own == (node, spot.id)
    ]
    joined = f"connected to {', '.join(ends)}" if ends else "not connected"
    return f"{shape_text(spot.spec)}, {joined}" if spot.spec else joined


def _flow(card: Card) -> str:
    into = " and ".join(shape_text(spot.spec) for spot in card.inputs)
    out = " and ".join(shape_text(spot.spec) for spot in card.outputs)
    return " → ".join(filter(None, (into, out)))
