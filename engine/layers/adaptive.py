"""Pooling to a fixed size: adaptive pools, the pyramid and the mean over all places. No torch in here."""

from __future__ import annotations

from collections.abc import Callable

from engine.graph.dims import Dim, floordiv, minus, plus, times
from engine.graph.specs import TensorSpec, shape_text
from engine.graph.types import Value
from engine.layers import sight, sliding, worked
from engine.layers.emission import Expr, call, method, module, pair, sequence
from engine.layers.kind import Code, Emit, Fault, Help, InferRule, LayerKind, Specs
from engine.layers.params import ChoiceParam, IntsParam, SizeParam, Values
from engine.layers.rules import FUNCTIONAL, need_float, need_rank, size_of, through_module
from engine.layers.windows import DOCS, LAYOUT, PLACES, THING

_REDUCE = {"max": "torch.amax", "average": "torch.mean"}


def _adaptive(axes: int, title: str) -> InferRule:
    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        spec = inputs["x"]
        fault = need_rank(spec, axes + 2, title, LAYOUT[axes])
        return fault or spec.reshaped((*spec.shape[:2], *values.size("output_size", axes)))

    return infer


def _adaptive_emit(name: str, axes: int, by: str) -> Callable[[Emit], Code]:
    plain = through_module(lambda use: module(name, pair(use.values.size("output_size", axes))))

    def emit(use: Emit) -> Code:
        bins = use.values.size("output_size", axes)
        if use.variant == "export" and _uneven(use.specs["x"], bins):
            return Code(forward=_bins(use.names["x"], use, bins, by))
        return plain(use)

    return emit


def _uneven(spec: TensorSpec, bins: tuple[int, ...]) -> bool:
    """Whether bins are, or may be, of unequal size."""
    pairs = zip(spec.shape[2:], bins, strict=True)
    return any(not isinstance(size, int) or size % count for size, count in pairs)


def _bins(x: Expr, use: Emit, bins: tuple[int, ...], by: str, axis: int = 0) -> Expr:
    """Write what stands in each bin by itself: the exporter has no operator for bins of unequal size."""
    spec = use.specs["x"]
    if axis == len(bins):
        return call(_REDUCE[by], x, dim=tuple(range(2, spec.rank)))
    parts: list[Expr | Value] = []
    for index in range(bins[axis]):
        start, end = _span(spec.shape[2 + axis], index, bins[axis])
        cut = method(x, "narrow", 2 + axis, size_of(start, use), size_of(minus(end, start), use))
        parts.append(_bins(cut if bins[axis] > 1 else x, use, bins, by, axis + 1))
    return call("torch.stack", sequence(tuple(parts)), dim=2)


def _span(size: Dim, index: int, count: int) -> tuple[Dim, Dim]:
    """Give where a bin starts, rounded down, and where it ends, rounded up."""
    end = floordiv(plus(times(index + 1, size), count - 1), count)
    return floordiv(times(index, size), count), end


