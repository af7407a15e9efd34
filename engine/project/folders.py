"""A folder of text files, written whole or not at all and never over what a person has; it must not know the files."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from engine.errors import FileError
from engine.project.store import file_error, write_bytes


def write_folder(folder: Path, files: Mapping[str, str]) -> None:
    """Write files into a folder that is empty or not there; on any failure nothing of them is left.

    Args:
        folder: where; it is made with the folders above it.
        files: text by path below it.

    Raises:
        FileError: the folder holds something, or cannot be written to.
    """
    made: list[Path] = []
    try:
        _require_empty(folder)
        for name, text in files.items():
            path = folder / name
            made += _made(path.parent)
            write_bytes(path, text.encode())
            made.append(path)
    except (FileError, OSError) as error:
        _take_back(made)
        raise file_error(error, folder, "cannot be written") if isinstance(error, OSError) else error from None


def _require_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileError("the folder is not empty", where=str(folder), remedy="Choose an empty or a new one")


def _made(folder: Path) -> list[Path]:
    """Make a folder and those above it; give the new ones, outermost first."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing[::-1]


def _take_back(made: list[Path]) -> None:
    for path in reversed(made):
        with contextlib.suppress(OSError):  # what someone else has put there meanwhile stays
            path.rmdir() if path.is_dir() else path.unlink()
