"""Pictures of numbers keep their values, order and room."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from designer.theme.pictures import best_columns, image_of, paint_columns, paint_picture, values_of_picture
from designer.theme.tokens import load_theme
from engine.runs.events import Picture


def _maps(count: int, height: int, width: int, data: bytes) -> Picture:
    return Picture(address="net.conv", form="maps", shape=(count, height, width), data=data, low=0.0, high=1.0)


def test_the_lowest_and_the_highest_value_wear_the_ends_of_the_colour_map() -> None:
    theme = load_theme("dark")
    image = image_of(_maps(1, 1, 2, bytes([0, 255])), theme)

    assert image.pixelColor(0, 0).name().upper() == theme.image_stops[0]
    assert image.pixelColor(1, 0).name().upper() == theme.image_stops[-1]


def test_maps_stand_in_rows_with_transparent_gaps() -> None:
    theme = load_theme("dark")
    image = image_of(_maps(3, 1, 1, bytes([0, 255, 0])), theme, columns=2, scale=2, gap=1)

    assert (image.width(), image.height()) == (5, 5)
    assert image.pixelColor(4, 0).name().upper() == theme.image_stops[-1]
    assert image.pixelColor(2, 0).alpha() == 0
    assert image.pixelColor(4, 4).alpha() == 0


def test_too_few_bytes_do_no_harm() -> None:
    assert image_of(_maps(2, 2, 2, b"\xff"), load_theme("light")).width() > 0


def test_an_empty_picture_gives_an_empty_image() -> None:
    assert image_of(_maps(0, 2, 2, b""), load_theme("light")).isNull()


def test_the_grid_fits_the_room() -> None:
    picture = _maps(16, 8, 8, bytes(16 * 64))

    assert best_columns(picture, 160, 40) == 8
    assert best_columns(picture, 100, 100) == 4


def test_columns_stand_on_zero(app: QApplication) -> None:
    image = QImage(20, 20, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    paint_columns(painter, QRectF(0, 0, 20, 20), np.array([1.0, -1.0], dtype=np.float32), load_theme("dark").colors.ok)
    painter.end()

    assert [image.pixelColor(3, y).alpha() > 0 for y in (5, 15)] == [True, False]
    assert [image.pixelColor(13, y).alpha() > 0 for y in (5, 15)] == [False, True]


def test_any_form_is_painted(app: QApplication) -> None:
    values = np.array([1, 2, 3], dtype="<f4").tobytes()
    bars = Picture(address="net.scores", form="bars", shape=(3,), data=values, low=0.0, high=3.0)
    image = QImage(30, 20, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    theme = load_theme("dark")
    paint_picture(painter, QRectF(0, 0, 10, 20), bars, theme, theme.colors.ok)
    paint_picture(painter, QRectF(12, 0, 10, 10), _maps(1, 2, 2, bytes(4)), theme, theme.colors.ok)
    painter.end()

    assert values_of_picture(bars).tolist() == [1, 2, 3]
    assert image.pixelColor(8, 18).alpha() > 0
    assert image.pixelColor(14, 4).alpha() > 0
