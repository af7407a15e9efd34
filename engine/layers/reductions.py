"""Reductions: one number out of many along axes, and running sums. No torch in here; the formulas are torch's."""

from __future__ import annotations

from typing import Literal

from engine.graph.dims import Dim
from engine.graph.specs import TensorSpec, shape_text
from engine.graph.types import Value
from engine.layers import sight
from engine.layers.emission import call, method
from engine.layers.kind import Code, Emit, EmitRule, Fault, Help, Hint, InferRule, LayerKind, Specs
from engine.layers.params import BoolParam, ChoiceParam, IntParam, IntsParam, Param, Values
from engine.layers.rules import axis_of, need_float, no_axis
from engine.layers.sight import Sight

_DOCS = "https://docs.pytorch.org/docs/stable/generated/torch"
_KEPT = BoolParam(name="keepdim", title="Keep axes", default=False, help="Whether they stay, with size 1")
_DIMS = IntsParam(name="dims", title="Axes", default=(-1,), low=-8, high=7, help="Axes that are taken together")
_DIM = IntParam(name="dim", title="Axis", default=-1, low=-8, high=7, help="Axis along which it is looked")
_UNBIASED = BoolParam(
    name="unbiased", title="Divide by n − 1", default=True, help="Whether the sum is divided by one less than the count"
)
_ORDER = ChoiceParam(
    name="p", title="Norm", default="2", choices=("1", "2", "inf"), help="1 adds sizes, 2 is Euclidean, inf the largest"
)


def reduced(spec: TensorSpec, dims: tuple[int, ...], *, kept: bool) -> tuple[Dim, ...] | Fault:
    """Give the shape that is left when axes are taken together."""
    axes = [axis_of(dim, spec.rank) for dim in dims]
    if None in axes or len(set(axes)) < len(axes):
        return no_axis(dims[axes.index(None) if None in axes else 0], spec)
    rest: tuple[Dim, ...] = (1,) if kept else ()
    parts = ((size,) if axis not in axes else rest for axis, size in enumerate(spec.shape))
    return tuple(size for part in parts for size in part)


def _reduction(title: str) -> InferRule:
    """Rule of a reduction of real numbers."""

    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        spec, dims = inputs["x"], values.ints("dims")
        shape = reduced(spec, dims, kept=values.flag("keepdim"))
        if isinstance(shape, Fault):
            return need_float(spec, title) or shape
        several = any(isinstance(spec.shape[dim], int) and spec.shape[dim] != 1 for dim in dims)
        if "unbiased" in values.names and values.flag("unbiased") and not several:
            return need_float(spec, title) or _too_few(title, spec)
        return need_float(spec, title) or spec.reshaped(shape)

    return infer


def _too_few(title: str, spec: TensorSpec) -> Fault:
    """Find fault with a division by n - 1 that may be one by zero."""
    return Fault(
        message=f"{title} divides by n − 1, and there may be one number only; divide by n",
        expected="an axis with at least 2 places",
        found=shape_text(spec),
        hints=(Hint(title="Divide by n", set_parameter="unbiased", to=False),),
    )


def _axes(use: Emit) -> dict[str, Value]:
    dims = use.values.ints("dims")
    kept: dict[str, Value] = {"keepdim": True} if use.values.flag("keepdim") else {}
    return {"dim": dims[0] if len(dims) == 1 else dims, **kept}


def _emit(verb: str) -> EmitRule:
    def emit(use: Emit) -> Code:
        biased = "unbiased" in use.values.names and not use.values.flag("unbiased")
        options: dict[str, Value] = {"correction": 0} if biased else {}
        return Code(forward=method(use.names["x"], verb, **_axes(use), **options))

    return emit


def _emit_norm(use: Emit) -> Code:
    order = float(use.values.text("p"))
    return Code(forward=call("torch.linalg.vector_norm", use.names["x"], order, **_axes(use)))


