"""The open graph as cards and threads with the place of each, kept up to date by differences.

It must not know painters, widgets or verbs: it is told what there is, and says which parts of the canvas changed.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from designer.canvas.cards import Card, CardFacts, PortSpot, badge_rect, build_card
from designer.canvas.geometry import CardSize
from designer.canvas.index import ChunkIndex
from designer.canvas.routing import crosses, route
from engine.check.report import GraphReport, Problem, Severity
from engine.graph.ids import NodeId
from engine.graph.rewriting import layout_of
from engine.graph.specs import Signal, signal_of
from engine.graph.types import Graph, GraphRef, Node, Place, Project, Wire
from engine.layers.catalogue import CATALOGUE
from engine.layers.kind import Port, Role
from engine.layers.ports import Ports, ports_of
from engine.recipes.placing import places

CARD_MARGIN: Final = 18.0
"""How far shadow, badge and ports reach beyond a card."""
THREAD_MARGIN: Final = 8.0
PORT_REACH: Final = 12.0
"""How near to a port a hand must come, in px on screen."""
_CORNER: Final = Place(0.0, 0.0)
_BORROWERS: Final = tuple(key for key, kind in CATALOGUE.items() if kind.role in (Role.NETWORK, Role.MODEL))
"""Kinds whose ports are those of a network."""
_NO_REPORT: Final = GraphReport(nodes={}, order=(), problems=(), parameters=0, multiply_adds=0)

ThreadState = Literal["known", "pending", "problem"]


@dataclass(frozen=True, slots=True)
class Thread:
    """A wire as it is drawn."""

    wire: Wire
    path: QPainterPath
    bounds: QRectF
    begins: QPointF
    ends: QPointF
    signal: Signal
    state: ThreadState
    source: Card
    target: Card


@dataclass(frozen=True, slots=True)
class PortHit:
    """A port that was pointed at."""

    card: Card
    spot: PortSpot
    is_output: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is to be drawn."""

    project: Project
    """With its recipes written out."""
    ref: GraphRef
    graph: Graph
    report: GraphReport = _NO_REPORT
    tall: frozenset[NodeId] = frozenset()
    stale: frozenset[NodeId] = frozenset()
    frozen: frozenset[NodeId] = frozenset()
    chips: Mapping[NodeId, tuple[str, ...]] = field(default_factory=dict)
    captions: Mapping[NodeId, str] = field(default_factory=dict)


