"""Paints what a node computes into the area that its card has for it, on screen and in files.

It must not know when pictures come or which are seen.
"""

from __future__ import annotations

import math
from typing import Final

import msgspec
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from designer.canvas.cards import Card
from designer.canvas.style import Style, write
from designer.theme.pictures import best_columns, image_of, paint_picture
from engine.runs.events import Picture

MAX_MAPS: Final = 16
"""More maps than these would be too small to be told apart; the bigger pictures are elsewhere."""
_GAP: Final = 1.5
"""Between maps, in scene units."""
_MAX_ENLARGED: Final = 24
_WORTH_SAYING: Final = 0.05
"""Part of values at 0 from which on it is written beside a histogram."""
_LEAST_ROOM: Final = 30.0
_MARK_HEIGHT: Final = 13.0


class PicturePainter:
    """Paints with one theme."""

    def __init__(self, style: Style) -> None:
        """Take the theme's pens.

        Args:
            style: Pens, fonts, colour map.
        """
        self._style = style

    def paint(
        self, painter: QPainter, area: QRectF, card: Card, picture: Picture, *, words: bool, mark: str = ""
    ) -> None:
        """Paint a picture and the words beside it.

        Args:
            painter: In scene units.
            area: Where.
            card: Whose.
            picture: What.
            words: Whether there is room for words.
            mark: A word to mark it with; what came from the data needs none.
        """
        style = self._style
        room, mark = QRectF(area), mark if words and picture.what != "input" else ""
        if picture.form == "maps":
            if picture.shape[0] == 1:
                room.setWidth(min(area.width(), area.height() * picture.shape[2] / max(1, picture.shape[1])))
            self._paint_maps(painter, room, first_maps(picture))
        else:
            if mark and not _says_zeros(picture):
                room.setTop(room.top() + _MARK_HEIGHT)
            paint_picture(painter, room, picture, style.theme, style.families[card.family].color().name())
        if words:
            self._paint_words(painter, area, room, card, picture)
        if mark:
            self._paint_mark(painter, area, picture, mark)

    def _paint_mark(self, painter: QPainter, area: QRectF, picture: Picture, text: str) -> None:
        """Write the mark beneath maps and above columns."""
        style, small = self._style, self._style.words("secondary")
        line = 25 if _says_zeros(picture) else 11
        baseline = area.bottom() - 3 if picture.form == "maps" else area.top() + line
        write(painter, small, style.faint, area.right(), baseline, text, right=True)

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
        """Write beside a single map where it comes from, beneath several how many there are, and how many values are 0."""
        style, small, x = self._style, self._style.words("secondary"), room.right() + 8
        if picture.form == "maps" and picture.shape[0] == 1 and area.right() - x > _LEAST_ROOM:
            for index, line in enumerate(card.facts.caption.split("\n")):
                words = small if index else style.bold("secondary")
                colour = style.secondary if index else style.text
                write(painter, words, colour, x, area.top() + 13 + 16 * index, words.fitted(line, area.right() - x))
        elif picture.form == "maps" and (total := num_channels(card, picture)) > MAX_MAPS:
            text = f"{MAX_MAPS} of {total}"
            write(painter, small, style.faint, area.left(), area.bottom() - 3, text)
        elif _says_zeros(picture):
            text = f"{picture.zeros * 100:.0f} % at 0"
            write(painter, small, style.secondary, area.right(), area.top() + 11, text, right=True)


def _says_zeros(picture: Picture) -> bool:
    return picture.form == "histogram" and picture.zeros >= _WORTH_SAYING


def first_maps(picture: Picture) -> Picture:
    """Give as many maps as can be told apart on a card."""
    count, height, width = picture.shape
    if count <= MAX_MAPS:
        return picture
    return msgspec.structs.replace(
        picture, shape=(MAX_MAPS, height, width), data=picture.data[: MAX_MAPS * height * width]
    )


def num_channels(card: Card, picture: Picture) -> int:
    """Count the channels of a node; the picture may hold but some of them."""
    specs = [spot.spec for spot in card.outputs if spot.spec is not None]
    channels = specs[0].shape[1] if specs and specs[0].rank == 4 else 0
    return max(picture.shape[0], channels if isinstance(channels, int) else 0)
