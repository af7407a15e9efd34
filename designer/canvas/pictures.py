"""What nodes compute, painted live over the tiles: each picture once into a stamp, the stamp in every frame.

It must not know who computes pictures or when.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath

from designer.canvas.cards import Card
from designer.canvas.detail import Detail, detail_at
from designer.canvas.drawing import Drawing
from designer.canvas.style import Style
from engine.graph.ids import NodeId
from engine.runs.events import Picture

if TYPE_CHECKING:
    from designer.canvas.picture_painter import PicturePainter

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
    words: tuple[str, bool]
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
        self._painter: PicturePainter | None = None
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
        self._painter = None
        self._stamps.clear()

    def shown(self, cards: Mapping[NodeId, Card], seen: QRectF, area: QRectF, scale: float) -> list[Card]:
        """Choose the cards whose pictures are on screen and large enough to be seen, the uppermost last.

        Args:
            cards: All cards.
            seen: The part on screen, in scene units.
            area: Where a picture stands on a card.
            scale: Px per scene unit.
        """
        if area.height() * scale < SMALL_PX:
            return []
        found = [
            card
            for node in self._pictures
            if (card := cards.get(node)) and card.facts.tall and not card.facts.stale and seen.intersects(card.rect)
        ]
        if len(found) > FEW and area.height() * scale < LARGE_PX:
            return []
        return sorted(found, key=lambda card: card.order)

    def paint(
        self, painter: QPainter, cards: Iterable[Card], drawing: Drawing, sizes: StampSizes, budget_ms: float
    ) -> bool:
        """Paint the pictures of cards from their stamps.

        Args:
            painter: In scene units.
            cards: Whose pictures.
            drawing: Where pictures stand on cards, and which cards lie on top.
            sizes: How large a stamp is.
            budget_ms: Time for new stamps; older ones are shown where it does not suffice.

        Returns:
            Whether all of them are the newest.
        """
        ends = time.perf_counter() + budget_ms / 1000
        complete, area = True, drawing.size.picture
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
                _put(painter, area.translated(card.rect.topLeft()), stamp.image, drawing.cover_of(card))
        painter.setOpacity(1.0)
        return complete

    def painter(self) -> PicturePainter:
        """Give who paints pictures; it is imported with the first picture."""
        from designer.canvas.picture_painter import PicturePainter  # numpy, which the first paint need not wait for

        if self._painter is None:
            self._painter = PicturePainter(self._style)
        return self._painter

    def _is_fresh(self, stamp: _Stamp, card: Card, sizes: StampSizes) -> bool:
        if stamp.picture is not self._pictures[card.id] or stamp.words != (card.facts.caption, self.is_untrained):
            return False
        return not sizes.is_exact or stamp.sizes == sizes

    def _make(self, card: Card, picture: Picture, area: QRectF, sizes: StampSizes) -> _Stamp:
        wanted = sizes.scale * sizes.ratio
        size = QSize(max(1, round(area.width() * wanted)), max(1, round(area.height() * wanted)))
        image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
        metrics = self._style.theme.metrics
        detail = detail_at(sizes.scale, card.rect.width(), metrics)
        # A block has its family's colour, which columns have too: there a picture brings its ground along.
        image.fill(Qt.GlobalColor.transparent if detail > Detail.BLOCK else self._style.card.color())
        with QPainter(image) as painter:
            painter.scale(size.width() / area.width(), size.height() / area.height())
            whole = QRectF(QPointF(0, 0), area.size())
            mark = "untrained" if self.is_untrained else ""
            self.painter().paint(painter, whole, card, picture, words=detail is Detail.CARD, mark=mark)
        stamp = _Stamp(picture, (card.facts.caption, self.is_untrained), sizes, image)
        self._stamps[card.id] = stamp
        return stamp


def _put(painter: QPainter, rect: QRectF, image: QImage, cover: list[QRectF]) -> None:
    """Paint a stamp, but not over the cards on top of its own."""
    if not any(rect.intersects(other) for other in cover):
        painter.drawImage(rect, image, QRectF(image.rect()))
        return
    free = QPainterPath()
    free.addRect(rect)
    for other in cover:
        hidden = QPainterPath()
        hidden.addRect(other)
        free -= hidden
    painter.save()
    painter.setClipPath(free)
    painter.drawImage(rect, image, QRectF(image.rect()))
    painter.restore()
