"""Metrics for the trainer, by torchmetrics; stand-alone projects have plain ones that a test holds against these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib import import_module
from typing import Any

import torch

from engine.errors import BuildError
from engine.layers.catalogue import CATALOGUE
from engine.train.loop import Score

_Maker = Callable[[tuple[torch.Tensor, ...]], Any]


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
        return self._metric.compute()


def metrics_of(kinds: Mapping[str, str]) -> dict[str, Score]:
    """Make fresh metrics.

    Args:
        kinds: metric kind by metric id.
    """
    return {name: LateMetric(partial(_made, kind)) for name, kind in kinds.items()}


def load(kinds: Iterable[str]) -> None:
    """Load what some metric kinds need, so that no second of it is counted as training."""
    for kind in kinds:
        _made(kind, (torch.zeros(1, 2),))


def _made(kind: str, first: tuple[torch.Tensor, ...]) -> Any:
    measure = CATALOGUE[kind].measure
    if measure is None:
        raise BuildError(f"{kind} measures nothing")
    module, name = measure.by.split(".")
    make = getattr(import_module(f"torchmetrics.{module}"), name)  # only now: a second, and not every run measures
    if measure.of == "classes":
        return make(num_classes=first[0].shape[1], **measure.options)
    return _Flat(make(**measure.options))


class _Flat:
    """Feeds a regression metric with flat tensors: every number counts the same."""

    def __init__(self, metric: Any) -> None:
        self._metric = metric

    def to(self, device: torch.device) -> _Flat:
        self._metric = self._metric.to(device)
        return self

    def update(self, x: torch.Tensor, target: torch.Tensor) -> None:
        self._metric.update(x.flatten(), target.flatten())

    def compute(self) -> Any:
        return self._metric.compute()
