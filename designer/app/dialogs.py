"""The few questions that stop the person: which file, and what to do with unsaved work; it must not know panels."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QFileDialog, QMainWindow, QMessageBox

from designer.editing.files import ENDING, FileDesk
from designer.settings import Settings

PROJECTS: Final = f"Netwright projects (*{ENDING})"
MODELS: Final = "ONNX (*.onnx);;PyTorch program (*.pt2);;Weights (*.safetensors)"
FIGURES: Final = "SVG (*.svg);;PNG (*.png);;PDF (*.pdf)"


class Dialogs:
    """Asks, and does what was answered."""

    def __init__(self, window: QMainWindow, files: FileDesk, settings: Settings) -> None:
        """Ask in front of a window.

        Args:
            window: In front of what.
            files: The project's file.
            settings: Where recent files are remembered.
        """
        self._window = window
        self._files = files
        self._settings = settings

    def may_leave(self) -> bool:
        """Say whether the open project may be given up; ask where something would be lost."""
        if not self._files.is_modified:
            return True
        box = QMessageBox(self._window)
        box.setWindowTitle("Unsaved changes")
        box.setIcon(QMessageBox.Icon.NoIcon)
        box.setText(f"Save the changes to {self._files.name}?")
        box.setInformativeText("Without saving they are lost.")
        buttons = QMessageBox.StandardButton
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Save)
        answer = box.exec()
        box.deleteLater()
        if answer == buttons.Save:
            return self.save()
        return bool(answer == buttons.Discard)

    def open(self) -> None:
        """Ask for a project file and open it."""
        if not self.may_leave():
            return
        path, _ = QFileDialog.getOpenFileName(self._window, "Open project", self._start(), PROJECTS)
        if path:
            self.open_path(Path(path))

    def open_path(self, path: Path) -> None:
        """Open a project file whose place is known."""
        if self._files.open(path):
            self._settings.remember_file(path.resolve())

    def save(self) -> bool:
        """Save the project; ask where to while it has no file."""
        return self.save_as() if self._files.path is None else self._files.save()

    def save_as(self) -> bool:
        """Ask where to save the project, and save it there."""
        wish = self._files.path or Path(self._start()) / f"{self._files.name}{ENDING}"
        path, _ = QFileDialog.getSaveFileName(self._window, "Save project", str(wish), PROJECTS)
        return bool(path) and self._files.save(Path(path))

    def ask_target(self, title: str, name: str, filters: str) -> Path | None:
        """Ask where to write something that is made from the project."""
        wish = (self._files.path.parent if self._files.path else Path(self._start())) / name
        path, _ = QFileDialog.getSaveFileName(self._window, title, str(wish), filters)
        return Path(path) if path else None

    def ask_folder(self, title: str) -> Path | None:
        """Ask for a folder to write into."""
        path = QFileDialog.getExistingDirectory(self._window, title, self._start())
        return Path(path) if path else None

    def _start(self) -> str:
        recent = self._settings.preferences.recent_files
        return str(Path(recent[0]).parent) if recent else str(Path.home())
