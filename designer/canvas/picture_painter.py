"""Paints what a node computes into the area that its card has for it, on screen and in files.

It must not know when pictures come or which are seen.
"""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from designer.canvas.cards import Card
from designer.canvas.style import Style, write
from designer.theme.pictures import best_columns, image_of, paint_picture
from engine.runs.events import Picture

_GAP: Final = 1.5
"""Between maps, in scene units."""
_MAX_ENLARGED: Final = 24
_WORTH_SAYING: Final = 0.05
"""Part of values at 0 from which on it is written beside a histogram."""
_LEAST_ROOM: Final = 30.0


class PicturePainter:
    """Paints with one theme."""

    def __init__(self, style: Style) -> None:
        """Take the theme's pens.

        Args:
            style: Pens, fonts, colour map.
        """
        self._style = style

    def paint(self, painter: QPainter, area: QRectF, card: Card, picture: Picture, *, words: bool) -> None:
        """Paint a picture and the words beside it.

        Args:
            painter: In scene units.
            area: Where.
            card: Whose.
            picture: What.
            words: Whether there is room for words.
        """
        style = self._style
        room = QRectF(area)
        if picture.form == "maps":
            if picture.shape[0] == 1:
                room.setWidth(min(area.width(), area.height() * picture.shape[2] / max(1, picture.shape[1])))
            self._paint_maps(painter, room, picture)
        else:
            paint_picture(painter, room, picture, style.theme, style.families[card.family].color().name())
        if words:
            self._paint_words(painter, area, room, card, picture)

    def _paint_maps(self, painter: QPainter, room: QRectF, picture: Picture) -> None:
        """Paint maps enlarged by a whole number and then reduced, so that all values look equally large."""
        columns = best_columns(picture, room.width(), room.height())
        count, tall, wide = picture.shape
        lines = -(-count // columns)
        fit = min(room.width() / max(1, columns * wide), room.height() / max(1, lines * tall))
        enlarged = max(1, min(_MAX_ENLARGED, math.ceil(2 * fit * abs(painter.transform().m11()))))
        image = image_of(picture, self._style.theme, columns, enlarged, max(1, round(_GAP * enlarged / max(fit, 0.01))))
        if image.isNull():
            return
        scale = min(room.width() / image.width(), room.height() / image.height())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(room.left(), room.top(), image.width() * scale, image.height() * scale), image)

    def _paint_words(self, painter: QPainter, area: QRectF, room: QRectF, card: Card, picture: Picture) -> None:
        """Write beside a single map where it comes from, and in a histogram how many values are 0."""
        style, small, x = self._style, self._style.words("secondary"), room.right() + 8
        if picture.form == "maps" and picture.shape[0] == 1 and area.right() - x > _LEAST_ROOM:
            for index, line in enumerate(card.facts.caption.split("\n")):
                words = small if index else style.bold("secondary")
                colour = style.secondary if index else style.text
                write(painter, words, colour, x, area.top() + 13 + 16 * index, words.fitted(line, area.right() - x))
        elif picture.form == "histogram" and picture.zeros >= _WORTH_SAYING:
            text = f"{picture.zeros * 100:.0f} % at 0"
            write(painter, small, style.secondary, area.right(), area.top() + 11, text, right=True)
