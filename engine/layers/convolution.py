"""Convolutions: 1d, 2d, and transposed 2d. No torch in here; the formulas are torch's."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from engine.graph.dims import Dim, plus, product, times
from engine.graph.specs import TensorSpec, shape_text
from engine.graph.types import Value
from engine.layers.emission import Expr, module, pair
from engine.layers.kind import Emit, Fault, Help, Hint, LayerKind, Specs, Weight
from engine.layers.params import BoolParam, IntParam, Param, SizeParam, Values
from engine.layers.rules import need_rank, through_module, too_small, window_size

_DOCS = "https://docs.pytorch.org/docs/stable/generated/torch.nn"
_LAYOUT = {1: "a sequence of vectors (B × C × L)", 2: "an image (B × C × H × W)"}
_Rule = Callable[[Values, Specs], TensorSpec | Fault]


def _channels(inputs: Specs) -> int:
    size = inputs["x"].shape[1]
    return size if isinstance(size, int) else 0


def _fault(values: Values, spec: TensorSpec, axes: int, title: str) -> Fault | None:
    if fault := need_rank(spec, axes + 2, title, _LAYOUT[axes]):
        return fault
    channels, groups = spec.shape[1], values.integer("groups")
    if not isinstance(channels, int):
        return Fault(
            message=f"{title} needs a known number of channels", expected=_LAYOUT[axes], found=shape_text(spec)
        )
    if channels % groups or values.integer("out_channels") % groups:
        return Fault(
            message=f"{groups} groups must divide the {channels} channels in and the {values.integer('out_channels')} out",
            expected=f"channels divisible by {groups}",
            found=f"{channels} in, {values.integer('out_channels')} out",
            code="groups",
            hints=(Hint(title="Use one group", set_parameter="groups", to=1),),
        )
    return None


def _convolution(axes: int, title: str) -> _Rule:
    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        spec = inputs["x"]
        if fault := _fault(values, spec, axes, title):
            return fault
        parts = (values.size(name, axes) for name in ("kernel_size", "stride", "padding", "dilation"))
        sizes = tuple(window_size(*each) for each in zip(spec.shape[2:], *parts, strict=True))
        fault = too_small(sizes, "The kernel", spec, "make it smaller or add padding")
        return fault or spec.reshaped((spec.shape[0], values.integer("out_channels"), *sizes))

    return infer


def _transposed(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec = inputs["x"]
    if fault := _fault(values, spec, 2, "Transposed conv 2d"):
        return fault
    names = ("kernel_size", "stride", "padding", "dilation", "output_padding")
    sizes: list[Dim] = []
    for size, kernel, stride, padding, dilation, extra in zip(
        spec.shape[2:], *(values.size(name, 2) for name in names), strict=True
    ):
        if extra >= max(stride, dilation):
            return Fault(
                message="Output padding must be smaller than stride or dilation",
                expected=f"at most {max(stride, dilation) - 1}",
                found=str(extra),
                code="parameter",
                hints=(Hint(title="Set output padding to 0", set_parameter="output_padding", to=0),),
            )
        sizes.append(plus(times(plus(size, -1), stride), dilation * (kernel - 1) - 2 * padding + extra + 1))
    fault = too_small(sizes, "The padding", spec, "make it smaller")
    return fault or spec.reshaped((spec.shape[0], values.integer("out_channels"), *sizes))


def _weights(axes: int, *, transposed: bool = False) -> Callable[[Values, Specs], tuple[Weight, ...]]:
    def weights(values: Values, inputs: Specs) -> tuple[Weight, ...]:
        channels, out, groups = _channels(inputs), values.integer("out_channels"), values.integer("groups")
        first, second = (channels, out // groups) if transposed else (out, channels // groups)
        bias = (Weight("bias", (out,)),) if values.flag("bias") else ()
        return (Weight("weight", (first, second, *values.size("kernel_size", axes))), *bias)

    return weights


def _cost(axes: int, *, transposed: bool = False) -> Callable[[Values, Specs, Specs], Dim]:
    def cost(values: Values, inputs: Specs, outputs: Specs) -> Dim:
        kernel = prod(values.size("kernel_size", axes))
        groups = values.integer("groups")
        if transposed:
            return times(product(inputs["x"].shape), kernel * values.integer("out_channels") // groups)
        return times(product(outputs["y"].shape), kernel * _channels(inputs) // groups)

    return cost


def _constructor(name: str, axes: int) -> Callable[[Emit], Expr]:
    def build(use: Emit) -> Expr:
        values = use.values
        options: dict[str, tuple[Value, Value]] = {
            "stride": (pair(values.size("stride", axes)), 1),
            "padding": (pair(values.size("padding", axes)), 0),
        }
        if "output_padding" in values.names:
            options["output_padding"] = (pair(values.size("output_padding", axes)), 0)
        options["groups"] = (values.integer("groups"), 1)
        options["bias"] = (values.flag("bias"), True)
        options["dilation"] = (pair(values.size("dilation", axes)), 1)
        kernel = pair(values.size("kernel_size", axes))
        return module(name, _channels(use.specs), values.integer("out_channels"), kernel, options=options)

    return build


def _parameters(axes: int, *, transposed: bool = False) -> tuple[Param, ...]:
    def size(name: str, title: str, default: int, low: int, words: str) -> SizeParam:
        return SizeParam(name=name, title=title, axes=axes, default=default, low=low, help=words)

    extra = (
        (size("output_padding", "Output padding", 0, 0, "Rows added at one side of the output"),) if transposed else ()
    )
    return (
        IntParam(name="out_channels", title="Out channels", default=32, help="Number of filters", high=2**20),
        size("kernel_size", "Kernel size", 3, 1, "Size of each filter"),
        size("stride", "Stride", 1, 1, "Steps between two places of the filter"),
        size("padding", "Padding", 0, 0, "Zeros added at each border"),
        *extra,
        size("dilation", "Dilation", 1, 1, "Distance between the elements of a filter"),
        IntParam(
            name="groups",
            title="Groups",
            default=1,
            help="Parts that the channels are divided into, each with filters of its own",
        ),
        BoolParam(
            name="bias", title="Bias", default=True, help="Whether a learned number is added to each output channel"
        ),
    )


def _kind(
    key: str, title: str, axes: int, aliases: tuple[str, ...], text: Help, *, transposed: bool = False
) -> LayerKind:
    name = {"conv1d": "nn.Conv1d", "conv2d": "nn.Conv2d", "conv_transpose2d": "nn.ConvTranspose2d"}[key]
    return LayerKind(
        key=key,
        title=title,
        family="vision",
        group="Convolution",
        aliases=aliases,
        help=text,
        parameters=_parameters(axes, transposed=transposed),
        infer=_transposed if transposed else _convolution(axes, title),
        emit=through_module(_constructor(name, axes)),
        calls=(name,),
        weights=_weights(axes, transposed=transposed),
        multiply_adds=_cost(axes, transposed=transposed),
    )


KINDS = (
    _kind(
        "conv1d",
        "Conv 1d",
        1,
        ("convolution", "temporal"),
        Help(
            what="Slides learned filters along a sequence; each gives one output channel.",
            formula="L' = ⌊(L + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1",
            shapes="B × C × L → B × C' × L'",
            when="For signals, audio and text where near neighbours belong together.",
            source=f"{_DOCS}.Conv1d.html",
        ),
    ),
    _kind(
        "conv2d",
        "Conv 2d",
        2,
        ("convolution", "filter", "cnn"),
        Help(
            what="Slides learned filters over an image; each gives one output channel.",
            formula="H' = ⌊(H + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1",
            shapes="B × C × H × W → B × C' × H' × W'",
            when="For images: finds the same pattern wherever it stands.",
            source=f"{_DOCS}.Conv2d.html",
        ),
    ),
    _kind(
        "conv_transpose2d",
        "Transposed conv 2d",
        2,
        ("deconvolution", "upconvolution", "fractionally strided"),
        Help(
            what="The gradient of a convolution as a layer: spreads each input over an area and makes images larger.",
            formula="H' = (H − 1)·stride − 2·padding + dilation·(kernel − 1) + output padding + 1",
            shapes="B × C × H × W → B × C' × H' × W'",
            when="To grow an image in decoders and generators.",
            source=f"{_DOCS}.ConvTranspose2d.html",
        ),
        transposed=True,
    ),
)
