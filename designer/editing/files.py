"""The project's file: open, save, what is unsaved, and the journal that survives a crash; it must not know widgets."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from designer.editing.editor import Editor
from designer.editing.run_mover import RunMover
from engine.errors import FileError, NetwrightError, NewerFormatError
from engine.graph.edits import Edit
from engine.graph.types import Project
from engine.project import journal, store
from engine.project.bundled import read_example
from engine.project.format import MAX_BYTES
from engine.project.newer import read_newer
from engine.runs.folder import running

UNTITLED: Final = "untitled"
ENDING: Final = ".netwright"
JOURNAL_DELAY_MS: Final = 400
"""Undo and redo are written down once they rest for so long; edits at once."""
RUN_DELAY_MS: Final = 500
"""How often it is looked whether a run has ended that is to move."""
_log = logging.getLogger(__name__)


class FileDesk(QObject):
    """Knows where the project is kept and whether it holds unsaved work.

    Signals:
        opened: another project is open.
        saved(path): the project was written.
        title_changed(name, modified): the name or whether something is unsaved has changed.
        failed(words): a file could not be read or written.
        run_moved(before, after): a run's folder has moved beside the project's file.
    """

    opened = Signal()
    saved = Signal(object)
    title_changed = Signal(str, bool)
    failed = Signal(str)
    run_moved = Signal(object, object)

    def __init__(self, editor: Editor, journals: Path, runs: Path, parent: QObject | None = None) -> None:
        """Start with the editor's project as an untitled one.

        Args:
            editor: Whose project is kept.
            journals: Folder of the journals.
            runs: Folder of the runs of projects that have no file yet.
            parent: Owner in Qt's tree.
        """
        super().__init__(parent)
        self._editor = editor
        self._journals = journals
        self._loose_runs = runs
        self._path: Path | None = None
        self._name = UNTITLED
        self._stamp = ""
        self._is_open = False
        self._journal: journal.Journal | None = None
        self._journaled: Project | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(JOURNAL_DELAY_MS)
        self._left: Path | None = None
        """Where runs are that were made before the project had a file."""
        self._mover = RunMover(self)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(RUN_DELAY_MS)
        self._connect()

    @property
    def path(self) -> Path | None:
        """Where the project is kept; None while it has no file."""
        return self._path

    @property
    def name(self) -> str:
        """Name of the project: its file's without the ending."""
        return self._name

    @property
    def is_open(self) -> bool:
        """Whether any project was opened or begun."""
        return self._is_open

    @property
    def is_modified(self) -> bool:
        """Whether something would be lost."""
        return not self._editor.undo_stack.isClean()

    @property
    def folder(self) -> str:
        """Folder that relative data paths start from; empty while the project has no file."""
        return str(self._path.parent) if self._path else ""

    def runs_folder(self) -> Path:
        """Give the folder of this project's runs; it may not be there yet."""
        if self._path is not None:
            return self._path.with_name(f"{self._path.stem}.runs")
        return self._loose_runs / f"{self._name}-{self._stamp}.runs"

    def open(self, path: Path) -> bool:
        """Open a project file; the open project is given up. What a newer version has written is only shown."""
        try:
            project = store.load(path)
        except NewerFormatError:
            return self._open_newer(path)
        except FileError as error:
            self.failed.emit(str(error))
            return False
        self._show(project, path.stem, path.resolve())
        return True

    def _open_newer(self, path: Path) -> bool:
        try:
            found = read_newer(store.read_bytes(path, MAX_BYTES), str(path))
        except FileError as error:
            self.failed.emit(str(error))
            return False
        self._show(found.project, path.stem, path.resolve(), only_shown=found.words)
        self.failed.emit(found.words)
        return True

    def open_example(self, name: str) -> bool:
        """Open a bundled example as an untitled copy."""
        try:
            project = read_example(name)
        except FileError as error:
            self.failed.emit(str(error))
            return False
        self._show(project, name, None)
        return True

    def begin(self, project: Project, name: str = UNTITLED) -> None:
        """Open a project that has no file yet."""
        self._show(project, name, None)

    def take_back(self, found: journal.Recovered) -> None:
        """Open unsaved work that a crash left behind; it is still unsaved."""
        path = Path(found.file) if found.file else None
        self._show(found.project, path.stem if path else UNTITLED, path)
        self._editor.undo_stack.resetClean()
        self._record(None)
        if self._journal is not None:  # else nothing holds the work but the journal that was found
            found.journal.unlink(missing_ok=True)

    def save(self, path: Path | None = None) -> bool:
        """Write the project, to its own file or another one.

        Args:
            path: Where; needed while the project has no file. The ending is added where it is missing.
        """
        target = path or self._path
        if target is None:
            return False
        if self._editor.only_shown:
            self.failed.emit(f"Not saved. {self._editor.only_shown}")
            return False
        target = target if target.suffix else target.with_suffix(ENDING)
        try:
            store.save(self._editor.project, target)
        except FileError as error:
            self.failed.emit(str(error))
            return False
        if self._path is None:
            self._left = self.runs_folder()
        self._path, self._name = target.resolve(), target.stem
        self._editor.undo_stack.setClean()
        self._restart_journal()
        self._mover.forgive()
        self._take_runs_along()
        self._tell_title()
        self.saved.emit(self._path)
        return True

    @property
    def is_moving_runs(self) -> bool:
        """Whether runs are being copied beside the project's file."""
        return self._mover.is_busy

    def close(self) -> None:
        """Let the project go; the journal is not needed any more."""
        self._timer.stop()
        self._later.stop()
        if self._journal is not None:
            self._journal.close(discard=True)
            self._journal = None

    def _connect(self) -> None:
        self._timer.timeout.connect(self._on_timer)
        self._later.timeout.connect(self._take_runs_along)
        self._mover.moved.connect(self.run_moved)
        self._mover.failed.connect(self.failed)
        self._editor.performed.connect(self._on_performed)
        self._editor.bridge.project_changed.connect(lambda before, after: self._timer.start())
        self._editor.undo_stack.cleanChanged.connect(lambda _: self._tell_title())

    def _show(self, project: Project, name: str, path: Path | None, only_shown: str = "") -> None:
        self._path, self._name, self._left = path, name, None
        self._stamp = time.strftime("%Y%m%d-%H%M%S")
        self._is_open = True
        self._editor.undo_stack.clear()
        self._editor.only_shown = only_shown
        self._editor.bridge.replace(project)
        self._timer.stop()
        self._restart_journal()
        self._editor.open_graph(self._editor.graph_for("networks") or self._editor.graph_for("training"))
        self._tell_title()
        self.opened.emit()

    def _restart_journal(self) -> None:
        """Begin a new journal with the project as it is: from here on an edit is unsaved work."""
        self.close()
        self._journaled = self._editor.project

    def _on_performed(self, edit: Edit) -> None:
        self._record(edit)

    def _on_timer(self) -> None:
        if self._journaled is not self._editor.project:
            self._record(None)

    def _record(self, edit: Edit | None) -> None:
        self._journaled = self._editor.project
        try:
            if self._journal is None:
                self._journal = journal.Journal(self._journals, self._editor.project, str(self._path or ""))
            else:
                self._journal.record(edit, self._editor.project)
        except NetwrightError as error:
            _log.warning("unsaved work is not journaled: %s", error)

    def _take_runs_along(self) -> None:
        """Move the runs of a project that had no file beside it; one that is going comes when it has ended."""
        left, target = self._left, self.runs_folder()
        if left is None or not left.is_dir() or self._path is None:
            return
        try:
            for folder in sorted(left.iterdir()):
                if folder.is_dir() and not running(folder) and not (target / folder.name).exists():
                    target.mkdir(exist_ok=True)
                    self._mover.move(folder, target / folder.name)
            if self._mover.is_busy or any(running(folder) for folder in left.iterdir()):
                self._later.start()
            elif not any(left.iterdir()):
                left.rmdir()
        except OSError as error:
            self.failed.emit(f"The runs stay in {left}: {error.strerror}")

    def _tell_title(self) -> None:
        self.title_changed.emit(self._name, self.is_modified)
