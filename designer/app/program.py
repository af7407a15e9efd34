"""The program: what is seen at once, then, after the first paint, what takes longer; it must not know how parts work."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from designer.app.beginning import Beginning
from designer.app.dialogs import Dialogs
from designer.app.foundation import Foundation
from designer.app.frame import Frame
from designer.app.links import Links
from designer.app.searching import Searching
from designer.app.training import TrainingLinks
from designer.bridge.engine_bridge import Starter
from designer.settings import Settings
from designer.theme.stylesheet import apply_theme
from designer.theme.tokens import Theme
from engine.service.client import EngineClient


class Program(QObject):
    """Owns the parts of the window.

    Signals:
        built: everything is there, panels included.
    """

    built = Signal()

    def __init__(self, app: QApplication, settings: Settings, starter: Starter = EngineClient) -> None:
        """Build what is seen at once.

        Args:
            app: Qt's application object.
            settings: What the person has chosen.
            starter: Starts an engine process; tests give their own.
        """
        super().__init__()
        self.base = Foundation(app, settings, starter)
        apply_theme(app, self.base.theme.theme)
        self.frame = Frame(self.base)
        self.dialogs = Dialogs(self.frame.window, self.base.files, self.base.settings)
        self.links = Links(self.base, self.frame, self.dialogs)
        self.training = TrainingLinks(self.base, self.frame, self.dialogs)
        self.searching = Searching(self.base, self.frame)
        self.beginning = Beginning(self.base, self.frame, self.dialogs)
        self._connect()

    def show(self, path: Path | None = None) -> None:
        """Open the window, with a project in it where one is given."""
        self.beginning.start(path)
        self.frame.window.show()

    def close(self) -> None:
        """Let processes and files go."""
        self.base.close()

    def _connect(self) -> None:
        self.frame.window.may_close = self.dialogs.may_leave
        self.frame.window.painted.connect(self._on_window_painted)
        self.base.theme.theme_changed.connect(self._on_theme_changed)
        self.base.files.saved.connect(self.base.settings.remember_file)
        self.base.editor.kind_added.connect(self._on_kind_added)

    def _on_window_painted(self) -> None:
        # A turn of the event loop later, so that the first picture is on the screen before anything else is built.
        QTimer.singleShot(0, self._build_rest)

    def _build_rest(self) -> None:
        from designer.app.panels import build_panels  # its panels are imported after the first paint

        self.panels = build_panels(self.base, self.frame)
        self.base.engine.engine_ready.connect(self._on_engine_ready)
        self.base.engine.start()
        self.beginning.look_for_lost_work()
        self.built.emit()

    def _on_engine_ready(self) -> None:
        from designer.panels.curves.plot import import_early

        import_early()

    def _on_theme_changed(self, theme: Theme) -> None:
        apply_theme(self.base.app, theme)

    def _on_kind_added(self, key: str) -> None:
        self.base.settings.remember_kind(key)
        self.frame.palette.refresh()
