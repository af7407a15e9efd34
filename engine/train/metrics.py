"""Metrics for the trainer, by torchmetrics; stand-alone projects have plain ones that a test holds against these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import torch

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
    return {name: LateMetric(_MAKERS[kind]) for name, kind in kinds.items()}


def load(kinds: Iterable[str]) -> None:
    """Load what some metric kinds need, so that no second of it is counted as training."""
    for kind in kinds:
        _MAKERS[kind]((torch.zeros(1, 2),))


def _accuracy(tensors: tuple[torch.Tensor, ...]) -> Any:
    from torchmetrics.classification import MulticlassAccuracy  # heavy: a second, and not every run measures

    return MulticlassAccuracy(num_classes=tensors[0].shape[1], average="micro")


def _f1(tensors: tuple[torch.Tensor, ...]) -> Any:
    from torchmetrics.classification import MulticlassF1Score  # heavy, see above

    return MulticlassF1Score(num_classes=tensors[0].shape[1], average="macro")


def _mae(tensors: tuple[torch.Tensor, ...]) -> Any:
    from torchmetrics.regression import MeanAbsoluteError  # heavy, see above

    return _Flat(MeanAbsoluteError())


def _rmse(tensors: tuple[torch.Tensor, ...]) -> Any:
    from torchmetrics.regression import MeanSquaredError  # heavy, see above

    return _Flat(MeanSquaredError(squared=False))


def _r2(tensors: tuple[torch.Tensor, ...]) -> Any:
    from torchmetrics.regression import R2Score  # heavy, see above

    return _Flat(R2Score())


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


_MAKERS: Final[Mapping[str, _Maker]] = {"accuracy": _accuracy, "f1": _f1, "mae": _mae, "rmse": _rmse, "r2": _r2}
