"""The shape rule of a node worked out with its own numbers, as one line to read; it must not know widgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from engine.graph.dims import Dim, product
from engine.graph.specs import TensorSpec
from engine.layers.params import Values

Specs = Mapping[str, TensorSpec]


def worked_rule(key: str, values: Values, inputs: Specs, outputs: Specs) -> str:
    """Write how the first output's size follows from the input's; empty where there is nothing to work out.

    Args:
        key: The kind.
        values: The node's parameters.
        inputs: Specs by port.
        outputs: Specs by port.
    """
    rule = _RULES.get(key)
    into, out = next(iter(inputs.values()), None), next(iter(outputs.values()), None)
    if rule is None or into is None or out is None:
        return ""
    return rule(values, into, out)


def _window(axes: int) -> Callable[[Values, TensorSpec, TensorSpec], str]:
    def write(values: Values, into: TensorSpec, out: TensorSpec) -> str:
        letter, size, result = ("H", into.shape[2], out.shape[2]) if axes == 2 else ("L", into.shape[2], out.shape[2])
        kernel, padding = values.size("kernel_size", axes)[0], values.size("padding", axes)[0]
        stride = _stride(values, axes, kernel)
        dilation = values.size("dilation", axes)[0] if "dilation" in values.names else 1
        span = str(kernel) if dilation == 1 else f"{dilation}·({kernel} − 1) − 1"
        return f"{letter} = ⌊({size} + 2·{padding} − {span}) / {stride}⌋ + 1 = {result}"

    return write


def _stride(values: Values, axes: int, kernel: int) -> int:
    stride = values.size("stride", axes)[0]
    return stride or kernel


def _transposed(values: Values, into: TensorSpec, out: TensorSpec) -> str:
    names = ("kernel_size", "stride", "padding", "output_padding", "dilation")
    kernel, stride, padding, extra, dilation = (values.size(name, 2)[0] for name in names)
    span = f"{dilation}·({kernel} − 1)" if dilation != 1 else f"{kernel} − 1"
    return f"H = ({into.shape[2]} − 1)·{stride} − 2·{padding} + {span} + {extra} + 1 = {out.shape[2]}"


def _flatten(values: Values, into: TensorSpec, out: TensorSpec) -> str:
    first, last = values.integer("start_dim"), values.integer("end_dim")
    dims = into.shape[first : None if last == -1 else last + 1]
    return _times(dims, product(dims)) if len(dims) > 1 else ""


def _mean_size(values: Values, into: TensorSpec, out: TensorSpec) -> str:
    return f"mean over {' × '.join(str(dim) for dim in into.shape[2:])}" if into.rank > 2 else ""


def _linear(values: Values, into: TensorSpec, out: TensorSpec) -> str:
    return f"{into.shape[-1]} in → {out.shape[-1]} out, on the last axis"


def _times(dims: tuple[Dim, ...], result: Dim) -> str:
    return f"{' · '.join(str(dim) for dim in dims)} = {result}"


_RULES: Final[Mapping[str, Callable[[Values, TensorSpec, TensorSpec], str]]] = {
    "conv1d": _window(1),
    "conv2d": _window(2),
    "max_pool1d": _window(1),
    "max_pool2d": _window(2),
    "avg_pool1d": _window(1),
    "avg_pool2d": _window(2),
    "conv_transpose2d": _transposed,
    "flatten": _flatten,
    "global_avg_pool": _mean_size,
    "linear": _linear,
}
"""By kind; those without a line leave nothing to work out."""
