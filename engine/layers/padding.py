"""Borders and patches: padding along one to three axes, unfold and fold. No torch in here; the formulas are torch's."""

from __future__ import annotations

from math import prod

from engine.graph.dims import Dim, plus, product, same, times
from engine.graph.specs import TensorSpec, shape_text
from engine.graph.types import Value
from engine.layers import sliding, worked
from engine.layers.emission import Expr, call, module, pair
from engine.layers.kind import Code, Emit, EmitRule, Fault, Help, InferRule, LayerKind, Specs
from engine.layers.params import ChoiceParam, FloatParam, Param, SizeParam, Values
from engine.layers.rules import FUNCTIONAL, need_rank, through_module, too_small, window_size
from engine.layers.windows import DOCS, LAYOUT, PLACES, THING, border_fault, size_parameter

_SIDES = {1: "left, right", 2: "left, right, top, bottom", 3: "left, right, top, bottom, front, back"}
_WINDOW = ("kernel_size", "stride", "padding", "dilation")


def _borders(values: Values, axes: int) -> list[tuple[int, int]]:
    """Give the places before and behind each axis; the sizes name the last axis first."""
    sizes = values.size("padding", 2 * axes)
    return [(sizes[2 * index], sizes[2 * index + 1]) for index in reversed(range(axes))]


def _padded(axes: int, title: str) -> InferRule:
    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        spec, borders = inputs["x"], _borders(values, axes)
        fault = need_rank(spec, axes + 2, title, LAYOUT[axes])
        if fault := fault or border_fault(spec, borders, values.text("mode"), "mode", "constant"):
            return fault
        sizes = (plus(size, sum(border)) for size, border in zip(spec.shape[2:], borders, strict=True))
        return spec.reshaped((*spec.shape[:2], *sizes))

    return infer


def _emit_pad(axes: int) -> EmitRule:
    def emit(use: Emit) -> Code:
        mode, value = use.values.text("mode"), use.values.real("value")
        options: dict[str, Value] = {} if mode == "constant" else {"mode": mode}
        if mode == "constant" and value:
            options["value"] = value
        forward = call("F.pad", use.names["x"], use.values.size("padding", 2 * axes), **options)
        return Code(forward=forward, imports=(FUNCTIONAL,))

    return emit


def _pad_kind(axes: int) -> LayerKind:
    title = f"Pad {axes}d"
    return LayerKind(
        key=f"pad{axes}d",
        title=title,
        family="vision",
        group="Shape",
        aliases=("border", "zero padding", "reflection", "replication", "circular", "margin"),
        help=Help(
            what=f"Puts a border around {THING[axes]}: a constant, the inside mirrored, the edge repeated, or the other end.",
            formula=f"{PLACES[axes][0]}' = before + {PLACES[axes][0]} + behind",
            shapes=f"B × C × {' × '.join(PLACES[axes])} → the same, larger",
            when="For borders that the padding of a convolution cannot say: other sides, other values.",
            source=f"{DOCS}.functional.pad.html",
        ),
        parameters=(
            SizeParam(
                name="padding", title="Padding", axes=2 * axes, default=1, low=0, help=f"Places added: {_SIDES[axes]}"
            ),
            ChoiceParam(
                name="mode",
                title="Padding with",
                default="constant",
                choices=("constant", "reflect", "replicate", "circular"),
                help="What stands in the border: a constant, the inside mirrored, the edge repeated, or the other end",
            ),
            FloatParam(
                name="value", title="Constant", default=0.0, low=-1e12, high=1e12, help="What a constant border holds"
            ),
        ),
        infer=_padded(axes, title),
        sees=sliding.bordered(axes),
        emit=_emit_pad(axes),
        calls=("F.pad",),
        worked=worked.bordered(axes),
        spaces=("networks", "training"),
    )


