"""Transforms of data, fitted on the training part: torch and the standard library only, copied into stand-alone projects.

The same modules prepare the data, stand in an export before the network, and are inverted to show values as they were.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn


class Standardise(nn.Module):
    """Takes away the mean and divides by the standard deviation: y = (x - mean) / deviation.

    Args:
        mean: broadcasts against one batch.
        deviation: likewise; never 0.
    """

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, mean: torch.Tensor, deviation: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)

    @classmethod
    def fit(cls, x: torch.Tensor, axes: str = "feature") -> Standardise:
        """Measure the training part.

        Args:
            x: all training samples, B x ...
            axes: feature: each column of the last axis; channel: each of axis 1; all: everything together.
        """
        kept = {"feature": x.dim() - 1, "channel": 1, "all": -1}[axes]
        over = [axis for axis in range(x.dim()) if axis != kept]
        exact = x.double()
        mean = exact.mean(over, keepdim=True)
        deviation = (exact - mean).square().mean(over, keepdim=True).sqrt()
        deviation = torch.where(deviation > 1e-12, deviation, torch.ones_like(deviation))
        return cls(mean.to(x.dtype), deviation.to(x.dtype))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Standardise a batch."""
        return (x - self.mean) / self.deviation

    def inverse(self, y: torch.Tensor) -> torch.Tensor:
        """Give the values as they were."""
        return y * self.deviation + self.mean


class Fill(nn.Module):
    """Puts the training mean of a column in the place of missing numbers (NaN).

    Args:
        value: broadcasts against one batch.
    """

    value: torch.Tensor

    def __init__(self, value: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("value", value)

    @classmethod
    def fit(cls, x: torch.Tensor) -> Fill:
        """Measure the training part, B x ... x columns; a column without any number is filled with 0."""
        over = list(range(x.dim() - 1))
        mean = torch.nanmean(x.double(), over, keepdim=True)
        return cls(torch.nan_to_num(mean, nan=0.0).to(x.dtype))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Fill a batch."""
        return torch.where(torch.isnan(x), self.value, x)

    def inverse(self, y: torch.Tensor) -> torch.Tensor:
        """Give the values as they are: what was missing is not known."""
        return y


def fitted(transform: nn.Module) -> Mapping[str, torch.Tensor]:
    """Give what a transform has measured, by name."""
    return dict(transform.named_buffers())
