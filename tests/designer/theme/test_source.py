"""Following the system's theme, or a choice."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from designer.theme.motion import duration_ms
from designer.theme.source import ThemeSource, system_theme_name
from designer.theme.tokens import Theme


def test_choice_holds_and_a_new_one_is_told_once(app: QApplication) -> None:
    source = ThemeSource(app, "dark")
    told: list[Theme] = []
    source.theme_changed.connect(told.append)
    source.choose("light")
    source.choose("light")

    assert [theme.name for theme in told] == ["light"]
    assert source.theme.name == "light"
    assert source.choice == "light"


def test_system_theme_is_followed_without_a_choice(app: QApplication) -> None:
    source = ThemeSource(app)
    told: list[Theme] = []
    source.theme_changed.connect(told.append)
    before = source.theme.name
    app.styleHints().setColorScheme(Qt.ColorScheme.Dark if before == "light" else Qt.ColorScheme.Light)
    app.processEvents()
    after = system_theme_name(app)
    app.styleHints().unsetColorScheme()

    assert [theme.name for theme in told[:1]] == ([after] if after != before else [])


def test_motion_is_as_long_as_asked_or_not_at_all(app: QApplication) -> None:
    assert app is not None
    assert duration_ms(150) in (0, 150)