def _places(values: Values, sizes: tuple[Dim, ...]) -> tuple[Dim, ...]:
    """Count the windows along each axis."""
    parts = (values.size(name, 2) for name in _WINDOW)
    return tuple(window_size(*each) for each in zip(sizes, *parts, strict=True))


def _unfold(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec = inputs["x"]
    if fault := need_rank(spec, 4, "Unfold", LAYOUT[2]):
        return fault
    places = _places(values, spec.shape[2:])
    fault = too_small(places, "The window", spec, "make it smaller or add padding")
    numbers = times(spec.shape[1], prod(values.size("kernel_size", 2)))
    return fault or spec.reshaped((spec.shape[0], numbers, product(places)))


def _fold(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec = inputs["x"]
    if fault := need_rank(spec, 3, "Fold", "patches (B × C·kernel × L)"):
        return fault
    sizes, window = values.size("output_size", 2), prod(values.size("kernel_size", 2))
    places = _places(values, sizes)
    if fault := too_small(places, "The window", spec, "make it smaller, or the image larger"):
        return fault
    numbers = spec.shape[1]
    if not isinstance(numbers, int) or numbers % window or same(product(places), spec.shape[2]) is not True:
        return Fault(
            message=f"An image of {sizes[0]} × {sizes[1]} is folded from {product(places)} patches of {window} numbers a channel",
            expected=f"B × C·{window} × {product(places)}",
            found=shape_text(spec),
        )
    return spec.reshaped((spec.shape[0], numbers // window, *sizes))


def _options(use: Emit) -> dict[str, tuple[Value, Value]]:
    defaults = {"dilation": 1, "padding": 0, "stride": 1}
    return {name: (pair(use.values.size(name, 2)), default) for name, default in defaults.items()}


def _emit_unfold(use: Emit) -> Expr:
    return module("nn.Unfold", pair(use.values.size("kernel_size", 2)), options=_options(use))


def _emit_fold(use: Emit) -> Expr:
    size, kernel = use.values.size("output_size", 2), use.values.size("kernel_size", 2)
    return module("nn.Fold", pair(size), pair(kernel), options=_options(use))


def _window(stride: int) -> tuple[Param, ...]:
    return (
        size_parameter("kernel_size", "Kernel size", 2, 2, 1, "Size of each patch"),
        size_parameter("stride", "Stride", 2, stride, 1, "Steps between two patches"),
        size_parameter("padding", "Padding", 2, 0, 0, "Zeros added at each border"),
        size_parameter("dilation", "Dilation", 2, 1, 1, "Distance between the elements of a patch"),
    )


KINDS = (
    _pad_kind(1),
    _pad_kind(2),
    _pad_kind(3),
    LayerKind(
        key="unfold",
        title="Unfold",
        family="vision",
        group="Shape",
        aliases=("patches", "im2col", "sliding window"),
        help=Help(
            what="Writes every patch of an image as a column: what a convolution multiplies with its filters.",
            formula="L = number of places of the window",
            shapes="B × C × H × W → B × C·kernel × L",
            when="For patches of a vision transformer, and for local operations that torch does not have.",
            source=f"{DOCS}.Unfold.html",
        ),
        parameters=_window(1),
        sees=sliding.patches,
        infer=_unfold,
        emit=through_module(_emit_unfold),
        calls=("nn.Unfold",),
    ),
    LayerKind(
        key="fold",
        title="Fold",
        family="vision",
        group="Shape",
        aliases=("patches", "col2im", "overlap add"),
        help=Help(
            what="Puts columns back as patches of an image; where patches overlap, numbers are added.",
            formula="fold(unfold(x)) = x · number of patches at each place",
            shapes="B × C·kernel × L → B × C × H × W",
            when="After unfold, to get an image again.",
            source=f"{DOCS}.Fold.html",
        ),
        parameters=(
            size_parameter("output_size", "Output size", 2, 4, 1, "Height and width of the image"),
            *_window(2),
        ),
        infer=_fold,
        emit=through_module(_emit_fold),
        calls=("nn.Fold",),
    ),
)