def _global(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec = inputs["x"]
    if spec.rank < 3:
        return Fault(
            message="Global average pool needs an image or sequence (B × C × …)",
            expected="B × C × H × W",
            found=shape_text(spec),
        )
    return need_float(spec, "Global average pool") or spec.reshaped(spec.shape[:2])


def _emit_global(use: Emit) -> Code:
    axes = tuple(range(2, use.specs["x"].rank))
    return Code(forward=method(use.names["x"], "mean", dim=pair(axes) if len(axes) == 1 else axes))


def _pyramid(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec = inputs["x"]
    bins = sum(level**2 for level in values.ints("levels"))
    fault = need_rank(spec, 4, "Spatial pyramid pool", LAYOUT[2])
    return fault or spec.reshaped((spec.shape[0], times(spec.shape[1], bins)))


def _emit_pyramid(use: Emit) -> Code:
    x, spec, by = use.names["x"], use.specs["x"], use.values.text("mode")
    function = {"max": "F.adaptive_max_pool2d", "average": "F.adaptive_avg_pool2d"}[by]
    parts = []
    for level in use.values.ints("levels"):
        split = use.variant == "export" and _uneven(spec, (level, level))
        pooled = _bins(x, use, (level, level), by) if split else call(function, x, level)
        parts.append(method(pooled, "flatten", 1))
    return Code(forward=call("torch.cat", sequence(tuple(parts)), dim=1), imports=(FUNCTIONAL,))


def _adaptive_kind(axes: int, by: str) -> LayerKind:
    title = f"Adaptive {by} pool {axes}d"
    short, what = ("Avg", "mean") if by == "average" else ("Max", "largest value")
    name = f"nn.Adaptive{short}Pool{axes}d"
    bins, letter = " × ".join("nmk"[:axes]), PLACES[axes][0]
    return LayerKind(
        key=f"adaptive_{short.lower()}_pool{axes}d",
        title=title,
        family="vision",
        group="Pooling",
        aliases=("resize", "fixed size", "spatial"),
        help=Help(
            what=f"Divides the {THING[axes].split()[1]} into a fixed number of bins and takes the {what} of each.",
            formula=f"bin i covers rows ⌊i·{letter}/n⌋ to ⌈(i+1)·{letter}/n⌉",
            shapes=f"B × C × {' × '.join(PLACES[axes])} → B × C × {bins}",
            when=f"Before a linear layer, so that {THING[axes].split()[1]}s of any size fit.",
            source=f"{DOCS}.{name.removeprefix('nn.')}.html",
        ),
        stem="pool",
        parameters=(
            SizeParam(
                name="output_size", title="Output size", axes=axes, default=1, help="Number of bins along each axis"
            ),
        ),
        infer=_adaptive(axes, title),
        sees=sliding.bins(axes),
        emit=_adaptive_emit(name, axes, by),
        calls=(name, _REDUCE[by], "torch.stack", ".narrow"),
    )


KINDS = (
    *(_adaptive_kind(axes, "average") for axes in (1, 2, 3)),
    *(_adaptive_kind(axes, "max") for axes in (1, 2, 3)),
    LayerKind(
        key="spatial_pyramid_pool",
        title="Spatial pyramid pool",
        family="vision",
        group="Pooling",
        aliases=("spp", "multi-scale", "fixed size"),
        help=Help(
            what="Pools an image into grids of several sizes and joins them: a vector of fixed length for images of any size.",
            formula="length = C · Σ n²",
            shapes="B × C × H × W → B × C·Σn²",
            when="Before a linear layer, where a single mean loses too much of where things stand.",
            source="He et al.: Spatial Pyramid Pooling, 2014, arXiv:1406.4729",
        ),
        stem="pool",
        parameters=(
            IntsParam(name="levels", title="Levels", default=(1, 2, 4), low=1, high=64, help="Bins along each axis"),
            ChoiceParam(
                name="mode",
                title="Takes",
                default="max",
                choices=("max", "average"),
                help="Whether the largest value or the mean of each bin comes out",
            ),
        ),
        sees=sight.whole,
        infer=_pyramid,
        emit=_emit_pyramid,
        calls=(
            "F.adaptive_max_pool2d",
            "F.adaptive_avg_pool2d",
            "torch.cat",
            ".flatten",
            *_REDUCE.values(),
            "torch.stack",
            ".narrow",
        ),
    ),
    LayerKind(
        key="global_avg_pool",
        title="Global average pool",
        family="vision",
        group="Pooling",
        aliases=("gap", "mean over space"),
        help=Help(
            what="Takes the mean of each channel over all places.",
            formula="y[c] = mean over places of x[c]",
            shapes="B × C × … → B × C",
            when="Between the last convolution and the classifier, instead of flatten.",
            source="Lin, Chen, Yan: Network In Network, 2013, arXiv:1312.4400",
        ),
        stem="pool",
        sees=sight.of_places,
        infer=_global,
        emit=_emit_global,
        worked=worked.averaged,
        calls=(".mean",),
    ),
)
