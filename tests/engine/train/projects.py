"""Small projects to run, and ways to run them, that tests build on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from engine.graph.ids import NodeId
from engine.graph.types import Length, Node, Project, RunSettings, Stage, Value
from engine.recipes.new import new_project
from engine.runs.events import EpochDone, Event, Failed, Finished, StepsDone
from engine.runs.plan import Plan
from engine.runs.planning import plan_of
from engine.sources.describe import SNAPSHOTS
from engine.train.session import run_plan
from tests.graphs import chain, node


def iris(*, epochs: int = 3, batch_size: int = 32, **options: Value) -> Project:
    """A network with batch norm and dropout on the irises: 96 samples to train on, 3 steps an epoch."""
    source = Node(id=NodeId("iris"), kind="iris", snapshot=SNAPSHOTS["iris"], parameters={"batch_size": batch_size})
    made = new_project("classification", source)
    name = next(iter(made.networks))
    training = made.training["classification"]
    assert training.recipe is not None
    recipe = msgspec.structs.replace(training.recipe, networks=("net",), options={"lr": 0.01, **options})
    network = chain(
        node("features", "input", shape=("B", 4)),
        node("hidden", "linear", out_features=8),
        node("norm", "batch_norm1d"),
        node("relu", "relu"),
        node("drop", "dropout", p=0.2),
        node("scores", "linear", out_features=3),
        node("species", "output"),
    )
    assert name != "net"
    return Project(
        networks={"net": network},
        training={"main": msgspec.structs.replace(training, recipe=recipe)},
        run=RunSettings(stages=(Stage(training="main", length=Length(epochs=epochs)),)),
    )


def plan(project: Project, *, seed: int = 0) -> Plan:
    """A plan on the CPU with one thread."""
    return msgspec.structs.replace(plan_of(project, name="test", seed=seed, device="cpu"), threads=1)


class Killed(BaseException):
    """What a test throws where a process would be killed."""


class Heard:
    """The events of a run.

    Args:
        react: is told every event, in the training thread.
    """

    def __init__(self, react: Callable[[Event], None] | None = None) -> None:
        self.events: list[Event] = []
        self._react = react

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        if self._react:
            self._react(event)

    @property
    def losses(self) -> tuple[float, ...]:
        """Losses of all steps."""
        return losses_of(self.events)

    @property
    def epochs(self) -> list[tuple[int, Mapping[str, float], Mapping[str, float]]]:
        """What the same seed reproduces of every epoch."""
        return [
            (event.epoch, event.train.objectives, {**event.validation.objectives, **event.validation.metrics})
            for event in self.events
            if isinstance(event, EpochDone)
        ]


def losses_of(events: list[Event]) -> tuple[float, ...]:
    """Losses of all steps among some events, of the first objective."""
    return tuple(loss for event in events if isinstance(event, StepsDone) for loss in next(iter(event.losses.values())))


def finished(project: Project, folder: Path, *, seed: int = 0) -> tuple[Heard, Finished]:
    """Train to the end."""
    heard = Heard()
    end = run_plan(plan(project, seed=seed), folder, heard)
    assert isinstance(end, Finished), end
    return heard, end


def failed(project: Project, folder: Path) -> tuple[Heard, Failed]:
    """Train until it fails."""
    heard = Heard()
    end = run_plan(plan(project), folder, heard)
    assert isinstance(end, Failed), end
    return heard, end
