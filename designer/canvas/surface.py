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
from designer.canvas.drawing import CARD_MARGIN, Drawing
from designer.canvas.overlay import Overlay, OverlayPainter
from designer.canvas.painter import CardPainter
from designer.canvas.pictures import PictureBook, StampSizes
from designer.canvas.style import Style
from designer.canvas.tiles import TileStore, Window, step_near
from designer.editing.selection import Selection
from designer.theme.icons import Icons
from engine.graph.ids import NodeId

BUDGET_MS: Final = 4.0
"""For new tiles in a frame while something moves; the rest of 8 ms is for showing them."""
STILL_BUDGET_MS: Final = 12.0
STAMP_BUDGET_MS: Final = 2.5
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
        cards = [card for card in self._drawing.cards_in(seen) if card.id not in self._hidden]
        cards = self.pictures.shown(cards, area, scale)
        budget = STAMP_BUDGET_MS if self.is_moving else STILL_BUDGET_MS
        return self.pictures.paint(painter, cards, area, StampSizes(scale, ratio, not self.is_zooming), budget)

    def _paint_in_hand(self, painter: QPainter, seen: QRectF, scale: float, ratio: float) -> None:
        drawing, offset = self._drawing, self.overlay.offset
        threads = [
            thread
            for thread in drawing.threads_of(self._hidden)
            if (thread.wire.source in self._hidden) != (thread.wire.target in self._hidden)
        ]
        self._over.paint_loose_threads(painter, threads, self._hidden, offset, scale)
        held = self._in_hand
        if held is None or held.nodes != self._hidden or held.scale != scale or not self._still_holds(held, seen):
            held = self._in_hand = self._paint_held(seen, scale, ratio)
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
        cards = [
            card
            for card in drawing.cards_in(wanted.adjusted(-around, -around, around, around))
            if card.id in self._hidden
        ]
        threads = [
            thread
            for thread in drawing.threads_of(self._hidden)
            if thread.wire.source in self._hidden and thread.wire.target in self._hidden
        ]
        rect = QRectF()
        for card in cards:
            rect = rect.united(card.rect.adjusted(-CARD_MARGIN, -CARD_MARGIN, CARD_MARGIN, CARD_MARGIN))
        for thread in threads:
            rect = rect.united(thread.bounds.adjusted(-4, -4, 4, 4))
        rect = rect.intersected(wanted.adjusted(-around, -around, around, around))
        pixmap = QPixmap(
            QSize(max(1, round(rect.width() * scale * ratio)), max(1, round(rect.height() * scale * ratio)))
        )
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(scale, scale)
        painter.translate(-rect.topLeft())
        self._cards.paint_threads(painter, threads, scale)
        self._cards.paint_cards(painter, cards, drawing, scale)
        shown = self.pictures.shown(cards, drawing.size.picture, scale)
        self.pictures.paint(painter, shown, drawing.size.picture, StampSizes(scale, ratio), STILL_BUDGET_MS)
        painter.end()
        return _InHand(pixmap, rect.topLeft(), self._hidden, scale, wanted)

    def _paint_over(self, painter: QPainter, seen: QRectF, scale: float) -> None:
        drawing, chosen = self._drawing, set(self._selection.ids)
        cards = (
            [card for card in drawing.cards_in(seen) if card.id in chosen and card.id not in self._hidden]
            if chosen
            else []
        )
        threads = [drawing.threads[wire] for wire in self._selection.wires if wire in drawing.threads]
        self._over.paint_selection(painter, cards, threads, scale)
        held = [drawing.cards[node] for node in self._hidden & chosen if node in drawing.cards]
        if held:
            painter.save()
            painter.translate(self.overlay.offset)
            self._over.paint_selection(painter, held, (), scale)
            painter.restore()
        self._over.paint(painter, self.overlay, drawing, seen, scale)