class Drawing:
    """Cards by node and threads by wire, each with its place in the grid of chunks."""

    def __init__(self, size: CardSize) -> None:
        """Start empty.

        Args:
            size: The measures of cards.
        """
        self.size = size
        self.cards: dict[NodeId, Card] = {}
        self.threads: dict[Wire, Thread] = {}
        self.wires_of: dict[NodeId, list[Wire]] = {}
        """Wires that end or begin at each node."""
        self._card_index: ChunkIndex[NodeId] = ChunkIndex()
        self._thread_index: ChunkIndex[Wire] = ChunkIndex()
        self._ports: dict[NodeId, tuple[Node, Ports]] = {}
        self._covers: dict[NodeId, list[QRectF]] = {}
        self._moved: list[QRectF] = []
        """Where cards stand now that did not, or stood: wires that pass there look for their way anew."""
        self._faulty: frozenset[tuple[NodeId, str]] = frozenset()
        self._shown: Shown | None = None

    @property
    def bounds(self) -> QRectF:
        """The rectangle that holds all cards."""
        return self._card_index.bounds()

    def show(self, shown: Shown | None) -> list[QRectF]:
        """Draw another state.

        Args:
            shown: What is to be drawn; None for nothing.

        Returns:
            The parts of the canvas that look different now.
        """
        before, self._shown = self._shown, shown
        if shown is None or before is None or shown.project.variables != before.project.variables:
            self._ports.clear()
        changed: set[NodeId] = set()
        self._moved = []
        self._covers.clear()
        dirty = self._drop_cards(shown)
        if shown is not None:
            dirty += self._show_cards(shown, _touched(before, shown), changed)
        return dirty + self._show_threads(before, shown, changed)

    def cover_of(self, card: Card) -> list[QRectF]:
        """Give the cards that lie on top of a card, as far as they hide some of it."""
        if card.id not in self._covers:
            found = (self.cards[node] for node in self._card_index.touching(card.rect))
            self._covers[card.id] = [other.rect for other in found if other.order > card.order]
        return self._covers[card.id]

    def cards_in(self, rect: QRectF, margin: float = CARD_MARGIN) -> list[Card]:
        """Give the cards that reach into a rectangle, those on top last."""
        found = self._card_index.touching(rect.adjusted(-margin, -margin, margin, margin))
        return sorted((self.cards[node] for node in found), key=lambda card: card.order)

    def threads_in(self, rect: QRectF) -> list[Thread]:
        """Give the threads that may cross a rectangle."""
        margin = THREAD_MARGIN
        found = self._thread_index.touching(rect.adjusted(-margin, -margin, margin, margin))
        return [self.threads[wire] for wire in found]

    def card_at(self, point: QPointF) -> Card | None:
        """Give the uppermost card at a point."""
        found = (self.cards[node] for node in self._card_index.at(point))
        return max(found, key=lambda card: card.order, default=None)

    def port_at(self, point: QPointF, scale: float) -> PortHit | None:
        """Give the port nearest to a point within the reach of a hand; from afar the card itself must stay in reach.

        Args:
            point: In scene units.
            scale: Px per scene unit.
        """
        reach = min(PORT_REACH / scale, self.size.width / 4)
        best: tuple[float, PortHit] | None = None
        for node in self._card_index.at(point, reach):
            card = self.cards[node]
            for is_output, spots in ((False, card.inputs), (True, card.outputs)):
                for spot in spots:
                    away = QPointF(spot.point - point)
                    distance = (away.x() ** 2 + away.y() ** 2) ** 0.5
                    if distance <= reach and (best is None or distance < best[0]):
                        best = (distance, PortHit(card, spot, is_output))
        return best[1] if best else None

    def badge_at(self, point: QPointF, scale: float) -> Card | None:
        """Give the card whose badge is at a point."""
        near = (self.cards[node] for node in self._card_index.at(point, self.size.badge + 8.0 / scale))
        return next(
            (card for card in near if card.severity and badge_rect(card, self.size.badge, scale).contains(point)), None
        )

    def wire_at(self, point: QPointF, reach: float) -> Thread | None:
        """Give a thread that passes a point within `reach`, in scene units."""
        spot = QRectF(point.x() - reach, point.y() - reach, 2 * reach, 2 * reach)
        return next((thread for thread in self.threads_in(spot) if crosses(thread.path, spot)), None)

    def threads_of(self, ids: Iterable[NodeId]) -> list[Thread]:
        """Give the threads that end or begin at nodes, each once."""
        wires = dict.fromkeys(wire for node in ids for wire in self.wires_of.get(node, ()))
        return [self.threads[wire] for wire in wires]

    def _drop_cards(self, shown: Shown | None) -> list[QRectF]:
        nodes = shown.graph.nodes if shown else {}
        dirty: list[QRectF] = []
        for gone in [node for node in self.cards if node not in nodes]:
            dirty.append(_wide(self.cards.pop(gone).rect))
            self._moved.append(dirty[-1])
            self._card_index.drop(gone)
            self._ports.pop(gone, None)
        return dirty

    def _show_cards(self, shown: Shown, touched: Container[NodeId], changed: set[NodeId]) -> list[QRectF]:
        """Build the cards of nodes that are new or other than before; what an edit did not touch is the same object."""
        dirty: list[QRectF] = []
        placed, reports = _places(shown), shown.report.nodes
        problems = _by_node(shown.report.problems)
        for order, (name, node) in enumerate(shown.graph.nodes.items()):
            old, report, place = self.cards.get(name), reports.get(name), placed.get(name, _CORNER)
            if old is not None and old.order == order and name not in touched:
                facts = old.facts
                if facts.node is node and facts.report is report and facts.place is place:
                    continue
            facts = self._facts(shown, node, place, problems.get(name, ()))
            if old is not None and old.order == order and old.facts == facts:
                continue
            card = build_card(facts, self.size, order)
            dirty += [_wide(old.rect), _wide(card.rect)] if old else [_wide(card.rect)]
            changed.add(name)
            self.cards[name] = card
            if old is None or old.rect != card.rect:
                self._card_index.put(name, card.rect)
                self._moved += [_wide(old.rect), _wide(card.rect)] if old else [_wide(card.rect)]
        return dirty

    def _facts(self, shown: Shown, node: Node, place: Place, problems: tuple[Problem, ...]) -> CardFacts:
        return CardFacts(
            node=node,
            place=place,
            ports=self._ports_of(shown, node),
            report=shown.report.nodes.get(node.id),
            problems=problems,
            tall=node.id in shown.tall,
            stale=node.id in shown.stale,
            frozen=node.id in shown.frozen,
            chip=shown.chips.get(node.id, ()),
            caption=shown.captions.get(node.id, ""),
        )

    def _ports_of(self, shown: Shown, node: Node) -> Ports:
        known = self._ports.get(node.id)
        if known is not None and known[0] is node:
            return known[1]
        ports = ports_of(shown.project, shown.graph, node) or _wired_ports(shown.graph, node.id)
        if node.kind not in _BORROWERS:
            self._ports[node.id] = (node, ports)
        return ports

    def _show_threads(self, before: Shown | None, shown: Shown | None, changed: set[NodeId]) -> list[QRectF]:
        """Lay the wires that are new or end at a card that is other than before."""
        dirty: list[QRectF] = []
        due: dict[Wire, None] = {}
        passing = {thread.wire for rect in self._moved for thread in self.threads_in(rect)}
        if before is None or shown is None or shown.graph.wires is not before.graph.wires:
            wires = dict.fromkeys(shown.graph.wires) if shown else {}
            for gone in [wire for wire in self.threads if wire not in wires]:
                dirty.append(_inflated(self.threads.pop(gone).bounds))
                self._thread_index.drop(gone)
            due = {wire: None for wire in wires if wire not in self.threads}
            self._note_ends(wires)
        faulty = _faulty_ports(shown.report.problems) if shown else frozenset()
        for node in changed | {name for name, _ in faulty ^ self._faulty}:
            due.update(dict.fromkeys(self.wires_of.get(node, ())))
        self._faulty = faulty
        due.update((wire, None) for wire in passing if wire in self.threads)
        for wire in due:
            old = self.threads.get(wire)
            thread = self._thread(wire, old, faulty, reroute=wire in passing)
            if thread is None or thread is old:
                continue
            dirty += [_inflated(old.bounds), _inflated(thread.bounds)] if old else [_inflated(thread.bounds)]
            self.threads[wire] = thread
            if old is None or old.path is not thread.path:
                self._thread_index.put(wire, thread.bounds)
        return dirty

    def _note_ends(self, wires: Iterable[Wire]) -> None:
        self.wires_of = {}
        for wire in wires:
            if wire.source in self.cards and wire.target in self.cards:
                self.wires_of.setdefault(wire.source, []).append(wire)
                self.wires_of.setdefault(wire.target, []).append(wire)

    def _standing(self, rect: QRectF) -> list[QRectF]:
        return [self.cards[node].rect for node in self._card_index.touching(rect)]

    def _thread(
        self, wire: Wire, old: Thread | None, faulty: frozenset[tuple[NodeId, str]], *, reroute: bool
    ) -> Thread | None:
        source, target = self.cards.get(wire.source), self.cards.get(wire.target)
        if source is None or target is None:
            return None
        start, end = source.port(wire.output, is_output=True), target.port(wire.input, is_output=False)
        state = _state_of(start, (wire.target, wire.input) in faulty)
        if old is not None and old.source is source and old.target is target and old.state == state and not reroute:
            return old
        signal = signal_of(start.spec) if start and start.spec else "vector"
        begins, ends = port_point(source, start, is_output=True), port_point(target, end, is_output=False)
        unmoved = old is not None and (old.source.rect, old.target.rect) == (source.rect, target.rect)
        if old is not None and unmoved and (old.begins, old.ends) == (begins, ends) and not reroute:
            return replace(old, signal=signal, state=state, source=source, target=target)
        path = route(begins, ends, source.rect, target.rect, self._standing)
        return Thread(wire, path, path.boundingRect(), begins, ends, signal, state, source, target)


