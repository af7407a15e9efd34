"""Metrics in plain torch for stand-alone projects: torch and the standard library only; held against torchmetrics by a test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch


class Accuracy:
    """Part of the samples whose highest score is the true class."""

    def __init__(self) -> None:
        self._correct = 0
        self._all = 0

    def update(self, scores: torch.Tensor, target: torch.Tensor) -> None:
        """Take scores B x C and class numbers B."""
        self._correct += int((scores.argmax(1) == target).sum())
        self._all += target.numel()

    def compute(self) -> float:
        """Give the part, 0..1."""
        return self._correct / max(self._all, 1)


class F1:
    """The harmonic mean of precision and recall, averaged over classes that occur."""

    def __init__(self) -> None:
        self._table: torch.Tensor | None = None

    def update(self, scores: torch.Tensor, target: torch.Tensor) -> None:
        """Take scores B x C and class numbers B."""
        classes = scores.shape[1]
        pairs = (target * classes + scores.argmax(1)).flatten()
        table = torch.bincount(pairs, minlength=classes * classes).reshape(classes, classes)
        self._table = table if self._table is None else self._table + table

    def compute(self) -> float:
        """Give the mean, 0..1."""
        if self._table is None:
            return 0.0
        table = self._table.double()
        hits, wanted, given = table.diag(), table.sum(1), table.sum(0)
        occurs = (wanted + given) > 0
        return float((2 * hits[occurs] / (wanted + given)[occurs]).mean())


class _Errors:
    def __init__(self) -> None:
        self._absolute = 0.0
        self._squared = 0.0
        self._sum = 0.0
        self._squares = 0.0
        self._all = 0

    def update(self, x: torch.Tensor, target: torch.Tensor) -> None:
        """Take predictions and targets of one shape."""
        error, truth = (x - target).double(), target.double()
        self._absolute += float(error.abs().sum())
        self._squared += float(error.square().sum())
        self._sum += float(truth.sum())
        self._squares += float(truth.square().sum())
        self._all += truth.numel()


class Mae(_Errors):
    """The mean absolute error."""

    def compute(self) -> float:
        """Give it, in the target's unit."""
        return self._absolute / max(self._all, 1)


class Rmse(_Errors):
    """The root of the mean squared error."""

    def compute(self) -> float:
        """Give it, in the target's unit."""
        return float((self._squared / max(self._all, 1)) ** 0.5)


class R2(_Errors):
    """The part of the target's variance that is explained."""

    def compute(self) -> float:
        """Give it; 1 is perfect, 0 as good as the mean."""
        spread = self._squares - self._sum**2 / max(self._all, 1)
        return 1.0 - self._squared / spread if spread > 0 else 0.0


SCORES: dict[str, Callable[[], Any]] = {"accuracy": Accuracy, "f1": F1, "mae": Mae, "rmse": Rmse, "r2": R2}
"""Class of each metric kind."""
