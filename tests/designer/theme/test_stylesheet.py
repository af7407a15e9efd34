"""The style sheet, the palette and the fonts on a real application."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from PySide6.QtCore import QDir
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPushButton, QSpinBox, QWidget

from designer.theme.fields import inset_text
from designer.theme.fonts import font
from designer.theme.sheet_images import image_urls, install_images
from designer.theme.stylesheet import apply_theme, palette, stylesheet
from designer.theme.tabs import SegmentedTabBar
from designer.theme.tokens import ThemeName, load_metrics, load_theme


@pytest.fixture
def dressed(app: QApplication) -> Iterator[QApplication]:
    """Give the application in dark and undress it afterwards."""
    apply_theme(app, load_theme("dark"))
    yield app
    app.setStyleSheet("")


@pytest.mark.parametrize("name", get_args(ThemeName))
def test_stylesheet_fills_in_every_token(name: ThemeName) -> None:
    sheet = stylesheet(load_theme(name))

    assert "${" not in sheet
    assert load_theme(name).colors.accent in sheet


@pytest.mark.usefixtures("app")
def test_every_picture_of_the_style_sheet_is_found() -> None:
    theme = load_theme("light")
    install_images(theme)

    assert all(
        Path(QDir.searchPaths(url.split(":")[0])[0], url.split(":")[1]).is_file() for url in image_urls(theme).values()
    )


@pytest.mark.parametrize("make", [QLineEdit, QSpinBox, QComboBox, QPushButton])
def test_controls_are_as_high_as_the_token_says(dressed: QApplication, make: type[QWidget]) -> None:
    widget = make()
    widget.show()
    dressed.processEvents()
    widget.adjustSize()

    assert widget.height() == load_metrics().size.control_height
    widget.close()


def test_theme_switches_live(dressed: QApplication) -> None:
    light = load_theme("light")
    apply_theme(dressed, light)

    assert dressed.palette().color(QPalette.ColorRole.Window).name().upper() == light.colors.panel


def test_disabled_words_wear_their_own_colour() -> None:
    theme = load_theme("dark")
    colour = palette(theme).color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)

    assert colour.name().upper() == theme.colors.text_disabled


@pytest.mark.usefixtures("app")
def test_group_font_is_ten_pixels_bold_and_spaced_capitals() -> None:
    made = font("group", load_metrics())

    assert made.pixelSize() == 10
    assert made.weight() == QFont.Weight.Bold
    assert made.capitalization() == QFont.Capitalization.AllUppercase
    assert made.letterSpacing() == pytest.approx(0.5)


@pytest.mark.usefixtures("app")
def test_every_font_has_figures_of_equal_width() -> None:
    metrics = load_metrics()

    assert all(font(role, metrics).featureValue(QFont.Tag("tnum")) == 1 for role in metrics.fonts)


def test_number_of_a_spin_box_stands_in_from_its_edge(dressed: QApplication) -> None:
    assert dressed is not None
    box = QSpinBox()
    inset_text(box, load_metrics())

    assert box.lineEdit().textMargins().left() == 8


def test_tab_shows_and_drops_its_second_text(dressed: QApplication) -> None:
    assert dressed is not None
    bar = SegmentedTabBar()
    bar.addTab("Network")
    bare = bar.tabSizeHint(0).width()
    bar.set_second_text(0, "what it computes")
    wide = bar.tabSizeHint(0).width()
    bar.set_second_text(0, "")

    assert wide > bare
    assert bar.tabSizeHint(0).width() == bare
