"""A run whose process was killed goes on as if nothing had happened."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from engine.errors import FileError
from engine.project.bundled import read_example
from engine.runs.commands import SetLearningRate
from engine.runs.events import CheckpointWritten, EpochDone, Event, Failed, Finished, StepsDone, Warned
from engine.runs.folder import RunFolder, running
from engine.runs.record import read_epochs, read_events
from engine.runtime import weights
from engine.train.measure import measured_test
from engine.train.progress import Progress
from engine.train.session import Session
from tests.projects import Ran, digits_cnn, losses_of, plan, ran, resumed

_EPOCHS = 3
_KILLED_AT = 14  # of 9 steps an epoch

_KILLED = """
import os, signal, sys
from pathlib import Path
from engine.train import loop, session
from tests.projects import digits_cnn, ran

plain = loop.Loop.step
def step(self):
    if self.step_number == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    plain(self)

loop.Loop.step = step
session._SAVE_SECONDS = float(sys.argv[3])
ran(digits_cnn(epochs=int(sys.argv[4])), Path(sys.argv[1]))
"""


def _killed(folder: Path, save_seconds: float) -> None:
    """Train in a process of its own that is killed in the middle of the second epoch."""
    words = [sys.executable, "-c", _KILLED, str(folder), str(_KILLED_AT), str(save_seconds), str(_EPOCHS)]
    done = subprocess.run(words, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False, timeout=120)
    assert done.returncode == -9


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A run that was left alone."""
    return ran(digits_cnn(epochs=_EPOCHS), tmp_path_factory.mktemp("plain") / "run")


def _tensors(run: Ran, which: str) -> dict[str, list[float]]:
    found = weights.read(run.folder / "checkpoints" / f"{which}.safetensors")
    return {key: tensor.flatten().tolist() for key, tensor in found.items()}


@pytest.mark.parametrize("save_seconds", [0.0, 1e9])
def test_a_killed_run_goes_on_to_the_same_curve_and_weights(plain: Ran, tmp_path: Path, save_seconds: float) -> None:
    folder = tmp_path / "run"
    _killed(folder, save_seconds)
    assert not running(folder)
    assert (folder / "lock").exists()
    again = resumed(folder)
    record = list(read_events(folder))
    first = next(event.first for event in again.events if isinstance(event, StepsDone))

    assert first == (_KILLED_AT + 1 if save_seconds == 0 else 10)
    assert losses_of(record) == plain.losses
    assert again.losses["fit"] == plain.losses["fit"][first - 1 :]
    assert Ran(folder, again.end, record).curve == plain.curve
    assert _tensors(again, "best") == _tensors(plain, "best")
    assert _tensors(again, "last") == _tensors(plain, "last")
    assert not (folder / "lock").exists()


def test_moments_of_filters_that_lie_channels_last_are_resumed_in_that_layout(tmp_path: Path) -> None:
    """Of a filter with one channel both layouts are the same; a second convolution tells them apart."""
    whole = ran(plan(read_example("digits_cnn"), epochs=2), tmp_path / "whole")

    def kill(event: Event) -> None:
        if (
            isinstance(event, CheckpointWritten)
            and event.which == "last"
            and event.step == len(whole.losses["fit"]) // 2
        ):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ran(plan(read_example("digits_cnn"), epochs=2), tmp_path / "killed", kill)
    again = resumed(tmp_path / "killed")

    assert again.losses["fit"] == whole.losses["fit"][-len(again.losses["fit"]) :]
    assert _tensors(again, "last") == _tensors(whole, "last")


def test_a_finished_run_resumed_says_its_result_again(plain: Ran, tmp_path: Path) -> None:
    done = ran(digits_cnn(epochs=1), tmp_path / "run")
    again = resumed(done.folder)

    assert isinstance(again.end, Finished)
    assert isinstance(done.end, Finished)
    assert again.end.test == done.end.test
    assert again.losses == {}
    assert [event.epoch for event in read_epochs(done.folder)] == [1]


def _turned(folder: Path, broken_at: int = 0) -> tuple[list[Event], Finished | Failed | None]:
    """Train, turn the learning rate after the first epoch, and let the client break off with another one."""
    said: list[Event] = []

    def hear(event: Event) -> None:
        said.append(event)
        if isinstance(event, EpochDone) and event.epoch == broken_at:
            raise KeyboardInterrupt
        if isinstance(event, EpochDone) and event.epoch == 1:
            session.command(SetLearningRate(objective="fit", lr=0.03))

    session = Session(plan(digits_cnn(epochs=_EPOCHS)), folder, hear)
    with pytest.raises(KeyboardInterrupt) if broken_at else contextlib.nullcontext():
        session.run()
    return said, session.end