def _argument(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec = inputs["x"]
    shape = reduced(spec, (values.integer("dim"),), kept=values.flag("keepdim"))
    if isinstance(shape, Fault):
        return need_float(spec, "Arg-max") or shape
    return need_float(spec, "Arg-max") or spec.reshaped(shape, "int64")


def _emit_argument(verb: str) -> EmitRule:
    def emit(use: Emit) -> Code:
        kept: dict[str, Value] = {"keepdim": True} if use.values.flag("keepdim") else {}
        return Code(forward=method(use.names["x"], verb, dim=use.values.integer("dim"), **kept))

    return emit


def _running(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec, dim = inputs["x"], values.integer("dim")
    if fault := need_float(spec, "Cumulative sum"):
        return fault
    return no_axis(dim, spec) if axis_of(dim, spec.rank) is None else spec.reshaped(spec.shape)


def _kind(
    key: str,
    title: str,
    text: Help,
    function: str,
    aliases: tuple[str, ...] = (),
    *,
    parameters: tuple[Param, ...] = (_DIMS, _KEPT),
    infer: InferRule | None = None,
    sees: Sight = sight.of_axes,
    emit: EmitRule | None = None,
) -> LayerKind:
    return LayerKind(
        key=key,
        title=title,
        family="data",
        group="Reduction",
        aliases=aliases,
        help=text,
        parameters=parameters,
        infer=infer or _reduction(title),
        sees=sees,
        emit=emit or _emit(function.removeprefix(".")),
        calls=("torch.linalg", function) if function.startswith("torch.linalg.") else (function,),
        spaces=("networks", "training"),
    )


def _help(what: str, formula: str, when: str, page: str, shapes: str = "B × T × F → B × T") -> Help:
    return Help(what=what, formula=formula, shapes=shapes, when=when, source=f"{_DOCS}.{page}.html")


_Extreme = Literal["largest", "smallest"]


def _extreme(key: str, title: str, word: _Extreme, verb: str, symbol: str) -> LayerKind:
    text = _help(f"Takes the {word} number along axes.", f"y = {symbol} x", f"To keep the {word} answer.", verb)
    return _kind(key, title, text, f".{verb}", ("reduce", word))


KINDS = (
    _kind(
        "sum",
        "Sum",
        _help("Adds the numbers along axes.", "y = Σ x", "For totals, and log-likelihoods.", "sum"),
        ".sum",
        ("total", "reduce"),
    ),
    _extreme("max", "Maximum", "largest", "amax", "max"),
    _extreme("min", "Minimum", "smallest", "amin", "min"),
    _kind(
        "variance",
        "Variance",
        _help("The variance along axes.", "y = Σ (x − mean x)² / (n − 1)", "For how much numbers spread.", "var"),
        ".var",
        ("var", "spread"),
        parameters=(_DIMS, _KEPT, _UNBIASED),
    ),
    _kind(
        "standard_deviation",
        "Standard deviation",
        _help("The standard deviation along axes.", "y = √ variance", "For spread in the unit of the numbers.", "std"),
        ".std",
        ("std", "spread"),
        parameters=(_DIMS, _KEPT, _UNBIASED),
    ),
    _kind(
        "norm",
        "Norm",
        _help("The length of vectors along axes.", "y = (Σ |x|ᵖ)^(1/p)", "For distances.", "linalg.vector_norm"),
        "torch.linalg.vector_norm",
        ("length", "l2", "magnitude"),
        parameters=(_ORDER, _DIMS, _KEPT),
        emit=_emit_norm,
    ),
    _kind(
        "arg_max",
        "Arg-max",
        _help("Where the largest number stands along an axis.", "y = argmax x", "To turn scores to classes.", "argmax"),
        ".argmax",
        ("argmax", "class", "index"),
        parameters=(_DIM, _KEPT),
        infer=_argument,
        sees=sight.of_axis,
        emit=_emit_argument("argmax"),
    ),
    _kind(
        "arg_min",
        "Arg-min",
        _help("Where the smallest number stands along an axis.", "y = argmin x", "To find the nearest.", "argmin"),
        ".argmin",
        ("argmin", "nearest", "index"),
        parameters=(_DIM, _KEPT),
        infer=_argument,
        sees=sight.of_axis,
        emit=_emit_argument("argmin"),
    ),
    _kind(
        "cumulative_sum",
        "Cumulative sum",
        _help(
            "Adds up along an axis, keeping every step.",
            "yᵢ = x₁ + … + xᵢ",
            "For totals so far.",
            "cumsum",
            "any → the same",
        ),
        ".cumsum",
        ("cumsum", "running total"),
        parameters=(_DIM,),
        infer=_running,
        sees=sight.of_axis,
        emit=lambda use: Code(forward=method(use.names["x"], "cumsum", dim=use.values.integer("dim"))),
    ),
)
