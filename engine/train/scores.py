"""Metrics in plain torch for stand-alone projects: torch and the standard library only; held against torchmetrics by a test."""

from __future__ import annotations

from collections.abc import Callable
from math import isnan
from typing import Any

import torch
from torch.nn import functional


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


class Top5:
    """Part of the samples whose true class is among the five highest scores."""

    def __init__(self) -> None:
        self._correct = 0
        self._all = 0

    def update(self, scores: torch.Tensor, target: torch.Tensor) -> None:
        """Take scores B x C and class numbers B."""
        best = scores.topk(5, dim=1).indices
        self._correct += int((best == target.unsqueeze(1)).sum())
        self._all += target.numel()

    def compute(self) -> float:
        """Give the part, 0..1."""
        return self._correct / max(self._all, 1)


class _Table:
    """Counts how often each class was taken for each; measures are means over classes that occur."""

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
        return float(self._each(hits[occurs], wanted[occurs], given[occurs]).mean())

    def _each(self, hits: torch.Tensor, wanted: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError


class F1(_Table):
    """The harmonic mean of precision and recall, averaged over classes that occur."""

    def _each(self, hits: torch.Tensor, wanted: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
        return 2 * hits / (wanted + given)


class Precision(_Table):
    """Part of what was taken for a class that is of it, averaged over classes that occur."""

    def _each(self, hits: torch.Tensor, wanted: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
        return hits / given.clamp(min=1)


class Recall(_Table):
    """Part of a class that was found, averaged over classes that occur."""

    def _each(self, hits: torch.Tensor, wanted: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
        return hits / wanted.clamp(min=1)


class Iou(_Table):
    """Intersection over union, averaged over classes that occur."""

    def _each(self, hits: torch.Tensor, wanted: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
        return hits / (wanted + given - hits)


class _Curve:
    """Keeps all scores; a measure of one class against the others is averaged over the classes that have it."""

    def __init__(self) -> None:
        self._scores: list[torch.Tensor] = []
        self._target: list[torch.Tensor] = []

    def update(self, scores: torch.Tensor, target: torch.Tensor) -> None:
        """Take scores B x C and class numbers B; scores that are no chances become ones by softmax."""
        chances = scores if bool(((scores >= 0) & (scores <= 1)).all()) else scores.softmax(1)
        self._scores.append(chances.movedim(1, -1).flatten(0, -2))
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


class Psnr(_Errors):
    """The peak signal-to-noise ratio of images from 0 to 1."""

    def compute(self) -> float:
        """Give it, in decibels."""
        return float(-10 * torch.tensor(self._squared / max(self._all, 1), dtype=torch.float64).log10())


class Ssim:
    """How alike images from 0 to 1 are in brightness, contrast and structure, window by window."""

    def __init__(self) -> None:
        self._sum = 0.0
        self._all = 0

    def update(self, x: torch.Tensor, target: torch.Tensor) -> None:
        """Take images B x C x H x W."""
        a, b = (functional.pad(image, (5, 5, 5, 5), mode="reflect") for image in (x, target))
        channels = x.shape[1]
        places = torch.arange(11, device=x.device, dtype=x.dtype) - 5
        line = torch.exp(-((places / 1.5) ** 2) / 2)
        window = torch.outer(line, line) / line.sum() ** 2
        many = torch.cat([a, b, a * a, b * b, a * b])
        means = functional.conv2d(many, window.expand(channels, 1, 11, 11), groups=channels)
        mean_a, mean_b, aa, bb, ab = means.chunk(5)
        covariance = 2 * (ab - mean_a * mean_b) + 0.03**2
        variance = (aa - mean_a**2).clamp(min=0) + (bb - mean_b**2).clamp(min=0) + 0.03**2
        brightness = (2 * mean_a * mean_b + 0.01**2) / (mean_a**2 + mean_b**2 + 0.01**2)
        self._sum += float((brightness * covariance / variance).mean((1, 2, 3)).double().sum())
        self._all += len(x)

    def compute(self) -> float:
        """Give the mean over images; 1 is perfect."""
        return self._sum / max(self._all, 1)


SCORES: dict[str, Callable[[], Any]] = {
    "accuracy": Accuracy,
    "top5_accuracy": Top5,
    "f1": F1,
    "precision": Precision,
    "recall": Recall,
    "iou": Iou,
    "auroc": Auroc,
    "average_precision": AveragePrecision,
    "perplexity": Perplexity,
    "mae": Mae,
    "rmse": Rmse,
    "r2": R2,
    "psnr": Psnr,
    "ssim": Ssim,
}
"""Class of each metric kind."""
