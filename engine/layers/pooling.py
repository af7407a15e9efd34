"""Pooling by windows: max, average and power means along one to three axes. No torch in here; formulas are torch's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from engine.graph.dims import Dim
from engine.graph.specs import TensorSpec, shape_text
from engine.graph.types import Value
from engine.layers import sliding, worked
from engine.layers.emission import Expr, module, pair
from engine.layers.kind import (
    Emit,
    Fault,
    Help,
    Hint,
    InferRule,
    LayerKind,
    Port,
    PortRule,
    Specs,
    X,
    Y,
)
from engine.layers.params import BoolParam, FloatParam, Param, SizeParam, Values
from engine.layers.rules import ceil_is_certain, need_rank, through_module, too_small, window_size
from engine.layers.windows import DOCS, LAYOUT, PLACES, shapes, size_parameter, strides

_CEIL = BoolParam(
    name="ceil_mode", title="Ceil mode", default=False, help="Whether a window that sticks out at the end counts"
)
_COUNTED = BoolParam(
    name="count_include_pad", title="Count padding", default=True, help="Whether padded zeros count in the mean"
)
_PLACES = BoolParam(
    name="return_indices",
    title="Give indices",
    default=False,
    help="Whether the place of each largest value comes out too, for unpooling",
    advanced=True,
)


def _sizes(values: Values, name: str, axes: int, default: int) -> tuple[int, ...]:
    """Give a size along each axis, also of a parameter that the kind does not have."""
    return values.size(name, axes) if name in values.names else (default,) * axes


def padding_fault(values: Values, axes: int) -> Fault | None:
    """Find fault with a border that is wider than half a window."""
    kernel, padding = values.size("kernel_size", axes), _sizes(values, "padding", axes, 0)
    if all(2 * border <= size for border, size in zip(padding, kernel, strict=True)):
        return None
    return Fault(
        message="The padding of a pool is at most half its kernel",
        expected=f"at most {min(kernel) // 2}",
        found=str(max(padding)),
        code="parameter",
        hints=(Hint(title="Set padding to 0", set_parameter="padding", to=0),),
    )


def _windows_fault(
    title: str, spec: TensorSpec, windows: Sequence[tuple[Dim, int, int, int, int]], *, ceil: bool
) -> Fault | None:
    if any(_steps_over(size, padding, dilation) for size, _, _, padding, dilation in windows):
        return Fault(
            message=f"{title} has windows that see padding only: the dilation steps over the whole input",
            expected="a dilation that is at most as large as the input",
            found=shape_text(spec),
            hints=(Hint(title="Set dilation to 1", set_parameter="dilation", to=1),),
        )
    if ceil and not all(ceil_is_certain(*each) for each in windows):
        return Fault(
            message=f"{title} with ceil mode needs sizes that are known",
            expected="whole numbers",
            found=shape_text(spec),
            hints=(Hint(title="Turn ceil mode off", set_parameter="ceil_mode", to=False),),
        )
    return None


def _pool(axes: int, title: str) -> InferRule:
    def infer(values: Values, inputs: Specs) -> Mapping[str, TensorSpec] | TensorSpec | Fault:
        spec = inputs["x"]
        if fault := need_rank(spec, axes + 2, title, LAYOUT[axes]) or padding_fault(values, axes):
            return fault
        more = _sizes(values, "padding", axes, 0), _sizes(values, "dilation", axes, 1)
        kernel, ceil = values.size("kernel_size", axes), values.flag("ceil_mode")
        windows = tuple(zip(spec.shape[2:], kernel, strides(values, axes), *more, strict=True))
        if fault := _windows_fault(title, spec, windows, ceil=ceil):
            return fault
        sizes = tuple(window_size(*each, ceil=ceil) for each in windows)
        if axes == 3 and "dilation" not in values.names:  # here torch wants room for a whole window without padding
            sizes = tuple(size if _has_room(each[0], each[1]) else 0 for size, each in zip(sizes, windows, strict=True))
        pooled = spec.reshaped((*spec.shape[:2], *sizes))
        if fault := too_small(sizes, "The window", spec, "make it smaller"):
            return fault
        return {"y": pooled, "indices": pooled.reshaped(pooled.shape, "int64")} if _gives_places(values) else pooled

    return infer


def _steps_over(size: Dim, padding: int, dilation: int) -> bool:
    return isinstance(size, int) and padding > 0 and dilation > max(size, 1)


def _has_room(size: Dim, kernel: int) -> bool:
    return not isinstance(size, int) or size >= kernel


def _gives_places(values: Values) -> bool:
    return "return_indices" in values.names and values.flag("return_indices")


def _with_places(values: Values) -> tuple[Port, ...]:
    return (Port("y"), Port("indices")) if _gives_places(values) else Y


def constructor(name: str, axes: int) -> Callable[[Emit], Expr]:
    """Write the constructor of a pool, with the options that the kind has."""

    def build(use: Emit) -> Expr:
        values = use.values
        kernel = pair(values.size("kernel_size", axes))
        options: dict[str, tuple[Value, Value]] = {"stride": (pair(strides(values, axes)), kernel)}
        for size, default in (("padding", 0), ("dilation", 1)):
            options[size] = (pair(_sizes(values, size, axes, default)), default)
        for switch in (_CEIL, _COUNTED, _PLACES):
            if switch.name in values.names:
                options[switch.name] = (values.flag(switch.name), switch.default)
        first = (values.real("norm_type"),) if "norm_type" in values.names else ()
        return module(name, *first, kernel, options=options)

    return build


def window_parameters(axes: int) -> tuple[Param, ...]:
    """Declare the size of a window and its steps."""
    stride = SizeParam(
        name="stride",
        title="Stride",
        axes=axes,
        default=0,
        low=0,
        zero="as the kernel",
        help="Steps between two windows; 0: as large as the window",
    )
    return (size_parameter("kernel_size", "Kernel size", axes, 2, 1, "Size of the window"), stride)


def padding_parameter(axes: int) -> Param:
    """Declare the borders."""
    return size_parameter("padding", "Padding", axes, 0, 0, "Rows added at each border")


def _kind(
    key: str,
    title: str,
    name: str,
    axes: int,
    what: str,
    alias: str,
    *more: Param,
    inputs: tuple[Port, ...] | PortRule = X,
    outputs: tuple[Port, ...] | PortRule = Y,
) -> LayerKind:
    letter = PLACES[axes][0]
    border = " + 2·padding" if any(param.name == "padding" for param in more) else ""
    return LayerKind(
        key=key,
        title=title,
        family="vision",
        group="Pooling",
        aliases=("subsampling", "downsample", alias),
        help=Help(
            what=f"Takes the {what} of each window, channel by channel.",
            formula=f"{letter}' = ⌊({letter}{border} − kernel) / stride⌋ + 1",
            shapes=shapes(axes),
            when="To make what follows cheaper and less sensitive to where exactly a pattern stands.",
            source=f"{DOCS}.{name.removeprefix('nn.')}.html",
        ),
        stem="pool",
        parameters=(*window_parameters(axes), *more),
        inputs=inputs,
        outputs=outputs,
        infer=_pool(axes, title),
        sees=sliding.window(axes, channels=False),
        emit=through_module(constructor(name, axes)),
        traits=("local",),
        calls=(name,),
        worked=worked.window(axes),
    )


def _max(axes: int) -> LayerKind:
    dilation = size_parameter("dilation", "Dilation", axes, 1, 1, "Distance between the elements of a window")
    return _kind(
        f"max_pool{axes}d",
        f"Max pool {axes}d",
        f"nn.MaxPool{axes}d",
        axes,
        "largest value",
        "maximum",
        padding_parameter(axes),
        dilation,
        _CEIL,
        _PLACES,
        outputs=_with_places,
    )


def _average(axes: int) -> LayerKind:
    name = f"nn.AvgPool{axes}d"
    more = (padding_parameter(axes), _COUNTED, _CEIL)
    return _kind(f"avg_pool{axes}d", f"Average pool {axes}d", name, axes, "mean", "average", *more)


def _power(axes: int) -> LayerKind:
    exponent = FloatParam(
        name="norm_type",
        title="Power",
        default=2.0,
        low=1.0,
        high=16.0,
        help="The p of (Σ xᵖ)^(1/p): 1 gives the sum, a large one nearly the maximum",
    )
    title, name = f"Power pool {axes}d", f"nn.LPPool{axes}d"
    what = "root of the sum of powers"
    return _kind(f"lp_pool{axes}d", title, name, axes, what, "lp pooling", exponent, _CEIL, inputs=_positive)


def _positive(values: Values) -> tuple[Port, ...]:
    """Give the port of a power mean: an odd or broken power has a root for positive numbers only."""
    even = values.real("norm_type") % 2 == 0
    return X if even else (Port("x", low=0.0, help="Numbers above 0"),)


KINDS = (
    *(_max(axes) for axes in (1, 2, 3)),
    *(_average(axes) for axes in (1, 2, 3)),
    *(_power(axes) for axes in (1, 2, 3)),
)