@pytest.mark.parametrize("broken_at", [2, 3])
def test_a_learning_rate_that_was_turned_is_turned_again_by_a_resume(
    plain: Ran, tmp_path: Path, broken_at: int
) -> None:
    said, end = _turned(tmp_path / "whole")
    _turned(tmp_path / "broken", broken_at)
    again = resumed(tmp_path / "broken")
    count = len(again.losses["fit"])

    assert count == 9 * (_EPOCHS - broken_at + 1)
    assert losses_of(said)["fit"] != plain.losses["fit"]
    assert again.losses["fit"] == losses_of(said)["fit"][-count:]
    assert isinstance(end, Finished)
    assert isinstance(again.end, Finished)
    assert again.end.test == end.test


def test_a_folder_that_a_live_process_trains_in_is_refused(plain: Ran, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    ran(digits_cnn(epochs=1), folder)
    (folder / "lock").write_text(str(os.getppid()))
    before = (folder / "events.jsonl").read_bytes()
    refused = resumed(folder)

    assert isinstance(refused.end, Failed)
    assert f"process {os.getppid()} trains in this folder" in refused.end.what
    assert running(folder)
    assert (folder / "events.jsonl").read_bytes() == before
    with pytest.raises(FileError, match="trains in this folder"):
        RunFolder(folder).lock()


def test_a_line_that_was_torn_off_is_left_out_and_does_not_swallow_the_next(tmp_path: Path) -> None:
    done = ran(digits_cnn(epochs=1), tmp_path / "run")
    file = done.folder / "events.jsonl"
    before = list(read_events(done.folder))
    file.write_bytes(file.read_bytes() + b'{"type":"StepsDone","first":')

    assert list(read_events(done.folder)) == before
    assert isinstance(resumed(done.folder).end, Finished)
    assert all(msgspec.json.decode(line) for line in file.read_bytes().splitlines())


def test_what_is_no_run_is_refused_with_what_is_missing(tmp_path: Path) -> None:
    refused = resumed(tmp_path)

    assert isinstance(refused.end, Failed)
    assert refused.end.what == "there is no run in this folder"
    assert "plan.json" in refused.end.remedy
    assert list(tmp_path.iterdir()) == []


def test_a_torn_checkpoint_is_refused_by_name(tmp_path: Path) -> None:
    done = ran(digits_cnn(epochs=1), tmp_path / "run")
    file = done.folder / "checkpoints" / "last.safetensors"
    file.write_bytes(file.read_bytes()[:100])
    refused = resumed(done.folder)

    assert isinstance(refused.end, Failed)
    assert "these are no weights" in refused.end.what
    assert refused.end.remedy
    assert refused.end.address == str(file)


def test_best_weights_that_are_gone_are_said_and_not_claimed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def kill(event: Event) -> None:
        if isinstance(event, EpochDone) and event.epoch == 2:
            raise KeyboardInterrupt

    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        ran(digits_cnn(epochs=3), folder, kill)
    (folder / "checkpoints" / "best.safetensors").unlink()
    monkeypatch.setattr(Progress, "_is_best", lambda self, validation: False)
    again = resumed(folder)

    assert isinstance(again.end, Finished)
    warned = [event.message for event in again.events if isinstance(event, Warned)]
    assert (folder / "checkpoints" / "best.safetensors").exists()
    assert again.end.best_epoch == 3
    assert [words.partition(": ")[2] for words in warned] == ["the last weights stand in for the best"]


def test_a_checkpoint_of_a_stage_that_the_run_does_not_have_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    ran(digits_cnn(epochs=1), folder)
    path = folder / "checkpoints" / "last.safetensors"
    notes = weights.read_notes(path)
    weights.write(path, weights.read(path), {"place": notes["place"].replace('"stage":0', '"stage":7')})
    again = resumed(folder)

    assert isinstance(again.end, Failed)
    assert again.end.what == "this checkpoint stands in stage 8 of a run of 1"


def test_a_run_that_was_trained_elsewhere_is_measured_here(tmp_path: Path) -> None:
    done = ran(digits_cnn(epochs=1), tmp_path / "run")
    plan_file = done.folder / "plan.json"
    plan_file.write_text(plan_file.read_text().replace('"device": "cpu"', '"device": "cuda:7"'))

    assert isinstance(done.end, Finished)
    assert measured_test(done.folder) == done.end.test


def test_a_run_whose_checkpoints_are_gone_says_that_it_begins_anew(tmp_path: Path) -> None:
    straight = ran(digits_cnn(epochs=2), tmp_path / "a")

    def kill(event: Event) -> None:
        if isinstance(event, EpochDone):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ran(digits_cnn(epochs=2), tmp_path / "b", kill)
    shutil.rmtree(tmp_path / "b" / "checkpoints")
    again = resumed(tmp_path / "b")

    assert again.curve == straight.curve
    assert any(isinstance(event, Warned) and "begins anew" in event.message for event in again.events)
    assert measured_test(tmp_path / "b") == measured_test(tmp_path / "a")
