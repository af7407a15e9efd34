"""Functions of every number by itself: exp, log, square root, powers, rounding. No torch in here; formulas are torch's."""

from __future__ import annotations

from engine.graph.specs import TensorSpec
from engine.layers import sight
from engine.layers.emission import infix, method
from engine.layers.kind import Code, Emit, EmitRule, Fault, Help, LayerKind, Port, PortRule, Specs
from engine.layers.params import FloatParam, Param, Values
from engine.layers.rules import need_float, same_shape

_DOCS = "https://docs.pytorch.org/docs/stable/generated/torch"
_POSITIVE = (Port("x", low=0.0, help="Numbers above 0"),)
_X = (Port("x"),)


def _verb(verb: str) -> EmitRule:
    def emit(use: Emit) -> Code:
        return Code(forward=method(use.names["x"], verb))

    return emit


def _emit_round(use: Emit) -> Code:
    x = use.names["x"]
    rest = method(infix(method(x, "round"), "-", x), "detach")
    return Code(forward=infix(x, "+", rest))


def _emit_clamp(use: Emit) -> Code:
    low, high = use.values.real("min"), use.values.real("max")
    return Code(forward=method(use.names["x"], "clamp", low, high))


def _clamp(values: Values, inputs: Specs) -> TensorSpec | Fault:
    low, high = values.real("min"), values.real("max")
    if low > high:
        return Fault(
            message="Clamp needs a smallest value that is not above the largest",
            expected=f"at most {high:g}",
            found=f"{low:g}",
            code="parameter",
        )
    return need_float(inputs["x"], "Clamp", embed=True) or inputs["x"].reshaped(inputs["x"].shape)


def _base(values: Values) -> tuple[Port, ...]:
    """Give the port of a power: broken powers exist of positive numbers only."""
    return _X if values.real("exponent").is_integer() else _POSITIVE


def _emit_power(use: Emit) -> Code:
    return Code(forward=method(use.names["x"], "pow", use.values.real("exponent")))


def _function(
    key: str,
    title: str,
    text: tuple[str, str, str],
    aliases: tuple[str, ...] = (),
    *,
    inputs: tuple[Port, ...] | PortRule = _X,
    parameters: tuple[Param, ...] = (),
    emit: EmitRule | None = None,
    verbs: tuple[str, ...] = (),
) -> LayerKind:
    """Declare a function of one tensor, number by number; `verbs` are what torch calls it."""
    what, formula, when = text
    verb = verbs[0] if verbs else key
    return LayerKind(
        key=key,
        title=title,
        family="data",
        group="Arithmetic",
        aliases=aliases,
        help=Help(what=what, formula=formula, shapes="any → the same", when=when, source=f"{_DOCS}.{verb}.html"),
        inputs=inputs,
        parameters=parameters,
        sees=sight.point,
        infer=_clamp if key == "clamp" else same_shape(title),
        emit=emit or _verb(verb),
        calls=tuple(f".{each}" for each in verbs or (key,)),
        spaces=("networks", "training"),
    )


def _bound(name: str, title: str, default: float, text: str) -> FloatParam:
    return FloatParam(name=name, title=title, default=default, low=-1e12, high=1e12, help=text)


KINDS = (
    _function(
        "exp",
        "Exponential",
        ("Raises e to every number.", "y = eˣ", "To turn logarithms back, such as a log-variance."),
        ("exp",),
    ),
    _function(
        "log",
        "Logarithm",
        ("The natural logarithm of every number; numbers must be above 0.", "y = ln x", "For likelihoods and scales."),
        ("ln", "log"),
        inputs=_POSITIVE,
    ),
    _function(
        "sqrt",
        "Square root",
        ("The square root of every number; numbers must be above 0.", "y = √x", "For distances and deviations."),
        ("sqrt", "root"),
        inputs=_POSITIVE,
    ),
    _function(
        "power",
        "Power",
        (
            "Raises every number to an exponent; one that is not whole needs numbers above 0.",
            "y = xᵖ",
            "For squares, cubes and inverse squares.",
        ),
        ("pow", "square", "exponent"),
        inputs=_base,
        parameters=(
            FloatParam(name="exponent", title="Exponent", default=2.0, low=-8.0, high=8.0, help="The p of the formula"),
        ),
        emit=_emit_power,
        verbs=("pow",),
    ),
    _function(
        "abs",
        "Absolute value",
        ("Drops the sign of every number.", "y = |x|", "For sizes of differences."),
        ("abs", "magnitude"),
    ),
    _function(
        "negative",
        "Negative",
        ("Turns the sign of every number.", "y = −x", "To minimise what should be large."),
        ("minus", "neg", "opposite"),
        verbs=("neg",),
    ),
    _function(
        "reciprocal",
        "Reciprocal",
        ("One over every number; 0 has none.", "y = 1 / x", "To weigh by the inverse."),
        ("inverse",),
    ),
    _function("sin", "Sine", ("The sine of every number.", "y = sin x", "For positions and waves."), ("sin", "wave")),
    _function(
        "cos", "Cosine", ("The cosine of every number.", "y = cos x", "For positions and waves."), ("cos", "wave")
    ),
    _function(
        "clamp",
        "Clamp",
        (
            "Moves numbers beyond two bounds to the nearer bound; no gradient flows through those.",
            "y = min(max(x, low), high)",
            "To keep numbers in a range, e.g. a log-variance.",
        ),
        ("clip", "limit"),
        parameters=(
            _bound("min", "Smallest", 0.0, "What is smaller becomes this"),
            _bound("max", "Largest", 1.0, "What is larger becomes this"),
        ),
        emit=_emit_clamp,
    ),
    _function(
        "round",
        "Round",
        (
            "Rounds to whole numbers; the gradient passes straight through.",
            "y = round(x), ∂y/∂x = 1",
            "For quantised codes.",
        ),
        ("quantise", "straight-through"),
        emit=_emit_round,
        verbs=("round", "detach"),
    ),
)
