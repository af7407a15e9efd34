"""Metrics of numbers and images in plain torch for stand-alone projects: torch only; held against torchmetrics by a test."""

from __future__ import annotations

import torch
from torch.nn import functional


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


class Mape:
    """The mean absolute error as a part of the target."""

    def __init__(self) -> None:
        self._sum = 0.0
        self._all = 0

    def update(self, x: torch.Tensor, target: torch.Tensor) -> None:
        """Take predictions and targets of one shape."""
        truth = target.double()
        self._sum += float(((x - truth).abs() / truth.abs().clamp(min=1.17e-6)).sum())
        self._all += truth.numel()

    def compute(self) -> float:
        """Give it; 0.1 is 10 %."""
        return self._sum / max(self._all, 1)


class ExplainedVariance:
    """The part of the target's variance that is explained, whatever the mean error."""

    def __init__(self) -> None:
        self._error = _Spread()
        self._truth = _Spread()

    def update(self, x: torch.Tensor, target: torch.Tensor) -> None:
        """Take predictions and targets of one shape."""
        self._error.update(target.double() - x)
        self._truth.update(target.double())

    def compute(self) -> float:
        """Give it; 1 is perfect."""
        error, truth = self._error.variance, self._truth.variance
        return 1.0 - error / truth if truth > 0 else float(error <= 0)


class _Spread:
    """Counts, sums and sums of squares."""

    def __init__(self) -> None:
        self._sum = 0.0
        self._squares = 0.0
        self._all = 0

    def update(self, x: torch.Tensor) -> None:
        self._sum += float(x.sum())
        self._squares += float(x.square().sum())
        self._all += x.numel()

    @property
    def variance(self) -> float:
        count = max(self._all, 1)
        return self._squares / count - (self._sum / count) ** 2


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
