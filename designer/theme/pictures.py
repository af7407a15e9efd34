"""Pictures of numbers: maps as one image in the theme's colours, histograms and bars as painted columns.

It knows pictures and tokens, not who shows them.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from designer.theme.tokens import Theme
from engine.runs.events import Picture

_COLUMN_SHARE = 0.78
"""Width of a column against the distance to the next."""


def best_columns(picture: Picture, width: float, height: float) -> int:
    """Choose how many maps stand side by side so that they become as large as possible.

    Args:
        picture: Of form `maps`.
        width: Room there is, in px.
        height: Room there is, in px.

    Returns:
        Columns of the grid, at least 1.
    """
    count, rows, columns = picture.shape
    if count < 1 or rows < 1 or columns < 1:
        return 1
    scales = {side: min(width / (side * columns), height / (-(-count // side) * rows)) for side in range(1, count + 1)}
    return max(scales, key=lambda side: (scales[side], -side))


def image_of(picture: Picture, theme: Theme, columns: int = 0, scale: int = 1, gap: int = 1) -> QImage:
    """Draw all maps of a picture into one image; a map is a tile, gaps are transparent.

    Args:
        picture: Of form `maps`; missing bytes are drawn as the lowest value.
        theme: Gives the colour map.
        columns: Tiles side by side; 0 makes the grid about square.
        scale: Image pixels to an edge of a value.
        gap: Image pixels between tiles.

    Returns:
        The image; empty where the picture is.
    """
    count, height, width = picture.shape
    if min(count, height, width) < 1:
        return QImage()
    side = columns or math.ceil(math.sqrt(count * height / width))
    side = min(side, count)
    lines = -(-count // side)
    tiles = _coloured(picture, theme).repeat(scale, axis=1).repeat(scale, axis=2)
    tall, wide = height * scale, width * scale
    canvas = np.zeros((lines * side, tall + gap, wide + gap), dtype=np.uint32)
    canvas[:count, :tall, :wide] = tiles
    grid = canvas.reshape(lines, side, tall + gap, wide + gap).swapaxes(1, 2)
    pixels = np.ascontiguousarray(
        grid.reshape(lines * (tall + gap), side * (wide + gap))[: -gap or None, : -gap or None]
    )
    rows, across = pixels.shape
    return QImage(pixels.data, across, rows, across * 4, QImage.Format.Format_ARGB32_Premultiplied).copy()


def values_of_picture(picture: Picture) -> NDArray[np.float32]:
    """Read the values of a histogram or of bars.

    Args:
        picture: Of form `histogram` or `bars`.

    Returns:
        float32, shape (n,).
    """
    whole = len(picture.data) // 4 * 4
    return np.frombuffer(picture.data[:whole], dtype="<f4").astype(np.float32)


def paint_columns(
    painter: QPainter, rect: QRectF, values: NDArray[np.float32], colour: str, floor: float = 0.0
) -> None:
    """Paint values as columns standing on zero; negative ones hang below it.

    Args:
        painter: Where to draw; its state stays as it was.
        rect: Where they go.
        values: Shape (n,); what is not finite is left out.
        colour: `#RRGGBB`.
        floor: Least height of a column with a positive value, in px, so that it is seen.
    """
    shown = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = min(0.0, float(shown.min(initial=0.0))), max(0.0, float(shown.max(initial=0.0)))
    if shown.size == 0 or high == low:
        return
    scale = rect.height() / (high - low)
    step = rect.width() / shown.size
    zero = rect.top() + high * scale
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    columns = []
    for place, value in enumerate(shown.tolist()):
        size = max(abs(value) * scale, floor if value else 0.0)
        top = zero - size if value >= 0 else zero
        columns.append(QRectF(rect.left() + place * step, top, step * _COLUMN_SHARE, size))
    painter.drawRects(columns)
    painter.restore()


def paint_picture(painter: QPainter, rect: QRectF, picture: Picture, theme: Theme, colour: str) -> None:
    """Paint a picture of any form into a rectangle: maps as large as fits from the upper left, else columns.

    Args:
        painter: Where to draw; its state stays as it was.
        rect: Where it goes.
        picture: What to paint.
        theme: Gives the colour map.
        colour: `#RRGGBB` of columns, usually the family's.
    """
    if picture.form != "maps":
        paint_columns(painter, rect, values_of_picture(picture), colour, floor=1.0)
        return
    image = image_of(picture, theme, best_columns(picture, rect.width(), rect.height()))
    if image.isNull():
        return
    scale = min(rect.width() / image.width(), rect.height() / image.height())
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < 1)
    painter.drawImage(QRectF(rect.left(), rect.top(), image.width() * scale, image.height() * scale), image)
    painter.restore()


def _coloured(picture: Picture, theme: Theme) -> NDArray[np.uint32]:
    count, height, width = picture.shape
    flat = np.zeros(count * height * width, dtype=np.uint8)
    given = np.frombuffer(picture.data, dtype=np.uint8)[: flat.size]
    flat[: given.size] = given
    return _colour_table(theme.image_stops)[flat].reshape(count, height, width)


@lru_cache(maxsize=4)
def _colour_table(image_stops: tuple[str, ...]) -> NDArray[np.uint32]:
    """Spread a theme's stops over 256 colours, as 0xAARRGGBB."""
    stops = np.array([list(bytes.fromhex(stop[1:])) for stop in image_stops], dtype=np.float64)
    places = np.linspace(0, len(stops) - 1, 256)
    red, green, blue = (np.interp(places, np.arange(len(stops)), stops[:, part]).round() for part in range(3))
    table: NDArray[np.uint32] = (0xFF000000 + red * 0x10000 + green * 0x100 + blue).astype(np.uint32)
    return table
