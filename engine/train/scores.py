"""Metrics of scores per class, and the table of all, in plain torch for stand-alone projects: a test holds them to torchmetrics.

They need torch and the standard library only.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isnan
from typing import Any

import torch

from engine.train.scores_of_numbers import R2, ExplainedVariance, Mae, Mape, Psnr, Rmse, Ssim


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


class TopK:
    """Part of the samples whose true class is among the k highest scores."""

    def __init__(self, k: int = 5) -> None:
        self._k = k
        self._correct = 0
        self._all = 0

    def update(self, scores: torch.Tensor, target: torch.Tensor) -> None:
        """Take scores B x C and class numbers B."""
        best = scores.topk(self._k, dim=1).indices
        self._correct += int((best == target.unsqueeze(1)).sum())
        self._all += target.numel()

    def compute(self) -> float:
        """Give the part, 0..1."""
        return self._correct / max(self._all, 1)


class _Table:
    """Counts how often each class was taken for each."""

    def __init__(self) -> None:
        self._table: torch.Tensor | None = None

    def update(self, scores: torch.Tensor, target: torch.Tensor) -> None:
        """Take scores B x C and class numbers B."""
        classes = scores.shape[1]
        pairs = (target * classes + scores.argmax(1)).flatten()
        table = torch.bincount(pairs, minlength=classes * classes).reshape(classes, classes)
        self._table = table if self._table is None else self._table + table

    def compute(self) -> float:
        """Give what the counts amount to."""
        return 0.0 if self._table is None else self._value(self._table.double())

    def _value(self, table: torch.Tensor) -> float:
        raise NotImplementedError


class _Averaged(_Table):
    """A measure of each class, averaged over classes that occur: all the same (macro), by size, or all in one pot (micro)."""

    def __init__(self, average: str = "macro") -> None:
        super().__init__()
        self._average = average

    def _value(self, table: torch.Tensor) -> float:
        hits, wanted, given = table.diag(), table.sum(1), table.sum(0)
        occurs = (wanted + given) > 0
        hits, wanted, given = hits[occurs], wanted[occurs], given[occurs]
        if self._average == "micro":
            return float(self._each(hits.sum(), wanted.sum(), given.sum()))
        weights = wanted if self._average == "weighted" else torch.ones_like(wanted)
        return float((self._each(hits, wanted, given) * weights).sum() / weights.sum())

    def _each(self, hits: torch.Tensor, wanted: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError


class FBeta(_Averaged):
    """A mean of precision and recall in which recall counts beta times as much."""

    def __init__(self, beta: float = 2.0, average: str = "macro") -> None:
        super().__init__(average)
        self._squared = beta**2

    def _each(self, hits: torch.Tensor, wanted: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
        return (1 + self._squared) * hits / (self._squared * wanted + given)


class F1(FBeta):
    """The harmonic mean of precision and recall."""

    def __init__(self, average: str = "macro") -> None:
        super().__init__(1.0, average)


class Precision(_Averaged):
    """Part of what was taken for a class that is of it."""

    def _each(self, hits: torch.Tensor, wanted: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
        return hits / given.clamp(min=1)


class Recall(_Averaged):
    """Part of a class that was found."""

    def _each(self, hits: torch.Tensor, wanted: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
        return hits / wanted.clamp(min=1)


class Iou(_Averaged):
    """Intersection over union, averaged over classes that occur."""

    def _each(self, hits: torch.Tensor, wanted: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
        return hits / (wanted + given - hits)


class BalancedAccuracy(Recall):
    """Part of a class that was found, averaged over classes that occur."""

    def __init__(self) -> None:
        super().__init__()


class Matthews(_Table):
    """How what is taken for a class goes with what is of it; 0 where either is always the same."""

    def _value(self, table: torch.Tensor) -> float:
        wanted, given, everything = table.sum(1), table.sum(0), table.sum()
        together = table.trace() * everything - wanted @ given
        spread = (everything**2 - given @ given) * (everything**2 - wanted @ wanted)
        return float(together / spread.sqrt()) if spread > 0 else 0.0


class CohenKappa(_Table):
    """How much more often the highest score is the true class than by chance; faults may count by their distance."""

    def __init__(self, weights: str = "none") -> None:
        super().__init__()
        self._power = {"none": 0, "linear": 1, "quadratic": 2}[weights]

    def _value(self, table: torch.Tensor) -> float:
        places = torch.arange(len(table), device=table.device)
        apart = (places[:, None] - places).abs()
        faults = (apart > 0) * apart.double() ** self._power
        by_chance = torch.outer(table.sum(1), table.sum(0)) / table.sum()
        worst = float((faults * by_chance).sum())
        return 1.0 - float((faults * table).sum()) / worst if worst else 0.0


def _chances(scores: torch.Tensor) -> torch.Tensor:
    """Make scores that are no chances such by softmax."""
    return scores if bool(((scores >= 0) & (scores <= 1)).all()) else scores.softmax(1)


class CalibrationError:
    """How far the highest chance is from how often it is right, over bins of chances."""

    def __init__(self, n_bins: int = 15, norm: str = "l1") -> None:
        self._bins = n_bins
        self._norm = norm
        self._sums: torch.Tensor | None = None

    def update(self, scores: torch.Tensor, target: torch.Tensor) -> None:
        """Take scores B x C and class numbers B."""
        surest, taken = _chances(scores).max(1)
        surest, right = surest.flatten(), (taken == target).flatten()
        edges = torch.linspace(0, 1, self._bins + 1, device=scores.device)
        places = torch.bucketize(surest, edges, right=True) - 1
        rows = torch.stack([torch.ones_like(surest), surest, right.to(surest.dtype)]).double()
        sums = torch.zeros(3, self._bins + 1, dtype=rows.dtype, device=rows.device).index_add_(1, places, rows)
        self._sums = sums if self._sums is None else self._sums + sums

    def compute(self) -> float:
        """Give it, 0..1; 0 is honest."""
        if self._sums is None:
            return 0.0
        count, surest, right = self._sums
        apart = (right - surest).abs() / count.clamp(min=1)
        share = count / count.sum()
        if self._norm == "max":
            return float(apart.max())
        return float((apart * share).sum()) if self._norm == "l1" else float((apart**2 * share).sum().sqrt())


class _Curve:
    """Keeps all scores; a measure of one class against the others is averaged over the classes."""

    def __init__(self) -> None:
        self._scores: list[torch.Tensor] = []
        self._target: list[torch.Tensor] = []

    def update(self, scores: torch.Tensor, target: torch.Tensor) -> None:
        """Take scores B x C and class numbers B; scores that are no chances become ones by softmax."""
        self._scores.append(_chances(scores).movedim(1, -1).flatten(0, -2))
        self._target.append(target.flatten())

    def compute(self) -> float:
        """Give the mean, 0..1."""
        if not self._scores:
            return 0.0
        scores, target = torch.cat(self._scores), torch.cat(self._target)
        each = [self._one(scores[:, index], target == index) for index in range(scores.shape[1])]
        told = [value for value in each if not isnan(value)]
        return sum(told) / max(len(told), 1)

    def _one(self, scores: torch.Tensor, true: torch.Tensor) -> float:
        raise NotImplementedError


class Auroc(_Curve):
    """The chance that a sample of a class has a higher score for it than one of another class."""

    def _one(self, scores: torch.Tensor, true: torch.Tensor) -> float:
        _, place, counts = torch.unique(scores, return_inverse=True, return_counts=True)
        ranks = (counts.cumsum(0) - (counts - 1) / 2)[place].double()
        positive, negative = int(true.sum()), int((~true).sum())
        above = float(ranks[true].sum()) - positive * (positive + 1) / 2
        return above / (positive * negative) if positive and negative else 0.0


class AveragePrecision(_Curve):
    """The mean precision over all recalls."""

    def _one(self, scores: torch.Tensor, true: torch.Tensor) -> float:
        values, place, counts = torch.unique(scores, return_inverse=True, return_counts=True)
        hits = torch.zeros(len(values), device=scores.device).index_add_(0, place, true.float()).flip(0).double()
        found, taken = hits.cumsum(0), counts.flip(0).cumsum(0)
        return float((hits * found / taken).sum() / found[-1])


class Perplexity:
    """How many equally likely classes the scores hesitate between."""

    def __init__(self) -> None:
        self._surprise = 0.0
        self._all = 0

    def update(self, scores: torch.Tensor, target: torch.Tensor) -> None:
        """Take scores B x C and class numbers B."""
        chances = scores.log_softmax(1).gather(1, target.unsqueeze(1))
        self._surprise -= float(chances.double().sum())
        self._all += target.numel()

    def compute(self) -> float:
        """Give it; 1 is perfect, as many as there are classes is a guess."""
        return float(torch.tensor(self._surprise / max(self._all, 1)).exp())


SCORES: dict[str, Callable[..., Any]] = {
    "accuracy": Accuracy,
    "top_k_accuracy": TopK,
    "f1": F1,
    "fbeta": FBeta,
    "precision": Precision,
    "recall": Recall,
    "balanced_accuracy": BalancedAccuracy,
    "iou": Iou,
    "matthews": Matthews,
    "cohen_kappa": CohenKappa,
    "calibration_error": CalibrationError,
    "auroc": Auroc,
    "average_precision": AveragePrecision,
    "perplexity": Perplexity,
    "mae": Mae,
    "rmse": Rmse,
    "r2": R2,
    "mape": Mape,
    "explained_variance": ExplainedVariance,
    "psnr": Psnr,
    "ssim": Ssim,
}
"""Class of each metric kind; it takes the parameters of the kind."""
