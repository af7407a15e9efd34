"""The theme that the tests of the panels work with."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from designer.theme.source import ThemeSource
from designer.theme.stylesheet import apply_theme


@pytest.fixture
def source(app: QApplication) -> ThemeSource:
    """Give a dark theme, worn by the application."""
    made = ThemeSource(app, "dark")
    apply_theme(app, made.theme)
    return made
