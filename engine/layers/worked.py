"""Shape rules worked out with a node's own numbers, as one line to read; it must not know kinds by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from engine.graph.dims import Dim, product
from engine.graph.specs import TensorSpec
from engine.layers.kind import WorkedRule
from engine.layers.params import Values

_LETTERS: Final = {1: "L", 2: "HW", 3: "DHW"}
"""Axes that a window slides along, by how many there are."""


def window(axes: int) -> WorkedRule:
    """Work out the axes that a window slides along, each that goes its own way."""

    def write(values: Values, into: TensorSpec, out: TensorSpec) -> str:
        return _each_way(axes, [_slid(values, axes, axis, into, out) for axis in range(axes)])

    return write


def _slid(values: Values, axes: int, axis: int, into: TensorSpec, out: TensorSpec) -> str:
    size, result = into.shape[axis + 2], out.shape[axis + 2]
    padded = "padding" in values.names
    if padded and values.word("padding"):
        return f"{result}, kept by the padding"
    kernel, padding = values.size("kernel_size", axes)[axis], values.size("padding", axes)[axis] if padded else 0
    stride = values.size("stride", axes)[axis] or kernel
    dilation = values.size("dilation", axes)[axis] if "dilation" in values.names else 1
    span = str(kernel) if dilation == 1 else f"{dilation}·({kernel} − 1) − 1"
    up = "ceil_mode" in values.names and values.flag("ceil_mode")
    border = f" + 2·{padding}" if padded else ""
    sum_ = f"({size}{border} − {span}) / {stride}"
    if not up:
        return f"⌊{sum_}⌋ + 1 = {result}"
    rounded = -(-(size + 2 * padding - dilation * (kernel - 1) - 1) // stride) + 1 if isinstance(size, int) else result
    # torch leaves out a window that would begin in the padding on the right.
    return f"⌈{sum_}⌉ + 1 = {result}" if rounded == result else f"⌈{sum_}⌉ = {result}"


def _each_way(axes: int, sums: Sequence[str]) -> str:
    """Join the sums of the axes; those that go the same way are written once, under the first one's letter."""
    letters: dict[str, str] = {}
    for letter, text in zip(_LETTERS[axes], sums, strict=True):
        letters.setdefault(text, letter)
    return "; ".join(f"{letter} = {text}" for text, letter in letters.items())


def transposed(axes: int) -> WorkedRule:
    """Work out the axes that a transposed convolution makes longer, each that goes its own way."""

    def write(values: Values, into: TensorSpec, out: TensorSpec) -> str:
        return _each_way(axes, [_spread(values, axes, axis, into, out) for axis in range(axes)])

    return write


def _spread(values: Values, axes: int, axis: int, into: TensorSpec, out: TensorSpec) -> str:
    names = ("kernel_size", "stride", "padding", "output_padding", "dilation")
    kernel, stride, padding, extra, dilation = (values.size(name, axes)[axis] for name in names)
    span = f"{dilation}·({kernel} − 1)" if dilation != 1 else f"{kernel} − 1"
    start = f"({into.shape[axis + 2]} − 1)·{stride} − 2·{padding}"
    return f"{start} + {span} + {extra} + 1 = {out.shape[axis + 2]}"


def scaled(axes: int) -> WorkedRule:
    """Work out the axes that are scaled, or given their size."""

    def write(values: Values, into: TensorSpec, out: TensorSpec) -> str:
        factor = values.real("scale_factor")
        given = all(values.size("size", axes))
        each = zip(into.shape[2:], out.shape[2:], strict=True)
        return _each_way(axes, [f"{end}" if given else f"⌊{size} · {factor:g}⌋ = {end}" for size, end in each])

    return write


def bordered(axes: int) -> WorkedRule:
    """Work out the axes that get borders; the sizes name the last axis first, before and behind in turn."""

    def write(values: Values, into: TensorSpec, out: TensorSpec) -> str:
        sizes = values.size("padding", 2 * axes)
        borders = [sizes[2 * axis : 2 * axis + 2] for axis in reversed(range(axes))]
        each = zip(borders, into.shape[2:], out.shape[2:], strict=True)
        return _each_way(axes, [f"{before} + {size} + {behind} = {end}" for (before, behind), size, end in each])

    return write


def rescaled(factor: str, sign: str) -> WorkedRule:
    """Work out height and width that a whole number multiplies (`·`) or divides (`/`)."""

    def write(values: Values, into: TensorSpec, out: TensorSpec) -> str:
        each = zip(into.shape[2:], out.shape[2:], strict=True)
        return _each_way(2, [f"{size} {sign} {values.integer(factor)} = {end}" for size, end in each])

    return write


def flattened(values: Values, into: TensorSpec, out: TensorSpec) -> str:
    """Multiply the axes that become one."""
    first, last = values.integer("start_dim"), values.integer("end_dim")
    dims = into.shape[first : None if last == -1 else last + 1]
    return _times(dims, product(dims)) if len(dims) > 1 else ""


def averaged(values: Values, into: TensorSpec, out: TensorSpec) -> str:
    """Name the axes that a mean goes over."""
    return f"mean over {' × '.join(str(dim) for dim in into.shape[2:])}" if into.rank > 2 else ""


def on_last_axis(values: Values, into: TensorSpec, out: TensorSpec) -> str:
    """Say how the last axis changes."""
    return f"{into.shape[-1]} in → {out.shape[-1]} out, on the last axis"


def _times(dims: tuple[Dim, ...], result: Dim) -> str:
    return f"{' · '.join(str(dim) for dim in dims)} = {result}"
