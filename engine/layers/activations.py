"""Activations: what stands between linear maps. No torch in here; the formulas are torch's."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from engine.graph.specs import TensorSpec
from engine.graph.types import Value
from engine.layers.emission import call, infix, module
from engine.layers.kind import Code, Emit, Fault, Help, LayerKind, Specs
from engine.layers.params import ChoiceParam, FloatParam, IntParam, Param, Values
from engine.layers.rules import FUNCTIONAL, axis_of, need_float, no_axis, same_shape, through_module

_DOCS = "https://docs.pytorch.org/docs/stable/generated/torch.nn"


def _simple(
    key: str,
    title: str,
    name: str,
    text: Help,
    aliases: tuple[str, ...] = (),
    parameters: tuple[Param, ...] = (),
    gives: tuple[float, float] | None = None,
    stem: str = "",
) -> LayerKind:
    defaults: Mapping[str, Value] = {param.name: param.default for param in parameters}

    return LayerKind(
        key=key,
        title=title,
        family="activation",
        group="Activation",
        aliases=("activation", "non-linearity", *aliases),
        help=text,
        stem=stem,
        parameters=parameters,
        infer=same_shape(title),
        emit=through_module(
            lambda use: module(
                name, options={param: (use.values.raw(param), default) for param, default in defaults.items()}
            )
        ),
        traits=("keeps_size", "local"),
        gives=gives,
        calls=(name,),
        spaces=("networks", "training"),
    )


def _softmax(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec, dim = inputs["x"], values.integer("dim")
    if fault := need_float(spec, "Softmax"):
        return fault
    return no_axis(dim, spec) if axis_of(dim, spec.rank) is None else spec.reshaped(spec.shape)


def _emit_softmax(use: Emit) -> Code:
    x, temperature = use.names["x"], use.values.real("temperature")
    scaled = x if temperature == 1.0 else infix(x, "/", temperature)
    return Code(forward=call("F.softmax", scaled, dim=use.values.integer("dim")), imports=(FUNCTIONAL,))


def _emit_log_softmax(use: Emit) -> Code:
    forward = call("F.log_softmax", use.names["x"], dim=use.values.integer("dim"))
    return Code(forward=forward, imports=(FUNCTIONAL,))


def _help(what: str, formula: str, when: str, page: str) -> Help:
    return Help(what=what, formula=formula, shapes="any → the same", when=when, source=f"{_DOCS}.{page}.html")


_DIM = IntParam(
    name="dim", title="Axis", default=-1, low=-8, high=7, help="Axis whose values are compared; -1 is the last"
)

KINDS = (
    _simple(
        "relu",
        "ReLU",
        "nn.ReLU",
        _help("Keeps positive values and sets the others to 0.", "y = max(0, x)", "The usual first choice.", "ReLU"),
        ("rectifier",),
        gives=(0.0, inf),
    ),
    _simple(
        "leaky_relu",
        "Leaky ReLU",
        "nn.LeakyReLU",
        _help(
            "Like ReLU, but lets a small part of negative values through.",
            "y = max(0, x) + slope · min(0, x)",
            "Where ReLU units die, and in discriminators.",
            "LeakyReLU",
        ),
        ("lrelu",),
        (
            FloatParam(
                name="negative_slope", title="Negative slope", default=0.01, low=0.0, high=10.0, help="Slope left of 0"
            ),
        ),
        stem="relu",
    ),
    _simple(
        "elu",
        "ELU",
        "nn.ELU",
        _help(
            "Smooth on the left, towards −α.",
            "y = x for x > 0, else α (eˣ − 1)",
            "For means nearer to 0 than ReLU's.",
            "ELU",
        ),
        ("exponential linear",),
        (
            FloatParam(
                name="alpha", title="Alpha", default=1.0, low=0.0, high=100.0, help="How far down the left side goes"
            ),
        ),
    ),
    _simple(
        "gelu",
        "GELU",
        "nn.GELU",
        _help("Weighs each value by how likely a normal one is below it.", "y = x · Φ(x)", "In transformers.", "GELU"),
        ("gaussian error linear",),
        (
            ChoiceParam(
                name="approximate",
                title="Approximation",
                default="none",
                choices=("none", "tanh"),
                help="tanh is what GPT-2 used",
            ),
        ),
    ),
    _simple(
        "silu",
        "SiLU",
        "nn.SiLU",
        _help("Weighs each value by its own sigmoid.", "y = x · σ(x)", "In modern convolutional networks.", "SiLU"),
        ("swish",),
    ),
    _simple(
        "tanh",
        "Tanh",
        "nn.Tanh",
        _help(
            "Squeezes values into −1 to 1.",
            "y = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)",
            "For outputs of images scaled to −1 … 1.",
            "Tanh",
        ),
        gives=(-1.0, 1.0),
    ),
    _simple(
        "sigmoid",
        "Sigmoid",
        "nn.Sigmoid",
        _help(
            "Squeezes values into 0 to 1.",
            "y = 1 / (1 + e⁻ˣ)",
            "For gates, and probabilities outside the loss.",
            "Sigmoid",
        ),
        ("logistic",),
        gives=(0.0, 1.0),
    ),
    _simple(
        "softplus",
        "Softplus",
        "nn.Softplus",
        _help("A smooth ReLU, always positive.", "y = log(1 + e^(βx)) / β", "For scales and variances.", "Softplus"),
        (),
        (
            FloatParam(
                name="beta", title="Beta", default=1.0, low=0.0, open_low=True, high=100.0, help="How sharp the bend is"
            ),
            FloatParam(
                name="threshold",
                title="Threshold",
                default=20.0,
                low=0.0,
                high=100.0,
                help="Above it: y = x",
                advanced=True,
            ),
        ),
        gives=(0.0, inf),
    ),
    LayerKind(
        key="softmax",
        title="Softmax",
        family="activation",
        group="Activation",
        aliases=("activation", "probabilities", "normalised exponential", "temperature"),
        help=_help(
            "Turns scores into probabilities that sum to 1 along an axis; a temperature above 1 evens them out.",
            "y_i = e^(x_i / T) / Σ e^(x_j / T)",
            "For attention and for showing probabilities; cross-entropy has it built in.",
            "Softmax",
        ),
        parameters=(
            _DIM,
            FloatParam(
                name="temperature",
                title="Temperature",
                default=1.0,
                low=0.0,
                open_low=True,
                help="Scores are divided by it",
            ),
        ),
        infer=_softmax,
        emit=_emit_softmax,
        traits=("keeps_size",),
        gives=(0.0, 1.0),
        calls=("F.softmax",),
        spaces=("networks", "training"),
    ),
    LayerKind(
        key="log_softmax",
        title="Log softmax",
        family="activation",
        group="Activation",
        aliases=("activation", "log probabilities"),
        help=_help(
            "The logarithm of softmax, computed stably.",
            "y_i = x_i − log Σ e^(x_j)",
            "Before a negative log-likelihood loss.",
            "LogSoftmax",
        ),
        parameters=(_DIM,),
        infer=_softmax,
        emit=_emit_log_softmax,
        traits=("keeps_size",),
        gives=(-inf, 0.0),
        calls=("F.log_softmax",),
        spaces=("networks", "training"),
    ),
)
