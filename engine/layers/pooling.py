"""Pooling: max, average, adaptive and global. No torch in here; the formulas are torch's."""

from __future__ import annotations

from collections.abc import Callable

from engine.graph.specs import TensorSpec, shape_text
from engine.graph.types import Value
from engine.layers import worked
from engine.layers.emission import Expr, call, method, module, pair, sequence
from engine.layers.kind import Code, Emit, Fault, Help, Hint, InferRule, LayerKind, Specs
from engine.layers.params import BoolParam, Param, SizeParam, Values
from engine.layers.rules import ceil_is_certain, need_float, need_rank, through_module, too_small, window_size

_DOCS = "https://docs.pytorch.org/docs/stable/generated/torch.nn"
_LAYOUT = {1: "a sequence of vectors (B × C × L)", 2: "an image (B × C × H × W)"}


def _pool(axes: int, title: str) -> InferRule:
    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        spec = inputs["x"]
        if fault := need_rank(spec, axes + 2, title, _LAYOUT[axes]):
            return fault
        kernel, padding = values.size("kernel_size", axes), values.size("padding", axes)
        if any(2 * border > size for border, size in zip(padding, kernel, strict=True)):
            return Fault(
                message="The padding of a pool is at most half its kernel",
                expected=f"at most {min(kernel) // 2}",
                found=str(max(padding)),
                code="parameter",
                hints=(Hint(title="Set padding to 0", set_parameter="padding", to=0),),
            )
        stride = _stride(values, axes)
        dilation = values.size("dilation", axes) if "dilation" in values.names else (1,) * axes
        windows = tuple(zip(spec.shape[2:], kernel, stride, padding, dilation, strict=True))
        ceil = values.flag("ceil_mode")
        if ceil and not all(ceil_is_certain(*each) for each in windows):
            return Fault(
                message=f"{title} with ceil mode needs sizes that are known",
                expected="whole numbers",
                found=shape_text(spec),
                hints=(Hint(title="Turn ceil mode off", set_parameter="ceil_mode", to=False),),
            )
        sizes = tuple(window_size(*each, ceil=ceil) for each in windows)
        fault = too_small(sizes, "The window", spec, "make it smaller")
        return fault or spec.reshaped((*spec.shape[:2], *sizes))

    return infer


def _stride(values: Values, axes: int) -> tuple[int, ...]:
    stride, kernel = values.size("stride", axes), values.size("kernel_size", axes)
    return tuple(step or window for step, window in zip(stride, kernel, strict=True))


def _constructor(name: str, axes: int) -> Callable[[Emit], Expr]:
    def build(use: Emit) -> Expr:
        values = use.values
        kernel = values.size("kernel_size", axes)
        options: dict[str, tuple[Value, Value]] = {
            "stride": (pair(_stride(values, axes)), pair(kernel)),
            "padding": (pair(values.size("padding", axes)), 0),
            "ceil_mode": (values.flag("ceil_mode"), False),
        }
        if "dilation" in values.names:
            options["dilation"] = (pair(values.size("dilation", axes)), 1)
        if "count_include_pad" in values.names:
            options["count_include_pad"] = (values.flag("count_include_pad"), True)
        return module(name, pair(kernel), options=options)

    return build


def _parameters(axes: int, *, average: bool) -> tuple[Param, ...]:
    last: Param = (
        BoolParam(
            name="count_include_pad", title="Count padding", default=True, help="Whether padded zeros count in the mean"
        )
        if average
        else SizeParam(
            name="dilation", title="Dilation", axes=axes, default=1, help="Distance between the elements of a window"
        )
    )
    return (
        SizeParam(name="kernel_size", title="Kernel size", axes=axes, default=2, help="Size of the window"),
        SizeParam(
            name="stride",
            title="Stride",
            axes=axes,
            default=0,
            low=0,
            zero="as the kernel",
            help="Steps between two windows; 0: as large as the window",
        ),
        SizeParam(name="padding", title="Padding", axes=axes, default=0, low=0, help="Rows added at each border"),
        last,
        BoolParam(
            name="ceil_mode",
            title="Ceil mode",
            default=False,
            help="Whether a window that sticks out at the end counts",
        ),
    )


def _adaptive(title: str) -> InferRule:
    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        spec = inputs["x"]
        fault = need_rank(spec, 4, title, _LAYOUT[2])
        return fault or spec.reshaped((*spec.shape[:2], *values.size("output_size", 2)))

    return infer