def port_point(card: Card, spot: PortSpot | None, *, is_output: bool) -> QPointF:
    """Give where a wire meets a card: at the port, or at the edge where the port is no longer there."""
    if spot is not None:
        return spot.point
    return QPointF(card.rect.right() if is_output else card.rect.left(), card.rect.bottom() - 8)


def _places(shown: Shown) -> Mapping[NodeId, Place]:
    """Give every node a place, those that the layout leaves out too."""
    placed = layout_of(shown.project, shown.ref).nodes
    if all(node in placed for node in shown.graph.nodes):
        return placed
    return {**places(shown.graph), **placed}


def _touched(before: Shown | None, shown: Shown) -> Container[NodeId]:
    """Name the nodes about which something other than node, place and report may have changed."""
    if before is None or before.ref != shown.ref:
        return shown.graph.nodes
    touched: set[NodeId] = set(before.tall ^ shown.tall) | (before.stale ^ shown.stale) | (before.frozen ^ shown.frozen)
    if (before.chips, before.captions) != (shown.chips, shown.captions):
        touched |= {*before.chips, *shown.chips, *before.captions, *shown.captions}
    if before.report.problems is not shown.report.problems:
        touched |= {problem.node for problem in (*before.report.problems, *shown.report.problems) if problem.node}
    if before.project.networks is not shown.project.networks or before.graph.models is not shown.graph.models:
        touched |= {node.id for node in shown.graph.nodes.values() if node.kind in _BORROWERS}
    if before.project.variables != shown.project.variables:
        return shown.graph.nodes
    return touched


