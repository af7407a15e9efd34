"""Arithmetic of two tensors beyond sums and products: quotient and cosine. No torch in here; the formulas are torch's."""

from __future__ import annotations

from engine.graph.dims import same
from engine.graph.specs import TensorSpec, shape_text
from engine.layers import sight
from engine.layers.arithmetic import broadcast
from engine.layers.emission import call, infix
from engine.layers.kind import Code, Emit, Fault, Help, LayerKind, Port, Specs
from engine.layers.params import IntParam, Values
from engine.layers.rules import FUNCTIONAL, axis_of, need_float, no_axis

_DOCS = "https://docs.pytorch.org/docs/stable/generated/torch"
_DIVIDED = (Port("a"), Port("b", low=0.0, help="Numbers other than 0"))
_PAIR = (Port("a"), Port("b"))
_DIM = IntParam(name="dim", title="Axis", default=1, low=-8, high=7, help="Axis along which the vectors stand")


def _reals(title: str, inputs: Specs) -> Fault | None:
    """Find fault with an input that holds no real numbers."""
    faults = (need_float(spec, title, port) for port, spec in inputs.items())
    return next(filter(None, faults), None)


def _unlike(title: str, inputs: Specs) -> Fault | None:
    """Find fault with two inputs of different shapes or types."""
    (_, first), (port, second) = inputs.items()
    equal = first.rank == second.rank and all(same(a, b) for a, b in zip(first.shape, second.shape, strict=True))
    if equal and first.dtype == second.dtype:
        return None
    return Fault(
        message=f"{title} needs two tensors of the same shape",
        expected=f"{shape_text(first)} {first.dtype}",
        found=f"{shape_text(second)} {second.dtype}",
        port=port,
    )


def _divide(values: Values, inputs: Specs) -> TensorSpec | Fault:
    a, b = inputs["a"], inputs["b"]
    if fault := _reals("Divide", inputs):
        return fault
    shape = broadcast(a.shape, b.shape)
    if shape is not None and a.dtype == b.dtype:
        return a.reshaped(shape)
    return Fault(
        message="Divide needs inputs of the same shape, or sizes of 1 to repeat",
        expected=f"{shape_text(a)} {a.dtype}",
        found=f"{shape_text(b)} {b.dtype}",
        port="b",
    )


def _cosine(values: Values, inputs: Specs) -> TensorSpec | Fault:
    a, dim = inputs["a"], values.integer("dim")
    if fault := _reals("Cosine similarity", inputs) or _unlike("Cosine similarity", inputs):
        return fault
    axis = axis_of(dim, a.rank)
    return no_axis(dim, a, "a") if axis is None else a.reshaped((*a.shape[:axis], *a.shape[axis + 1 :]))


def _emit_cosine(use: Emit) -> Code:
    forward = call("F.cosine_similarity", use.names["a"], use.names["b"], dim=use.values.integer("dim"))
    return Code(forward=forward, imports=(FUNCTIONAL,))


KINDS = (
    LayerKind(
        key="divide",
        title="Divide",
        family="data",
        group="Arithmetic",
        aliases=("quotient", "ratio", "normalise"),
        help=Help(
            what="Divides a by b, element by element; sizes of 1 are repeated. Nothing may be divided by 0.",
            formula="y = a / b",
            shapes="same shapes → the same",
            when="For ratios, and to scale by what a network gives.",
            source=f"{_DOCS}.div.html",
        ),
        inputs=_DIVIDED,
        sees=sight.point,
        infer=_divide,
        emit=lambda use: Code(forward=infix(use.names["a"], "/", use.names["b"])),
        spaces=("networks", "training"),
    ),
    LayerKind(
        key="cosine_similarity",
        title="Cosine similarity",
        family="data",
        group="Arithmetic",
        aliases=("cos", "angle"),
        help=Help(
            what="How far two vectors point the same way: 1 the same, −1 opposite.",
            formula="y = a · b / (|a| |b|)",
            shapes="B × F, B × F → B",
            when="To compare embeddings.",
            source=f"{_DOCS}.nn.functional.cosine_similarity.html",
        ),
        inputs=_PAIR,
        parameters=(_DIM,),
        sees=sight.of_axis,
        infer=_cosine,
        emit=_emit_cosine,
        calls=("F.cosine_similarity",),
        spaces=("networks", "training"),
    ),
)
