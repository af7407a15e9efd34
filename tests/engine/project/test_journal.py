"""The recovery journal: what is unsaved survives a dead process."""

from __future__ import annotations

import os
import subprocess
import sys
from io import FileIO
from pathlib import Path

import pytest

from engine.errors import FileError
from engine.graph.edits import AddGraph, Edit, SetNotes, SetVariable
from engine.graph.types import GraphRef, Project
from engine.project.journal import Journal, abandoned, recover

START = Project(notes="start")
EDITS: tuple[Edit, ...] = (
    SetVariable(name="width", value=3),
    AddGraph(ref=GraphRef("networks", "digits")),
    SetNotes(notes="line\nbreak ✓"),
)


def worked(journal: Journal, project: Project = START) -> Project:
    """Let a few edits be written down."""
    for edit in EDITS:
        project = edit.apply(project)
        journal.record(edit, project)
    return project


def test_work_is_found_again_after_its_process_has_gone(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journals", START, "digits.netwright")
    project = worked(journal)
    journal.close(discard=False)
    (path,) = abandoned(tmp_path / "journals")
    found = recover(path)

    assert found is not None
    assert (found.project, found.file, found.edits, found.complete) == (project, "digits.netwright", 3, True)


def test_undo_is_written_down_too(tmp_path: Path) -> None:
    journal = Journal(tmp_path, START)
    worked(journal)
    journal.record(None, START)
    journal.close(discard=False)
    found = recover(journal.path)

    assert found is not None
    assert (found.project, found.edits) == (START, 0)


@pytest.mark.parametrize("lost", [1, 5, 40])
def test_a_journal_that_breaks_off_gives_the_work_up_to_there(tmp_path: Path, lost: int) -> None:
    journal = Journal(tmp_path, START)
    worked(journal)
    journal.close(discard=False)
    data = journal.path.read_bytes()
    journal.path.write_bytes(data[:-lost])
    found = recover(journal.path)

    assert found is not None
    assert (found.edits, found.complete) == (2, False)


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"{}", b"\x00\xff\n", b'{"file": ""}\n', b'{"project": "{}"}\n', b"[" * 9999]
)
def test_a_journal_without_a_first_state_holds_no_work(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.journal"
    path.write_bytes(data)

    assert recover(path) is None


def test_an_edit_that_does_not_fit_ends_the_recovery_before_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path, START)
    journal.record(SetVariable(name="nothing", value=None), START)
    journal.close(discard=False)
    found = recover(journal.path)

    assert found is not None
    assert (found.project, found.complete) == (START, False)


def test_saving_begins_the_journal_anew(tmp_path: Path) -> None:
    journal = Journal(tmp_path, START)
    project = worked(journal)
    journal.saved(project, "digits.netwright")
    journal.close(discard=False)
    found = recover(journal.path)

    assert found is not None
    assert (found.project, found.file, found.edits) == (project, "digits.netwright", 0)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_long_journal_begins_anew_with_a_snapshot(tmp_path: Path) -> None:
    journal = Journal(tmp_path, START, rotate_bytes=300)
    project = START
    for number in range(40):
        edit = SetVariable(name="width", value=number)
        project = edit.apply(project)
        journal.record(edit, project)
    journal.close(discard=False)
    found = recover(journal.path)

    assert found is not None
    assert found.project == project
    assert journal.path.stat().st_size < 600


def test_a_closed_journal_with_nothing_unsaved_is_gone(tmp_path: Path) -> None:
    journal = Journal(tmp_path, START)
    journal.close(discard=True)

    assert list(tmp_path.iterdir()) == []
    assert abandoned(tmp_path / "nowhere") == ()


def test_a_journal_in_use_by_a_living_process_is_not_taken_for_a_dead_ones(tmp_path: Path) -> None:
    journal = Journal(tmp_path, START)
    question = (
        "import sys, pathlib; from engine.project.journal import abandoned;"
        "print(len(abandoned(pathlib.Path(sys.argv[1]))))"
    )
    ask = [sys.executable, "-c", question, str(tmp_path)]
    while_open = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip()
    journal.close(discard=False)
    after = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip()

    assert (while_open, after) == ("0", "1")


def test_work_of_a_killed_process_is_found(tmp_path: Path) -> None:
    script = (
        "import sys, os, signal, pathlib\n"
        "from engine.project.journal import Journal\n"
        "from tests.engine.project.test_journal import START, worked\n"
        "journal = Journal(pathlib.Path(sys.argv[1]), START)\n"
        "worked(journal)\n"
        "os.kill(os.getpid(), signal.SIGTERM if os.name == 'nt' else signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    (path,) = abandoned(tmp_path)
    found = recover(path)

    assert found is not None
    assert (found.edits, found.complete) == (3, True)


def test_a_full_disk_is_told_and_the_work_so_far_stays_readable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path, START)
    project = worked(journal)

    class Full:
        """A stream whose disk fills up in the middle of a line."""

        def __init__(self, stream: FileIO) -> None:
            self.stream = stream
            self.calls = 0

        def write(self, data: bytes) -> int:
            self.calls += 1
            if self.calls > 1:
                raise OSError(28, os.strerror(28))
            return self.stream.write(data[:5])

        def __getattr__(self, name: str) -> object:
            return getattr(self.stream, name)

    stream = journal._stream
    monkeypatch.setattr(journal, "_stream", Full(stream))
    with pytest.raises(FileError, match="the disk is full"):
        journal.record(SetVariable(name="depth", value=1), project)
    monkeypatch.setattr(journal, "_stream", stream)
    so_far = recover(journal.path)
    assert so_far is not None
    assert (so_far.project, so_far.complete) == (project, True)
    last = SetVariable(name="depth", value=2)
    journal.record(last, last.apply(project))
    journal.close(discard=False)
    found = recover(journal.path)

    assert found is not None
    assert (found.project.variables, found.complete) == ({"width": 3, "depth": 2}, True)
