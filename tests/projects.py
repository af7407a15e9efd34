"""Small whole projects that train in a second, how to run them, and what a run said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from engine.graph.ids import NodeId
from engine.graph.types import Graph, Length, Node, Project, Recipe, RunSettings, Stage, Value
from engine.runs.events import EpochDone, Event, Failed, Finished, StepsDone
from engine.runs.plan import Plan
from engine.runs.planning import plan_of
from engine.sources.describe import SNAPSHOTS
from engine.train.session import run_plan
from tests.graphs import chain, node


def supervised(
    network: Graph,
    kind: str,
    options: Mapping[str, Value],
    recipe: str = "classification",
    *,
    epochs: int = 2,
    batch_size: int = 128,
) -> Project:
    """A network, a set of scikit-learn and the recipe that joins them; the network is called `net`."""
    parameters: dict[str, Value] = {"batch_size": batch_size}
    source = Node(id=NodeId("data"), kind=kind, snapshot=SNAPSHOTS[kind], parameters=parameters)
    return Project(
        networks={"net": network},
        training={
            "main": Graph(recipe=Recipe(name=recipe, networks=("net",), sources=(source,), options=dict(options)))
        },
        run=RunSettings(stages=(Stage(training="main", length=Length(epochs=epochs)),)),
    )


def digits_cnn(*, epochs: int = 2, batch_size: int = 128, **options: Value) -> Project:
    """Images, batch norm and dropout: everything that could make two runs differ."""
    network = chain(
        node("image", "input", shape=("B", 1, 8, 8)),
        node("conv1", "conv2d", out_channels=4, padding=1),
        node("norm1", "batch_norm2d"),
        node("relu1", "relu"),
        node("pool", "max_pool2d"),
        node("flatten", "flatten"),
        node("dropout", "dropout", p=0.3),
        node("head", "linear", out_features=10),
        node("scores", "output"),
    )
    return supervised(network, "digits", options, epochs=epochs, batch_size=batch_size)


def wine_mlp(*, epochs: int = 2, batch_size: int = 32, **options: Value) -> Project:
    """A small table and three classes."""
    network = chain(
        node("features", "input", shape=("B", 13)),
        node("hidden", "linear", out_features=8),
        node("relu", "relu"),
        node("head", "linear", out_features=3),
        node("scores", "output"),
    )
    return supervised(network, "wine", options, epochs=epochs, batch_size=batch_size)


def diabetes(*, epochs: int = 2, batch_size: int = 64, **options: Value) -> Project:
    """A number to predict."""
    network = chain(
        node("features", "input", shape=("B", 10)),
        node("hidden", "linear", out_features=8),
        node("relu", "relu"),
        node("head", "linear", out_features=1),
        node("progression", "output"),
    )
    return supervised(network, "diabetes", options, "regression", epochs=epochs, batch_size=batch_size)


def plan(project: Project, *, seed: int = 0, epochs: int | None = None, parent: str = "") -> Plan:
    """Plan a run on the CPU with one thread."""
    found = plan_of(project, name="test", seed=seed, epochs=epochs, device="cpu", parent=parent)
    return msgspec.structs.replace(found, threads=1)


@dataclass(frozen=True, slots=True)
class Ran:
    """A run that is over."""

    folder: Path
    end: Finished | Failed
    events: Sequence[Event]

    @property
    def losses(self) -> dict[str, list[float]]:
        """The loss of every step, by objective."""
        return losses_of(self.events)

    @property
    def curve(self) -> tuple[dict[str, list[float]], list[tuple[object, ...]], object]:
        """Everything of the curves that must be the same when the run is."""
        epochs: list[tuple[object, ...]] = [
            (event.epoch, event.step, event.train, event.validation, event.best)
            for event in self.events
            if isinstance(event, EpochDone)
        ]
        return self.losses, epochs, self.end.test if isinstance(self.end, Finished) else self.end


def ran(what: Project | Plan, folder: Path, on_event: Callable[[Event], None] = lambda event: None) -> Ran:
    """Train in this thread."""
    events: list[Event] = []

    def keep(event: Event) -> None:
        events.append(event)
        on_event(event)

    end = run_plan(plan(what) if isinstance(what, Project) else what, folder, keep)
    return Ran(folder, end, events)


def resumed(folder: Path) -> Ran:
    """Go on with a run in this thread."""
    events: list[Event] = []
    return Ran(folder, run_plan(None, folder, events.append, resume=True), events)


def losses_of(events: Sequence[Event]) -> dict[str, list[float]]:
    """The loss of every step, by objective; the stretches must follow each other without a gap."""
    losses: dict[str, list[float]] = {}
    stretches = [event for event in events if isinstance(event, StepsDone)]
    expected = stretches[0].first if stretches else 1
    for event in stretches:
        assert event.first == expected
        expected += len(next(iter(event.losses.values())))
        for name, values in event.losses.items():
            losses.setdefault(name, []).extend(values)
    return losses
