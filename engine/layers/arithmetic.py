"""Arithmetic on tensors: add, subtract, multiply, matmul, mean. No torch in here; the formulas are torch's."""

from __future__ import annotations

from typing import Literal

from engine.graph.dims import Dim, product, same, times
from engine.graph.specs import TensorSpec, shape_text
from engine.graph.types import Value
from engine.layers import sight
from engine.layers.emission import chained, infix, method
from engine.layers.kind import Code, Emit, EmitRule, Fault, Help, InferRule, LayerKind, Port, PortRule, Specs
from engine.layers.params import BoolParam, FloatParam, IntsParam, Param, Values
from engine.layers.rules import axis_of, need_float, no_axis
from engine.layers.shape import INPUTS, letters

_DOCS = "https://docs.pytorch.org/docs/stable/generated/torch"
_Sign = Literal["+", "-", "*"]
_PAIR = (Port("a"), Port("b"))


def broadcast(first: tuple[Dim, ...], second: tuple[Dim, ...]) -> tuple[Dim, ...] | None:
    """Give the shape of two tensors combined element by element; None when they do not fit."""
    rank = max(len(first), len(second))
    one, other = ((1,) * (rank - len(shape)) + shape for shape in (first, second))
    sizes: list[Dim] = []
    for left, right in zip(one, other, strict=True):
        if left == 1 or right == 1 or same(left, right):
            sizes.append(right if left == 1 else left)
        else:
            return None
    return tuple(sizes)


def _elementwise(title: str) -> InferRule:
    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        (first_port, first), *others = inputs.items()
        if fault := need_float(first, title, first_port):
            return fault
        shape = first.shape
        for port, spec in others:
            joined = broadcast(shape, spec.shape)
            if joined is None or spec.dtype != first.dtype:
                return Fault(
                    message=f"{title} needs inputs of the same shape, or sizes of 1 to repeat",
                    expected=f"{shape_text(first)} {first.dtype}",
                    found=f"{shape_text(spec)} {spec.dtype}",
                    port=port,
                )
            shape = joined
        return first.reshaped(shape)

    return infer


def _folded(sign: _Sign) -> EmitRule:
    def emit(use: Emit) -> Code:
        parts = tuple(use.names.values())
        forward = infix(parts[0], sign, parts[1]) if sign == "-" else chained(sign, parts)
        scale = use.values.real("scale") if "scale" in use.values.names else 1.0
        return Code(forward=forward if scale == 1.0 else infix(forward, "*", scale))

    return emit


def _matmul(values: Values, inputs: Specs) -> TensorSpec | Fault:
    a, b = inputs["a"], inputs["b"]
    for port, spec in (("a", a), ("b", b)):
        if spec.rank < 2:
            return Fault(message="Matmul needs matrices", expected="… × n × m", found=shape_text(spec), port=port)
        if fault := need_float(spec, "Matmul", port):
            return fault
    heads = broadcast(a.shape[:-2], b.shape[:-2])
    if heads is None or same(a.shape[-1], b.shape[-2]) is not True or a.dtype != b.dtype:
        return Fault(
            message="Matmul needs as many columns on the left as rows on the right",
            expected=f"… × {a.shape[-1]} × m",
            found=shape_text(b),
            port="b",
        )
    return a.reshaped((*heads, a.shape[-2], b.shape[-1]))


def _matmul_cost(values: Values, inputs: Specs, outputs: Specs) -> Dim:
    return times(product(outputs["y"].shape), inputs["a"].shape[-1])


