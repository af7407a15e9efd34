"""The bar under the menus: workspaces, undo, the run and its progress, device, export; it must not know what a run is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QIcon
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer.actions import Actions
from designer.editing.run_state import Mode, RunState
from designer.panels.figures import exact_text, seconds_text
from designer.theme.fonts import font
from designer.theme.icons import Icons
from designer.theme.source import ThemeSource

PROGRESS_STEPS: Final = 1000
_RUN_BUTTON: Final[Mapping[Mode, tuple[str, str]]] = {
    "idle": ("Run", "run"),
    "starting": ("Starting", "run"),
    "running": ("Pause", "pause"),
    "paused": ("Resume", "run"),
    "stopping": ("Stopping", "stop"),
}
"""Words and icon of the run button."""
_PROGRESS_WIDTH: Final = 292


class RunBar(QWidget):
    """Buttons for what is done all the time.

    Signals:
        workspace_chosen(name): another workspace is wanted.
        device_chosen(name): `auto` or a device's name.
    """

    workspace_chosen = Signal(str)
    device_chosen = Signal(str)

    def __init__(self, actions: Actions, source: ThemeSource, icons: Icons, parent: QWidget | None = None) -> None:
        """Build the bar; it acts only through the window's actions and its signals."""
        super().__init__(parent)
        self.setProperty("role", "panel")
        self._actions = actions
        self._source = source
        self._icons = icons
        self._state = RunState()
        self._workspaces: dict[str, QPushButton] = {}
        self._devices = QMenu(self)
        self._build()
        self._connect()
        self._dress()
        self.show_state(self._state)

    def show_workspaces(self, names: Sequence[str], current: str) -> None:
        """Show which workspaces there are and which one is open."""
        for name, button in self._workspaces.items():
            button.setVisible(name in names)
            button.setChecked(name == current)

    def show_devices(self, titles: Mapping[str, str], chosen: str, shown: str) -> None:
        """Offer devices.

        Args:
            titles: Title by name, `auto` among them.
            chosen: The one that holds.
            shown: Words on the button, e.g. `CPU · 2 threads`.
        """
        self.device.setText(shown)
        self._devices.clear()
        group = QActionGroup(self._devices)
        for name, title in titles.items():
            entry = QAction(title, self._devices, checkable=True, checked=name == chosen)
            entry.triggered.connect(lambda _=False, name=name: self.device_chosen.emit(name))
            group.addAction(entry)
            self._devices.addAction(entry)

    def show_state(self, state: RunState) -> None:
        """Show how the run stands."""
        self._state = state
        words = progress_words(state)
        self.words.setText(self.words.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, _PROGRESS_WIDTH))
        self.words.setToolTip(words)
        self.progress.setValue(round(PROGRESS_STEPS * state.done))
        self._progress.setVisible(bool(self.words.text()))
        label, icon = _RUN_BUTTON[state.mode]
        if self.run.text() != label:
            self.run.setText(label)
            self.run.setIcon(self._run_icon(icon))

    def _build(self) -> None:
        space = self._source.theme.metrics.space
        layout = QHBoxLayout(self)
        layout.setContentsMargins(space.group, 4, space.group, space.related)
        layout.setSpacing(space.related)
        self._add_workspaces(layout)
        layout.addSpacing(space.group)
        self.undo = self._add_tool(layout, "undo")
        self.redo = self._add_tool(layout, "redo")
        layout.addStretch(3)
        layout.addWidget(self._make_progress())
        layout.addSpacing(space.related)
        self.run = self._add_button(layout, "run", "primary")
        self.step = self._add_button(layout, "step")
        self.stop = self._add_button(layout, "stop")
        layout.addSpacing(space.group)
        self.device = QPushButton(self)
        self.device.setMenu(self._devices)
        self.device.setToolTip("What the next run computes on")
        layout.addWidget(self.device)
        layout.addStretch(1)
        self.export = self._add_button(layout, "export")
        self.step.setText("Step")
        self.export.setText("Export")

    def _add_workspaces(self, layout: QHBoxLayout) -> None:
        group = QButtonGroup(self)
        row = QHBoxLayout()
        row.setSpacing(4)
        for name in ("design", "train", "analyse"):
            button = QPushButton(name.capitalize(), self)
            button.setProperty("role", "segment")
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, name=name: self.workspace_chosen.emit(name))
            group.addButton(button)
            row.addWidget(button)
            self._workspaces[name] = button
        layout.addLayout(row)

    def _add_tool(self, layout: QHBoxLayout, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("role", "framed")
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setDefaultAction(self._actions[name])
        layout.addWidget(button)
        return button

    def _add_button(self, layout: QHBoxLayout, name: str, role: str = "") -> QPushButton:
        action = self._actions[name]
        button = QPushButton(action.text(), self)
        if role:
            button.setProperty("role", role)
        button.setAutoDefault(False)
        button.clicked.connect(action.trigger)
        action.changed.connect(lambda: _follow(button, action))
        _follow(button, action)
        layout.addWidget(button)
        return button

    def _make_progress(self) -> QWidget:
        self._progress = QWidget(self)
        column = QVBoxLayout(self._progress)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.words = QLabel(self._progress)
        self.words.setProperty("role", "small")
        self.words.setFont(font("strong", self._source.theme.metrics))
        self.progress = QProgressBar(self._progress)
        self.progress.setRange(0, PROGRESS_STEPS)
        self.progress.setTextVisible(False)
        self._progress.setFixedWidth(_PROGRESS_WIDTH)
        self.progress.setAccessibleName("Progress of the run")
        column.addStretch(1)
        column.addWidget(self.words)
        column.addWidget(self.progress)
        column.addStretch(1)
        return self._progress

    def _connect(self) -> None:
        self._source.theme_changed.connect(lambda _: self._dress())

    def _dress(self) -> None:
        colours = self._source.theme.colors
        for name in ("undo", "redo", "stop"):
            icon = self._icons.icon(name, colours.text, disabled_colour=colours.text_disabled)
            if name == "stop":
                self.stop.setIcon(icon)
            else:
                self._actions[name].setIcon(icon)
        self.run.setIcon(self._run_icon(_RUN_BUTTON[self._state.mode][1]))

    def _run_icon(self, name: str) -> QIcon:
        colours = self._source.theme.colors
        return self._icons.icon(name, colours.on_accent, disabled_colour=colours.text_disabled)


def _follow(button: QPushButton, action: QAction) -> None:
    """Take over whether the action can be done, and why not."""
    button.setEnabled(action.isEnabled())
    button.setToolTip(action.toolTip())
    button.setStatusTip(action.statusTip())


def progress_words(state: RunState) -> str:
    """Write how a run stands: `Run 3 · epoch 15 of 20 · step 510 · 11 s left`; empty before any."""
    if not state.number:
        return ""
    head = f"Run {state.number}"
    if state.outcome:
        words = {"done": "done", "stopped": "stopped", "failed": "failed", "lost": "broke off"}[state.outcome]
        return f"{head} · {words}" + (f" · {state.result}" if state.result else "")
    if state.mode in ("starting", "stopping"):
        return f"{head} · {'starting' if state.mode == 'starting' else 'finishing the step, then testing'}"
    parts = [head]
    if state.steps_per_epoch and state.total_steps:
        epochs = -(-state.total_steps // state.steps_per_epoch)
        parts.append(f"epoch {min(epochs, state.epoch + 1)} of {epochs}")
    parts.append(f"step {exact_text(state.step)}")
    if state.mode == "paused":
        parts.append("paused")
    elif state.seconds_left is not None:
        parts.append(f"{seconds_text(state.seconds_left)} left")
    return " · ".join(parts)
