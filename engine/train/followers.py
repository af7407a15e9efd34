"""Models that follow others: averages over their past, targets that stand still for a while, frozen teachers.

Needs torch and the standard library only; every stand-alone project that has a follower holds a copy of it.

*Source:* Polyak averages of weights: Tarvainen & Valpola 2017, arXiv:1703.01780; target networks: Mnih et al. 2015.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True)
class Follower:
    """A model that no objective trains: it takes its weights from another one."""

    model: str
    follows: str
    rule: str
    """`copy` after every update, `ema` (w ← decay · w + (1 − decay) · followed), `periodic` copy, or `frozen`."""
    decay: float = 0.999
    every: int = 1
    """Steps between two copies of `periodic`."""


def begin(models: Mapping[str, nn.Module], followers: Sequence[Follower], kept: Collection[str] = ()) -> None:
    """Give followers the weights of those they follow, except those that have a past of their own."""
    for follower in followers:
        if follower.model not in kept:
            models[follower.model].load_state_dict(models[follower.follows].state_dict())


class Following:
    """The tensors of a follower beside those it follows; both are on one device.

    A follower computes as in evaluation and its weights take no gradients.
    """

    def __init__(self, follower: Follower, models: Mapping[str, nn.Module]) -> None:
        self.follower = follower
        model, followed = models[follower.model].eval().requires_grad_(requires_grad=False), models[follower.follows]
        weights = dict(followed.named_parameters(remove_duplicate=False))
        buffers = dict(followed.named_buffers(remove_duplicate=False))
        self._weights = [(own, weights[key]) for key, own in model.named_parameters()]
        self._buffers = [(own, buffers[key]) for key, own in model.named_buffers()]

    @torch.no_grad()
    def update(self, step: int, found: torch.Tensor) -> None:
        """Follow an update, unless the flag is up.

        Args:
            step: number of the step, from 1.
            found: above 0 once a value was not finite; nothing waits for it.
        """
        rule = self.follower.rule
        if rule == "frozen" or (rule == "periodic" and step % self.follower.every):
            return
        part = (1.0 - self.follower.decay) * (found == 0)
        for own, theirs in self._weights:
            if rule == "ema":
                own.lerp_(theirs, part.to(own.dtype))
            else:
                own.copy_(theirs)
        for statistic, followed in self._buffers:
            statistic.copy_(followed)
