"""What is seen at the first paint: window, run bar, canvas, palette, status; it must not know what actions do."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QWidget

from designer.actions import SPECS, Actions
from designer.app.foundation import Foundation
from designer.canvas.view import GraphView
from designer.main_window import MainWindow
from designer.panels.canvas_area import CanvasArea
from designer.panels.palette.panel import PalettePanel
from designer.panels.run_bar import RunBar
from designer.panels.status import StatusLine
from engine.layers.catalogue import kind_of

BELOW: Final = Qt.DockWidgetArea.BottomDockWidgetArea
DOCKS: Final = (
    ("palette", "Palette", Qt.DockWidgetArea.LeftDockWidgetArea),
    ("inspector", "Inspector", Qt.DockWidgetArea.RightDockWidgetArea),
    ("curves", "Curves", BELOW),
    ("activations", "Activations", BELOW),
    ("problems", "Problems", BELOW),
    ("code", "Code", BELOW),
)
WELCOME: Final = "welcome"
WORKSPACES: Final = {
    WELCOME: (),
    "design": ("palette", "inspector", "problems", "code"),
    "train": ("palette", "inspector", "curves", "activations", "problems", "code"),
}
"""What each workspace shows at first; Analyse is hidden while it would be empty, as is the one of the welcome page."""
LOW_PX: Final = 232
"""Height of what lies below in Design: a few problems, a few lines of code."""


class Frame(QObject):
    """Holds the widgets of the first paint."""

    def __init__(self, base: Foundation) -> None:
        """Build the widgets; docks hold an empty place for what is built later.

        Args:
            base: What they stand on.
        """
        super().__init__()
        theme, icons, editor = base.theme, base.icons, base.editor
        self.actions = Actions(self)
        self.window = MainWindow(self.actions, base.settings, theme.theme.metrics)
        self.run_bar = RunBar(self.actions, theme, icons)
        self.window.place_run_bar(self.run_bar)
        self.view = GraphView(editor, theme, icons)
        self.area = CanvasArea(editor, self.view, theme, icons)
        self.window.setCentralWidget(self.area)
        self.status = StatusLine(editor, theme, icons)
        self.window.statusBar().addPermanentWidget(self.status, 1)
        self.window.statusBar().setSizeGripEnabled(False)
        for name, title, side in DOCKS:
            self.window.add_dock(name, title, _empty_panel(), side)
        self.palette = PalettePanel(editor, theme, icons, lambda: base.settings.preferences.recent_kinds)
        self.window.fill_dock("palette", self.palette)
        self.window.set_workspaces(WORKSPACES, {"design": LOW_PX})
        self.window.restore()
        self._connect(base)

    def _connect(self, base: Foundation) -> None:
        window, status = self.window, self.status
        base.files.title_changed.connect(lambda name, modified: window.show_title(name, modified=modified))
        base.files.failed.connect(lambda words: self.area.banner.show_text(words))
        base.editor.refused.connect(status.show_hint)
        window.workspace_changed.connect(lambda _: self._on_workspace_changed())
        base.editor.misplaced.connect(self._on_misplaced)
        for spec in SPECS:
            if spec.scope == "canvas":
                self.view.addAction(self.actions[spec.name])
        for said in (self.palette.hint_changed, self.view.hint_changed, window.statusBar().messageChanged):
            said.connect(status.show_hint)

    def _on_workspace_changed(self) -> None:
        """Keep the whole graph in view where it was, when the docks leave another room for it."""
        if self.view.camera.seen().contains(self.view.drawing.bounds):
            QTimer.singleShot(0, self.view, self.view.fit)

    def _on_misplaced(self, key: str, space: str) -> None:
        kind = kind_of(key)
        home = "the training graph" if space == "training" else "a network"
        if kind is not None:
            self.area.banner.show_text(f"{kind.title} belongs on {home}.", ((f"go_{space}", "Go there"),))


def _empty_panel() -> QWidget:
    panel = QWidget()
    panel.setProperty("role", "panel")
    panel.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    return panel
