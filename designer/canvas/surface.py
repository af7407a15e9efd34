"""The one item of the scene: shows tiles, pictures, what is in hand and the selection, frame by frame.

It must not know events or verbs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from designer.canvas.camera import WORLD, Camera
from designer.canvas.detail import Detail, detail_at
from designer.canvas.drawing import CARD_MARGIN, THREAD_MARGIN, Drawing, Thread
from designer.canvas.overlay import Overlay, OverlayPainter
from designer.canvas.painter import CardPainter
from designer.canvas.pictures import FEW, PictureBook, StampSizes
from designer.canvas.style import Style
from designer.canvas.tiles import TileStore, Window, step_near
from designer.editing.selection import Selection
from designer.theme.icons import Icons
from engine.graph.ids import NodeId

BUDGET_MS: Final = 2.5
"""For new tiles in a frame while something moves; the rest of 8 ms is for showing them."""
STILL_BUDGET_MS: Final = 12.0
STAMP_BUDGET_MS: Final = 1.5
_AROUND_PX: Final = 200
"""How far a picture of what is in hand reaches beyond the view."""


@dataclass(slots=True)
class _InHand:
    """The cards in hand, painted once."""

    pixmap: QPixmap
    corner: QPointF
    nodes: frozenset[NodeId]
    scale: float
    seen: QRectF
    loose: list[Thread]
    """Wires to cards that are not in hand."""


class Surface(QGraphicsItem):
    """Paints the whole canvas."""

    def __init__(self, drawing: Drawing, camera: Camera, selection: Selection, style: Style, icons: Icons) -> None:
        """Start with nothing painted.

        Args:
            drawing: What there is.
            camera: What is seen.
            selection: What is selected.
            style: Pens, brushes, fonts.
            icons: Who draws badges.
        """
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self._drawing = drawing
        self._camera = camera
        self._selection = selection
        self._icons = icons
        self.overlay = Overlay()
        self.pictures = PictureBook(style)
        self.is_zooming = False
        """Steps of the root of 2 are shown instead of the exact zoom."""
        self.is_moving = False
        self._hidden: frozenset[NodeId] = frozenset()
        self._in_hand: _InHand | None = None
        self._is_complete = True
        self.restyle(style)

    @property
    def is_complete(self) -> bool:
        """Whether the last frame showed everything as it is."""
        return self._is_complete

    @property
    def style(self) -> Style:
        """The theme's pens."""
        return self._style

    def restyle(self, style: Style) -> None:
        """Wear another theme."""
        self._style = style
        self._cards = CardPainter(style, self._icons)
        self._over = OverlayPainter(self._cards)
        self._tiles = TileStore(self._paint_part, style.canvas)
        self._in_hand = None
        self.pictures.restyle(style)

    def change(self, spots: Iterable[QRectF]) -> None:
        """Note that parts of the canvas look different."""
        self._tiles.change(spots, self._exact())
        self._in_hand = None

    def forget(self) -> None:
        """Throw away what was painted: another graph is open."""
        self._tiles.forget()
        self._in_hand = None

    def take_in_hand(self, nodes: frozenset[NodeId]) -> None:
        """Paint tiles without some nodes and their wires from now on."""
        if nodes == self._hidden:
            return
        changed = self._hidden | nodes
        self._hidden = nodes
        drawing = self._drawing
        margin = CARD_MARGIN
        spots = [
            drawing.cards[node].rect.adjusted(-margin, -margin, margin, margin) for node in changed & set(drawing.cards)
        ]
        spots += [thread.bounds.adjusted(-margin, -margin, margin, margin) for thread in drawing.threads_of(changed)]
        self.change(spots)

    def prepare(self, budget_ms: float) -> bool:
        """Paint around what is seen; whether that is done."""
        return self._tiles.prepare(self._window(), budget_ms)

    def refresh_overview(self) -> None:
        """Bring the blurred overview up to date."""
        self._tiles.refresh_overview(self._drawing.bounds)

    def boundingRect(self) -> QRectF:
        """Give all that can be reached."""
        return QRectF(-WORLD, -WORLD, 2 * WORLD, 2 * WORLD)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Paint a frame."""
        window, scale = self._window(), self._camera.scale
        budget = BUDGET_MS if self.is_moving else STILL_BUDGET_MS
        painter.save()
        painter.resetTransform()
        shown = step_near(window.scale) if self.is_zooming else window.scale
        complete = self._tiles.show(painter, window, shown, budget)
        painter.restore()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        seen = self._camera.seen()
        complete &= self._paint_pictures(painter, seen, scale, window.ratio)
        if self._hidden:
            self._paint_in_hand(painter, seen, scale, window.ratio)
        self._paint_over(painter, seen, scale)
        self._is_complete = complete and not self.is_zooming

    def _window(self) -> Window:
        viewport, origin = self.scene().views()[0].viewport(), self._camera.origin
        ratio = viewport.devicePixelRatioF()
        return Window(
            self._exact(),
            origin.x() * ratio,
            origin.y() * ratio,
            round(viewport.width() * ratio),
            round(viewport.height() * ratio),
            ratio,
        )

    def _exact(self) -> float:
        return self._camera.scale * self.scene().views()[0].viewport().devicePixelRatioF()

    def _paint_part(self, painter: QPainter, part: QRectF, device_scale: float) -> None:
        """Paint a part of a tile; what is shown of a card depends on the px, not on the device's pixels."""
        scale = device_scale / self.scene().views()[0].viewport().devicePixelRatioF()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        self._cards.paint_ground(painter, part, scale)
        self._cards.paint(painter, part, self._drawing, scale, self._hidden)

    def _paint_pictures(self, painter: QPainter, seen: QRectF, scale: float, ratio: float) -> bool:
        if not self.pictures.pictures:
            return True
        area = self._drawing.size.picture
        shown = self.pictures.shown(self._drawing.cards, seen, area, scale)
        cards = [card for card in shown if card.id not in self._hidden]
        budget = STAMP_BUDGET_MS if self.is_moving else STILL_BUDGET_MS
        return self.pictures.paint(painter, cards, self._drawing, StampSizes(scale, ratio, not self.is_zooming), budget)

    def _paint_in_hand(self, painter: QPainter, seen: QRectF, scale: float, ratio: float) -> None:
        offset, held = self.overlay.offset, self._in_hand
        if held is None or held.nodes != self._hidden or held.scale != scale or not self._still_holds(held, seen):
            held = self._in_hand = self._paint_held(seen, scale, ratio)
        self._over.paint_loose_threads(painter, held.loose, self._hidden, offset, scale)
        painter.save()
        painter.translate(offset)
        painter.scale(1 / scale, 1 / scale)
        painter.drawPixmap(held.corner * scale, held.pixmap)
        painter.restore()

    def _still_holds(self, held: _InHand, seen: QRectF) -> bool:
        around = _AROUND_PX / self._camera.scale
        return held.seen.adjusted(-around, -around, around, around).contains(seen.translated(-self.overlay.offset))

    def _paint_held(self, seen: QRectF, scale: float, ratio: float) -> _InHand:
        """Paint the cards in hand, as far as they are seen now or soon, on clear ground."""
        drawing, around = self._drawing, _AROUND_PX / scale
        wanted = seen.translated(-self.overlay.offset)
        wide = wanted.adjusted(-around, -around, around, around)
        cards = [card for card in drawing.cards_in(wide) if card.id in self._hidden]
        threads, loose = self._held_threads()
        rect = _hull([card.rect for card in cards], CARD_MARGIN)
        rect = rect.united(_hull([thread.bounds for thread in threads], THREAD_MARGIN)).intersected(wide)
        pixmap = QPixmap(QSize(_edge(rect.width() * scale * ratio), _edge(rect.height() * scale * ratio)))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        with QPainter(pixmap) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.scale(scale, scale)
            painter.translate(-rect.topLeft())
            self._cards.paint_threads(painter, threads, scale)
            self._cards.paint_cards(painter, cards, drawing, scale)
            area = drawing.size.picture
            shown = self.pictures.shown({card.id: card for card in cards}, wide, area, scale)
            self.pictures.paint(painter, shown, drawing, StampSizes(scale, ratio), STILL_BUDGET_MS)
            self._over.paint_selection(painter, [card for card in cards if card.id in self._selection], (), scale)
        return _InHand(pixmap, rect.topLeft(), self._hidden, scale, wanted, loose)

    def _held_threads(self) -> tuple[list[Thread], list[Thread]]:
        """Part the wires of what is in hand into those within it and those that lead out."""
        within: list[Thread] = []
        loose: list[Thread] = []
        for thread in self._drawing.threads_of(self._hidden):
            wire = thread.wire
            (within if wire.source in self._hidden and wire.target in self._hidden else loose).append(thread)
        return within, loose

    def _paint_over(self, painter: QPainter, seen: QRectF, scale: float) -> None:
        drawing, selection = self._drawing, self._selection
        cards = [drawing.cards[node] for node in selection.ids if node in drawing.cards and node not in self._hidden]
        threads = [drawing.threads[wire] for wire in selection.wires if wire in drawing.threads]
        cards = [card for card in cards if seen.intersects(card.rect)]
        self._over.paint_selection(painter, cards, threads, scale)
        if len(cards) <= FEW and detail_at(scale, drawing.size.width, self._style.theme.metrics) > Detail.BLOCK:
            for card in cards:
                self._cards.paint_ports(painter, card, drawing)
        self._over.paint(painter, self.overlay, drawing, seen, scale)


def _hull(rects: list[QRectF], margin: float) -> QRectF:
    """Give the rectangle that holds all of them, with a margin."""
    if not rects:
        return QRectF()
    left, top = min(rect.left() for rect in rects), min(rect.top() for rect in rects)
    right, bottom = max(rect.right() for rect in rects), max(rect.bottom() for rect in rects)
    return QRectF(left - margin, top - margin, right - left + 2 * margin, bottom - top + 2 * margin)


def _edge(length: float) -> int:
    return max(1, round(length))
