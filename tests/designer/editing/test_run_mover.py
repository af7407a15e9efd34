"""Runs move beside their project without holding the window up, and arrive whole."""

from __future__ import annotations

import errno
import threading
from pathlib import Path

import pytest
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication

from designer.editing.run_mover import RunMover


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the target lie in another file system; what is renamed within it still can be."""
    plain = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if self.parent != Path(target).parent:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return plain(self, target)

    monkeypatch.setattr(Path, "rename", rename)


def _wait() -> None:
    for thread in threading.enumerate():
        if thread.name == "run mover":
            thread.join(10)


def _run(folder: Path) -> Path:
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "checkpoints" / "best.safetensors").write_bytes(b"weights")
    return folder


def test_within_a_file_system_a_run_moves_at_once(app: QApplication, tmp_path: Path) -> None:
    before, after = _run(tmp_path / "a" / "one"), tmp_path / "one"
    mover = RunMover()
    moved = QSignalSpy(mover.moved)
    mover.move(before, after)

    assert moved.count() == 1
    assert (after / "checkpoints" / "best.safetensors").read_bytes() == b"weights"


def test_to_another_file_system_it_is_copied_in_a_thread(app: QApplication, tmp_path: Path, far: None) -> None:
    before, after = _run(tmp_path / "a" / "one"), tmp_path / "b" / "one"
    after.parent.mkdir()
    mover = RunMover()
    moved = QSignalSpy(mover.moved)
    mover.move(before, after)

    _wait()
    assert moved.at(0) == [before, after]
    assert not before.exists()
    assert [path.name for path in after.parent.iterdir()] == ["one"]


def test_a_run_that_cannot_be_copied_stays_and_leaves_nothing_behind(
    app: QApplication, tmp_path: Path, far: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: object, target: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("shutil.copytree", full)
    before, after = _run(tmp_path / "a" / "one"), tmp_path / "b" / "one"
    after.parent.mkdir()
    mover = RunMover()
    failed = QSignalSpy(mover.failed)
    mover.move(before, after)

    _wait()
    assert "No space left" in failed.at(0)[0]
    assert before.is_dir()
    assert list(after.parent.iterdir()) == []


def test_a_run_that_goes_on_while_it_is_copied_stays(
    app: QApplication, tmp_path: Path, far: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("designer.editing.run_mover.running", lambda folder: True)
    before, after = _run(tmp_path / "a" / "one"), tmp_path / "b" / "one"
    after.parent.mkdir()
    mover = RunMover()
    failed = QSignalSpy(mover.failed)
    mover.move(before, after)
    _wait()
    mover.move(before, after)
    _wait()

    assert failed.count() == 1
    assert (before / "checkpoints" / "best.safetensors").exists()
    assert list(after.parent.iterdir()) == []
    mover.forgive()
    mover.move(before, after)
    _wait()
    assert failed.count() == 2
