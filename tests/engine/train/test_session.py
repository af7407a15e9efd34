"""Runs from plan to end: told what to do, watched, killed and resumed."""

from __future__ import annotations

import queue
import threading
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest
from safetensors.torch import load_file

from engine.graph.types import Length, Project, Stage
from engine.runs.commands import Command, Pause, Resume, SetLearningRate, StepOnce, Stop, Watch
from engine.runs.events import (
    EpochDone,
    Event,
    Failed,
    Finished,
    Paused,
    Probed,
    Resumed,
    Started,
    StepsDone,
    Warned,
)
from engine.runs.record import read_commands, read_end, read_epochs, read_events, read_plan
from engine.train.probe import Probe
from engine.train.session import Session, run_plan
from tests.engine.train.projects import Heard, Killed, finished, iris, losses_of, plan
from tests.graphs import with_metric

_Said = TypeVar("_Said")
_NODES = ("net.features", "net.hidden", "net.norm", "net.scores")


def test_a_run_says_its_steps_epochs_and_end(tmp_path: Path) -> None:
    heard, end = finished(iris(), tmp_path / "run")
    started = heard.events[1]

    assert isinstance(started, Started)
    assert (started.total_steps, started.steps_per_epoch, started.training_samples) == (9, 3, 96)
    assert len(heard.losses) == 9
    assert [epoch for epoch, _, _ in heard.epochs] == [1, 2, 3]
    assert (end.step, end.epoch, end.reason, end.test.samples) == (9, 3, "done", 30)
    assert 0.0 <= end.test.metrics["accuracy"] <= 1.0
    assert heard.events[-1] == end


def test_parameters_of_a_metric_reach_what_measures(tmp_path: Path) -> None:
    heard, end = finished(with_metric(iris(epochs=1), "top", "top_k_accuracy", k=3), tmp_path / "run")
    started = heard.events[1]

    assert isinstance(started, Started)
    assert started.metrics == {"accuracy": "accuracy", "top": "top_k_accuracy"}
    assert end.test.metrics["top"] == 1.0  # every class is among the three highest scores of three


def test_the_folder_holds_what_was_said_and_all_to_open_it_again(tmp_path: Path) -> None:
    heard, end = finished(iris(), tmp_path / "run")
    names = {path.relative_to(tmp_path / "run").as_posix() for path in (tmp_path / "run").rglob("*") if path.is_file()}

    assert names == {
        "plan.json",
        "events.jsonl",
        "graph.netwright",
        "environment.json",
        "source/data.py",
        "source/model.py",
        "source/training.py",
        "checkpoints/best.json",
        "checkpoints/best.safetensors",
        "checkpoints/last.json",
        "checkpoints/last.safetensors",
    }
    assert losses_of(list(read_events(tmp_path / "run"))) == heard.losses
    assert read_end(tmp_path / "run") == end
    assert len(read_epochs(tmp_path / "run")) == 3
    assert read_plan(tmp_path / "run").project == iris()


def test_mean_training_losses_of_an_epoch_are_those_of_its_steps(tmp_path: Path) -> None:
    heard, _ = finished(iris(), tmp_path / "run")

    for number, means, _ in heard.epochs:
        assert means["fit"] == pytest.approx(sum(heard.losses[3 * number - 3 : 3 * number]) / 3)


def test_one_seed_gives_one_curve_and_another_seed_another(tmp_path: Path) -> None:
    first, _ = finished(iris(), tmp_path / "a")
    again, _ = finished(iris(), tmp_path / "b")
    other, _ = finished(iris(), tmp_path / "c", seed=1)

    assert first.losses == again.losses
    assert first.epochs == again.epochs
    assert first.losses != other.losses


def test_a_probe_that_fails_ends_the_watching_and_not_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_large(probe: Probe, *, paused: bool = False) -> Probed:
        raise MemoryError("out of memory")

    monkeypatch.setattr(Probe, "take", too_large)
    unwatched, _ = finished(iris(), tmp_path / "a")
    watched = Heard()
    session = Session(plan(iris()), tmp_path / "b", watched)
    session.command(Watch(addresses=_NODES, interval_ms=0))
    end = session.run()
    said = [event.message for event in watched.events if isinstance(event, Warned)]

    assert isinstance(end, Finished)
    assert watched.losses == unwatched.losses
    assert len(said) == 1
    assert "not enough memory" in said[0]