def _mean(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec = inputs["x"]
    if fault := need_float(spec, "Mean"):
        return fault
    axes = [axis_of(dim, spec.rank) for dim in values.ints("dims")]
    if None in axes or len(set(axes)) < len(axes):
        return no_axis(values.ints("dims")[axes.index(None) if None in axes else 0], spec)
    kept: tuple[Dim, ...] = (1,) if values.flag("keepdim") else ()
    shape = [part for axis, size in enumerate(spec.shape) for part in (kept if axis in axes else (size,))]
    return spec.reshaped(tuple(shape))


def _emit_mean(use: Emit) -> Code:
    options: dict[str, Value] = {"keepdim": True} if use.values.flag("keepdim") else {}
    dims = use.values.ints("dims")
    return Code(forward=method(use.names["x"], "mean", dim=dims[0] if len(dims) == 1 else dims, **options))


def _kind(
    key: str,
    title: str,
    sign: _Sign,
    text: Help,
    aliases: tuple[str, ...],
    inputs: tuple[Port, ...] | PortRule,
    parameters: tuple[Param, ...],
) -> LayerKind:
    return LayerKind(
        key=key,
        title=title,
        family="data",
        group="Arithmetic",
        aliases=aliases,
        help=text,
        inputs=inputs,
        parameters=parameters,
        infer=_elementwise(title),
        sees=sight.point,
        emit=_folded(sign),
        spaces=("networks", "training"),
    )


_SCALE = FloatParam(
    name="scale", title="Scale", default=1.0, low=-1e12, high=1e12, help="The result is multiplied by it"
)

KINDS = (
    _kind(
        "add",
        "Add",
        "+",
        Help(
            what="Adds tensors element by element; sizes of 1 are repeated.",
            formula="y = (a + b + …) · scale",
            shapes="same shapes → the same",
            when="For skip connections, and to sum losses.",
            source=f"{_DOCS}.add.html",
        ),
        ("plus", "sum", "skip", "residual"),
        letters,
        (INPUTS, _SCALE),
    ),
    _kind(
        "subtract",
        "Subtract",
        "-",
        Help(
            what="Takes b from a, element by element; sizes of 1 are repeated.",
            formula="y = (a − b) · scale",
            shapes="same shapes → the same",
            when="For differences: errors, and losses with two sides.",
            source=f"{_DOCS}.sub.html",
        ),
        ("minus", "difference"),
        _PAIR,
        (_SCALE,),
    ),
    _kind(
        "multiply",
        "Multiply",
        "*",
        Help(
            what="Multiplies tensors element by element; sizes of 1 are repeated.",
            formula="y = a · b · … · scale",
            shapes="same shapes → the same",
            when="For gates and masks.",
            source=f"{_DOCS}.mul.html",
        ),
        ("times", "product", "gate", "hadamard"),
        letters,
        (INPUTS, _SCALE),
    ),
    LayerKind(
        key="matmul",
        title="Matmul",
        family="linear",
        group="Arithmetic",
        aliases=("matrix product", "dot", "bmm"),
        help=Help(
            what="Multiplies matrices; axes before the last two are a batch of matrices.",
            formula="y = a b",
            shapes="… × n × k, … × k × m → … × n × m",
            when="To build attention from its parts.",
            source=f"{_DOCS}.matmul.html",
        ),
        inputs=_PAIR,
        sees=sight.product,
        infer=_matmul,
        emit=lambda use: Code(forward=infix(use.names["a"], "@", use.names["b"])),
        multiply_adds=_matmul_cost,
        spaces=("networks", "training"),
    ),
    LayerKind(
        key="mean",
        title="Mean",
        family="data",
        group="Arithmetic",
        aliases=("average", "reduce"),
        help=Help(
            what="Takes the mean along axes.",
            formula="y = Σ x / n",
            shapes="B × T × F → B × F",
            when="To sum up a sequence or the places of an image.",
            source=f"{_DOCS}.mean.html",
        ),
        parameters=(
            IntsParam(name="dims", title="Axes", default=(-1,), low=-8, high=7, help="Axes that are averaged"),
            BoolParam(name="keepdim", title="Keep axes", default=False, help="Whether they stay, with size 1"),
        ),
        sees=sight.of_axes,
        infer=_mean,
        emit=_emit_mean,
        calls=(".mean",),
        spaces=("networks", "training"),
    ),
)
