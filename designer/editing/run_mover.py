"""Moving run folders beside their project, in a thread where that means copying; it must not know the document."""

from __future__ import annotations

import errno
import shutil
import threading
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.runs.folder import running


class RunMover(QObject):
    """Moves folders one after another.

    Signals:
        moved(before, after): a folder has moved, whole.
        failed(words): why one stays where it is.
    """

    moved = Signal(object, object)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        """Move nothing yet.

        Args:
            parent: Owner in Qt's tree.
        """
        super().__init__(parent)
        self._going: set[Path] = set()
        self._refused: set[Path] = set()
        """Folders that could not be copied: they are not tried again before `forgive`."""
        self._one_at_a_time = threading.Lock()

    @property
    def is_busy(self) -> bool:
        """Whether folders are being copied."""
        return bool(self._going)

    def move(self, folder: Path, target: Path) -> None:
        """Move a folder: at once within a file system, else in a thread that outlives the window if it must."""
        if folder in self._going or folder in self._refused:
            return
        try:
            folder.rename(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                self._refused.add(folder)
                self.failed.emit(f"{folder} stays where it is: {error.strerror}")
                return
            self._going.add(folder)
            threading.Thread(target=self._copy, args=(folder, target), name="run mover").start()
            return
        self.moved.emit(folder, target)

    def forgive(self) -> None:
        """Try again what could not be copied."""
        self._refused.clear()

    def _copy(self, folder: Path, target: Path) -> None:
        """Copy under another name first: what bears the run's name is whole, also after a crash."""
        draft = target.with_name(f".{target.name}.tmp")
        with self._one_at_a_time:
            try:
                shutil.rmtree(draft, ignore_errors=True)
                shutil.copytree(folder, draft)
                _require_still(folder)
                draft.rename(target)
                shutil.rmtree(folder, ignore_errors=True)
            except OSError as error:
                shutil.rmtree(draft, ignore_errors=True)
                self._refused.add(folder)
                self.failed.emit(f"{folder} stays where it is: {error.strerror or error}")
                return
            finally:
                self._going.discard(folder)
        self.moved.emit(folder, target)


def _require_still(folder: Path) -> None:
    """Refuse a copy that is older than its original: the run was gone on with meanwhile."""
    if running(folder):
        raise OSError("its run goes on")
