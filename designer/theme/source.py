"""Which theme holds now: the system's, or the one the person chose, with a signal when it changes.

It knows the application's style hints and the tokens; it styles nothing itself.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication

from designer.theme.tokens import Theme, ThemeName, load_theme


def system_theme_name(app: QGuiApplication) -> ThemeName:
    """Name the theme the system asks for; dark where it does not say."""
    return "light" if app.styleHints().colorScheme() == Qt.ColorScheme.Light else "dark"


class ThemeSource(QObject):
    """Holds the current theme; follows the system unless a theme is chosen."""

    theme_changed = Signal(Theme)

    def __init__(self, app: QGuiApplication, choice: ThemeName | None = None, parent: QObject | None = None) -> None:
        """Start with a choice, or with the system's theme.

        Args:
            app: The application whose style hints are followed.
            choice: A fixed theme; None follows the system.
            parent: The owner in Qt's tree.
        """
        super().__init__(parent)
        self._app = app
        self._choice = choice
        self._theme = load_theme(choice or system_theme_name(app))
        self._connect()

    @property
    def theme(self) -> Theme:
        """The theme that holds now."""
        return self._theme

    @property
    def choice(self) -> ThemeName | None:
        """The fixed theme, or None while the system is followed."""
        return self._choice

    def choose(self, choice: ThemeName | None) -> None:
        """Fix the theme, or follow the system again with None; emits `theme_changed` when that changes it."""
        self._choice = choice
        self._follow()

    def _connect(self) -> None:
        self._app.styleHints().colorSchemeChanged.connect(self._on_color_scheme_changed)

    def _on_color_scheme_changed(self) -> None:
        self._follow()

    def _follow(self) -> None:
        name = self._choice or system_theme_name(self._app)
        if name != self._theme.name:
            self._theme = load_theme(name)
            self.theme_changed.emit(self._theme)
