"""Icons: every file draws, in one style, in the colour asked for."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from designer.theme.icons import Icons, UnknownIconError, icon_names, icon_source
from designer.theme.tokens import load_theme

OWN_COLOURS = {"netwright"}
"""Icons that keep their own colours."""


@pytest.fixture
def icons(app: QApplication) -> Icons:
    """Give a fresh store of icons; drawing needs an application."""
    assert app is not None
    return Icons()


@pytest.mark.parametrize("name", icon_names())
def test_icon_draws_something_inside_its_edges(icons: Icons, name: str) -> None:
    image = icons.pixmap(name, "#FF0000").toImage().convertToFormat(QImage.Format.Format_ARGB32)
    drawn = sum(image.pixelColor(x, y).alpha() > 128 for x in range(16) for y in range(16))

    assert 5 <= drawn <= 240


@pytest.mark.parametrize("name", sorted(set(icon_names()) - OWN_COLOURS))
def test_icon_keeps_to_the_style_of_the_set(name: str) -> None:
    source = icon_source(name, "#123456").decode()

    assert 'viewBox="0 0 16 16"' in source
    assert 'stroke-width="1.5"' in source
    assert 'stroke-linecap="round"' in source
    assert "currentColor" not in source


def test_every_family_has_an_icon() -> None:
    families = load_theme("dark").families

    assert {f"family_{family}" for family in families} <= set(icon_names())


def test_pixmap_has_the_resolution_of_its_screen(icons: Icons) -> None:
    pixmap = icons.pixmap("run", "#FFFFFF", 16, 2.0)

    assert pixmap.width() == 32
    assert pixmap.deviceIndependentSize().width() == 16


def test_icon_is_drawn_once(icons: Icons) -> None:
    assert icons.icon("run", "#FFFFFF") is icons.icon("run", "#FFFFFF")
    assert icons.icon("run", "#FFFFFF") is not icons.icon("run", "#000000")


def test_draw_paints_in_the_colour_asked_for(icons: Icons) -> None:
    image = QImage(40, 40, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    icons.draw(painter, QRectF(0, 0, 40, 40), "stop", "#12AB34")
    painter.end()

    assert image.pixelColor(20, 20) == QColor("#12AB34")


def test_unknown_icon_is_refused_with_near_names(icons: Icons) -> None:
    with pytest.raises(UnknownIconError) as caught:
        icons.icon("pauze", "#FFFFFF")

    assert "pause" in caught.value.near
