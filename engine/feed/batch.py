"""The samples that are looked at, out of prepared data; it must not know networks or who looks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import torch

_SAMPLES: Final = 32


def batch_at(
    parts: Mapping[str, Mapping[str, Mapping[str, torch.Tensor]]], sample: int
) -> tuple[dict[str, torch.Tensor], int]:
    """Give a few samples of the validation part, or of the training part where a source has none set aside.

    Args:
        parts: tensors by part, source and key.
        sample: number of the first; beyond the last it starts over, in each source by itself.

    Returns:
        Tensors by key, and how many samples the first source has to choose from.
    """
    part = parts["validation"]
    if not part or not all(map(_size, part.values())):
        part = parts["train"]
    batch: dict[str, torch.Tensor] = {}
    for tensors in part.values():
        size = _size(tensors)
        chosen = [(sample + offset) % size for offset in range(min(_SAMPLES, size))]
        batch |= {key: tensor[chosen] for key, tensor in tensors.items()}
    return batch, next(filter(None, map(_size, part.values())), 0)


def _size(tensors: Mapping[str, torch.Tensor]) -> int:
    return len(next(iter(tensors.values())))
