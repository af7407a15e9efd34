"""Shape rules worked out with a node's own numbers, as one line to read; it must not know kinds by name."""

from __future__ import annotations

from typing import Final

from engine.graph.dims import Dim, product
from engine.graph.specs import TensorSpec
from engine.layers.kind import WorkedRule
from engine.layers.params import Values

_LETTERS: Final = {1: "L", 2: "H", 3: "D"}
"""First axis that a window slides along, by how many there are."""


def window(axes: int) -> WorkedRule:
    """Work out the first axis that a window slides along."""

    def write(values: Values, into: TensorSpec, out: TensorSpec) -> str:
        letter, size, result = _LETTERS[axes], into.shape[2], out.shape[2]
        if values.word("padding"):
            return f"{letter} = {result}, kept by the padding"
        kernel, padding = values.size("kernel_size", axes)[0], values.size("padding", axes)[0]
        stride = values.size("stride", axes)[0] or kernel
        dilation = values.size("dilation", axes)[0] if "dilation" in values.names else 1
        span = str(kernel) if dilation == 1 else f"{dilation}·({kernel} − 1) − 1"
        return f"{letter} = ⌊({size} + 2·{padding} − {span}) / {stride}⌋ + 1 = {result}"

    return write


def transposed(axes: int) -> WorkedRule:
    """Work out the first axis that a transposed convolution makes longer."""

    def write(values: Values, into: TensorSpec, out: TensorSpec) -> str:
        names = ("kernel_size", "stride", "padding", "output_padding", "dilation")
        kernel, stride, padding, extra, dilation = (values.size(name, axes)[0] for name in names)
        span = f"{dilation}·({kernel} − 1)" if dilation != 1 else f"{kernel} − 1"
        start = f"{_LETTERS[axes]} = ({into.shape[2]} − 1)·{stride} − 2·{padding}"
        return f"{start} + {span} + {extra} + 1 = {out.shape[2]}"

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
