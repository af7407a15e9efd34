"""What nodes compute, painted live over the tiles: each picture once into a stamp, the stamp in every frame.

It must not know who computes pictures or when.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter

from designer.canvas.cards import Card
from designer.canvas.style import Style, write
from designer.theme.pictures import paint_picture
from engine.graph.ids import NodeId
from engine.runs.events import Picture

FEW: Final = 60
"""So many pictures are shown down to the first size below; more only from the second one on."""
SMALL_PX: Final = 5.0
LARGE_PX: Final = 18.0
"""Heights on screen."""


@dataclass(frozen=True, slots=True)
class StampSizes:
    """How large stamps are."""

    scale: float
    """Px per scene unit."""
    ratio: float
    """Device pixels per px."""
    is_exact: bool = field(default=True, compare=False)
    """False while the zoom moves: stamps of another size will do."""


@dataclass(frozen=True, slots=True)
class _Stamp:
    picture: Picture
    caption: str
    sizes: StampSizes
    image: QImage


class PictureBook:
    """The newest picture of each node of the open graph."""

    def __init__(self, style: Style) -> None:
        """Start with no pictures.

        Args:
            style: Pens, fonts, colour map.
        """
        self._style = style
        self._pictures: Mapping[NodeId, Picture] = {}
        self._stamps: dict[NodeId, _Stamp] = {}
        self.is_untrained = False
        """Whether the weights behind the pictures have learned nothing yet."""

    @property
    def pictures(self) -> Mapping[NodeId, Picture]:
        """The newest picture by node."""
        return self._pictures

    def put(self, pictures: Mapping[NodeId, Picture]) -> None:
        """Show these pictures and no others."""
        self._pictures = pictures
        for gone in [node for node in self._stamps if node not in pictures]:
            del self._stamps[gone]

    def restyle(self, style: Style) -> None:
        """Wear another theme."""
        self._style = style
        self._stamps.clear()

    def shown(self, cards: Iterable[Card], area: QRectF, scale: float) -> list[Card]:
        """Choose the cards whose pictures are large enough to be seen.

        Args:
            cards: Cards on screen.
            area: Where a picture stands on a card.
            scale: Px per scene unit.
        """
        found = [card for card in cards if card.id in self._pictures and card.facts.tall and not card.facts.stale]
        least = SMALL_PX if len(found) <= FEW else LARGE_PX
        return found if area.height() * scale >= least else []

    def paint(
        self, painter: QPainter, cards: Iterable[Card], area: QRectF, sizes: StampSizes, budget_ms: float
    ) -> bool:
        """Paint the pictures of cards from their stamps.

        Args:
            painter: In scene units.
            cards: Whose pictures.
            area: Where a picture stands on a card.
            sizes: How large a stamp is.
            budget_ms: Time for new stamps; older ones are shown where it does not suffice.

        Returns:
            Whether all of them are the newest.
        """
        ends = time.perf_counter() + budget_ms / 1000
        complete = True
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=False)
        for card in cards:
            stamp = self._stamps.get(card.id)
            if stamp is None or not self._is_fresh(stamp, card, sizes):
                if time.perf_counter() < ends:
                    stamp = self._make(card, self._pictures[card.id], area, sizes)
                else:
                    complete = False
            if stamp is not None:
                painter.setOpacity(self._style.theme.metrics.bypassed_opacity if card.facts.node.bypassed else 1.0)
                painter.drawImage(area.translated(card.rect.topLeft()), stamp.image, QRectF(stamp.image.rect()))
        painter.setOpacity(1.0)
        return complete

    def paint_one(self, painter: QPainter, area: QRectF, card: Card, picture: Picture, *, words: bool) -> None:
        """Paint a picture and the words beside it; in files as well as on stamps.

        Args:
            painter: In scene units.
            area: Where.
            card: Whose.
            picture: What.
            words: Whether there is room for words.
        """
        style = self._style
        colour = style.families[card.family].color().name()
        single = picture.form == "maps" and picture.shape[0] == 1
        room = QRectF(area.topLeft(), area.size())
        if single:
            room.setWidth(min(area.width(), area.height() * picture.shape[2] / max(1, picture.shape[1])))
        if picture.form == "bars":
            room.setTop(room.top() + 2)
        paint_picture(painter, room, picture, style.theme, colour)
        if words:
            self._paint_words(painter, area, room, card, picture)

    def _paint_words(self, painter: QPainter, area: QRectF, room: QRectF, card: Card, picture: Picture) -> None:
        small, style = self._style.words("secondary"), self._style
        x, lines = room.right() + 8, card.facts.caption.split("\n")
        if picture.form == "maps" and picture.shape[0] == 1 and area.right() - x > 30:
            bold = style.bold("secondary")
            for index, line in enumerate(lines):
                words = bold if index == 0 else small
                colour = style.text if index == 0 else style.secondary
                write(painter, words, colour, x, area.top() + 13 + 16 * index, words.fitted(line, area.right() - x))
            return
        if picture.form == "histogram" and picture.zeros >= 0.05:
            text = f"{picture.zeros * 100:.0f} % at 0"
            write(painter, small, style.secondary, area.right(), area.top() + 11, text, right=True)

    def _is_fresh(self, stamp: _Stamp, card: Card, sizes: StampSizes) -> bool:
        if stamp.picture is not self._pictures[card.id] or stamp.caption != card.facts.caption:
            return False
        return not sizes.is_exact or stamp.sizes == sizes

    def _make(self, card: Card, picture: Picture, area: QRectF, sizes: StampSizes) -> _Stamp:
        wanted = sizes.scale * sizes.ratio
        size = QSize(max(1, round(area.width() * wanted)), max(1, round(area.height() * wanted)))
        image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        painter.scale(size.width() / area.width(), size.height() / area.height())
        words = self._style.theme.metrics.fonts["secondary"].size_px * sizes.scale >= (
            self._style.theme.metrics.size.text_on_screen_min
        )
        self.paint_one(painter, QRectF(QPointF(0, 0), area.size()), card, picture, words=words)
        painter.end()
        stamp = _Stamp(picture, card.facts.caption, sizes, image)
        self._stamps[card.id] = stamp
        return stamp
