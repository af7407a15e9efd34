"""An export is never trusted: what others compute with it is held against PyTorch on held samples."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import torch

from engine.errors import ExportError
from engine.interchange.subject import Subject

TOLERANCE: Final = 1e-4
"""Largest difference allowed, relative to the larger of 1 and the largest value."""
_BATCHES: Final = (1, 7)
Tensors = tuple[torch.Tensor, ...]
Run = Callable[[Tensors], Tensors]
"""What an exported file computes, from inputs in the order of the entries to outputs in theirs."""


def expected_of(subject: Subject, target: Path) -> Tensors:
    """Give what PyTorch computes for the held samples.

    Raises:
        ExportError: that is no number somewhere, so that nothing can be compared.
    """
    with torch.no_grad():
        expected = tuple_of(subject.module(*subject.samples))
    if any(bool(output.isnan().any()) for output in expected):
        raise ExportError(
            "the network gives values that are no numbers for the data it was tested on; nothing was written",
            where=str(target),
            remedy="Train it again, or export another run",
        )
    return expected


def require_equal(subject: Subject, run: Run, expected: Tensors, word: str, target: Path) -> dict[str, float]:
    """Hold an export against PyTorch, in batches of several sizes.

    Args:
        subject: what was exported.
        run: what the export computes.
        expected: what PyTorch does.
        word: what the export is called.
        target: the file that waits for it.

    Returns:
        The largest difference by output.

    Raises:
        ExportError: one is larger than the tolerance.
    """
    largest = _differences(subject, run, expected)
    for name, wanted in zip(subject.outputs, expected, strict=True):
        if not largest[name] <= TOLERANCE * max(1.0, _size(wanted)):
            raise ExportError(
                f"the {word} differs from PyTorch by {largest[name]:.2g} at output {name}; nothing was written",
                where=str(target),
                remedy="Please report this network",
            )
    return largest


def _differences(subject: Subject, run: Run, expected: Tensors) -> dict[str, float]:
    count = len(subject.samples[0])
    largest = dict.fromkeys(subject.outputs, 0.0)
    for size in dict.fromkeys((*_BATCHES, count)):
        for start in range(0, count if size == count else min(count, 5 * size), size):
            found = run(tuple(samples[start : start + size] for samples in subject.samples))
            for name, got, wanted in zip(subject.outputs, found, expected, strict=True):
                largest[name] = max(largest[name], difference(got, wanted[start : start + size]))
    return largest


def _size(values: torch.Tensor) -> float:
    finite = values[values.isfinite()]
    return float(finite.abs().max()) if finite.numel() else 0.0


def difference(got: torch.Tensor, wanted: torch.Tensor) -> float:
    """Give the largest difference; infinity where one is not finite and the other is something else."""
    gaps = torch.where(got == wanted, 0.0, (got.double() - wanted.double()).abs())
    return float(gaps.nan_to_num(nan=math.inf, posinf=math.inf).max())


def tuple_of(outputs: Any) -> Tensors:  # a module gives a tensor or a tuple
    """Give the outputs of a module as a tuple."""
    return outputs if isinstance(outputs, tuple) else (outputs,)
