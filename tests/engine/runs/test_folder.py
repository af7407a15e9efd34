"""The run folder: names, record, lock, and what a full disk or a crash does to them."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from engine.errors import FileError, FormatError, UsageError
from engine.graph.types import Graph, Project
from engine.runs.commands import Pause, Recorded, SetLearningRate
from engine.runs.events import EpochDone, Failed, Finished, Probed, Scores, StepsDone, Warned
from engine.runs.folder import RunFolder, new_run_folder, process_lives, running
from engine.runs.plan import Plan, PlannedStage
from engine.runs.record import read_commands, read_end, read_epochs, read_events, read_plan

_PLAN = Plan(
    name="test",
    project=Project(training={"main": Graph()}),
    seed=0,
    device="cpu",
    threads=1,
    stages=(PlannedStage(training="main", epochs=1),),
    emitted={"model.py": "import torch\n"},
)


def _steps(first: int, *losses: float) -> StepsDone:
    return StepsDone(first=first, losses={"fit": losses}, epoch=0, seconds=0.5)


def _epoch(number: int, step: int) -> EpochDone:
    return EpochDone(epoch=number, step=step, train=Scores(), validation=Scores(), best=False, seconds=1.0)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A run just begun."""
    return RunFolder.create(tmp_path / "run", _PLAN, {"torch": "2"})


def test_runs_lie_beside_their_project_under_names_for_every_platform(tmp_path: Path) -> None:
    file = tmp_path / "my project.netwright"
    found = new_run_folder(file, 'a:b/c "ü" run ', tmp_path)

    assert found.parent == tmp_path / "my project.runs"
    assert found.name.split("-", 2)[2] == "a-b-c-----run"
    found.mkdir(parents=True)
    assert new_run_folder(file, 'a:b/c "ü" run ', tmp_path) != found


def test_a_run_without_a_file_or_a_name_has_a_folder_too(tmp_path: Path) -> None:
    assert new_run_folder(None, "...", tmp_path).parent == tmp_path
    assert new_run_folder(None, "...", tmp_path).name.endswith("-run")


def test_a_plan_is_read_as_it_was_written(folder: RunFolder) -> None:
    assert read_plan(folder.path) == _PLAN
    assert (folder.path / "source" / "model.py").read_text() == "import torch\n"


def test_steps_are_written_together_before_whatever_comes_next(folder: RunFolder) -> None:
    folder.record(_steps(1, 0.5))
    for number in range(2, 6):
        folder.record(_steps(number, float(number)))
    folder.record(_epoch(1, 5))
    first, *rest = read_events(folder.path)

    assert first == _steps(1, 0.5)
    assert rest == [_steps(2, 2.0, 3.0, 4.0, 5.0), _epoch(1, 5)]


def test_pictures_are_not_recorded(folder: RunFolder) -> None:
    assert folder.record(Probed(step=1, epoch=0, pictures=()))
    assert list(read_events(folder.path)) == []


def test_the_record_is_cut_within_a_stretch_of_steps(folder: RunFolder) -> None:
    folder.record(_steps(1, 1.0, 2.0, 3.0))
    folder.record(_epoch(1, 3))
    folder.record(_steps(4, 4.0, 5.0, 6.0))
    folder.record(_epoch(2, 6))
    folder.record(Failed(step=6, what="power"))
    folder.cut(5)

    assert list(read_events(folder.path)) == [_steps(1, 1.0, 2.0, 3.0), _epoch(1, 3), _steps(4, 4.0, 5.0)]
    assert read_end(folder.path) is None


def test_a_line_torn_by_a_crash_is_left_out(folder: RunFolder) -> None:
    folder.record(_epoch(1, 3))
    with (folder.path / "events.jsonl").open("ab") as file:
        file.write(b'{"type":"EpochDone","epo')

    assert list(read_events(folder.path)) == [_epoch(1, 3)]


def test_a_full_disk_refuses_one_line_and_not_the_next(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.record(_epoch(1, 3))
    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", _full)
        assert not folder.record(_epoch(2, 6))
    with (folder.path / "events.jsonl").open("ab") as file:
        file.write(b'{"type":"Ep')  # what the disk still took
    folder.record(_epoch(3, 9))

    first, warned, second = read_events(folder.path)
    assert (first, second) == (_epoch(1, 3), _epoch(3, 9))
    assert isinstance(warned, Warned)
    assert warned.message.startswith("line 2 of the record cannot be read")


def _full(path: Path, mode: str) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_commands_are_read_with_their_steps(folder: RunFolder) -> None:
    rows = (Recorded(step=3, command=Pause()), Recorded(step=4, command=SetLearningRate(objective="fit", lr=0.1)))
    for row in rows:
        folder.record_command(row)

    assert read_commands(folder.path) == rows


def test_of_an_epoch_said_twice_the_last_word_counts(folder: RunFolder) -> None:
    for event in (_epoch(1, 3), _epoch(2, 6), _epoch(2, 7)):
        folder.record(event)

    assert read_epochs(folder.path) == (_epoch(1, 3), _epoch(2, 7))


def test_the_last_end_counts(folder: RunFolder) -> None:
    finished = Finished(reason="done", step=6, epoch=2, test=Scores(), seconds=1.0)
    folder.record(Failed(step=3, what="power"))
    folder.record(finished)

    assert read_end(folder.path) == finished


def test_a_folder_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        RunFolder.create(tmp_path, _PLAN, {})


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="cannot be"):
        RunFolder.create(tmp_path / "file" / "run", _PLAN, {})


def test_the_lock_of_a_live_process_holds_and_is_not_taken_away(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder.path / "lock").write_text("4711")
    monkeypatch.setattr("engine.runs.folder.process_lives", lambda pid: pid == 4711)
    with pytest.raises(FileError, match="process 4711 trains in this folder"):
        folder.lock()
    folder.unlock()

    assert running(folder.path)


@pytest.mark.parametrize("left", ["999999999", "", "torn", "-1"])
def test_a_lock_of_nobody_is_taken_over(folder: RunFolder, left: str) -> None:
    (folder.path / "lock").write_text(left)
    folder.lock()

    assert folder.is_locked
    assert running(folder.path)
    folder.unlock()
    assert not running(folder.path)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the system does not say when a process began")
def test_a_later_process_of_the_same_number_is_not_the_one_that_held_the_lock(folder: RunFolder) -> None:
    (folder.path / "lock").write_text(f"{os.getppid()} 17")

    assert not running(folder.path)
    (folder.path / "lock").write_text(f"{os.getppid()}")
    assert running(folder.path)


def test_this_process_lives_and_one_that_never_was_does_not() -> None:
    assert process_lives(os.getpid())
    assert not process_lives(999_999_999)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"name": 3}'])
def test_a_folder_without_a_readable_plan_is_no_run(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(FormatError, match="there is no run in this folder"):
        read_plan(tmp_path)
    (tmp_path / "plan.json").write_bytes(content)
    with pytest.raises(FormatError, match="the plan cannot be read"):
        read_plan(tmp_path)
