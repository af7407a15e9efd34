"""Project files on disk: loaded whole, saved atomically; it must not know what a project means.

A save writes a temporary file beside the target, flushes it to the disk and renames it over the target, so that
whatever goes wrong the old file stands there intact or the new one does.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final
from uuid import uuid4

from engine.errors import FileError
from engine.graph.types import Project
from engine.project.format import MAX_BYTES, decode, encode

_IS_WINDOWS: Final = os.name == "nt"
_REPLACE_DELAYS_S: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4)
"""Waits between attempts to rename on Windows, where a virus scanner may hold the file for a moment."""
_WORDS: Final = {
    errno.ENOSPC: ("the disk is full", "Make room or save to another disk"),
    errno.EDQUOT: ("the quota of this disk is used up", "Make room or save to another disk"),
    errno.EROFS: ("this disk can only be read", "Save somewhere else"),
    errno.EACCES: ("access is refused", "Check the permissions or choose another place"),
    errno.EPERM: ("access is refused", "Check the permissions or choose another place"),
    errno.ENOENT: ("there is no such file or folder", "Check the path"),
    errno.ENOTDIR: ("a part of the path is no folder", "Check the path"),
    errno.EISDIR: ("this is a folder", "Name a file"),
    errno.ENAMETOOLONG: ("the name is too long", "Choose a shorter one"),
    errno.EIO: ("the disk reports an error", "Save to another disk"),
}


def load(path: Path) -> Project:
    """Read a project from its file.

    Args:
        path: the file.

    Raises:
        FileError: it cannot be read.
        FormatError: it says something that is not a project.
        NewerFormatError: a newer version has written it.
    """
    return decode(read_bytes(path, MAX_BYTES), str(path))


def save(project: Project, path: Path) -> None:
    """Write a project to its file; on any failure the old file is intact and nothing is left behind.

    Args:
        project: what is written.
        path: the file; a link is followed, permissions of an older file are kept.

    Raises:
        FileError: it cannot be written.
    """
    write_bytes(path, encode(project).encode())


def read_bytes(path: Path, limit: int) -> bytes:
    """Read a file of at most `limit` bytes.

    Raises:
        FileError: it cannot be read, or is larger.
    """
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise FileError("this is no file", where=str(path), remedy="Name a file")
        if status.st_size > limit:
            raise _too_large(path, limit)
        with open(path, "rb") as file:
            data = file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise file_error(error, path, "cannot be read") from error
    if len(data) > limit:
        raise _too_large(path, limit)  # it has grown in the meantime
    return data


def write_bytes(path: Path, data: bytes, wait: Callable[[float], None] = time.sleep) -> None:
    """Write a file atomically.

    Args:
        path: the file.
        data: all it will hold.
        wait: how to wait between attempts to rename, in seconds.

    Raises:
        FileError: it cannot be written; the old file is intact then.
    """
    try:
        target = Path(os.path.realpath(path))
        mode = _mode_of(target)
        if mode is not None and not os.access(target, os.W_OK):
            raise FileError("the file is write-protected", where=str(path), remedy="Save under another name")
        temporary = target.with_name(f".{target.name[:100]}.{uuid4().hex[:8]}.tmp")
        try:
            _write_through(temporary, data, mode)
            _replace(temporary, target, wait)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)
    except (OSError, ValueError) as error:
        raise file_error(error, path, "cannot be written") from error


def file_error(error: OSError | ValueError, path: Path, what: str) -> FileError:
    """Put an error of the operating system into words.

    Args:
        error: what the system said.
        path: the file concerned.
        what: what failed, e.g. `cannot be written`.
    """
    number = error.errno if isinstance(error, OSError) else None
    reason, remedy = _WORDS.get(number or 0, (str(getattr(error, "strerror", None) or error), ""))
    return FileError(f"the file {what}: {reason}", where=str(path), remedy=remedy)


def _too_large(path: Path, limit: int) -> FileError:
    words = f"the file is larger than {limit // 2**20} MiB, which no project is"
    return FileError(words, where=str(path), remedy="Check that it is the right file")


def _mode_of(target: Path) -> int | None:
    try:
        status = os.stat(target)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    return stat.S_IMODE(status.st_mode)


def _write_through(temporary: Path, data: bytes, mode: int | None) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with open(os.open(temporary, flags, 0o666), "wb") as file:
        if mode is not None:
            os.chmod(temporary, mode)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _replace(temporary: Path, target: Path, wait: Callable[[float], None]) -> None:
    for delay_s in _REPLACE_DELAYS_S:
        try:
            os.replace(temporary, target)
        except PermissionError:
            if not _IS_WINDOWS:
                raise
            wait(delay_s)
        else:
            return
    os.replace(temporary, target)


def _sync_folder(folder: Path) -> None:
    if _IS_WINDOWS:
        return  # a folder cannot be opened there; the rename is journaled by the file system
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network file systems cannot, and need not
            raise
    finally:
        os.close(handle)