def _adaptive_emit(name: str) -> Callable[[Emit], Code]:
    plain = through_module(lambda use: module(name, pair(use.values.size("output_size", 2))))

    def emit(use: Emit) -> Code:
        if name == "nn.AdaptiveMaxPool2d" and use.variant == "export" and _uneven(use):
            return Code(forward=_bins(use))
        return plain(use)

    return emit


def _uneven(use: Emit) -> bool:
    """Whether bins are of unequal size, and known: where a size is not, torch itself has the last word."""
    sizes = use.specs["x"].shape[2:]
    known = [size for size in sizes if isinstance(size, int)]
    bins = use.values.size("output_size", 2)
    return len(known) == len(sizes) and any(size % count for size, count in zip(known, bins, strict=True))


def _bins(use: Emit) -> Expr:
    """Write the maximum of each bin by itself: the exporter has no operator for bins of unequal size."""
    x = use.names["x"]
    (height, width), (rows, columns) = use.specs["x"].shape[2:], use.values.size("output_size", 2)
    assert isinstance(height, int)
    assert isinstance(width, int)
    lines = []
    for row in range(rows):
        cells = []
        for column in range(columns):
            part = _slice(_slice(x, 2, row, rows, height), 3, column, columns, width)
            cells.append(call("torch.amax", part, dim=(2, 3)))
        lines.append(call("torch.stack", sequence(tuple(cells)), dim=2))
    return call("torch.stack", sequence(tuple(lines)), dim=2)


def _slice(x: Expr, axis: int, index: int, bins: int, size: int) -> Expr:
    start, end = index * size // bins, -(-(index + 1) * size // bins)
    return method(x, "narrow", axis, start, end - start)


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


def _window(key: str, title: str, name: str, axes: int, *, average: bool) -> LayerKind:
    what = "mean" if average else "largest value"
    return LayerKind(
        key=key,
        title=title,
        family="vision",
        group="Pooling",
        aliases=("subsampling", "downsample", "average" if average else "maximum"),
        help=Help(
            what=f"Takes the {what} of each window, channel by channel.",
            formula="H' = ⌊(H + 2·padding − kernel) / stride⌋ + 1",
            shapes="B × C × L → B × C × L'" if axes == 1 else "B × C × H × W → B × C × H' × W'",
            when="To make what follows cheaper and less sensitive to where exactly a pattern stands.",
            source=f"{_DOCS}.{name.removeprefix('nn.')}.html",
        ),
        stem="pool",
        parameters=_parameters(axes, average=average),
        infer=_pool(axes, title),
        emit=through_module(_constructor(name, axes)),
        traits=("local",),
        calls=(name,),
        worked=worked.window(axes),
    )


def _adaptive_kind(key: str, title: str, name: str, what: str) -> LayerKind:
    return LayerKind(
        key=key,
        title=title,
        family="vision",
        group="Pooling",
        aliases=("resize", "fixed size", "spatial"),
        help=Help(
            what=f"Divides the image into a fixed number of bins and takes the {what} of each.",
            formula="bin i covers rows ⌊i·H/n⌋ to ⌈(i+1)·H/n⌉",
            shapes="B × C × H × W → B × C × n × m",
            when="Before a linear layer, so that images of any size fit.",
            source=f"{_DOCS}.{name.removeprefix('nn.')}.html",
        ),
        stem="pool",
        parameters=(
            SizeParam(
                name="output_size", title="Output size", axes=2, default=1, help="Number of bins along each axis"
            ),
        ),
        infer=_adaptive(title),
        emit=_adaptive_emit(name),
        calls=(name, "torch.amax", "torch.stack", ".narrow"),
    )


KINDS = (
    _window("max_pool1d", "Max pool 1d", "nn.MaxPool1d", 1, average=False),
    _window("max_pool2d", "Max pool 2d", "nn.MaxPool2d", 2, average=False),
    _window("avg_pool1d", "Average pool 1d", "nn.AvgPool1d", 1, average=True),
    _window("avg_pool2d", "Average pool 2d", "nn.AvgPool2d", 2, average=True),
    _adaptive_kind("adaptive_avg_pool2d", "Adaptive average pool 2d", "nn.AdaptiveAvgPool2d", "mean"),
    _adaptive_kind("adaptive_max_pool2d", "Adaptive max pool 2d", "nn.AdaptiveMaxPool2d", "largest value"),
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
        infer=_global,
        emit=_emit_global,
        worked=worked.averaged,
        calls=(".mean",),
    ),
)
