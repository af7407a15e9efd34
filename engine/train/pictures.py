"""Pictures of what nodes compute, small enough to send and draw at once; it must not know runs or windows."""

from __future__ import annotations

from typing import Final, Literal

import msgspec
import torch

from engine.check.context import nodes_of_role
from engine.graph.types import Graph
from engine.layers.kind import Role
from engine.runs.events import Picture

MOST_MAPS: Final = 64
MOST_PIXELS: Final = 64
"""Longest side of one map; larger ones are thinned."""
MOST_BARS: Final = 32
BINS: Final = 32
What = Literal["activation", "weight", "gradient", "input"]


def picture_of(
    address: str, values: torch.Tensor, *, what: What = "activation", flat: bool = False, labels: tuple[str, ...] = ()
) -> Picture | None:
    """Picture what a node gave for a batch.

    Args:
        address: of the node.
        values: B x ...; the first sample is shown, all count for a histogram and for the part that is 0.
        what: what the values are.
        flat: whether the distribution says more than the places (normalisation, activation).
        labels: names of bars, if as many as there are values.

    Returns:
        None when there is nothing to show.
    """
    if not values.numel() or not (values.is_floating_point() or values.dtype in (torch.int64, torch.bool)):
        return None
    numbers = values.detach().to("cpu", torch.float32)
    zeros = float((numbers == 0).float().mean())
    sample = numbers[0] if numbers.dim() else numbers
    if flat or sample.dim() == 0:
        return _histogram(address, what, numbers, zeros)
    if sample.dim() == 3:
        return _maps(address, what, sample, zeros)
    if sample.dim() == 2:
        return _maps(address, what, sample[None], zeros)
    if sample.dim() == 1 and sample.numel() <= MOST_BARS:
        return _bars(address, what, sample, zeros, labels if len(labels) == sample.numel() else ())
    return _histogram(address, what, numbers, zeros)


def is_answer(graph: Graph, address: str) -> bool:
    """Whether a node feeds an output of a network, or is one: only there are the values one per class.

    Args:
        graph: the network.
        address: of the node within it; what stands in a composite answers the composite only.
    """
    outputs = {node.id for node in nodes_of_role(graph, Role.OUTPUT)}
    return address in outputs or any(wire.source == address and wire.target in outputs for wire in graph.wires)


def filters_of(address: str, weight: torch.Tensor, what: What = "weight") -> Picture | None:
    """Picture the weights of a node, or their gradient: filters of a convolution, the matrix of a linear map.

    Args:
        address: of the node.
        weight: out x in x height x width (of each filter the first channel is shown), or fewer axes.
        what: what the values are.

    Returns:
        None for weights of fewer than two axes.
    """
    numbers = weight.detach().to("cpu", torch.float32)
    if numbers.dim() < 2:
        return None
    zeros = float((numbers == 0).float().mean())
    if numbers.dim() == 2:
        return _maps(address, what, numbers[None], zeros)
    shown = _maps(address, what, numbers[:, 0] if numbers.dim() == 4 else numbers, zeros)
    if numbers.dim() == 4 and numbers.shape[1] > 1:
        note = ", ".join(filter(None, (shown.note, f"first of {numbers.shape[1]} input channels")))
        return msgspec.structs.replace(shown, note=note)
    return shown


def _maps(address: str, what: What, maps: torch.Tensor, zeros: float) -> Picture:
    count = maps.shape[0]
    shown = maps[:MOST_MAPS]
    steps = [max(1, -(-size // MOST_PIXELS)) for size in shown.shape[1:]]
    shown = shown[:, :: steps[0], :: steps[1]]
    low, high = _range(shown)
    scaled = ((torch.nan_to_num(shown) - low) * (255.0 / max(high - low, 1e-12))).round().clamp(0, 255)
    note = f"{len(shown)} of {count} channels" if count > len(shown) else ""
    thinned = f"every {steps[0]} × {steps[1]} px" if max(steps) > 1 else ""
    return Picture(
        address=address,
        form="maps",
        what=what,
        shape=tuple(scaled.shape),
        data=scaled.to(torch.uint8).contiguous().numpy().tobytes(),
        low=low,
        high=high,
        zeros=zeros,
        note=", ".join(filter(None, (note, thinned))),
    )


def _histogram(address: str, what: What, numbers: torch.Tensor, zeros: float) -> Picture:
    low, high = _range(numbers)
    counts = torch.histc(torch.nan_to_num(numbers).flatten(), BINS, low, high) if high > low else torch.zeros(BINS)
    samples = len(numbers) if numbers.dim() else 1
    return Picture(
        address=address,
        form="histogram",
        what=what,
        shape=(BINS,),
        data=counts.numpy().astype("<f4").tobytes(),
        low=low,
        high=high,
        zeros=zeros,
        note=f"{samples} samples" if samples > 1 else "",
    )


def _bars(address: str, what: What, values: torch.Tensor, zeros: float, labels: tuple[str, ...]) -> Picture:
    low, high = _range(values)
    data = torch.nan_to_num(values).numpy().astype("<f4").tobytes()
    return Picture(
        address=address,
        form="bars",
        what=what,
        shape=(values.numel(),),
        data=data,
        low=low,
        high=high,
        labels=labels,
        zeros=zeros,
    )


def _range(values: torch.Tensor) -> tuple[float, float]:
    finite = values[torch.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.numel() else (0.0, 0.0)
