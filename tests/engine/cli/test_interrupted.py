"""Ctrl+C during `train`, and going on afterwards: nothing trained is lost, and a sentence says how to go on."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from designer.__main__ import main as netwright
from engine.cli import main
from engine.cli.watcher import Watcher
from engine.runs.events import EpochDone, Event
from engine.runs.record import read_epochs, read_events
from engine.train.progress import Progress


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """The wine example in a file, and Ctrl+C as it is on a terminal."""
    file = tmp_path / "my wine.netwright"
    assert main(["gallery", "wine_mlp", str(file)]) == 0
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield file
    signal.signal(signal.SIGINT, before)


def _press_at(epoch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Press Ctrl+C once, when an epoch is over."""
    take = Watcher.take

    def pressing(self: Watcher, event: Event) -> None:
        take(self, event)
        if isinstance(event, EpochDone) and event.epoch == epoch:
            monkeypatch.setattr(Watcher, "take", take)
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Watcher, "take", pressing)


def test_ctrl_c_keeps_the_newest_step_and_the_command_it_prints_goes_on_to_the_same_curve(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run, whole = tmp_path / "run", tmp_path / "whole"
    assert main(["train", str(project), "--run", str(whole), "--epochs", "6"]) == 0
    _press_at(3, monkeypatch)
    capsys.readouterr()
    assert main(["train", str(project), "--run", str(run), "--epochs", "6"]) == 1
    said = capsys.readouterr().err
    assert not (run / "lock").exists()
    assert said.startswith("Interrupted; the checkpoint of step ")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    assert main(shlex.split(said.partition("Go on with: netwright ")[2])) == 0
    scores = [(epoch.train, epoch.validation) for epoch in read_epochs(run)]
    assert scores == [(epoch.train, epoch.validation) for epoch in read_epochs(whole)]


def test_a_second_ctrl_c_leaves_at_once_with_the_checkpoint_before(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    save = Progress.save

    def slow(self: Progress) -> None:
        if any(isinstance(event, EpochDone) and event.epoch == 2 for event in read_events(tmp_path / "run")):
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
        save(self)

    monkeypatch.setattr(Progress, "save", slow)
    assert main(["train", str(project), "--run", str(tmp_path / "run"), "--epochs", "50"]) == 1
    first = next(epoch for epoch in read_epochs(tmp_path / "run"))
    assert f"the checkpoint of step {first.step} is kept" in capsys.readouterr().err


def test_ctrl_c_while_modules_are_read_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def read(words: list[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("designer.__main__._verb", read)
    assert netwright(["check", "a.netwright"]) == 1
    assert capsys.readouterr().err == "Interrupted.\n"


def test_resuming_a_run_that_never_was_is_refused_with_words(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", str(project), "--run", str(tmp_path / "nowhere"), "--resume"]) == 2
    assert "there is no run to go on with. Leave --resume out" in capsys.readouterr().err
    assert not (tmp_path / "nowhere").exists()

    assert main(["train", str(project), "--run", str(tmp_path), "--resume"]) == 1
    assert "there is no run in this folder" in capsys.readouterr().err


def test_a_run_killed_before_it_stood_begins_anew(project: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    (run / "source").mkdir(parents=True)
    (run / "checkpoints").mkdir()
    (run / ".plan.json.tmp").write_text('{"pro')

    assert main(["train", str(project), "--run", str(run), "--resume", "--epochs", "2"]) == 0
    assert len(read_epochs(run)) == 2


def test_what_a_resumed_run_cannot_take_any_more_is_said(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = str(tmp_path / "run")
    assert main(["train", str(project), "--run", run, "--epochs", "2"]) == 0
    assert main(["train", str(project), "--run", run, "--resume", "--epochs", "9", "--seed", "4"]) == 0
    assert "goes on as it was planned, without --epochs, --seed" in capsys.readouterr().err
