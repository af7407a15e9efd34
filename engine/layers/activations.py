"""Activations: what stands between linear maps. No torch in here; the formulas are torch's."""

from __future__ import annotations

from math import inf

from engine.graph.specs import TensorSpec
from engine.layers import sight
from engine.layers.activating import DIM, about, activation
from engine.layers.emission import call, infix
from engine.layers.kind import Code, Emit, Fault, InferRule, LayerKind, Specs
from engine.layers.params import ChoiceParam, FloatParam, Values
from engine.layers.rules import FUNCTIONAL, axis_of, need_float, need_rank, no_axis, through_module
from engine.layers.windows import LAYOUT


def _along(title: str) -> InferRule:
    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        spec, dim = inputs["x"], values.integer("dim")
        if fault := need_float(spec, title):
            return fault
        return no_axis(dim, spec) if axis_of(dim, spec.rank) is None else spec.reshaped(spec.shape)

    return infer


def _channels(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec = inputs["x"]
    return need_rank(spec, 4, "Softmax 2d", LAYOUT[2]) or spec.reshaped(spec.shape)


def _emit_softmax(use: Emit) -> Code:
    x, temperature = use.names["x"], use.values.real("temperature")
    scaled = x if temperature == 1.0 else infix(x, "/", temperature)
    return Code(forward=call("F.softmax", scaled, dim=use.values.integer("dim")), imports=(FUNCTIONAL,))


def _emit_log_softmax(use: Emit) -> Code:
    forward = call("F.log_softmax", use.names["x"], dim=use.values.integer("dim"))
    return Code(forward=forward, imports=(FUNCTIONAL,))


KINDS = (
    activation(
        "relu",
        "ReLU",
        "nn.ReLU",
        about("Keeps positive values and sets the others to 0.", "y = max(0, x)", "The usual first choice.", "ReLU"),
        ("rectifier",),
        gives=(0.0, inf),
    ),
    activation(
        "leaky_relu",
        "Leaky ReLU",
        "nn.LeakyReLU",
        about(
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
    activation(
        "elu",
        "ELU",
        "nn.ELU",
        about(
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
    activation(
        "gelu",
        "GELU",
        "nn.GELU",
        about("Weighs each value by how likely a normal one is below it.", "y = x · Φ(x)", "In transformers.", "GELU"),
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
    activation(
        "silu",
        "SiLU",
        "nn.SiLU",
        about("Weighs each value by its own sigmoid.", "y = x · σ(x)", "In modern convolutional networks.", "SiLU"),
        ("swish",),
    ),
    activation(
        "tanh",
        "Tanh",
        "nn.Tanh",
        about(
            "Squeezes values into −1 to 1.",
            "y = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)",
            "For outputs of images scaled to −1 … 1.",
            "Tanh",
        ),
        gives=(-1.0, 1.0),
    ),
    activation(
        "sigmoid",
        "Sigmoid",
        "nn.Sigmoid",
        about(
            "Squeezes values into 0 to 1.",
            "y = 1 / (1 + e⁻ˣ)",
            "For gates, and probabilities outside the loss.",
            "Sigmoid",
        ),
        ("logistic",),
        gives=(0.0, 1.0),
    ),
    activation(
        "softplus",
        "Softplus",
        "nn.Softplus",
        about("A smooth ReLU, always positive.", "y = log(1 + e^(βx)) / β", "For scales and variances.", "Softplus"),
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
        help=about(
            "Turns scores into probabilities that sum to 1 along an axis; a temperature above 1 evens them out.",
            "y_i = e^(x_i / T) / Σ e^(x_j / T)",
            "For attention and for showing probabilities; cross-entropy has it built in.",
            "Softmax",
        ),
        parameters=(
            DIM,
            FloatParam(
                name="temperature",
                title="Temperature",
                default=1.0,
                low=0.0,
                open_low=True,
                help="Scores are divided by it",
            ),
        ),
        sees=sight.of_axis,
        infer=_along("Softmax"),
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
        help=about(
            "The logarithm of softmax, computed stably.",
            "y_i = x_i − log Σ e^(x_j)",
            "Before a negative log-likelihood loss.",
            "LogSoftmax",
        ),
        parameters=(DIM,),
        sees=sight.of_axis,
        infer=_along("Log softmax"),
        emit=_emit_log_softmax,
        traits=("keeps_size",),
        gives=(-inf, 0.0),
        calls=("F.log_softmax",),
        spaces=("networks", "training"),
    ),
    activation(
        "softmin",
        "Softmin",
        "nn.Softmin",
        about(
            "Softmax of the negative scores: the smallest one gets the largest part.",
            "y_i = e^(−x_i) / Σ e^(−x_j)",
            "To choose by distances or costs, where less is better.",
            "Softmin",
        ),
        ("probabilities",),
        (DIM,),
        (0.0, 1.0),
        infer=_along("Softmin"),
        sees=sight.of_axis,
        emit=through_module(lambda use: call("nn.Softmin", dim=use.values.integer("dim"))),
    ),
    activation(
        "softmax2d",
        "Softmax 2d",
        "nn.Softmax2d",
        about(
            "Turns the channels of every place of an image into probabilities that sum to 1.",
            "y[c] = e^x[c] / Σ e^x[k] at every place",
            "To show what each pixel most likely is; cross-entropy has it built in.",
            "Softmax2d",
        ),
        ("probabilities", "segmentation"),
        gives=(0.0, 1.0),
        infer=_channels,
        sees=sight.of_channels,
    ),
)