def _state_of(start: PortSpot | None, is_faulty: bool) -> ThreadState:
    if is_faulty or start is None:
        return "problem"
    return "pending" if start.spec is None else "known"


def _by_node(problems: tuple[Problem, ...]) -> dict[NodeId, tuple[Problem, ...]]:
    found: dict[NodeId, tuple[Problem, ...]] = {}
    for problem in problems:
        if problem.node is not None:
            found[problem.node] = (*found.get(problem.node, ()), problem)
    return found


def _faulty_ports(problems: tuple[Problem, ...]) -> frozenset[tuple[NodeId, str]]:
    return frozenset(
        (problem.node, problem.port)
        for problem in problems
        if problem.node is not None and problem.port and problem.severity is Severity.ERROR
    )


def _wired_ports(graph: Graph, node: NodeId) -> Ports:
    """Give a node of an unknown kind the ports that its wires speak of."""
    inputs = tuple(dict.fromkeys(wire.input for wire in graph.wires if wire.target == node))
    outputs = tuple(dict.fromkeys(wire.output for wire in graph.wires if wire.source == node))
    return tuple(Port(name) for name in inputs), tuple(Port(name) for name in outputs)


def _wide(rect: QRectF) -> QRectF:
    return rect.adjusted(-CARD_MARGIN, -CARD_MARGIN, CARD_MARGIN, CARD_MARGIN)


def _inflated(rect: QRectF) -> QRectF:
    return rect.adjusted(-THREAD_MARGIN, -THREAD_MARGIN, THREAD_MARGIN, THREAD_MARGIN)
