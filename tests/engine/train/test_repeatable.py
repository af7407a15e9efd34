"""The same plan gives the same curve, bit for bit, whoever watches and however often it is paused."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from engine.runs.commands import Pause, Resume, SetLearningRate, StepOnce, Stop, Watch
from engine.runs.events import Event, Finished, Paused, Probed, StepsDone
from engine.runs.record import read_commands, read_events
from engine.train.session import Session
from tests.projects import Ran, digits_cnn, plan, ran

NODES = ("net.conv1", "net.norm1", "net.relu1", "net.head")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A run that nobody disturbed."""
    return ran(digits_cnn(epochs=2), tmp_path_factory.mktemp("plain") / "run")


def _weights(run: Ran) -> bytes:
    return (run.folder / "checkpoints" / "best.safetensors").read_bytes()


def test_the_same_plan_twice_gives_the_same_curve_and_weights(plain: Ran, tmp_path: Path) -> None:
    again = ran(digits_cnn(epochs=2), tmp_path / "run")

    assert again.curve == plain.curve
    assert len(plain.losses["fit"]) == 2 * 9
    assert isinstance(plain.end, Finished)


def test_another_seed_gives_another_curve(plain: Ran, tmp_path: Path) -> None:
    assert ran(plan(digits_cnn(epochs=2), seed=1), tmp_path / "run").losses != plain.losses


def test_the_record_says_what_was_said(plain: Ran) -> None:
    kept = Ran(plain.folder, plain.end, tuple(read_events(plain.folder)))

    assert kept.curve == plain.curve


class _Told:
    """A run in a thread of its own that is told something whenever it says something."""

    def __init__(self, folder: Path) -> None:
        self.events: list[Event] = []
        self.session = Session(plan(digits_cnn(epochs=2)), folder, self._hear)
        self.folder = folder
        self.pauses = 0

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, Paused):
            self.pauses += 1
            replies = (StepOnce(),) if self.pauses < 4 else (Resume(), Pause()) if self.pauses < 6 else (Resume(),)
            for reply in replies:
                self.session.command(reply)

    def end(self) -> Ran:
        self.session.start()
        self.session.join(60)
        assert self.session.end is not None
        return Ran(self.folder, self.session.end, self.events)


def test_watching_four_nodes_at_every_step_changes_nothing(
    plain: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.train.probe._MOST_SHARE", 1e9)
    told = _Told(tmp_path / "run")
    told.session.command(Watch(addresses=NODES, interval_ms=0))
    watched = told.end()
    probes = [event for event in watched.events if isinstance(event, Probed)]

    assert watched.curve == plain.curve
    assert len(probes) == 18
    assert {picture.address for picture in probes[-1].pictures} == set(NODES)
    assert not any(isinstance(event, Probed) for event in read_events(watched.folder))


def test_pausing_and_stepping_changes_nothing(plain: Ran, tmp_path: Path) -> None:
    told = _Told(tmp_path / "run")
    told.session.command(Pause())
    disturbed = told.end()

    assert disturbed.curve == plain.curve
    assert [event.step for event in disturbed.events if isinstance(event, Paused)] == [0, 1, 2, 3, 4, 5]


def test_a_step_at_a_time_says_its_loss_at_once(tmp_path: Path) -> None:
    told = _Told(tmp_path / "run")
    told.session.command(Pause())
    said = told.end().events
    pauses = [index for index, event in enumerate(said) if isinstance(event, Paused)][:4]
    between = [[event for event in said[a:b] if isinstance(event, StepsDone)] for a, b in itertools.pairwise(pauses)]

    assert [[(event.first, len(event.losses["fit"])) for event in part] for part in between] == [
        [(1, 1)],
        [(2, 1)],
        [(3, 1)],
    ]


def test_a_stopped_run_is_tested_and_its_commands_are_recorded(tmp_path: Path) -> None:
    told = _Told(tmp_path / "run")
    told.session.command(SetLearningRate(objective="fit", lr=0.01))
    told.session.command(Stop())
    stopped = told.end()

    assert isinstance(stopped.end, Finished)
    assert stopped.end.reason == "stopped"
    assert stopped.end.step == 0
    assert stopped.end.test.samples == 359
    assert [(row.step, type(row.command)) for row in read_commands(stopped.folder)] == [(0, SetLearningRate), (0, Stop)]


def test_every_pause_shows_the_nodes_looked_at_as_they_are_then(tmp_path: Path) -> None:
    told = _Told(tmp_path / "run")
    told.session.command(Watch(addresses=NODES, interval_ms=60_000))
    told.session.command(Pause())
    said = told.end().events

    assert [event.step for event in said if isinstance(event, Probed)][:6] == [0, 1, 2, 3, 4, 5]
    assert all(event.probe_share == 0.0 for event in said if isinstance(event, StepsDone) and event.first < 6), (
        "pictures of a paused run must not use up what watching may cost"
    )
