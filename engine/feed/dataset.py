"""Data sets: prepared tensors, and the source that gives them in batches; a fixed file like the loop, copied with it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import nn

Batch = dict[str, torch.Tensor]
"""Tensors by `NODE.PORT`; the first axis counts samples."""
Models = Mapping[str, nn.Module]
Part = Mapping[str, Batch]
"""The tensors of each source in one part of the data."""
State = Any
"""Where a source stands: whatever JSON can hold; only the source itself reads it."""


@dataclass(frozen=True)
class Data:
    """Prepared data: parts[part][source][NODE.PORT], and what was fitted on the training part."""

    parts: Mapping[str, Part]
    batch_sizes: Mapping[str, int]
    fitted: Mapping[str, Mapping[str, torch.Tensor]] = field(default_factory=dict)

    def on(self, device: torch.device | str) -> Data:
        """Give the same data with its parts on a device."""
        return replace(self, parts={name: _moved(part, device) for name, part in self.parts.items()})

    def sources(self, seed: int) -> dict[str, DataSet]:
        """Give the training part as sources; the seed decides the order of samples."""
        return {
            name: DataSet(tensors, self.batch_sizes[name], mixed(seed, index))
            for index, (name, tensors) in enumerate(self.parts["train"].items())
        }


class DataSet:
    """A data set as a source; its state is the epoch and the position in it.

    Args:
        tensors: prepared tensors, all with the same number of samples.
        batch_size: samples of one batch; the last one of an epoch may be smaller.
        seed: decides the order of every epoch.
    """

    def __init__(self, tensors: Batch, batch_size: int, seed: int) -> None:
        self.tensors = tensors
        self.batch_size = batch_size
        self.num_samples = len(next(iter(tensors.values())))
        self.steps_per_epoch = math.ceil(self.num_samples / batch_size)
        self._seed = seed
        self._epoch = -1
        self._order = torch.empty(0, dtype=torch.int64)

    def start(self) -> State:
        """Give the state of the first batch."""
        return [0, 0]

    def draw(self, state: State, models: Models) -> tuple[Batch, State]:
        """Give the batch at `state`, and the state of the next one."""
        epoch, position = state
        if epoch != self._epoch:
            self._shuffle(epoch)
        end = position + self.batch_size
        chosen = self._order[position:end]
        batch = {key: tensor.index_select(0, chosen) for key, tensor in self.tensors.items()}
        return batch, [epoch, end] if end < self.num_samples else [epoch + 1, 0]

    def _shuffle(self, epoch: int) -> None:
        generator = torch.Generator().manual_seed(mixed(self._seed, epoch))
        device = next(iter(self.tensors.values())).device
        self._order = torch.randperm(self.num_samples, generator=generator).to(device)
        self._epoch = epoch


def _moved(part: Part, device: torch.device | str) -> dict[str, Batch]:
    return {name: {key: tensor.to(device) for key, tensor in tensors.items()} for name, tensors in part.items()}


def mixed(seed: int, number: int) -> int:
    """Make one seed of two numbers (the finaliser of SplitMix64 over both)."""
    word = (seed * 0x9E3779B97F4A7C15 + number + 1) & (2**64 - 1)
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & (2**64 - 1)
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & (2**64 - 1)
    return (word ^ (word >> 31)) & (2**63 - 1)
