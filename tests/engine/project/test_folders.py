"""A folder of files is written whole or not at all, and never over what is there."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from engine.errors import FileError
from engine.project import store
from engine.project.folders import write_folder

FILES = {"train.py": "a = 'ü'\n", "netwright/loop.py": "b\n"}


def test_files_are_written_below_a_new_folder(tmp_path: Path) -> None:
    write_folder(tmp_path / "a" / "code", FILES)

    assert (tmp_path / "a" / "code" / "train.py").read_bytes() == FILES["train.py"].encode()
    assert (tmp_path / "a" / "code" / "netwright" / "loop.py").read_text() == "b\n"


def test_what_is_there_already_is_refused_and_left(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("mine")
    for taken in (tmp_path, tmp_path / "train.py"):
        with pytest.raises(FileError, match="not empty"):
            write_folder(taken, FILES)

    assert (tmp_path / "train.py").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = store._write_through

    def full(temporary: Path, data: bytes, mode: int | None) -> None:
        if data == b"b\n":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written(temporary, data, mode)

    monkeypatch.setattr(store, "_write_through", full)
    with pytest.raises(FileError, match="the disk is full"):
        write_folder(tmp_path / "a" / "code", FILES)

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="no folder"):
        write_folder(tmp_path / "file" / "code", FILES)
