"""What a run has said so far, as series to draw: per step and per epoch; it must not know Qt.

A run that goes on after a stop repeats the steps since its last checkpoint with the same values: they are taken once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import ArrayLike

from designer.panels.curves.pyramid import Pyramid
from engine.layers.catalogue import CATALOGUE
from engine.layers.kind import LayerKind
from engine.runs.events import EpochDone, Event, Scores, Started, StepsDone

_GAP_BLOCK = 2**20


class Series:
    """One curve: values numbered from 1, so many to an epoch.

    Args:
        per_epoch: how many values one epoch has.
    """

    __slots__ = ("curve", "per_epoch")

    def __init__(self, per_epoch: float = 1.0) -> None:
        self.curve = Pyramid()
        self.per_epoch = per_epoch

    @property
    def end(self) -> float:
        """Where the newest value stands, in epochs."""
        return len(self.curve) / self.per_epoch

    def put(self, first: int, values: ArrayLike) -> None:
        """Take values from number `first` on; those already there are left out, missing ones become a gap."""
        block = np.asarray(values, dtype=np.float64)
        missing = first - 1 - len(self.curve)
        for start in range(0, missing, _GAP_BLOCK):
            self.curve.append(np.full(min(_GAP_BLOCK, missing - start), np.nan))
        self.curve.append(block[max(0, -missing) :])

    def epochs(self, positions: ArrayLike) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Turn positions within the curve (from 0) into epochs."""
        return (np.asarray(positions, dtype=np.float64) + 1) / self.per_epoch

    def span(self, left: float, right: float) -> tuple[int, int]:
        """Give the numbers (from 0, last one excluded) of the values between two epochs, one more on either side."""
        first = int(np.floor(left * self.per_epoch)) - 2
        last = int(np.ceil(right * self.per_epoch)) + 1
        return max(0, first), min(len(self.curve), last)

    def near(self, epoch: float) -> tuple[float, float] | None:
        """Give the smallest and largest value at an epoch; None where there is none."""
        at = round(epoch * self.per_epoch) - 1
        if not 0 <= at < len(self.curve):
            return None
        heights = self.curve.envelope(at, at + 1, 1)[1]
        low, high = float(heights[0]), float(heights[-1])
        return None if np.isnan(low) else (low, high)


class RunRecord:
    """The series of one run.

    Args:
        title: what people call the run, e.g. `run 3`.
        started: its first word.
    """

    def __init__(self, title: str, started: Started) -> None:
        self.title = title
        self.steps_per_epoch = max(1, started.steps_per_epoch)
        self.metric_kinds = started.metrics
        self.total_epochs = max(1.0, started.total_steps / self.steps_per_epoch)
        self.step_losses: dict[str, Series] = {}
        """Training loss of each step by objective."""
        self.train_losses: dict[str, Series] = {}
        """Mean training loss of each epoch by objective."""
        self.validation_losses: dict[str, Series] = {}
        self.train_metrics: dict[str, Series] = {}
        self.validation_metrics: dict[str, Series] = {}
        self.train_samples = 0
        self.validation_samples = 0

    def take(self, events: Iterable[Event]) -> bool:
        """Take what the run said.

        Returns:
            Whether a curve has grown.
        """
        grown = False
        for event in events:
            if isinstance(event, StepsDone):
                self._take_steps(event)
                grown = True
            elif isinstance(event, EpochDone):
                self._take_epoch(event)
                grown = True
        return grown

    @property
    def objectives(self) -> tuple[str, ...]:
        """Ids of the objectives heard of, in order."""
        return tuple(dict.fromkeys((*self.step_losses, *self.validation_losses)))

    @property
    def metrics(self) -> tuple[str, ...]:
        """Ids of the metrics heard of, in order."""
        return tuple(dict.fromkeys((*self.validation_metrics, *self.train_metrics)))

    def kind_of(self, metric: str) -> LayerKind | None:
        """Give the kind of a metric; None where this program does not know it."""
        return CATALOGUE.get(self.metric_kinds.get(metric, ""))

    def _take_steps(self, event: StepsDone) -> None:
        for name, losses in event.losses.items():
            if name not in self.step_losses:
                self.step_losses[name] = Series(self.steps_per_epoch)
            self.step_losses[name].put(event.first, losses)

    def _take_epoch(self, event: EpochDone) -> None:
        self._put_scores(event.epoch, event.train, self.train_losses, self.train_metrics)
        self._put_scores(event.epoch, event.validation, self.validation_losses, self.validation_metrics)
        self.train_samples = event.train.samples
        self.validation_samples = event.validation.samples

    def _put_scores(self, epoch: int, scores: Scores, losses: dict[str, Series], metrics: dict[str, Series]) -> None:
        _put(losses, epoch, scores.objectives)
        _put(metrics, epoch, scores.metrics)


def _put(series: dict[str, Series], epoch: int, values: Mapping[str, float]) -> None:
    for name, value in values.items():
        if name not in series:  # not setdefault: a series that is thrown away costs two megabytes to fill
            series[name] = Series()
        series[name].put(epoch, [value])