def test_a_watched_run_has_the_curve_of_the_run_unwatched(tmp_path: Path) -> None:
    unwatched, _ = finished(iris(epochs=8), tmp_path / "a")
    watched = Heard()
    session = Session(plan(iris(epochs=8)), tmp_path / "b", watched)
    session.command(Watch(addresses=_NODES, interval_ms=0))
    end = session.run()

    assert isinstance(end, Finished)
    assert any(isinstance(event, Probed) for event in watched.events)
    assert watched.losses == unwatched.losses
    assert watched.epochs == unwatched.epochs
    assert not [event for event in read_events(tmp_path / "b") if isinstance(event, Probed)]


def test_the_best_weights_are_tested(tmp_path: Path) -> None:
    heard, end = finished(iris(epochs=6), tmp_path / "run")
    best = [event.epoch for event in heard.events if isinstance(event, EpochDone) and event.best]
    scores = {event.epoch: event.validation for event in heard.events if isinstance(event, EpochDone)}
    most = max(score.metrics["accuracy"] for score in scores.values())

    assert end.best_epoch == best[-1]
    assert scores[end.best_epoch].metrics["accuracy"] == most


class _Told:
    """A session in its thread, and what it says.

    Args:
        folder: of the run.
        project: what to train.
    """

    def __init__(self, folder: Path, project: Project, *first: Command) -> None:
        self._said: queue.Queue[Event] = queue.Queue()
        self.heard = Heard(self._said.put)
        self.session = Session(plan(project), folder, self.heard)
        for command in first:
            self.session.command(command)
        self.session.start()

    def wait_for(self, kind: type[_Said]) -> _Said:
        while True:
            event = self._said.get(timeout=30)
            if isinstance(event, kind):
                return event
            assert not isinstance(event, Failed), event

    def end(self) -> Finished:
        found = self.wait_for(Finished)
        self.session.join(30)
        return found


def test_a_run_pauses_takes_one_step_goes_on_and_stops(tmp_path: Path) -> None:
    told = _Told(tmp_path / "run", iris(epochs=5_000), Pause())

    assert told.wait_for(Paused).step == 0
    told.session.command(StepOnce())
    assert told.wait_for(Paused).step == 1
    told.session.command(StepOnce())
    assert told.wait_for(Paused).step == 2
    told.session.command(Resume())
    assert told.wait_for(Resumed).step == 2
    told.session.command(Stop())
    end = told.end()
    assert end.reason == "stopped"
    assert 2 <= end.step < 15_000
    assert [type(row.command) for row in read_commands(tmp_path / "run")] == [Pause, StepOnce, StepOnce, Resume, Stop]


def test_pausing_does_not_change_the_curve(tmp_path: Path) -> None:
    straight, _ = finished(iris(), tmp_path / "a")
    told = _Told(tmp_path / "b", iris(), Pause())
    for step in range(5):
        assert told.wait_for(Paused).step == step
        told.session.command(StepOnce())
    told.wait_for(Paused)
    told.session.command(Resume())
    told.end()

    assert told.heard.losses == straight.losses


def test_a_paused_run_shows_what_it_is_asked_to(tmp_path: Path) -> None:
    told = _Told(tmp_path / "run", iris(), Pause())
    told.wait_for(Paused)
    told.session.command(Watch(addresses=("net.hidden",)))

    assert told.wait_for(Probed).step == 0
    told.session.command(Stop())
    told.end()


def _killed(folder: Path, project: Project, epoch: int) -> Heard:
    """Run until an epoch is said, and then as if the process were killed."""

    def react(event: Event) -> None:
        if isinstance(event, EpochDone) and event.epoch == epoch:
            raise Killed

    heard = Heard(react)
    with pytest.raises(Killed):
        run_plan(plan(project), folder, heard)
    return heard


def test_a_killed_run_resumes_with_the_curve_of_one_that_was_not(tmp_path: Path) -> None:
    straight, end = finished(iris(epochs=5), tmp_path / "a")
    _killed(tmp_path / "b", iris(epochs=5), epoch=3)
    heard = Heard()
    resumed = run_plan(None, tmp_path / "b", heard, resume=True)

    assert isinstance(resumed, Finished)
    assert heard.losses == straight.losses[6:]
    assert losses_of(list(read_events(tmp_path / "b"))) == straight.losses
    assert [(e.epoch, e.validation) for e in read_epochs(tmp_path / "b")] == [
        (e.epoch, e.validation) for e in read_epochs(tmp_path / "a")
    ]
    assert resumed.test == end.test
    assert _tensors(tmp_path / "b") == _tensors(tmp_path / "a")


def _tensors(folder: Path) -> dict[str, list[float]]:
    found = load_file(folder / "checkpoints" / "last.safetensors")
    return {key: tensor.double().flatten().tolist() for key, tensor in found.items()}


