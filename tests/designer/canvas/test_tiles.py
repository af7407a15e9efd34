"""Tiles are painted once, mended where something changed, and shown wherever they are."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from designer.canvas.tiles import TileStore, Window, step_near

GROUND, INK = QColor("#102030"), QColor("#F0E0D0")
LONG_MS = 10_000.0


class Wall:
    """A canvas with one square on it, and a count of what is painted."""

    def __init__(self) -> None:
        self.square = QRectF(100, 100, 50, 50)
        self.parts: list[QRectF] = []
        self.store = TileStore(self._paint, GROUND)

    def _paint(self, painter: QPainter, part: QRectF, scale: float) -> None:
        self.parts.append(part)
        painter.fillRect(part, GROUND)
        painter.fillRect(self.square.intersected(part), INK)

    def show(self, window: Window, scale: float = 0.0, budget_ms: float = LONG_MS) -> tuple[QImage, bool]:
        """Show a window's tiles on an image."""
        image = QImage(window.width, window.height, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(window.ratio)
        image.fill(QColor("#FF00FF"))
        with QPainter(image) as painter:
            complete = self.store.show(painter, window, scale or window.scale, budget_ms)
        return image, complete


@pytest.fixture
def wall(app: QApplication) -> Wall:
    return Wall()


def _window(scale: float = 1.0, left: float = 0.0, ratio: float = 1.0) -> Window:
    return Window(scale, left, 0.0, 600, 300, ratio)


def test_a_window_shows_what_is_there(wall: Wall) -> None:
    image, complete = wall.show(_window())

    assert complete
    assert image.pixelColor(125, 125) == INK
    assert image.pixelColor(99, 125) == GROUND
    assert image.pixelColor(599, 299) == GROUND


def test_tiles_are_painted_once(wall: Wall) -> None:
    wall.show(_window())
    painted = len(wall.parts)
    image, _ = wall.show(_window(left=37))

    assert len(wall.parts) == painted
    assert image.pixelColor(100, 125) == INK


def test_only_the_changed_spot_is_painted_again(wall: Wall) -> None:
    wall.show(_window())
    wall.parts.clear()
    old, wall.square = wall.square, QRectF(300, 100, 50, 50)
    wall.store.change([old, wall.square], 1.0)
    image, _ = wall.show(_window())

    assert wall.parts == [old, wall.square]
    assert image.pixelColor(125, 125) == GROUND
    assert image.pixelColor(325, 125) == INK


def test_a_tile_that_there_was_no_time_to_mend_is_shown_as_it_was_and_mended_next_time(wall: Wall) -> None:
    wall.show(_window())
    wall.square = QRectF(300, 100, 50, 50)
    wall.store.change([QRectF(number, 0, 600, 300) for number in range(200)], 1.0)
    image, complete = wall.show(_window(), budget_ms=0.0)
    assert not complete
    assert image.pixelColor(125, 125) == INK

    image, complete = wall.show(_window())
    assert complete
    assert image.pixelColor(125, 125) == GROUND
    assert image.pixelColor(325, 125) == INK


def test_tiles_of_another_zoom_are_thrown_away_where_something_changed(wall: Wall) -> None:
    wall.show(_window(0.5))
    wall.square = QRectF(300, 100, 50, 50)
    wall.store.change([QRectF(90, 90, 300, 70)], 1.0)
    image, _ = wall.show(_window(0.5))

    assert image.pixelColor(162, 62) == INK
    assert image.pixelColor(62, 62) == GROUND


def test_without_time_nothing_is_painted_and_the_overview_stands_in(wall: Wall) -> None:
    wall.store.refresh_overview(QRectF(0, 0, 600, 300))
    wall.parts.clear()
    image, complete = wall.show(_window(), budget_ms=0.0)

    assert not complete
    assert wall.parts == []
    assert image.pixelColor(125, 125) == INK


def test_a_step_near_the_zoom_is_stretched_while_it_moves(wall: Wall) -> None:
    scale = 0.9
    image, complete = wall.show(_window(scale), step_near(scale))

    assert complete
    assert step_near(scale) == 1.0
    assert image.pixelColor(112, 112) == INK
    assert image.pixelColor(88, 112) == GROUND


def test_steps_are_powers_of_the_root_of_two() -> None:
    assert step_near(1.1) == 1.0
    assert step_near(1.3) == pytest.approx(2**0.5)
    assert step_near(0.26) == 0.25


def test_stretched_tiles_meet_without_a_seam(wall: Wall) -> None:
    wall.square = QRectF(-5000, -5000, 10_000, 10_000)
    image, _ = wall.show(Window(0.83, 11.3, 7.7, 1400, 900, 1.0), 0.7071067811865476)
    colours = {image.pixelColor(x, y).name() for x in range(0, 1400, 7) for y in (3, 450, 899)}

    assert colours == {INK.name()}


def test_on_a_fine_screen_tiles_are_as_fine(wall: Wall) -> None:
    wall.square = QRectF(100.5, 100, 50, 50)
    image, _ = wall.show(_window(2.0, ratio=2.0))

    assert image.pixelColor(201, 250) == INK
    assert image.pixelColor(200, 250) == GROUND
