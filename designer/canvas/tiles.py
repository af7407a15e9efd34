"""Squares of the canvas that are painted once and shown many times, at exact zooms and at steps of the root of 2.

It must not know what is painted: it is given a function for that.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPixmap

EDGE: Final = 512
"""Edge of a tile, in device pixels."""
MAX_TILES: Final = 160
"""A tile takes a mebibyte."""
OVERVIEW_EDGE: Final = 1024
MANY_SPOTS: Final = 12
"""A tile with more changed spots is painted as a whole."""
TOO_MANY: Final = 80
"""More changed spots than these are taken for one large change."""
_GROWTH: Final = 0.25
"""How much larger than the graph the overview is, so that it need not be made again as the graph grows."""

TileKey = tuple[float, int, int]
"""Device pixels per scene unit, column, row."""
PaintPart = Callable[[QPainter, QRectF, float], None]
"""Paints a part of the canvas: painter in scene units, the part, device pixels per scene unit."""


@dataclass(slots=True)
class _Tile:
    pixmap: QPixmap
    missing: list[QRectF]
    """Parts that were never painted, in scene units."""
    spots: list[QRectF] = field(default_factory=list)
    """Parts that look different now."""


@dataclass(frozen=True, slots=True)
class Window:
    """What is seen: a rectangle of the canvas on a device."""

    scale: float
    """Device pixels per scene unit."""
    left: float
    top: float
    """Of the canvas's origin, in device pixels left of and above the window's corner."""
    width: int
    height: int
    ratio: float
    """Device pixels per px."""

    def scene_rect(self) -> QRectF:
        """Give the part of the canvas that is seen, in scene units."""
        scale = self.scale
        return QRectF(self.left / scale, self.top / scale, self.width / scale, self.height / scale)


def step_near(scale: float) -> float:
    """Give the power of the root of 2 that is nearest to a scale."""
    return float(2.0 ** (round(2 * math.log2(scale)) / 2))


class TileStore:
    """Keeps tiles and an overview, and shows them."""

    def __init__(self, paint: PaintPart, ground: QColor) -> None:
        """Start with nothing painted.

        Args:
            paint: Paints a part of the canvas.
            ground: Colour of what was never painted.
        """
        self._paint = paint
        self._ground = ground
        self._tiles: OrderedDict[TileKey, _Tile] = OrderedDict()
        self._overview: QPixmap | None = None
        self._overview_rect = QRectF()
        self._overview_spots: list[QRectF] = []

    def forget(self) -> None:
        """Throw everything away: another theme, another graph."""
        self._tiles.clear()
        self._overview = None
        self._overview_spots = []

    def change(self, spots: Iterable[QRectF], shown: float) -> None:
        """Note that parts of the canvas look different.

        Args:
            spots: Where, in scene units.
            shown: Scale of the tiles on screen: those are mended, others are thrown away.
        """
        changed = list(spots)
        if not changed:
            return
        self._overview_spots += changed
        if len(changed) > TOO_MANY:
            changed = [_hull(changed)] * (MANY_SPOTS + 1)
        for key in list(self._tiles):
            rect = _tile_rect(key)
            hit = [spot for spot in changed if rect.intersects(spot)]
            if hit and key[0] != shown:
                del self._tiles[key]
            elif hit:
                self._tiles[key].spots += hit

    def show(self, painter: QPainter, window: Window, scale: float, budget_ms: float) -> bool:
        """Show what a window sees.

        Args:
            painter: On the window's device, without a transform, in px.
            window: What is seen.
            scale: Which tiles to use: the window's own scale, or a step near it.
            budget_ms: Time for painting new tiles in this call.

        Returns:
            Whether all of it is as it is now: nothing is missing and nothing waits to be mended.
        """
        ends = time.perf_counter() + budget_ms / 1000
        keys = list(_keys_in(window, scale))
        ready = [key for key in keys if self._ready(key, ends)]
        if len(ready) < len(keys):
            self._show_beneath(painter, window, scale)
        for key in ready:
            self._show_tile(painter, window, key)
        return len(ready) == len(keys) and not any(self._tiles[key].spots for key in ready)

    def prepare(self, window: Window, budget_ms: float) -> bool:
        """Paint tiles around a window, so that they are there when it moves.

        Returns:
            Whether all of them are there.
        """
        ends = time.perf_counter() + budget_ms / 1000
        margin = EDGE / 2
        wide = Window(
            window.scale,
            window.left - margin,
            window.top - margin,
            window.width + round(2 * margin),
            window.height + round(2 * margin),
            window.ratio,
        )
        return all(self._ready(key, ends) and not self._tiles[key].spots for key in _keys_in(wide, window.scale))

    def refresh_overview(self, bounds: QRectF) -> None:
        """Bring the overview up to date with a graph of these bounds."""
        if bounds.isEmpty():
            self._overview = None
        elif self._overview is None or not self._overview_rect.contains(bounds):
            grown = bounds.adjusted(*(side * _GROWTH * max(bounds.width(), bounds.height()) for side in (-1, -1, 1, 1)))
            scale = min(1.0, OVERVIEW_EDGE / max(grown.width(), grown.height()))
            size = QSize(math.ceil(grown.width() * scale), math.ceil(grown.height() * scale))
            self._overview, self._overview_rect = self._blank(size), grown
            self._paint_into(self._overview, grown.topLeft(), scale, None)
        elif len(self._overview_spots) > MANY_SPOTS:
            scale = self._overview.width() / self._overview_rect.width()
            self._paint_into(self._overview, self._overview_rect.topLeft(), scale, None)
        elif self._overview_spots:
            scale = self._overview.width() / self._overview_rect.width()
            self._paint_into(self._overview, self._overview_rect.topLeft(), scale, self._overview_spots)
        self._overview_spots = []

    def _ready(self, key: TileKey, ends: float) -> bool:
        """Make sure that a tile is there, and up to date as far as there is time: an old one is better than none."""
        tile = self._tiles.get(key)
        if tile is None:
            if time.perf_counter() >= ends:
                return False
            tile = self._tiles[key] = _Tile(self._blank(QSize(EDGE, EDGE)), _quarters(_tile_rect(key)))
            while len(self._tiles) > MAX_TILES:
                self._tiles.popitem(last=False)
        self._tiles.move_to_end(key)
        corner = _tile_rect(key).topLeft()
        while tile.missing:
            if time.perf_counter() >= ends:
                return False
            self._paint_into(tile.pixmap, corner, key[0], [tile.missing.pop()])
        if len(tile.spots) > MANY_SPOTS:
            if time.perf_counter() >= ends:
                return True
            self._paint_into(tile.pixmap, corner, key[0], None)
        elif tile.spots:
            self._paint_into(tile.pixmap, corner, key[0], tile.spots)
        tile.spots = []
        return True

    def _blank(self, size: QSize) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(self._ground)
        return pixmap

    def _paint_into(self, pixmap: QPixmap, corner: QPointF, scale: float, spots: list[QRectF] | None) -> None:
        """Paint a pixmap, or some spots of it."""
        whole = QRectF(corner.x(), corner.y(), pixmap.width() / scale, pixmap.height() / scale)
        if pixmap.devicePixelRatio() != 1.0:
            pixmap.setDevicePixelRatio(1.0)
        with QPainter(pixmap) as painter:
            for spot in spots if spots is not None else (whole,):
                clip = _device_rect(spot, corner, scale).intersected(pixmap.rect())
                if clip.isEmpty():
                    continue
                painter.resetTransform()
                painter.setClipRect(clip)
                painter.translate(-corner.x() * scale, -corner.y() * scale)
                painter.scale(scale, scale)
                part = QRectF(
                    corner.x() + clip.x() / scale,
                    corner.y() + clip.y() / scale,
                    clip.width() / scale,
                    clip.height() / scale,
                )
                self._paint(painter, part, scale)

    def _show_beneath(self, painter: QPainter, window: Window, scale: float) -> None:
        """Show the best there is while tiles are missing: the overview, and tiles of the nearest step over it."""
        ratio = window.ratio
        painter.fillRect(QRectF(0, 0, window.width / ratio, window.height / ratio), self._ground)
        if self._overview is not None:
            rect = self._overview_rect
            target = QRectF(
                (rect.x() * window.scale - window.left) / ratio,
                (rect.y() * window.scale - window.top) / ratio,
                rect.width() * window.scale / ratio,
                rect.height() * window.scale / ratio,
            )
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=False)
            painter.drawPixmap(target, self._overview, QRectF(self._overview.rect()))
        step = step_near(window.scale)
        if step != scale:
            for key in _keys_in(window, step):
                if key in self._tiles and not self._tiles[key].missing:
                    self._show_tile(painter, window, key)

    def _show_tile(self, painter: QPainter, window: Window, key: TileKey) -> None:
        tile, ratio = self._tiles[key], window.ratio
        if key[0] == window.scale:
            left, top = round(key[1] * EDGE - window.left), round(key[2] * EDGE - window.top)
            if tile.pixmap.devicePixelRatio() != ratio:
                tile.pixmap.setDevicePixelRatio(ratio)
            painter.drawPixmap(QPointF(left / ratio, top / ratio), tile.pixmap)
            return
        grown = window.scale / key[0] * EDGE
        # Edges are rounded, not sizes: neighbours then meet without a seam.
        left, top = round(key[1] * grown - window.left), round(key[2] * grown - window.top)
        right, bottom = round((key[1] + 1) * grown - window.left), round((key[2] + 1) * grown - window.top)
        target = QRectF(left / ratio, top / ratio, (right - left) / ratio, (bottom - top) / ratio)
        painter.drawPixmap(target, tile.pixmap, QRectF(0, 0, EDGE, EDGE))


def _keys_in(window: Window, scale: float) -> Iterator[TileKey]:
    """Name the tiles of a scale that a window sees, from its middle outwards."""
    edge = EDGE * window.scale / scale
    columns = range(math.floor(window.left / edge), math.floor((window.left + window.width - 1) / edge) + 1)
    rows = range(math.floor(window.top / edge), math.floor((window.top + window.height - 1) / edge) + 1)
    middle = ((window.left + window.width / 2) / edge - 0.5, (window.top + window.height / 2) / edge - 0.5)
    cells = [(column, row) for column in columns for row in rows]
    cells.sort(key=lambda cell: (cell[0] - middle[0]) ** 2 + (cell[1] - middle[1]) ** 2)
    return ((scale, column, row) for column, row in cells)


def _tile_rect(key: TileKey) -> QRectF:
    edge = EDGE / key[0]
    return QRectF(key[1] * edge, key[2] * edge, edge, edge)


def _hull(rects: list[QRectF]) -> QRectF:
    left, top = min(rect.left() for rect in rects), min(rect.top() for rect in rects)
    right, bottom = max(rect.right() for rect in rects), max(rect.bottom() for rect in rects)
    return QRectF(left, top, right - left, bottom - top)


def _quarters(rect: QRectF) -> list[QRectF]:
    """Part a tile, so that painting one never takes longer than a frame has."""
    wide, tall = rect.width() / 2, rect.height() / 2
    return [QRectF(rect.x() + wide * i, rect.y() + tall * j, wide, tall) for i in (0, 1) for j in (0, 1)]


def _device_rect(spot: QRectF, corner: QPointF, scale: float) -> QRect:
    left, top = math.floor((spot.left() - corner.x()) * scale), math.floor((spot.top() - corner.y()) * scale)
    right, bottom = math.ceil((spot.right() - corner.x()) * scale), math.ceil((spot.bottom() - corner.y()) * scale)
    return QRect(left, top, right - left, bottom - top)
