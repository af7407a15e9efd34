"""The recovery journal: unsaved work, written down edit by edit beside the settings; it must not know the user's file.

A journal is a file of lines. The first says whose work it is, a line with a project is the state from there on, and a
line with an edit is the next change. A process that dies leaves it behind; the line it died in is left out. While a
process keeps a journal open it holds a lock on it, so that nobody else takes it for a dead one's.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import IO, Final
from uuid import uuid4

import msgspec

from engine.errors import EditRefused, FileError
from engine.graph.edits import Edit
from engine.graph.types import Project
from engine.project.format import decode, encode
from engine.project.store import file_error, read_bytes

_ENDING: Final = ".journal"
_ROTATE_BYTES: Final = 16 * 2**20
"""Size from which a snapshot starts the journal anew."""
_LARGEST_BYTES: Final = 512 * 2**20


class _Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line; exactly one of its fields is given."""

    file: str | None = None
    """First line: the user's file; empty when it has none yet."""
    project: str | None = None
    """The project from here on, as text of its file."""
    edit: Edit | None = None


@dataclass(frozen=True, slots=True)
class Recovered:
    """Unsaved work that was found."""

    journal: Path
    file: str
    """The user's file that it belongs to; empty when it had none yet."""
    project: Project
    edits: int
    """Changes since the last state that was written as a whole."""
    complete: bool
    """Whether the journal could be read to its end."""


class Journal:
    """Writes down the unsaved work of one document.

    Args:
        folder: where journals are kept; created when it is not there.
        project: the project as it is now.
        file: the user's file; empty when there is none yet.

        rotate_bytes: size from which the journal begins anew.

    Raises:
        FileError: the journal cannot be written.
    """

    def __init__(self, folder: Path, project: Project, file: str = "", rotate_bytes: int = _ROTATE_BYTES) -> None:
        self._rotate_bytes = rotate_bytes
        self._folder = folder
        self._file = file
        self._path, self._stream = self._begun(project)

    @property
    def path(self) -> Path:
        """The journal's own file."""
        return self._path

    def record(self, edit: Edit | None, project: Project) -> None:
        """Write down a change; it survives the death of this process from here on.

        Args:
            edit: the edit that led to `project`; None for undo, redo and everything else that is no edit.
            project: the project after the change.

        Raises:
            FileError: the journal cannot be written.
        """
        if self._stream.tell() > self._rotate_bytes:
            self._begin_anew(project)
        else:
            line = _Line(edit=edit) if edit is not None else _Line(project=encode(project))
            self._write(self._path, self._stream, line)

    def saved(self, project: Project, file: str) -> None:
        """Begin anew: the work is in the user's file now.

        Args:
            project: the project that was saved.
            file: the user's file.

        Raises:
            FileError: the journal cannot be written.
        """
        self._file = file
        self._begin_anew(project)

    def close(self, *, discard: bool) -> None:
        """Let go of the journal.

        Args:
            discard: take it away, because nothing in it is unsaved.
        """
        self._stream.close()
        if discard:
            self._path.unlink(missing_ok=True)

    def _begin_anew(self, project: Project) -> None:
        # The new journal is whole before the old one goes: a death in between loses nothing.
        old_path, old_stream = self._path, self._stream
        self._path, self._stream = self._begun(project)
        old_stream.close()
        old_path.unlink(missing_ok=True)

    def _begun(self, project: Project) -> tuple[Path, FileIO]:
        path = self._folder / f"{uuid4().hex}{_ENDING}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            stream = open(path, "x+b", buffering=0)  # noqa: SIM115  # held open until the document closes
        except OSError as error:
            raise file_error(error, path, "cannot be written") from error
        try:
            lock(stream)
            self._write(path, stream, _Line(file=self._file))
            self._write(path, stream, _Line(project=encode(project)))
        except FileError:
            stream.close()
            path.unlink(missing_ok=True)
            raise
        return path, stream

    def _write(self, path: Path, stream: FileIO, line: _Line) -> None:
        start = stream.tell()
        rest = memoryview(msgspec.json.encode(line) + b"\n")
        try:
            while rest:
                rest = rest[stream.write(rest) :]
        except OSError as error:
            # Half a line would end the journal for everything written later.
            stream.truncate(start)
            stream.seek(start)
            raise file_error(error, path, "cannot be written") from error


def abandoned(folder: Path) -> tuple[Path, ...]:
    """Give the journals that no living process holds, the newest first."""
    found = []
    for path in folder.glob(f"*{_ENDING}") if folder.is_dir() else ():
        try:
            with open(path, "r+b") as stream:
                if lock(stream):
                    found.append((path.stat().st_mtime, path))
        except OSError:
            continue  # gone in the meantime, or not ours
    return tuple(path for _, path in sorted(found, reverse=True))


def recover(path: Path) -> Recovered | None:
    """Read the unsaved work in a journal, up to the first line that does not hold.

    Returns:
        The work; None when not even a first state can be read.

    Raises:
        FileError: the journal cannot be read.
    """
    file, project, edits, complete = "", None, 0, True
    lines = _lines(read_bytes(path, _LARGEST_BYTES))
    for line in lines:
        if line is None:
            complete = False
            break
        if line.file is not None:
            file = line.file
        try:
            project, edits = _after(line, project, edits)
        except (EditRefused, FileError):
            complete = False
            break
    return None if project is None else Recovered(path, file, project, edits, complete)


def lock(stream: IO[bytes]) -> bool:
    """Take the lock of an open file until it is closed; say whether nobody else has it."""
    try:
        if sys.platform == "win32":
            import msvcrt  # Windows alone has it

            # A byte far behind the end is locked: a locked byte could not be read.
            place = stream.tell()
            stream.seek(2**40)
            try:
                msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
            finally:
                stream.seek(place)
        else:
            import fcntl  # Windows has none

            fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _after(line: _Line, project: Project | None, edits: int) -> tuple[Project | None, int]:
    if line.project is not None:
        return decode(line.project), 0
    if line.edit is not None and project is not None:
        return line.edit.apply(project), edits + 1
    return project, edits


def _lines(data: bytes) -> Iterator[_Line | None]:
    for row in data.splitlines(keepends=True):
        try:
            yield msgspec.json.decode(row, type=_Line) if row.endswith(b"\n") else None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            yield None
