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
        _made(kind, (torch.zeros(1, 8),))


def _made(kind: str, first: tuple[torch.Tensor, ...]) -> Any:
    measure = CATALOGUE[kind].measure
    if measure is None:
        raise BuildError(f"{kind} measures nothing")
    module, name = measure.by.split(".")
    make = getattr(import_module(f"torchmetrics.{module}"), name)  # only now: a second, and not every run measures
    if measure.of == "classes":
        return make(num_classes=first[0].shape[1], **measure.options)
    return _Laid(make(**measure.options), _LAYOUTS[measure.of])


def _as_it_is(x: torch.Tensor, target: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return x, target


def _flat(x: torch.Tensor, target: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Lay numbers out in one row, so that every one counts the same."""
    return x.flatten(), target.flatten()


def _rows(scores: torch.Tensor, target: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Lay scores out as one text of tokens, with one score per class last."""
    return scores.movedim(1, -1).flatten(0, -2)[None], target.flatten()[None]


_LAYOUTS = {"numbers": _flat, "rows": _rows, "images": _as_it_is}
"""How what comes in is laid out for torchmetrics, by what a metric compares."""


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
