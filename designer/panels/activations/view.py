"""One picture, as large as there is room: maps, a histogram with its range, or labelled bars; it must not know nodes."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.panels.activations.words import number_text
from designer.theme.fonts import font
from designer.theme.pictures import best_columns, image_of, paint_columns, values_of_picture
from designer.theme.source import ThemeSource
from engine.runs.events import Picture

_LARGEST_VALUE_PX: Final = 24
"""A value of a map is never drawn larger than this: a 1 x 1 map needs no whole panel."""
_MOST_COLUMNS_WIDTH_PX: Final = 56
_LABEL_PX: Final = 20


class PictureView(QWidget):
    """Paints one picture; values of maps are whole pixels, so that none looks larger than another."""

    def __init__(self, source: ThemeSource, parent: QWidget | None = None) -> None:
        """Start with nothing to show."""
        super().__init__(parent)
        self._source = source
        self._picture: Picture | None = None
        self._colour = source.theme.families["data"]
        self._image = QImage()
        self._image_state: tuple[object, ...] = ()
        self._small = font("mono_small", source.theme.metrics)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_picture(self, picture: Picture | None, colour: str) -> None:
        """Show a picture.

        Args:
            picture: None shows nothing.
            colour: `#RRGGBB` of columns.
        """
        self._picture, self._colour = picture, colour
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for room enough to see something."""
        return QSize(320, 160)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture."""
        if self._picture is None:
            return
        painter = QPainter(self)
        painter.setFont(self._small)
        if self._picture.form == "maps":
            self._paint_maps(painter, self._picture)
        elif self._picture.form == "histogram":
            self._paint_histogram(painter, self._picture)
        else:
            self._paint_bars(painter, self._picture)
        painter.end()

    def _paint_maps(self, painter: QPainter, picture: Picture) -> None:
        ratio = self.devicePixelRatioF()
        state = (id(picture), self._source.theme.name, self.width(), self.height(), ratio)
        if state != self._image_state:
            self._image_state = state
            self._image = self._maps_image(picture, ratio)
        painter.drawImage(QPointF(0, 0), self._image)

    def _maps_image(self, picture: Picture, ratio: float) -> QImage:
        _count, height, width = picture.shape
        room_x, room_y = self.width() * ratio, self.height() * ratio
        gap = round(3 * ratio)
        columns = best_columns(picture, room_x, room_y)
        lines = -(-picture.shape[0] // columns)
        fit = min((room_x / columns - gap) / max(1, width), (room_y / lines - gap) / max(1, height))
        image = image_of(
            picture, self._source.theme, columns, max(1, min(int(fit), round(_LARGEST_VALUE_PX * ratio))), gap
        )
        if image.width() > room_x or image.height() > room_y:
            keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            image = image.scaled(QSize(int(room_x), int(room_y)), keep, smooth)
        image.setDevicePixelRatio(ratio)
        return image

    def _paint_histogram(self, painter: QPainter, picture: Picture) -> None:
        values = values_of_picture(picture)
        width = min(self.width(), values.size * _LABEL_PX)
        area = QRectF(0, 4, width, self.height() - _LABEL_PX - 8)
        paint_columns(painter, area, values, self._colour, floor=1.0)
        self._paint_axis(painter, area, picture)

    def _paint_axis(self, painter: QPainter, area: QRectF, picture: Picture) -> None:
        colours = self._source.theme.colors
        painter.setPen(QColor(colours.hairline))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        span = picture.high - picture.low
        places = [(0.0, picture.low), (1.0, picture.high)]
        if picture.low < 0 < picture.high and 0.1 < -picture.low / span < 0.9:
            places.insert(1, (-picture.low / span, 0.0))
        painter.setPen(QColor(colours.text_faint))
        for share, value in places:
            text = number_text(value)
            width = painter.fontMetrics().horizontalAdvance(text)
            at = area.left() + share * area.width() - share * width
            painter.drawText(QRectF(at, area.bottom() + 4, width + 1, _LABEL_PX), 0, text)

    def _paint_bars(self, painter: QPainter, picture: Picture) -> None:
        values = values_of_picture(picture)
        if values.size == 0:
            return
        step = min(_MOST_COLUMNS_WIDTH_PX, self.width() / values.size)
        area = QRectF(0, _LABEL_PX, step * values.size, self.height() - 2 * _LABEL_PX - 8)
        paint_columns(painter, area, values, self._colour, floor=1.0)
        self._paint_labels(painter, area, step, picture, values)

    def _paint_labels(
        self,
        painter: QPainter,
        area: QRectF,
        step: float,
        picture: Picture,
        values: np.ndarray[tuple[int], np.dtype[np.float32]],
    ) -> None:
        colours = self._source.theme.colors
        measure = QFontMetricsF(painter.font())
        best = int(np.argmax(np.nan_to_num(values, nan=-np.inf)))
        centre = Qt.AlignmentFlag.AlignHCenter
        for place, value in enumerate(values.tolist()):
            label = picture.labels[place] if place < len(picture.labels) else str(place)
            box = QRectF(area.left() + place * step - step * 0.11, area.bottom() + 4, step, _LABEL_PX)
            painter.setPen(QColor(colours.text if place == best else colours.text_secondary))
            painter.drawText(box, centre, measure.elidedText(label, Qt.TextElideMode.ElideMiddle, step - 2))
            text = number_text(value)
            if measure.horizontalAdvance(text) <= step - 4:
                painter.drawText(box.translated(0, -box.top()), centre, text)
