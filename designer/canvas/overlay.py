"""What a gesture shows while it lasts, and how it is painted on top of everything; none of it is in the document.

It must not know events or verbs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from designer.canvas.cards import Card
from designer.canvas.drawing import Drawing, PortHit, Thread
from designer.canvas.geometry import loose_path, wire_path
from designer.canvas.painter import CardPainter
from designer.canvas.style import Style, write
from engine.graph.ids import NodeId
from engine.graph.types import Wire

PortName = tuple[NodeId, str, bool]
"""A node, one of its ports, and whether that is an output."""
_MANY_THREADS: Final = 150
_MANY_RINGS: Final = 80
"""More rings than these are square: they are many because the zoom is far."""
_NAMES_FROM: Final = 0.73
_DIM: Final = 0.62
_HALO: Final = 0.35


@dataclass(frozen=True, slots=True)
class Flight:
    """A wire whose one end is in a hand."""

    start: PortHit
    """The port that stays."""
    point: QPointF
    signal: str
    aim: PortHit | None = None
    """The port it would go to."""
    is_fit: bool = True
    """Whether `aim` takes it."""


@dataclass(slots=True)
class Overlay:
    """What the gesture in hand shows."""

    band: QRectF | None = None
    moved: frozenset[NodeId] = frozenset()
    """Nodes in hand; tiles are painted without them."""
    offset: QPointF = field(default_factory=QPointF)
    cut: frozenset[Wire] = frozenset()
    """Wires whose end is in hand; they are painted faint."""
    flight: Flight | None = None
    lit: dict[PortName, str] = field(default_factory=dict)
    """Ports the wire in hand could go to, each with why it does not fit; empty where it does."""
    onto: Wire | None = None
    """Wire that what is in hand would be put on."""
    guides: tuple[QLineF, ...] = ()
    ghost: QRectF | None = None
    """Where the card of a kind that is dragged would stand."""

    def clear(self) -> None:
        """Show nothing."""
        self.band, self.flight, self.onto = None, None, None
        self.moved, self.cut, self.offset = frozenset(), frozenset(), QPointF()
        self.lit, self.guides, self.ghost = {}, (), None


class OverlayPainter:
    """Paints an overlay and the selection."""

    def __init__(self, painter: CardPainter) -> None:
        """Take the painter of cards.

        Args:
            painter: With the theme's pens.
        """
        self._cards = painter
        self._style: Style = painter.style

    def paint_selection(
        self, painter: QPainter, cards: Iterable[Card], threads: Iterable[Thread], scale: float
    ) -> None:
        """Paint rings around selected cards, and selected wires in the accent colour."""
        size, style = self._style.theme.metrics.size, self._style
        width = max(float(size.selection_width), 1.5 / scale)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(style.accent, width * 1.5))
        for thread in threads:
            painter.drawPath(thread.path)
        painter.setPen(QPen(style.accent, width))
        away = size.selection_gap + width / 2
        radius = style.theme.metrics.radius.node + away
        rings = [card.rect.adjusted(-away, -away, away, away) for card in cards]
        if len(rings) > _MANY_RINGS:
            painter.drawRects(rings)
            return
        for ring in rings:
            painter.drawRoundedRect(ring, radius, radius)

    def paint(self, painter: QPainter, overlay: Overlay, drawing: Drawing, seen: QRectF, scale: float) -> None:
        """Paint what a gesture shows.

        Args:
            painter: In scene units.
            overlay: What to show.
            drawing: What there is.
            seen: The part on screen.
            scale: Px per scene unit.
        """
        if overlay.onto is not None and overlay.onto in drawing.threads:
            self._paint_onto(painter, drawing.threads[overlay.onto], scale)
        veil = QColor(self._style.canvas)
        veil.setAlphaF(_DIM)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(veil, self._style.theme.metrics.size.wire_width + 2.0))
        for wire in overlay.cut & drawing.threads.keys():
            painter.drawPath(drawing.threads[wire].path)
        if overlay.flight is not None:
            self._paint_lit(painter, overlay, drawing, seen, scale)
            self._paint_flight(painter, overlay.flight, scale)
        if overlay.guides:
            painter.setPen(QPen(self._style.accent, 1.0 / scale))
            painter.drawLines(list(overlay.guides))
        if overlay.band is not None:
            self._paint_band(painter, overlay.band, scale, 0.0)
        if overlay.ghost is not None:
            self._paint_band(painter, overlay.ghost, scale, self._style.theme.metrics.radius.node)

    def paint_loose_threads(
        self, painter: QPainter, threads: list[Thread], moved: frozenset[NodeId], offset: QPointF, scale: float
    ) -> None:
        """Paint wires between cards that are in hand and cards that are not."""
        if len(threads) > _MANY_THREADS:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
            painter.setPen(QPen(self._style.port.color(), 1.0 / scale))
            painter.drawLines([QLineF(*_ends(thread, moved, offset)) for thread in threads])
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for thread in threads:
            painter.setPen(self._cards.wire_pen(thread.signal, thread.state, scale, faint=thread.state != "known"))
            start, end = _ends(thread, moved, offset)
            painter.drawPath(_moved_path(thread, start, end, moved, offset))

    def _paint_onto(self, painter: QPainter, thread: Thread, scale: float) -> None:
        halo = QColor(self._style.accent)
        halo.setAlphaF(_HALO)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(halo, max(10.0, 6.0 / scale)))
        painter.drawPath(thread.path)

    def _paint_lit(self, painter: QPainter, overlay: Overlay, drawing: Drawing, seen: QRectF, scale: float) -> None:
        """Darken what the wire cannot go to and light up the ports it can."""
        veil = QColor(self._style.canvas)
        veil.setAlphaF(_DIM)
        size, flight = self._style.theme.metrics.size, overlay.flight
        fitting = {name[0] for name, fault in overlay.lit.items() if not fault}
        fitting |= {flight.start.card.id} if flight else set()
        cards = drawing.cards_in(seen)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(veil)
        painter.drawRects([card.rect.adjusted(-5, 0, 5, 0) for card in cards if card.id not in fitting])
        painter.setPen(QPen(self._style.canvas, 2.0))
        painter.setBrush(self._style.accent)
        radius = size.port_radius + 2.0
        for card in cards:
            for is_output, spots in ((False, card.inputs), (True, card.outputs)):
                for spot in spots:
                    if overlay.lit.get((card.id, spot.id, is_output)) == "":
                        painter.drawEllipse(spot.point, radius, radius)
        if scale >= _NAMES_FROM:
            self._paint_port_names(painter, overlay, cards)

    def _paint_port_names(self, painter: QPainter, overlay: Overlay, cards: list[Card]) -> None:
        """Name the ports that fit on cards that have several."""
        for card in cards:
            for is_output, spots in ((False, card.inputs), (True, card.outputs)):
                for spot in spots if len(spots) > 1 else ():
                    if overlay.lit.get((card.id, spot.id, is_output)) == "":
                        self._paint_port_name(painter, spot.point, spot.title, is_output=is_output)

    def _paint_port_name(self, painter: QPainter, point: QPointF, name: str, *, is_output: bool) -> None:
        words, style = self._style.words("secondary"), self._style
        width = words.width(name) + 10
        left = point.x() - 10 - width if not is_output else point.x() + 10
        painter.setPen(style.edge)
        painter.setBrush(style.card)
        painter.drawRoundedRect(QRectF(left, point.y() - 9, width, 18), 4, 4)
        write(painter, words, style.text, left + 5, point.y() + 4, name)

    def _paint_flight(self, painter: QPainter, flight: Flight, scale: float) -> None:
        size, end = self._style.theme.metrics.size, flight.aim.spot.point if flight.aim else flight.point
        fixed = flight.start.spot.point
        start, end = (fixed, end) if flight.start.is_output else (end, fixed)
        pen = self._cards.wire_pen(flight.signal, "known", scale)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        if flight.aim is not None and not flight.is_fit:
            pen.setColor(QColor(self._style.severities["error"]))
            pen.setDashPattern([3.0, 2.5])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(loose_path(start, end))
        if flight.aim is not None:
            painter.setPen(QPen(pen.color(), 2.0))
            painter.drawEllipse(flight.aim.spot.point, size.port_radius + 5.0, size.port_radius + 5.0)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(pen.color())
            painter.drawEllipse(flight.point, size.port_radius, size.port_radius)

    def _paint_band(self, painter: QPainter, band: QRectF, scale: float, radius: float) -> None:
        fill = QColor(self._style.accent)
        fill.setAlphaF(0.12)
        painter.setPen(QPen(self._style.accent, 1.0 / scale))
        painter.setBrush(fill)
        painter.drawRoundedRect(band, radius, radius)


def _ends(thread: Thread, moved: frozenset[NodeId], offset: QPointF) -> tuple[QPointF, QPointF]:
    wire, start, end = thread.wire, thread.begins, thread.ends
    return (start + offset if wire.source in moved else start), (end + offset if wire.target in moved else end)


def _moved_path(
    thread: Thread, start: QPointF, end: QPointF, moved: frozenset[NodeId], offset: QPointF
) -> QPainterPath:
    before = thread.source.rect.translated(offset) if thread.wire.source in moved else thread.source.rect
    behind = thread.target.rect.translated(offset) if thread.wire.target in moved else thread.target.rect
    return wire_path(start, end, before, behind)
