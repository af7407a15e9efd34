"""What stands on a card: words, ports, badges, worked out from a node and what the check knows of it.

It must not know colours, painters or widgets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF

from designer.canvas.geometry import CardSize, card_height, port_offsets
from engine.check.report import NodeReport, Problem, Severity
from engine.graph.dims import Dim
from engine.graph.ids import NodeId
from engine.graph.specs import TensorSpec, shape_text
from engine.graph.types import Node, Place
from engine.layers.catalogue import kind_of
from engine.layers.kind import LayerKind, Port, Role
from engine.layers.ports import Ports

_THIN: Final = "\u202f"
_UNITS: Final = (" k", " M", " G", " T")
_RANK: Final = {Severity.ERROR: 2, Severity.WARNING: 1, Severity.HINT: 0}


@dataclass(frozen=True, slots=True)
class PortSpot:
    """One port on the edge of a card."""

    id: str
    title: str
    point: QPointF
    spec: TensorSpec | None
    """What flows through it, as far as it is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """Everything a card depends on; equal facts give equal cards."""

    node: Node
    place: Place
    ports: Ports
    report: NodeReport | None
    problems: tuple[Problem, ...] = ()
    tall: bool = False
    """Whether there is room for a picture."""
    stale: bool = False
    """Whether the run that is watched has no such node."""
    frozen: bool = False
    """Whether it has weights that no objective updates."""
    chip: tuple[str, ...] = ()
    """Lines of the chip on an output: what trains it."""
    caption: str = ""
    """Beside the picture of an input: where it comes from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A node as it is drawn."""

    facts: CardFacts
    rect: QRectF
    order: int
    """Cards with a higher one lie on top."""
    title: str
    kind: str
    family: str
    shape: str
    count: str
    """Parameters in figures; empty for none."""
    inputs: tuple[PortSpot, ...]
    outputs: tuple[PortSpot, ...]
    severity: Severity | None
    """Of its worst problem."""

    @property
    def id(self) -> NodeId:
        """The node."""
        return self.facts.node.id

    def port(self, name: str, *, is_output: bool) -> PortSpot | None:
        """Give one of its ports."""
        return next((spot for spot in (self.outputs if is_output else self.inputs) if spot.id == name), None)


def build_card(facts: CardFacts, size: CardSize, order: int) -> Card:
    """Work out a card."""
    node, kind = facts.node, kind_of(facts.node.kind)
    inputs, outputs = facts.ports
    height = card_height(size, ports=max(len(inputs), len(outputs)), tall=facts.tall or bool(facts.chip))
    rect = QRectF(facts.place.x, facts.place.y, size.width, height)
    report = facts.report
    return Card(
        facts=facts,
        rect=rect,
        order=order,
        title=node.title or node.id,
        kind=kind_words(kind, node),
        family=kind.family if kind else "data",
        shape=_shape_line(report, outputs),
        count=count_words(report.parameters) if report and report.parameters else "",
        inputs=_spots(inputs, rect.left(), rect.top(), report.inputs if report else {}),
        outputs=_spots(outputs, rect.right(), rect.top(), report.outputs if report else {}),
        severity=max((problem.severity for problem in facts.problems), key=_RANK.__getitem__, default=None),
    )


def kind_words(kind: LayerKind | None, node: Node) -> str:
    """Name a node's kind; for a network or model in use, which one it is and how often it stands there."""
    if kind is None:
        return node.kind
    if kind.role is Role.MODEL:
        return str(node.parameters.get("model", "")) or kind.title
    if kind.role is Role.NETWORK:
        repeat = node.parameters.get("repeat", 1)
        name = str(node.parameters.get("network", "")) or kind.title
        along = node.parameters.get("along", 0)
        words = name if repeat == 1 else f"{name} × {repeat}"
        return words if along == 0 else f"{words} along {along}"
    return kind.title


def count_words(number: Dim) -> str:
    """Write a count in at most five figures: 320, 9 408, 18.5 k, 1.2 M."""
    if isinstance(number, str):
        return number
    if number < 10_000:
        return f"{number:,}".replace(",", _THIN)
    power = 1
    while power < len(_UNITS) and number / 1000**power >= 999.5:
        power += 1
    value = number / 1000**power
    return f"{value:.1f}{_UNITS[power - 1]}" if value < 99.95 else f"{value:.0f}{_UNITS[power - 1]}"


def badge_rect(card: Card, size: float, scale: float) -> QRectF:
    """Give where the badge of a card stands: on its upper right corner, never smaller than 8 px on screen."""
    edge = max(size, 8.0 / scale)
    return QRectF(card.rect.right() - 4 - edge / 2, card.rect.top() - edge / 2, edge, edge)


def _shape_line(report: NodeReport | None, outputs: tuple[Port, ...]) -> str:
    """Write what flows out, or in where nothing flows out."""
    if report is None:
        return shape_text(None)
    specs = [report.outputs.get(port.id) for port in outputs] or list(report.inputs.values())
    if not specs:
        return ""
    return " · ".join(shape_text(spec) for spec in (specs if outputs else specs[:1]))


def _spots(ports: tuple[Port, ...], x: float, top: float, specs: Mapping[str, TensorSpec]) -> tuple[PortSpot, ...]:
    offsets = port_offsets(len(ports))
    return tuple(
        PortSpot(port.id, port.title or port.id, QPointF(x, top + offset), specs.get(port.id))
        for port, offset in zip(ports, offsets, strict=True)
    )
