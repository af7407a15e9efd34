"""Transposed convolutions along one to three axes. No torch in here; the formulas are torch's."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from engine.graph.dims import Dim, plus, product, times
from engine.graph.specs import TensorSpec
from engine.layers import sliding, worked
from engine.layers.convolution import BIAS, FILTERS, GROUPS, filters, filters_fault
from engine.layers.kind import Fault, Help, Hint, InferRule, LayerKind, Specs, Weight
from engine.layers.params import Param, Values
from engine.layers.rules import through_module, too_small
from engine.layers.windows import DOCS, PLACES, THING, channels_of, shapes, size_parameter

_SIZES = ("kernel_size", "stride", "padding", "dilation", "output_padding")


def _transposed(axes: int, title: str) -> InferRule:
    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        spec = inputs["x"]
        if fault := filters_fault(values, spec, axes, title):
            return fault
        sizes: list[Dim] = []
        for size, kernel, stride, padding, dilation, extra in zip(
            spec.shape[2:], *(values.size(name, axes) for name in _SIZES), strict=True
        ):
            if extra >= stride:  # torch takes it up to the dilation; onnxruntime does not, and there is no use for it
                return _too_much(extra, stride)
            sizes.append(plus(times(plus(size, -1), stride), dilation * (kernel - 1) - 2 * padding + extra + 1))
        fault = too_small(sizes, "The padding", spec, "make it smaller")
        return fault or spec.reshaped((spec.shape[0], values.integer("out_channels"), *sizes))

    return infer


def _too_much(extra: int, limit: int) -> Fault:
    return Fault(
        message="Output padding must be smaller than the stride: it chooses among the sizes that a stride leaves open",
        expected=f"at most {limit - 1}",
        found=str(extra),
        code="parameter",
        hints=(Hint(title="Set output padding to 0", set_parameter="output_padding", to=0),),
    )


def _weights(axes: int) -> Callable[[Values, Specs], tuple[Weight, ...]]:
    def weights(values: Values, inputs: Specs) -> tuple[Weight, ...]:
        out = values.integer("out_channels")
        bias = (Weight("bias", (out,)),) if values.flag("bias") else ()
        shape = (channels_of(inputs), out // values.integer("groups"), *values.size("kernel_size", axes))
        return (Weight("weight", shape), *bias)

    return weights


def _cost(axes: int) -> Callable[[Values, Specs, Specs], Dim]:
    def cost(values: Values, inputs: Specs, outputs: Specs) -> Dim:
        each = prod(values.size("kernel_size", axes)) * values.integer("out_channels") // values.integer("groups")
        return times(product(inputs["x"].shape), each)

    return cost


def _parameters(axes: int) -> tuple[Param, ...]:
    return (
        FILTERS,
        size_parameter("kernel_size", "Kernel size", axes, 3, 1, "Size of each filter"),
        size_parameter("stride", "Stride", axes, 1, 1, "Steps between the areas of two inputs"),
        size_parameter("padding", "Padding", axes, 0, 0, "Places cut off at each border of the output"),
        size_parameter("output_padding", "Output padding", axes, 0, 0, "Rows added at one side of the output"),
        size_parameter("dilation", "Dilation", axes, 1, 1, "Distance between the elements of a filter"),
        GROUPS,
        BIAS,
    )


def _kind(axes: int, when: str) -> LayerKind:
    title, name, letter = f"Transposed conv {axes}d", f"nn.ConvTranspose{axes}d", PLACES[axes][0]
    area = {1: "a stretch", 2: "an area", 3: "a space"}[axes]
    return LayerKind(
        key=f"conv_transpose{axes}d",
        title=title,
        family="vision",
        group="Convolution",
        aliases=("deconvolution", "upconvolution", "fractionally strided"),
        help=Help(
            what=f"The gradient of a convolution as a layer: spreads each input over {area} and makes {THING[axes]} larger.",
            formula=f"{letter}' = ({letter} − 1)·stride − 2·padding + dilation·(kernel − 1) + output padding + 1",
            shapes=shapes(axes, "C'"),
            when=when,
            source=f"{DOCS}.ConvTranspose{axes}d.html",
        ),
        stem="up",
        parameters=_parameters(axes),
        infer=_transposed(axes, title),
        sees=sliding.stretch(axes, channels=True),
        emit=through_module(filters(name, axes)),
        calls=(name,),
        weights=_weights(axes),
        weight_axis=1,
        multiply_adds=_cost(axes),
        worked=worked.transposed(axes),
    )


KINDS = (
    _kind(1, "To grow a signal in decoders and generators."),
    _kind(2, "To grow an image in decoders and generators."),
    _kind(3, "To grow a volume in decoders and generators."),
)
