"""The application, themes and a run's events that the tests of the panels work with."""

from __future__ import annotations

import os

import pytest
from PySide6.QtWidgets import QApplication

from designer.theme.source import ThemeSource
from designer.theme.stylesheet import apply_theme


@pytest.fixture(scope="session")
def app() -> QApplication:
    """Give the one application of this process."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    existing = QApplication.instance()
    return existing if isinstance(existing, QApplication) else QApplication([])


@pytest.fixture
def source(app: QApplication) -> ThemeSource:
    """Give a dark theme, worn by the application."""
    made = ThemeSource(app, "dark")
    apply_theme(app, made.theme)
    return made