def test_a_run_killed_before_its_first_checkpoint_starts_again(tmp_path: Path) -> None:
    straight, _ = finished(iris(), tmp_path / "a")
    with pytest.raises(Killed):
        run_plan(plan(iris()), tmp_path / "b", Heard(lambda event: (_ for _ in ()).throw(Killed)))
    for file in (tmp_path / "b" / "checkpoints").iterdir():
        file.unlink()
    heard = Heard()
    run_plan(None, tmp_path / "b", heard, resume=True)

    assert heard.losses == straight.losses


def test_a_finished_run_resumed_gives_its_result_again(tmp_path: Path) -> None:
    _, end = finished(iris(), tmp_path / "run")
    again = run_plan(None, tmp_path / "run", Heard(), resume=True)

    assert isinstance(again, Finished)
    assert again.test == end.test
    assert len(read_epochs(tmp_path / "run")) == 3


def _turned(folder: Path, project: Project, *, kill_after: int = 0) -> Heard:
    """Run, set the learning rate when the second epoch is over, and perhaps kill at a later one."""

    def react(event: Event) -> None:
        if isinstance(event, EpochDone) and event.epoch == 2:
            session.command(SetLearningRate(objective="fit", lr=0.1))
        if isinstance(event, EpochDone) and event.epoch == kill_after:
            raise Killed

    heard = Heard(react)
    session = Session(plan(project), folder, heard)
    try:
        session.run()
    except Killed:
        assert kill_after
    return heard


@pytest.mark.parametrize("kill_after", [3, 4])
def test_a_learning_rate_set_while_training_is_set_again_on_resume(tmp_path: Path, kill_after: int) -> None:
    plain, _ = finished(iris(epochs=5), tmp_path / "a")
    turned = _turned(tmp_path / "b", iris(epochs=5))
    _turned(tmp_path / "c", iris(epochs=5), kill_after=kill_after)
    run_plan(None, tmp_path / "c", Heard(), resume=True)

    assert turned.losses[:7] == plain.losses[:7]
    assert turned.losses[7:] != plain.losses[7:]
    assert losses_of(list(read_events(tmp_path / "c"))) == turned.losses
    assert [(row.step, row.command) for row in read_commands(tmp_path / "c")] == [
        (6, SetLearningRate(objective="fit", lr=0.1))
    ]


def _two_stages() -> Project:
    project = iris()
    recipe = project.training["main"].recipe
    assert recipe is not None
    slow = msgspec.structs.replace(recipe, options={**recipe.options, "lr": 1e-4})
    training = {**project.training, "tune": msgspec.structs.replace(project.training["main"], recipe=slow)}
    stages = (Stage(training="main", length=Length(epochs=2)), Stage(training="tune", length=Length(steps=4)))
    run = msgspec.structs.replace(project.run, stages=stages)
    return msgspec.structs.replace(project, training=training, run=run)


def test_stages_go_on_with_the_weights_and_count_through(tmp_path: Path) -> None:
    heard, end = finished(_two_stages(), tmp_path / "run")
    firsts = [event.first for event in heard.events if isinstance(event, StepsDone)]
    started = [event.step for event in heard.events if isinstance(event, Started)]

    assert started == [0, 6]
    assert len(heard.losses) == 10
    assert firsts == sorted(set(firsts))
    assert [epoch for epoch, _, _ in heard.epochs] == [1, 2, 3, 4]
    assert end.step == 10
    assert heard.losses[6] < heard.losses[0]


@pytest.mark.parametrize("epoch", [1, 3, 4])
def test_a_run_of_stages_resumes_in_whichever_it_was_killed(tmp_path: Path, epoch: int) -> None:
    straight, end = finished(_two_stages(), tmp_path / "a")
    _killed(tmp_path / "b", _two_stages(), epoch)
    resumed = run_plan(None, tmp_path / "b", Heard(), resume=True)

    assert isinstance(resumed, Finished)
    assert losses_of(list(read_events(tmp_path / "b"))) == straight.losses
    assert resumed.test == end.test


def test_a_run_can_start_from_the_weights_of_another(tmp_path: Path) -> None:
    finished(iris(), tmp_path / "a")
    heard = Heard()
    child = msgspec.structs.replace(plan(iris(epochs=1)), parent=str(tmp_path / "a"))
    run_plan(child, tmp_path / "b", heard)
    fresh, _ = finished(iris(epochs=1), tmp_path / "c")

    assert heard.losses[0] < fresh.losses[0]


def test_training_runs_in_a_thread_of_its_own(tmp_path: Path) -> None:
    names = set()
    session = Session(plan(iris()), tmp_path / "run", lambda event: names.add(threading.current_thread().name))
    session.start()
    session.join()

    assert names == {"training"}
    assert isinstance(session.end, Finished)
