"""Paints background, threads and cards in batches, as much of each as the zoom asks for.

The same painting fills tiles on screen and figures in files. It must not know views, gestures or selection.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from designer.canvas.cards import Card, PortSpot, badge_rect
from designer.canvas.detail import Detail, detail_at
from designer.canvas.drawing import Drawing, Thread
from designer.canvas.style import Style, write
from designer.theme.icons import Icons
from engine.check.report import Severity
from engine.graph.ids import NodeId

TITLE_LINE: Final = 21.0
SHAPE_LINE: Final = 39.0
_NO_PEN: Final = Qt.PenStyle.NoPen
_DOTS_APART_PX: Final = 11.0
"""Where dots would stand nearer to each other on screen, only every fourth is drawn."""
_DOTS_EDGE: Final = 64
_TITLE_PX: Final = 9.0
_LOCK: Final = 11.0
_FAINT: Final = 0.4


class CardPainter:
    """Paints with one theme."""

    def __init__(self, style: Style, icons: Icons) -> None:
        """Take the theme's pens.

        Args:
            style: Pens, brushes, fonts.
            icons: Who draws badges.
        """
        self.style = style
        self._icons = icons
        self._size = style.theme.metrics.size
        self._dot_fields: dict[tuple[int, int], QPolygonF] = {}

    def paint_ground(self, painter: QPainter, rect: QRectF, scale: float) -> None:
        """Fill a rectangle with the canvas and its dots."""
        painter.fillRect(rect, self.style.canvas)
        apart = float(self._size.dot_spacing)
        while apart * scale < _DOTS_APART_PX:
            apart *= 4
        pen = QPen(self.style.dots, self._size.dot)
        pen.setCosmetic(True)
        painter.setPen(pen)
        first_column, first_row = math.ceil(rect.left() / apart), math.ceil(rect.top() / apart)
        columns, rows = (
            math.floor(rect.right() / apart) - first_column + 1,
            math.floor(rect.bottom() / apart) - first_row + 1,
        )
        painter.save()
        painter.scale(apart, apart)
        for column in range(0, columns, _DOTS_EDGE):
            for row in range(0, rows, _DOTS_EDGE):
                wide, tall = min(_DOTS_EDGE, columns - column), min(_DOTS_EDGE, rows - row)
                painter.drawPoints(self._dots(wide, tall).translated(first_column + column, first_row + row))
        painter.restore()

    def _dots(self, columns: int, rows: int) -> QPolygonF:
        """Give a field of dots one unit apart; the same few fields serve all tiles."""
        if (columns, rows) not in self._dot_fields:
            points = [QPointF(column, row) for column in range(columns) for row in range(rows)]
            self._dot_fields[columns, rows] = QPolygonF(points)
        return self._dot_fields[columns, rows]

    def paint(
        self, painter: QPainter, rect: QRectF, drawing: Drawing, scale: float, without: Container[NodeId] = ()
    ) -> None:
        """Paint what reaches into a rectangle: threads, and cards on top of them.

        Args:
            painter: In scene units.
            rect: The part to paint, in scene units.
            drawing: What there is.
            scale: Px on screen per scene unit.
            without: Nodes that are left out, with their threads.
        """
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        threads = [
            thread
            for thread in drawing.threads_in(rect)
            if thread.wire.source not in without and thread.wire.target not in without
        ]
        self.paint_threads(painter, threads, scale)
        self.paint_cards(painter, [card for card in drawing.cards_in(rect) if card.id not in without], drawing, scale)

    def paint_threads(self, painter: QPainter, threads: Iterable[Thread], scale: float) -> None:
        """Paint wires, those of one look at once."""
        looks: dict[tuple[str, str, bool], QPainterPath] = {}
        for thread in threads:
            faint = thread.source.facts.node.bypassed or thread.state != "known"
            looks.setdefault((thread.signal, thread.state, faint), QPainterPath()).addPath(thread.path)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for (signal, state, faint), path in looks.items():
            painter.setPen(self.wire_pen(signal, state, scale, faint=faint))
            painter.drawPath(path)

    def wire_pen(self, signal: str, state: str, scale: float, *, faint: bool = False) -> QPen:
        """Give the pen of a wire: its signal's colour, faint while pending, dashed in the error's colour when wrong."""
        colour = QColor(self.style.severities["error"] if state == "problem" else self.style.wires[signal])
        if faint and state != "problem":
            colour.setAlphaF(_FAINT)
        pen = QPen(colour, max(float(self._size.wire_width), 1.0 / scale))
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if state == "problem":
            pen.setDashPattern([3.0, 2.5])
        return pen

    def paint_cards(self, painter: QPainter, cards: list[Card], drawing: Drawing, scale: float) -> None:
        """Paint cards, the uppermost last."""
        detail = detail_at(scale, drawing.size.width, self.style.theme.metrics)
        if detail is Detail.DOT:
            self._paint_dots(painter, cards, scale)
        elif detail is Detail.BLOCK:
            self._paint_blocks(painter, cards, scale)
        else:
            for card in cards:
                self._paint_card(painter, card, drawing, scale, whole=detail is Detail.CARD)
        for card in cards:
            self._paint_badge(painter, card, scale)

    def _paint_dots(self, painter: QPainter, cards: list[Card], scale: float) -> None:
        for family, some in _by_family(cards).items():
            pen = QPen(self.style.families[family].color(), max(4.0 / scale, some[0].rect.height()))
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawPoints(QPolygonF([card.rect.center() for card in some]))

    def _paint_blocks(self, painter: QPainter, cards: list[Card], scale: float) -> None:
        radius = self.style.theme.metrics.radius.node
        painter.setPen(_NO_PEN)
        for family, some in _by_family(cards).items():
            painter.setBrush(self.style.families[family])
            for card in some:
                painter.setOpacity(self._opacity(card))
                painter.drawRoundedRect(card.rect, radius, radius)
        painter.setOpacity(1.0)

    def _paint_card(self, painter: QPainter, card: Card, drawing: Drawing, scale: float, *, whole: bool) -> None:
        rect, style = card.rect, self.style
        painter.save()
        painter.translate(rect.topLeft())
        painter.setOpacity(self._opacity(card))
        if whole:
            self._paint_shadow(painter, rect.width(), rect.height())
        body, stripe = style.outline(rect.width(), rect.height())
        painter.setPen(_NO_PEN)
        painter.setBrush(style.card)
        painter.drawPath(body)
        painter.setPen(style.edge)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        radius = style.theme.metrics.radius.node - 0.5
        painter.drawRoundedRect(QRectF(0.5, 0.5, rect.width() - 1, rect.height() - 1), radius, radius)
        painter.setPen(_NO_PEN)
        painter.setBrush(style.families[card.family])
        painter.drawPath(stripe)
        if whole:
            self._paint_words(painter, card, drawing)
        else:
            self._paint_far_title(painter, card, drawing, scale)
        painter.restore()
        self.paint_ports(painter, card, drawing)

    def _paint_shadow(self, painter: QPainter, width: float, height: float) -> None:
        radius, drop = self.style.theme.metrics.radius.node, self._size.shadow_offset
        painter.setPen(_NO_PEN)
        for reach, colour in self.style.shadows:
            painter.setBrush(colour)
            around = QRectF(-reach, -reach + drop, width + 2 * reach, height + 2 * reach)
            painter.drawRoundedRect(around, radius + reach, radius + reach)

    def _paint_words(self, painter: QPainter, card: Card, drawing: Drawing) -> None:
        style, pad = self.style, drawing.size.padding
        right = card.rect.width() - pad
        room = right - pad
        title, small = style.words("title"), style.words("secondary")
        lock = _LOCK + 4 if card.facts.frozen else 0.0
        name = title.fitted(card.title, room * 0.72 - lock if small.width(card.kind) > room * 0.2 else room - 24 - lock)
        write(painter, title, style.text, pad + lock, TITLE_LINE, name)
        if lock:
            self._icons.draw(painter, QRectF(pad - 1, TITLE_LINE - _LOCK + 1, _LOCK, _LOCK), "lock", style.faint.name())
        kind = small.begun(card.kind, room - title.width(name) - lock - 8)
        write(painter, small, style.faint, right, TITLE_LINE, kind, right=True)
        write(painter, small, style.secondary, right, SHAPE_LINE, card.count, right=True)
        mono = style.words("mono_small")
        shape = mono.fitted(card.shape, room - (small.width(card.count) + 8 if card.count else 0))
        write(painter, mono, style.secondary, pad, SHAPE_LINE, shape)
        self._paint_lower(painter, card, drawing.size.picture)

    def _paint_lower(self, painter: QPainter, card: Card, area: QRectF) -> None:
        """Paint what stands in the place of a picture: the chip of an output, or why there is no picture."""
        style, small = self.style, self.style.words("secondary")
        if card.facts.stale and card.facts.tall:
            write(painter, small, style.faint, area.left(), area.top() + 14, "not in this run")
        elif card.facts.chip:
            radius = style.theme.metrics.radius.field
            painter.setPen(style.border)
            painter.setBrush(style.field)
            painter.drawRoundedRect(area.adjusted(-2.5, 0.5, 2.5, -0.5), radius, radius)
            room = area.width() - 10
            bold = style.bold("secondary")
            write(painter, bold, style.text, area.left() + 5, area.top() + 18, bold.fitted(card.facts.chip[0], room))
            rest = " · ".join(card.facts.chip[1:])
            write(painter, small, style.secondary, area.left() + 5, area.top() + 34, small.fitted(rest, room))

    def _paint_far_title(self, painter: QPainter, card: Card, drawing: Drawing, scale: float) -> None:
        """Write the title alone, so large that it can be read on screen."""
        natural = self.style.theme.metrics.fonts["title"].size_px
        size_px = max(natural, math.ceil(_TITLE_PX / scale))
        words, pad = self.style.words("title", size_px), drawing.size.padding
        name = words.fitted(card.title, card.rect.width() - 2 * pad)
        room = drawing.size.picture.top() if card.facts.tall else card.rect.height()
        baseline = (room + words.metrics.ascent() - words.metrics.descent()) / 2
        write(painter, words, self.style.text, pad, baseline, name)

    def paint_ports(self, painter: QPainter, card: Card, drawing: Drawing) -> None:
        """Paint the ports of a card: filled where a wire is, hollow where one could be."""
        wires = drawing.wires_of.get(card.id, ())
        used = {(True, wire.output) for wire in wires if wire.source == card.id}
        used |= {(False, wire.input) for wire in wires if wire.target == card.id}
        painter.setOpacity(self._opacity(card))
        for is_output, spots in ((False, card.inputs), (True, card.outputs)):
            for spot in spots:
                self.paint_port(painter, spot, is_used=(is_output, spot.id) in used)
        painter.setOpacity(1.0)

    def paint_port(self, painter: QPainter, spot: PortSpot, *, is_used: bool) -> None:
        """Paint one port."""
        radius = float(self._size.port_radius)
        painter.setPen(_NO_PEN)
        painter.setBrush(self.style.canvas)
        painter.drawEllipse(spot.point, radius + 1.5, radius + 1.5)
        if is_used:
            painter.setBrush(self.style.port)
            painter.drawEllipse(spot.point, radius + 0.25, radius + 0.25)
            return
        painter.setPen(QPen(self.style.port.color(), 1.5))
        painter.setBrush(self.style.card)
        painter.drawEllipse(spot.point, radius - 0.5, radius - 0.5)

    def _paint_badge(self, painter: QPainter, card: Card, scale: float) -> None:
        if card.severity is not None:
            spot = badge_rect(card, float(self._size.badge), scale)
            colour = self.style.severities[card.severity.value]
            painter.setPen(_NO_PEN)
            painter.setBrush(self.style.canvas)
            painter.drawPath(_backing(card.severity, spot))
            self._icons.draw(painter, spot, f"badge_{card.severity.value}", colour)

    def _opacity(self, card: Card) -> float:
        return self.style.theme.metrics.bypassed_opacity if card.facts.node.bypassed else 1.0


def _backing(severity: Severity, spot: QRectF) -> QPainterPath:
    """Give a shape a little larger than the badge's, so that it stands clear of what lies beneath."""
    wide, path = spot.adjusted(-1.5, -1.5, 1.5, 1.5), QPainterPath()
    if severity is Severity.WARNING:
        path.addPolygon(QPolygonF([QPointF(wide.center().x(), wide.top() - 1), wide.bottomRight(), wide.bottomLeft()]))
    else:
        path.addRoundedRect(wide, wide.width() / 3, wide.width() / 3)
    return path


def _by_family(cards: list[Card]) -> dict[str, list[Card]]:
    found: dict[str, list[Card]] = {}
    for card in cards:
        found.setdefault(card.family, []).append(card)
    return found
