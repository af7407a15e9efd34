"""Activations that gate or step: GLU and its relatives, unit step and sign. No torch in here."""

from __future__ import annotations

from engine.graph.dims import Dim, floordiv, same, times
from engine.graph.specs import TensorSpec, shape_text
from engine.layers import sight
from engine.layers.activating import DOCS, activation
from engine.layers.axes import axis_parameter
from engine.layers.emission import Expr, call, method, module
from engine.layers.kind import Code, Emit, EmitRule, Fault, Help, InferRule, LayerKind, Specs
from engine.layers.params import BoolParam, Values
from engine.layers.rules import FUNCTIONAL, axis_of, need_float, no_axis, through_module

_DIM = axis_parameter(default=-1, text="Axis that is halved; -1 is the last")
_CLIPPED = BoolParam(
    name="clipped",
    title="Clipped gradient",
    default=False,
    help="Whether no gradient flows where |x| is above 1, as in networks of one bit",
)
_STRAIGHT = '''
def _straight_through(y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Give y, with the gradient of x."""
    return y + (x - x.detach())
'''


def _halved(title: str) -> InferRule:
    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        spec, dim = inputs["x"], values.integer("dim")
        if fault := need_float(spec, title, embed=True):
            return fault
        axis = axis_of(dim, spec.rank)
        if axis is None:
            return no_axis(dim, spec)
        half: Dim = floordiv(spec.shape[axis], 2)
        if same(times(half, 2), spec.shape[axis]) is not True:
            return Fault(
                message=f"{title} halves axis {dim}: it needs an even size",
                expected="an even number",
                found=shape_text(spec),
            )
        return spec.reshaped((*spec.shape[:axis], half, *spec.shape[axis + 1 :]))

    return infer


def _gate(function: str, key: str) -> EmitRule:
    """Emit a function that gates one half of a tensor by the other."""
    helper = f'''
def _{key}(x: torch.Tensor, dim: int = -1) -> torch.Tensor:
    """Weigh the first half of an axis by the second."""
    value, gate = x.chunk(2, dim)
    return value * {function}(gate)
'''

    def emit(use: Emit) -> Code:
        dim = use.values.integer("dim")
        options = {} if dim == -1 else {"dim": dim}
        return Code(forward=call(f"_{key}", use.names["x"], **options), imports=(FUNCTIONAL,), helpers=(helper,))

    return emit


def _gated(
    key: str, title: str, name: str, text: Help, aliases: tuple[str, ...], emit: EmitRule, calls: tuple[str, ...]
) -> LayerKind:
    return LayerKind(
        key=key,
        title=title,
        family="activation",
        group="Activation",
        stem="gate",
        aliases=("activation", "gated linear unit", *aliases),
        help=text,
        parameters=(_DIM,),
        infer=_halved(title),
        sees=sight.halves,
        emit=emit,
        calls=(name, *calls),
        spaces=("networks", "training") if name.startswith("nn.") else ("networks",),
    )


def _about(what: str, formula: str, when: str, source: str) -> Help:
    return Help(what=what, formula=formula, shapes="… × 2·F → … × F", when=when, source=source)


def _through(y: Expr, use: Emit) -> Code:
    """Emit a step whose gradient is that of a straight line."""
    clipped = use.values.flag("clipped")
    like = call("F.hardtanh", use.names["x"]) if clipped else use.names["x"]
    imports = (FUNCTIONAL,) if clipped else ()
    return Code(forward=call("_straight_through", y, like), imports=imports, helpers=(_STRAIGHT,))


def _emit_step(use: Emit) -> Code:
    return _through(method(method(use.names["x"], "ge", 0), "to", use.names["x"]), use)


def _emit_sign(use: Emit) -> Code:
    return _through(method(use.names["x"], "sign"), use)


def _step(
    key: str, title: str, text: Help, aliases: tuple[str, ...], low: float, emit: EmitRule, *verbs: str
) -> LayerKind:
    return activation(
        key,
        title,
        "",
        text,
        aliases,
        (_CLIPPED,),
        (low, 1.0),
        emit=emit,
        calls=(*verbs, ".detach", "F.hardtanh"),
    )


_SHAZEER = "Shazeer: GLU Variants Improve Transformer, 2020, arXiv:2002.05202"
_BENGIO = "Bengio, Léonard, Courville, 2013, arXiv:1308.3432"

KINDS = (
    _gated(
        "glu",
        "GLU",
        "nn.GLU",
        _about(
            "Halves an axis and weighs the first half by the sigmoid of the second.",
            "y = a · σ(b)",
            "After a linear layer or convolution with twice the outputs, as in gated convolutional networks.",
            f"Dauphin et al., 2017, arXiv:1612.08083; {DOCS}.GLU.html",
        ),
        ("gate",),
        through_module(lambda use: module("nn.GLU", options={"dim": (use.values.integer("dim"), -1)})),
        (),
    ),
    _gated(
        "swiglu",
        "SwiGLU",
        "F.silu",
        _about(
            "Halves an axis and weighs the first half by the SiLU of the second.",
            "y = a · b · σ(b)",
            "Between the two linear layers of a transformer block, the first with twice the outputs.",
            _SHAZEER,
        ),
        ("swish", "llama"),
        _gate("F.silu", "swiglu"),
        (".chunk",),
    ),
    _gated(
        "geglu",
        "GeGLU",
        "F.gelu",
        _about(
            "Halves an axis and weighs the first half by the GELU of the second.",
            "y = a · b · Φ(b)",
            "Between the two linear layers of a transformer block, the first with twice the outputs.",
            _SHAZEER,
        ),
        ("gelu",),
        _gate("F.gelu", "geglu"),
        (".chunk",),
    ),
    _step(
        "unit_step",
        "Unit step",
        Help(
            what="1 where a number is not negative, else 0; the gradient passes straight through.",
            formula="y = 1 for x ≥ 0, else 0; ∂y/∂x = 1",
            shapes="any → the same",
            when="For switches that learn, and for spikes.",
            source=f"{_BENGIO}; https://docs.pytorch.org/docs/stable/generated/torch.heaviside.html",
        ),
        ("heaviside", "binary", "straight-through", "spike"),
        0.0,
        _emit_step,
        ".ge",
        ".to",
    ),
    _step(
        "sign",
        "Sign",
        Help(
            what="−1, 0 or 1 by the sign of a number; the gradient passes straight through.",
            formula="y = sign x; ∂y/∂x = 1",
            shapes="any → the same",
            when="For weights and codes of one bit.",
            source=f"{_BENGIO}; https://docs.pytorch.org/docs/stable/generated/torch.sign.html",
        ),
        ("binarise", "straight-through"),
        -1.0,
        _emit_sign,
        ".sign",
    ),
)
