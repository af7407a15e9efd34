"""Convolutions: plain and depthwise ones along one to three axes. No torch in here; the formulas are torch's."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from engine.graph.dims import Dim, product, times
from engine.graph.specs import TensorSpec, shape_text
from engine.graph.types import Value
from engine.layers import sliding, worked
from engine.layers.emission import Expr, module, pair
from engine.layers.kind import Emit, Fault, Help, Hint, InferRule, LayerKind, Specs, Weight
from engine.layers.params import BoolParam, ChoiceParam, IntParam, Param, SizeParam, Values
from engine.layers.rules import need_rank, through_module, too_small, window_size
from engine.layers.windows import DOCS, LAYOUT, MODES, PLACES, THING, border_fault, channels_of, shapes, size_parameter

FILTERS = IntParam(name="out_channels", title="Out channels", default=32, help="Number of filters", high=2**20)
GROUPS = IntParam(
    name="groups",
    title="Groups",
    default=1,
    help="Parts that the channels are divided into, each with filters of its own",
)
BIAS = BoolParam(
    name="bias", title="Bias", default=True, help="Whether a learned number is added to each output channel"
)
_MULTIPLIER = IntParam(
    name="multiplier", title="Multiplier", default=1, high=2**10, help="Number of filters for each channel"
)


def out_channels(values: Values, inputs: Specs) -> int:
    """Give the number of channels that come out."""
    if "multiplier" in values.names:
        return channels_of(inputs) * values.integer("multiplier")
    return values.integer("out_channels")


def groups_of(values: Values, inputs: Specs) -> int:
    """Give the number of groups: as many as channels where every channel has filters of its own."""
    return values.integer("groups") if "groups" in values.names else channels_of(inputs)


def filters_fault(values: Values, spec: TensorSpec, axes: int, title: str) -> Fault | None:
    """Find fault with an input that the filters do not fit."""
    if fault := need_rank(spec, axes + 2, title, LAYOUT[axes]):
        return fault
    if not isinstance(spec.shape[1], int):
        return Fault(message=f"{title} needs a known number of channels", expected=LAYOUT[axes], found=shape_text(spec))
    if "groups" not in values.names:
        return None
    channels, out, groups = spec.shape[1], values.integer("out_channels"), values.integer("groups")
    if channels % groups or out % groups:
        return Fault(
            message=f"{groups} groups must divide the {channels} channels in and the {out} out",
            expected=f"channels divisible by {groups}",
            found=f"{channels} in, {out} out",
            code="groups",
            hints=(Hint(title="Use one group", set_parameter="groups", to=1),),
        )
    return None


def _borders(values: Values, axes: int) -> list[tuple[int, int]]:
    """Give the places added before and behind each axis."""
    if not values.word("padding"):
        return [(size, size) for size in values.size("padding", axes)]
    each = zip(values.size("kernel_size", axes), values.size("dilation", axes), strict=True)
    spans = [dilation * (kernel - 1) for kernel, dilation in each]
    return [(span // 2, span - span // 2) for span in spans]


def _uneven_step(values: Values, axes: int) -> Fault | None:
    stride = values.size("stride", axes)
    if not values.word("padding") or set(stride) == {1}:
        return None
    return Fault(
        message="Padding that keeps the size goes with stride 1 only",
        expected="stride 1",
        found=f"stride {max(stride)}",
        code="parameter",
        hints=(
            Hint(title="Set stride to 1", set_parameter="stride", to=1),
            Hint(title="Set padding to 0", set_parameter="padding", to=0),
        ),
    )


def _convolution(axes: int, title: str) -> InferRule:
    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        spec = inputs["x"]
        if fault := filters_fault(values, spec, axes, title) or _uneven_step(values, axes):
            return fault
        if fault := border_fault(spec, _borders(values, axes), values.text("padding_mode")):
            return fault
        channels = out_channels(values, inputs)
        if values.word("padding"):
            return spec.reshaped((spec.shape[0], channels, *spec.shape[2:]))
        parts = (values.size(name, axes) for name in ("kernel_size", "stride", "padding", "dilation"))
        sizes = tuple(window_size(*each) for each in zip(spec.shape[2:], *parts, strict=True))
        fault = too_small(sizes, "The kernel", spec, "make it smaller or add padding")
        return fault or spec.reshaped((spec.shape[0], channels, *sizes))

    return infer


def _weights(axes: int) -> Callable[[Values, Specs], tuple[Weight, ...]]:
    def weights(values: Values, inputs: Specs) -> tuple[Weight, ...]:
        out, share = out_channels(values, inputs), channels_of(inputs) // groups_of(values, inputs)
        bias = (Weight("bias", (out,)),) if values.flag("bias") else ()
        return (Weight("weight", (out, share, *values.size("kernel_size", axes))), *bias)

    return weights


def _cost(axes: int) -> Callable[[Values, Specs, Specs], Dim]:
    def cost(values: Values, inputs: Specs, outputs: Specs) -> Dim:
        share = channels_of(inputs) // groups_of(values, inputs)
        return times(product(outputs["y"].shape), prod(values.size("kernel_size", axes)) * share)

    return cost


def filters(name: str, axes: int) -> Callable[[Emit], Expr]:
    """Write the constructor of a convolution."""

    def build(use: Emit) -> Expr:
        values = use.values
        padding: Value = values.word("padding") or pair(values.size("padding", axes))
        options: dict[str, tuple[Value, Value]] = {
            "stride": (pair(values.size("stride", axes)), 1),
            "padding": (padding, 0),
        }
        if "output_padding" in values.names:
            options["output_padding"] = (pair(values.size("output_padding", axes)), 0)
        options["groups"] = (groups_of(values, use.specs), 1)
        options["bias"] = (values.flag("bias"), True)
        options["dilation"] = (pair(values.size("dilation", axes)), 1)
        if "padding_mode" in values.names:
            options["padding_mode"] = (values.text("padding_mode"), "zeros")
        kernel, channels = pair(values.size("kernel_size", axes)), channels_of(use.specs)
        return module(name, channels, out_channels(values, use.specs), kernel, options=options)

    return build


def _parameters(axes: int, *, depthwise: bool) -> tuple[Param, ...]:
    return (
        _MULTIPLIER if depthwise else FILTERS,
        size_parameter("kernel_size", "Kernel size", axes, 3, 1, "Size of each filter"),
        size_parameter("stride", "Stride", axes, 1, 1, "Steps between two places of the filter"),
        SizeParam(
            name="padding",
            title="Padding",
            axes=axes,
            default=0,
            low=0,
            words=("same",),
            help="Places added at each border; 'same': as many as keep the size, with stride 1",
        ),
        ChoiceParam(
            name="padding_mode",
            title="Padding with",
            default="zeros",
            choices=MODES,
            advanced=True,
            help="What stands in the border: zeros, the inside mirrored, the edge repeated, or the other end",
        ),
        size_parameter("dilation", "Dilation", axes, 1, 1, "Distance between the elements of a filter"),
        *(() if depthwise else (GROUPS,)),
        BIAS,
    )


def _plain(axes: int, when: str, *aliases: str) -> LayerKind:
    letter = PLACES[axes][0]
    return _kind(
        f"conv{axes}d",
        f"Conv {axes}d",
        axes,
        ("convolution", *aliases),
        Help(
            what=f"Slides learned filters {'along' if axes == 1 else 'over'} {THING[axes]}; each gives one output channel.",
            formula=f"{letter}' = ⌊({letter} + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1",
            shapes=shapes(axes, "C'"),
            when=when,
            source=f"{DOCS}.Conv{axes}d.html",
        ),
    )


def _depthwise(axes: int) -> LayerKind:
    letter = PLACES[axes][0]
    return _kind(
        f"depthwise_conv{axes}d",
        f"Depthwise conv {axes}d",
        axes,
        ("channelwise", "separable", "grouped convolution"),
        Help(
            what="Gives every channel filters of its own: as many groups as channels, however many come in.",
            formula=f"{letter}' = ⌊({letter} + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1",
            shapes=shapes(axes, "(C·multiplier)"),
            when="Before a convolution of kernel size 1: together they do nearly what a full one does, at a tenth of its cost.",
            source="Howard et al.: MobileNets, 2017, arXiv:1704.04861",
        ),
        depthwise=True,
    )


def _kind(
    key: str, title: str, axes: int, aliases: tuple[str, ...], text: Help, *, depthwise: bool = False
) -> LayerKind:
    name = f"nn.Conv{axes}d"
    return LayerKind(
        key=key,
        title=title,
        family="vision",
        group="Convolution",
        aliases=aliases,
        help=text,
        stem="conv" if not depthwise else "depthwise",
        parameters=_parameters(axes, depthwise=depthwise),
        infer=_convolution(axes, title),
        sees=sliding.window(axes, channels=not depthwise),
        emit=through_module(filters(name, axes)),
        calls=(name,),
        weights=_weights(axes),
        weight_axis=0,
        multiply_adds=_cost(axes),
        worked=worked.window(axes),
    )


KINDS = (
    _plain(1, "For signals, audio and text where near neighbours belong together.", "temporal"),
    _plain(2, "For images: finds the same pattern wherever it stands.", "filter", "cnn"),
    _plain(3, "For scans and short films: finds the same pattern at any place and time.", "volumetric", "video"),
    _depthwise(1),
    _depthwise(2),
)
