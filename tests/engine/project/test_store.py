"""Saving is atomic and failures are told in words."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from engine.errors import FileError, FormatError
from engine.graph.types import Project
from engine.project import store
from engine.project.store import load, save, write_bytes

PROJECT = Project(notes="kept")
OTHER = Project(notes="new")
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions and links")


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A project file that is there already."""
    path = tmp_path / "digits.netwright"
    save(PROJECT, path)
    return path


def failing(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def test_a_saved_project_is_loaded_again(saved: Path) -> None:
    assert load(saved) == PROJECT
    assert [entry.name for entry in saved.parent.iterdir()] == ["digits.netwright"]


@pytest.mark.parametrize(
    ("step", "number", "words"),
    [
        ("fsync", errno.ENOSPC, "the disk is full. Make room"),
        ("replace", errno.EIO, "the disk reports an error"),
        ("open", errno.EACCES, "access is refused"),
        ("open", errno.EROFS, "this disk can only be read. Save somewhere else"),
        ("open", errno.ENOSPC, "the disk is full"),
        ("chmod", errno.EPERM, "access is refused"),
    ],
)
def test_a_failing_save_keeps_the_old_file_and_leaves_nothing_behind(
    saved: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int, words: str
) -> None:
    def fail(*_: object) -> None:
        raise failing(number)

    with monkeypatch.context() as patched:
        patched.setattr(os, step, fail)
        with pytest.raises(FileError) as caught:
            save(OTHER, saved)

    assert words in str(caught.value)
    assert str(saved) in str(caught.value)
    assert load(saved) == PROJECT
    assert [entry.name for entry in saved.parent.iterdir()] == ["digits.netwright"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_disk_that_fills_up_while_writing_is_told_in_words(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real_open = os.open

    def open_on_full_disk(path: Path, flags: int, mode: int = 0o777) -> int:
        os.close(real_open(path, flags, mode))
        return real_open("/dev/full", os.O_WRONLY)

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", open_on_full_disk)
        with pytest.raises(FileError, match="the disk is full"):
            save(OTHER, saved)

    assert load(saved) == PROJECT
    assert [entry.name for entry in saved.parent.iterdir()] == ["digits.netwright"]


@posix
def test_permissions_of_the_old_file_are_kept(saved: Path) -> None:
    saved.chmod(0o640)
    save(OTHER, saved)

    assert saved.stat().st_mode & 0o777 == 0o640
    assert load(saved) == OTHER


@posix
def test_a_new_file_gets_the_permissions_that_other_programs_give(tmp_path: Path) -> None:
    old = os.umask(0o022)
    try:
        save(PROJECT, tmp_path / "a.netwright")
    finally:
        os.umask(old)

    assert (tmp_path / "a.netwright").stat().st_mode & 0o777 == 0o644


@posix
def test_a_link_is_followed_and_stays_a_link(saved: Path) -> None:
    link = saved.with_name("link.netwright")
    link.symlink_to(saved.name)
    save(OTHER, link)

    assert link.is_symlink()
    assert load(saved) == OTHER


def test_a_write_protected_file_is_not_replaced(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(FileError, match=r"write-protected. Save under another name"):
        save(OTHER, saved)

    assert load(saved) == PROJECT


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder_is_told_in_words(saved: Path) -> None:
    saved.parent.chmod(0o555)
    try:
        with pytest.raises(FileError, match="access is refused"):
            save(OTHER, saved)
    finally:
        saved.parent.chmod(0o755)

    assert load(saved) == PROJECT


def test_renaming_is_tried_again_where_another_program_holds_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    real_replace = os.replace

    def replace(source: Path, target: Path) -> None:
        if len(waits) < 3:
            raise PermissionError(errno.EACCES, "held")
        real_replace(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(store, "_IS_WINDOWS", True)
        patched.setattr(os, "replace", replace)
        write_bytes(tmp_path / "a", b"text", waits.append)

    assert waits == [0.01, 0.02, 0.05]
    assert (tmp_path / "a").read_bytes() == b"text"


@pytest.mark.parametrize("name", ["missing.netwright", ".", "nul\0.netwright", "a" * 300, "digits.netwright/x"])
def test_what_cannot_be_read_is_refused_in_one_line(saved: Path, name: str) -> None:
    with pytest.raises(FileError) as caught:
        load(saved.parent / name)

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", [".", "missing/a.netwright", "nul\0.netwright", "a" * 300])
def test_what_cannot_be_written_is_refused_in_one_line(saved: Path, name: str) -> None:
    with pytest.raises(FileError) as caught:
        save(OTHER, saved.parent / name)

    assert "\n" not in str(caught.value)
    assert [entry.name for entry in saved.parent.iterdir()] == ["digits.netwright"]


def test_a_file_of_100_mb_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.netwright"
    with path.open("wb") as file:
        file.truncate(100 * 2**20)

    with pytest.raises(FileError, match="larger than 64 MiB"):
        load(path)


def test_a_broken_file_is_named_in_the_message(saved: Path) -> None:
    saved.write_text('{"format": 1, "networks": 3}')
    with pytest.raises(FormatError) as caught:
        load(saved)

    assert str(caught.value) == f"{saved}: $.networks (line 1): expected an object, found 3"
