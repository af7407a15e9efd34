"""Metrics for the trainer, by torchmetrics; stand-alone projects have plain ones that a test holds against these."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib import import_module
from typing import Any, Final

import torch

from engine.errors import BuildError
from engine.graph.types import Value
from engine.layers.catalogue import CATALOGUE
from engine.layers.kind import Measure
from engine.train.loop import Score

Metrics = Mapping[str, tuple[str, Mapping[str, Value]]]
"""By metric id: its kind, and those of its parameters that are not what they are by default."""
_Maker = Callable[[tuple[torch.Tensor, ...]], Any]
_HEARD: Final = ("No negative samples in targets", "No positive samples ")
"""What torchmetrics warns of wherever a class does not occur, every epoch: the help of those kinds tells what it counts."""


class LateMetric:
    """A metric that is made when its first batch tells how many classes there are.

    Args:
        make: makes it from the first batch.
    """

    def __init__(self, make: _Maker) -> None:
        self._make = make
        self._metric: Any = None  # torchmetrics' classes have no common type that mypy can see

    def update(self, *tensors: torch.Tensor) -> None:
        """Take one batch."""
        if self._metric is None:
            self._metric = self._make(tensors).to(tensors[0].device)
        self._metric.update(*tensors)

    def compute(self) -> Any:  # a tensor with one number
        """Give the value over all batches."""
        with warnings.catch_warnings():
            for words in _HEARD:
                warnings.filterwarnings("ignore", words, UserWarning)
            return self._metric.compute()


def metrics_of(metrics: Metrics) -> dict[str, Score]:
    """Make fresh metrics, each of its kind and with its parameters."""
    return {name: LateMetric(partial(_made, kind, options)) for name, (kind, options) in metrics.items()}


def load(kinds: Iterable[str]) -> None:
    """Load what some metric kinds need, so that no second of it is counted as training."""
    for kind in kinds:
        _class_of(_measure_of(kind))


def _measure_of(kind: str) -> Measure:
    measure = CATALOGUE[kind].measure
    if measure is None:
        raise BuildError(f"{kind} measures nothing")
    return measure


def _class_of(measure: Measure) -> Any:
    module, name = measure.by.split(".")
    return getattr(import_module(f"torchmetrics.{module}"), name)  # only now: a second, and not every run measures


def _made(kind: str, given: Mapping[str, Value], first: tuple[torch.Tensor, ...]) -> Any:
    measure = _measure_of(kind)
    values = {measure.words.get(key, key): value for key, value in {**CATALOGUE[kind].defaults, **given}.items()}
    options = {**measure.options, **values}
    if measure.of in ("classes", "labels"):
        options["num_classes"] = max(first[0].shape[1], _FEWEST if measure.of == "labels" else 0)
    made = _class_of(measure)(**options)
    if measure.of == "labels":
        return _OfLabels(made)
    if measure.each:
        return _OfEach(made)
    return made if measure.of == "classes" else _Laid(made, _LAYOUTS[measure.of])


def _as_it_is(x: torch.Tensor, target: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return x, target


def _flat(x: torch.Tensor, target: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Lay numbers out in one row, so that every one counts the same."""
    return x.flatten(), target.flatten()


def _rows(scores: torch.Tensor, target: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Lay scores out as one text of tokens, with one score per class last."""
    return scores.movedim(1, -1).flatten(0, -2)[None], target.flatten()[None]


def _highest(scores: torch.Tensor, target: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Lay out which class has the highest score."""
    return scores.argmax(1), target


_LAYOUTS: Final = {"numbers": _flat, "rows": _rows, "images": _as_it_is}
"""How what comes in is laid out for torchmetrics, by what a metric compares."""
_FEWEST: Final = 3
"""Classes of a metric of labels: of two, torchmetrics gives more than 0 to who always takes the same (correlation)."""


class _Laid:
    """Feeds a metric with tensors that are laid out as it wants them."""

    def __init__(self, metric: Any, layout: Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, ...]]) -> None:
        self._metric = metric
        self._layout = layout

    def to(self, device: torch.device) -> _Laid:
        self._metric = self._metric.to(device)
        return self

    def update(self, x: torch.Tensor, target: torch.Tensor) -> None:
        self._metric.update(*self._layout(x, target))

    def compute(self) -> Any:
        return self._metric.compute()


class _OfLabels(_Laid):
    """Counts class numbers; where nothing is divided by nothing, for all is of one class, it says 0."""

    def __init__(self, metric: Any) -> None:
        super().__init__(metric, _highest)

    def compute(self) -> Any:
        return torch.nan_to_num(super().compute(), nan=0.0)


class _OfEach(_Laid):
    """Averages values of classes over those that occur; torchmetrics takes others in where all samples are of class 0."""

    def __init__(self, metric: Any) -> None:
        super().__init__(metric, _as_it_is)
        self._occurs: torch.Tensor | None = None

    def update(self, x: torch.Tensor, target: torch.Tensor) -> None:
        super().update(x, target)
        occurs = torch.bincount(target.flatten(), minlength=x.shape[1]) > 0
        self._occurs = occurs if self._occurs is None else self._occurs | occurs

    def compute(self) -> Any:
        return super().compute()[self._occurs].mean()
