"""Choosing between numbers: types, comparisons, masks and the larger of two. No torch in here; the formulas are torch's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.graph.dims import Dim
from engine.graph.specs import DType, TensorSpec, shape_text
from engine.graph.types import Value
from engine.layers import sight
from engine.layers.arithmetic import broadcast
from engine.layers.emission import Operator, call, infix, method
from engine.layers.kind import Code, Emit, EmitRule, Fault, Help, Hint, InferRule, LayerKind, Port, Specs
from engine.layers.params import ChoiceParam, FloatParam, Param, Values
from engine.layers.rules import need_float

_DOCS: Final = "https://docs.pytorch.org/docs/stable/generated/torch"
_PAIR: Final = (Port("a"), Port("b"))
_CASTS: Final[Mapping[str, tuple[DType, str]]] = {
    "float32": ("float32", "float"),
    "int64": ("int64", "long"),
    "bool": ("bool", "bool"),
}
"""Types that can be chosen: what comes out, and what torch calls the way there."""
_TESTS: Final[Mapping[str, Operator]] = {
    "greater": ">", "greater or equal": ">=", "less": "<", "less or equal": "<=", "equal": "==", "not equal": "!=",
}  # fmt: skip
_LIMIT: Final = 1e30


def joined(title: str, inputs: Specs) -> tuple[Dim, ...] | Fault:
    """Give the shape of inputs that are combined element by element."""
    (_, first), *others = inputs.items()
    shape = first.shape
    for port, spec in others:
        both = broadcast(shape, spec.shape)
        if both is None:
            return Fault(
                message=f"{title} needs inputs of the same shape, or sizes of 1 to repeat",
                expected=shape_text(first.reshaped(shape)),
                found=shape_text(spec),
                port=port,
            )
        shape = both
    return shape


def _need_mask(spec: TensorSpec, title: str, port: str) -> Fault | None:
    """Find fault with an input that does not say yes or no."""
    if spec.dtype == "bool":
        return None
    return Fault(
        message=f"{title} needs yes or no (bool), as a comparison gives it",
        expected="bool",
        found=f"{spec.dtype} {shape_text(spec)}",
        port=port,
        code="dtype",
        hints=(Hint(title="Insert cast to bool", insert="cast", parameters={"dtype": "bool"}, port=port),),
    )


def _unlike(title: str, first: TensorSpec, second: TensorSpec, port: str) -> Fault | None:
    """Find fault with two inputs of different types."""
    if first.dtype == second.dtype:
        return None
    names = {dtype for dtype, _ in _CASTS.values()}
    cast = Hint(title=f"Insert cast to {first.dtype}", insert="cast", parameters={"dtype": first.dtype}, port=port)
    return Fault(
        message=f"{title} needs inputs of one type",
        expected=first.dtype,
        found=second.dtype,
        port=port,
        code="dtype",
        hints=(cast,) if first.dtype in names else (),
    )


def _cast(values: Values, inputs: Specs) -> TensorSpec:
    return inputs["x"].reshaped(inputs["x"].shape, _CASTS[values.text("dtype")][0])


def _compare(values: Values, inputs: Specs) -> TensorSpec | Fault:
    a = inputs["a"]
    orders = values.text("test") not in ("equal", "not equal")
    if a.dtype == "bool" and (orders or "b" not in inputs):
        return need_float(a, "Compare", "a") or a  # of yes and no, only whether they are equal can be asked
    if fault := _unlike("Compare", a, inputs.get("b", a), "b"):
        return fault
    shape = joined("Compare", inputs)
    return shape if isinstance(shape, Fault) else a.reshaped(shape, "bool")


def _emit_compare(use: Emit) -> Code:
    value = use.values.real("value")
    plain: Value = int(value) if value.is_integer() and not use.specs["a"].is_float else value
    return Code(forward=infix(use.names["a"], _TESTS[use.values.text("test")], use.names.get("b", plain)))


def _where(values: Values, inputs: Specs) -> TensorSpec | Fault:
    a = inputs["a"]
    if a.dtype == "bool":
        return need_float(a, "Where", "a") or a
    if fault := _need_mask(inputs["condition"], "Where", "condition") or _unlike("Where", a, inputs["b"], "b"):
        return fault
    shape = joined("Where", inputs)
    return shape if isinstance(shape, Fault) else a.reshaped(shape)


def _masked_fill(values: Values, inputs: Specs) -> TensorSpec | Fault:
    x, mask = inputs["x"], inputs["mask"]
    if fault := need_float(x, "Masked fill") or _need_mask(mask, "Masked fill", "mask"):
        return fault
    if broadcast(x.shape, mask.shape) == x.shape:
        return x.reshaped(x.shape)
    return Fault(
        message="Masked fill needs a mask of the shape that is filled, or with sizes of 1 to repeat",
        expected=shape_text(x),
        found=shape_text(mask),
        port="mask",
    )


def _logical(title: str) -> InferRule:
    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        faults = (_need_mask(spec, title, port) for port, spec in inputs.items())
        if fault := next(filter(None, faults), None):
            return fault
        shape = joined(title, inputs)
        return shape if isinstance(shape, Fault) else TensorSpec(shape=shape, dtype="bool")

    return infer


def _extreme(title: str) -> InferRule:
    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        a, b = inputs["a"], inputs["b"]
        if fault := need_float(a, title, "a") or _unlike(title, a, b, "b"):
            return fault
        shape = joined(title, inputs)
        return shape if isinstance(shape, Fault) else a.reshaped(shape)

    return infer


def _function(name: str) -> EmitRule:
    return lambda use: Code(forward=call(name, *use.names.values()))


def _kind(
    key: str,
    title: str,
    text: tuple[str, str, str, str],
    aliases: tuple[str, ...],
    inputs: tuple[Port, ...],
    infer: InferRule,
    emit: EmitRule,
    *,
    parameters: tuple[Param, ...] = (),
    calls: tuple[str, ...] = (),
    page: str = "",
    group: str = "Choice",
) -> LayerKind:
    """Declare a kind; `text` says what it does, its formula, its shapes and when it serves."""
    what, formula, shapes, when = text
    return LayerKind(
        key=key,
        title=title,
        family="data",
        group=group,
        aliases=aliases,
        help=Help(what=what, formula=formula, shapes=shapes, when=when, source=f"{_DOCS}.{page or key}.html"),
        inputs=inputs,
        parameters=parameters,
        infer=infer,
        sees=sight.point,
        emit=emit,
        calls=calls,
        spaces=("networks", "training"),
    )


_SAME = "same shapes → the same"

KINDS = (
    _kind(
        "cast",
        "Cast",
        (
            "Turns numbers into another type; no gradient flows through whole numbers.",
            "",
            "any → the same",
            "For masks.",
        ),
        ("dtype", "float", "long", "bool", "type"),
        (Port("x"),),
        _cast,
        lambda use: Code(forward=method(use.names["x"], _CASTS[use.values.text("dtype")][1])),
        parameters=(
            ChoiceParam(
                name="dtype",
                title="Type",
                default="float32",
                choices=tuple(_CASTS),
                help="float32 for real numbers, int64 for whole ones (the rest is cut off), bool for not 0",
            ),
        ),
        calls=tuple(f".{verb}" for _, verb in _CASTS.values()),
        page="Tensor.to",
    ),
    _kind(
        "compare",
        "Compare",
        (
            "Says where a stands in some order to b, or to a number: yes or no for each element.",
            "y = a > b",
            "same shapes → the same (bool)",
            "For masks, such as words that are padding.",
        ),
        ("greater", "less", "equal", "threshold", "gt", "lt", "eq"),
        (Port("a"), Port("b", optional=True, help="What a is compared with; the number when nothing is connected")),
        _compare,
        _emit_compare,
        parameters=(
            ChoiceParam(
                name="test", title="Test", default="greater", choices=tuple(_TESTS), help="What a has to be for a yes"
            ),
            FloatParam(
                name="value",
                title="Number",
                default=0.0,
                low=-_LIMIT,
                high=_LIMIT,
                help="What a is compared with while nothing is connected to b",
            ),
        ),
        page="gt",
    ),
    _kind(
        "where",
        "Where",
        ("Takes a where the condition holds, b elsewhere.", "y = condition ? a : b", _SAME, "To join two answers."),
        ("if", "switch", "choose"),
        (Port("condition"), Port("a"), Port("b")),
        _where,
        _function("torch.where"),
        calls=("torch.where",),
    ),
    _kind(
        "masked_fill",
        "Masked fill",
        (
            "Puts a number where the mask holds.",
            "y = mask ? value : x",
            "any, mask → the same",
            "For padding, and for what attention must not see.",
        ),
        ("mask", "attention mask"),
        (Port("x"), Port("mask")),
        _masked_fill,
        lambda use: Code(
            forward=method(use.names["x"], "masked_fill", use.names["mask"], use.values.real("value")),
        ),
        parameters=(
            FloatParam(name="value", title="Number", default=0.0, low=-_LIMIT, high=_LIMIT, help="What is put there"),
        ),
        calls=(".masked_fill",),
        page="Tensor.masked_fill",
    ),
    _kind(
        "logical_and",
        "And",
        ("Says yes where both say yes.", "y = a ∧ b", _SAME, "To join masks."),
        ("both", "logical and"),
        _PAIR,
        _logical("And"),
        _function("torch.logical_and"),
        calls=("torch.logical_and",),
    ),
    _kind(
        "logical_or",
        "Or",
        ("Says yes where one of both says yes.", "y = a ∨ b", _SAME, "To join masks."),
        ("either", "logical or"),
        _PAIR,
        _logical("Or"),
        _function("torch.logical_or"),
        calls=("torch.logical_or",),
    ),
    _kind(
        "logical_not",
        "Not",
        ("Says yes where no comes in.", "y = ¬x", "any → the same", "To turn a mask round."),
        ("invert", "logical not"),
        (Port("x"),),
        _logical("Not"),
        _function("torch.logical_not"),
        calls=("torch.logical_not",),
    ),
    _kind(
        "maximum",
        "Larger of two",
        ("Takes the larger of a and b, element by element.", "y = max(a, b)", _SAME, "For hinges and soft limits."),
        ("maximum", "max", "elementwise"),
        _PAIR,
        _extreme("Larger of two"),
        _function("torch.maximum"),
        calls=("torch.maximum",),
        group="Arithmetic",
    ),
    _kind(
        "minimum",
        "Smaller of two",
        (
            "Takes the smaller of a and b, element by element.",
            "y = min(a, b)",
            _SAME,
            "For the twin critics of agents.",
        ),
        ("minimum", "min", "elementwise"),
        _PAIR,
        _extreme("Smaller of two"),
        _function("torch.minimum"),
        calls=("torch.minimum",),
        group="Arithmetic",
    ),
)
