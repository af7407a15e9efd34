"""Images of another size: upsampling, pixel shuffle and its inverse, channel shuffle. No torch in here."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import floor
from typing import Final

from engine.graph.dims import Dim, floordiv, same, times
from engine.graph.specs import TensorSpec, shape_text
from engine.graph.types import Value
from engine.layers import sight, sliding, worked
from engine.layers.emission import Expr, call, module, pair
from engine.layers.kind import Emit, EmitRule, Fault, Help, Hint, InferRule, LayerKind, Specs, WorkedRule
from engine.layers.params import BoolParam, ChoiceParam, FloatParam, IntParam, Param, SizeParam, Values
from engine.layers.rules import need_float, need_rank, through_module, too_small
from engine.layers.sight import Sight
from engine.layers.windows import DOCS, LAYOUT, THING, shapes

_MODES: Final = {
    1: ("nearest", "nearest-exact", "linear"),
    2: ("nearest", "nearest-exact", "bilinear", "bicubic"),
    3: ("nearest", "nearest-exact", "trilinear"),
}
_FINEST: Final = 64
"""Largest denominator of a factor that sizes which are not known yet can be multiplied with."""


def _scaled(size: Dim, factor: float) -> Dim | None:
    """Give the size times the factor, rounded down as torch does; None when the size is not known and it is uneven."""
    if isinstance(size, int):
        return floor(size * factor)
    exact = Fraction(factor)
    if exact.denominator > _FINEST:
        return None
    return floordiv(times(size, exact.numerator), exact.denominator)


def _upsample(axes: int, title: str) -> InferRule:
    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        spec, wanted, factor = inputs["x"], values.size("size", axes), values.real("scale_factor")
        if fault := need_rank(spec, axes + 2, title, LAYOUT[axes]):
            return fault
        if any(wanted) and not all(wanted):
            return Fault(
                message=f"{title} needs a size for every axis, or none",
                expected=f"{axes} sizes, or 0",
                found=" × ".join(map(str, wanted)),
                code="parameter",
                hints=(Hint(title="Use the factor", set_parameter="size", to=0),),
            )
        sizes = wanted if all(wanted) else tuple(_scaled(size, factor) for size in spec.shape[2:])
        known = tuple(size for size in sizes if size is not None)
        if len(known) < axes:
            return Fault(
                message=f"{title} by {factor:g} needs sizes that are known",
                expected="whole numbers",
                found=shape_text(spec),
                hints=(Hint(title="Scale by 2", set_parameter="scale_factor", to=2.0),),
            )
        fault = too_small(known, "The step from one place to the next", spec, "make the factor larger")
        return fault or spec.reshaped((*spec.shape[:2], *known))

    return infer


def _emit_upsample(axes: int) -> EmitRule:
    def build(use: Emit) -> Expr:
        values, mode = use.values, use.values.text("mode")
        wanted, factor = values.size("size", axes), values.real("scale_factor")
        given: dict[str, Value] = {"size": pair(wanted)} if all(wanted) else {"scale_factor": _plain(factor)}
        options: dict[str, tuple[Value, Value]] = {
            "mode": (mode, "nearest"),
            "align_corners": (values.flag("align_corners") and not mode.startswith("nearest"), False),
        }
        changed = {key: value for key, (value, default) in options.items() if value != default}
        return call("nn.Upsample", **given, **changed)

    return through_module(build)


def _plain(factor: float) -> int | float:
    return int(factor) if factor.is_integer() else factor


def _upsample_kind(axes: int) -> LayerKind:
    title = f"Upsample {axes}d"
    best = _MODES[axes][2]
    return LayerKind(
        key=f"upsample{axes}d",
        title=title,
        family="vision",
        group="Resizing",
        aliases=("resize", "interpolate", "scale", *(mode for mode in _MODES[axes][2:])),
        help=Help(
            what=f"Makes {THING[axes]} larger or smaller, by repeating the nearest number or by interpolation.",
            formula="size' = size, or ⌊size · factor⌋",
            shapes=shapes(axes),
            when="In decoders and pyramids, before a convolution: no checkerboards, unlike transposed convolutions.",
            source=f"{DOCS}.Upsample.html",
        ),
        stem="upsample",
        parameters=_upsample_parameters(axes, best),
        infer=_upsample(axes, title),
        sees=sliding.resized(axes),
        emit=_emit_upsample(axes),
        calls=("nn.Upsample",),
        worked=worked.scaled(axes),
    )


def _upsample_parameters(axes: int, best: str) -> tuple[Param, ...]:
    return (
        FloatParam(
            name="scale_factor",
            title="Factor",
            default=2.0,
            low=0.0,
            open_low=True,
            high=1024.0,
            help="How many times as large; counts where no size is given",
        ),
        SizeParam(
            name="size",
            title="Size",
            axes=axes,
            default=0,
            low=0,
            zero="by the factor",
            help="Size that comes out, whatever comes in; 0: by the factor",
        ),
        ChoiceParam(
            name="mode",
            title="Mode",
            default="nearest",
            choices=_MODES[axes],
            help=f"How numbers in between are found: {best} is smooth; nearest-exact rounds places as image libraries do",
        ),
        BoolParam(
            name="align_corners",
            title="Align corners",
            default=False,
            help="Whether the outermost numbers stay where they are; for smooth modes",
            advanced=True,
        ),
    )


def _shuffle(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec, factor = inputs["x"], values.integer("upscale_factor")
    if fault := need_rank(spec, 4, "Pixel shuffle", LAYOUT[2]):
        return fault
    batch, channels, *places = spec.shape
    if not isinstance(channels, int) or channels % factor**2:
        return Fault(
            message=f"Pixel shuffle by {factor} needs {factor**2} channels for each one that comes out",
            expected=f"channels divisible by {factor**2}",
            found=shape_text(spec),
        )
    return spec.reshaped((batch, channels // factor**2, *(times(size, factor) for size in places)))


def _unshuffle(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec, factor = inputs["x"], values.integer("downscale_factor")
    if fault := need_rank(spec, 4, "Pixel unshuffle", LAYOUT[2]):
        return fault
    smaller = tuple(floordiv(size, factor) for size in spec.shape[2:])
    if not all(same(times(part, factor), size) for part, size in zip(smaller, spec.shape[2:], strict=True)):
        return Fault(
            message=f"Pixel unshuffle by {factor} needs a height and width that {factor} divides",
            expected=f"multiples of {factor}",
            found=shape_text(spec),
        )
    return spec.reshaped((spec.shape[0], times(spec.shape[1], factor**2), *smaller))


def _channel_shuffle(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec, groups = inputs["x"], values.integer("groups")
    if fault := need_float(spec, "Channel shuffle"):
        return fault
    channels = spec.shape[1] if spec.rank > 2 else 0
    if isinstance(channels, int) and channels and channels % groups == 0:
        return spec.reshaped(spec.shape)
    return Fault(
        message=f"Channel shuffle needs channels that {groups} groups divide, and places behind them",
        expected=f"B × C × …, C divisible by {groups}",
        found=shape_text(spec),
    )


def _factor(name: str, text: str) -> IntParam:
    return IntParam(name=name, title="Factor", default=2, low=1, high=64, help=text)


def _moving(
    key: str,
    title: str,
    name: str,
    texts: tuple[str, str, str],
    source: str,
    parameter: IntParam,
    infer: InferRule,
    sees: Sight,
    *aliases: str,
    rule: WorkedRule | None = None,
) -> LayerKind:
    """Declare a kind that moves numbers between channels and places; `texts`: what it does, its shapes, when it serves."""
    what, layout, when = texts
    build: Callable[[Emit], Expr] = lambda use: module(name, use.values.integer(parameter.name))  # noqa: E731
    return LayerKind(
        key=key,
        title=title,
        family="vision",
        group="Resizing",
        aliases=aliases,
        help=Help(what=what, shapes=layout, when=when, source=f"{source}; {DOCS}.{name.removeprefix('nn.')}.html"),
        stem="shuffle",
        parameters=(parameter,),
        infer=infer,
        sees=sees,
        emit=through_module(build),
        traits=("keeps_values",),
        calls=(name,),
        worked=rule,
    )


KINDS = (
    *(_upsample_kind(axes) for axes in (1, 2, 3)),
    _moving(
        "pixel_shuffle",
        "Pixel shuffle",
        "nn.PixelShuffle",
        (
            "Lays channels out as pixels: an image r times as large with r² times fewer channels.",
            "B × C·r² × H × W → B × C × r·H × r·W",
            "At the end of super-resolution networks, behind a convolution that gives r² times the channels.",
        ),
        "Shi et al., 2016, arXiv:1609.05158",
        _factor("upscale_factor", "How many times as high and wide"),
        _shuffle,
        sliding.shuffled,
        "depth to space",
        "sub-pixel convolution",
        "upscale",
        rule=worked.rescaled("upscale_factor", "·"),
    ),
    _moving(
        "pixel_unshuffle",
        "Pixel unshuffle",
        "nn.PixelUnshuffle",
        (
            "Lays pixels out as channels: an image r times smaller with r² times the channels.",
            "B × C × r·H × r·W → B × C·r² × H × W",
            "To make images smaller without losing anything.",
        ),
        "Shi et al., 2016, arXiv:1609.05158",
        _factor("downscale_factor", "How many times less high and wide"),
        _unshuffle,
        sliding.unshuffled,
        "space to depth",
        "downscale",
        rule=worked.rescaled("downscale_factor", "/"),
    ),
    _moving(
        "channel_shuffle",
        "Channel shuffle",
        "nn.ChannelShuffle",
        (
            "Deals channels out anew, one of each group in turn.",
            "B × C × … → the same",
            "Between grouped convolutions, so that groups learn of each other.",
        ),
        "Zhang et al.: ShuffleNet, 2017, arXiv:1707.01083",
        IntParam(name="groups", title="Groups", default=2, low=1, high=2**16, help="Parts that the channels stand in"),
        _channel_shuffle,
        sight.shifted_channels,
        "shufflenet",
        "groups",
    ),
)
