"""Activations that rectify or shrink: relatives of ReLU and of soft thresholds. No torch in here; formulas are torch's."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from engine.graph.specs import TensorSpec, shape_text
from engine.layers.activating import about, activation, number
from engine.layers.emission import Expr, module
from engine.layers.kind import Emit, Fault, Hint, InferRule, Specs, Weight
from engine.layers.params import BoolParam, Values
from engine.layers.rules import need_float, same_shape, through_module


def _in_order(title: str, low: str, high: str, *, apart: bool) -> InferRule:
    """Rule of an activation with two bounds, the second above the first (`apart`), or not below it."""
    plain = same_shape(title)

    def infer(values: Values, inputs: Specs) -> Mapping[str, TensorSpec] | TensorSpec | Fault:
        least, most = values.real(low), values.real(high)
        if least < most or (least == most and not apart):
            return plain(values, inputs)
        return Fault(
            message=f"{title} needs a lower bound below the upper one",
            expected=f"less than {most:g}",
            found=f"{least:g}",
            code="parameter",
        )

    return infer


def _channels(values: Values, inputs: Specs) -> int:
    """Give how many slopes a PReLU learns."""
    spec = inputs["x"]
    size = spec.shape[1] if values.flag("per_channel") and spec.rank > 1 else 1
    return size if isinstance(size, int) else 0


def _prelu(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec = inputs["x"]
    if fault := need_float(spec, "PReLU", embed=True):
        return fault
    if values.flag("per_channel") and (spec.rank < 2 or not isinstance(spec.shape[1], int)):
        return Fault(
            message="PReLU with a slope for each channel needs a known number of channels",
            expected="B × C × …",
            found=shape_text(spec),
            hints=(Hint(title="Learn one slope", set_parameter="per_channel", to=False),),
        )
    return spec.reshaped(spec.shape)


def _prelu_weights(values: Values, inputs: Specs) -> tuple[Weight, ...]:
    return (Weight("weight", (_channels(values, inputs),)),)


def _prelu_constructor(use: Emit) -> Expr:
    options = {"num_parameters": (_channels(use.values, use.specs), 1), "init": (use.values.real("init"), 0.25)}
    return module("nn.PReLU", options=options)


KINDS = (
    activation(
        "relu6",
        "ReLU6",
        "nn.ReLU6",
        about("ReLU that goes no higher than 6.", "y = min(max(0, x), 6)", "In networks for telephones.", "ReLU6"),
        ("rectifier", "mobile"),
        gives=(0.0, 6.0),
        stem="relu",
    ),
    activation(
        "celu",
        "CELU",
        "nn.CELU",
        about(
            "ELU whose slope does not jump at 0, whatever alpha is.",
            "y = max(0, x) + min(0, α (e^(x/α) − 1))",
            "Where ELU with another alpha than 1 is wanted.",
            "CELU",
        ),
        ("exponential linear",),
        (number("alpha", "Alpha", 1.0, "How far down the left side goes", 0.0, open_low=True),),
        stem="elu",
    ),
    activation(
        "selu",
        "SELU",
        "nn.SELU",
        about(
            "ELU scaled so that values keep mean 0 and variance 1 from layer to layer.",
            "y = 1.0507 x for x > 0, else 1.7581 (eˣ − 1)",
            "In deep networks of linear layers without normalisation, with alpha dropout.",
            "SELU",
        ),
        ("self-normalising", "exponential linear"),
    ),
    activation(
        "prelu",
        "PReLU",
        "nn.PReLU",
        about(
            "Leaky ReLU that learns its slope left of 0: one for all, or one for each channel.",
            "y = max(0, x) + a · min(0, x), a learned",
            "In super-resolution and face recognition networks.",
            "PReLU",
        ),
        ("parametric", "learned slope"),
        (
            BoolParam(
                name="per_channel", title="For each channel", default=False, help="Whether every channel has its slope"
            ),
            number("init", "First slope", 0.25, "The slope before training", 0.0, 10.0),
        ),
        stem="relu",
        infer=_prelu,
        emit=through_module(_prelu_constructor),
        weights=_prelu_weights,
    ),
    activation(
        "rrelu",
        "RReLU",
        "nn.RReLU",
        about(
            "Leaky ReLU with a slope drawn for every number in training, and their mean in evaluation.",
            "y = max(0, x) + a · min(0, x), a ~ U(lower, upper)",
            "Against overfitting, on small data sets.",
            "RReLU",
        ),
        ("randomized", "random slope"),
        (
            number("lower", "Least slope", 0.125, "Smallest slope that is drawn", 0.0, 1.0),
            number("upper", "Largest slope", 0.3333333333333333, "Largest slope that is drawn", 0.0, 1.0),
        ),
        stem="relu",
        infer=_in_order("RReLU", "lower", "upper", apart=False),
        stochastic=True,
        no_onnx="torch.onnx cannot write slopes that are drawn; Leaky ReLU with their mean exports",
    ),
    activation(
        "threshold",
        "Threshold",
        "nn.Threshold",
        about(
            "Keeps what is above a threshold and sets the others to a value.",
            "y = x for x > threshold, else value",
            "For ReLUs that begin elsewhere than at 0.",
            "Threshold",
        ),
        ("cut off",),
        (
            number("threshold", "Threshold", 0.0, "Numbers above it stay", -1e6, 1e6),
            number("value", "Value", 0.0, "What the others become", -1e6, 1e6),
        ),
        emit=through_module(lambda use: module("nn.Threshold", use.values.real("threshold"), use.values.real("value"))),
    ),
    activation(
        "hardtanh",
        "Hardtanh",
        "nn.Hardtanh",
        about(
            "Keeps numbers between two bounds and moves the others to the nearer bound.",
            "y = min(max(x, low), high)",
            "A cheap tanh; in networks with few bits.",
            "Hardtanh",
        ),
        ("clip", "clamp"),
        (
            number("min_val", "Smallest", -1.0, "What is smaller becomes this", -1e6, 1e6),
            number("max_val", "Largest", 1.0, "What is larger becomes this", -1e6, 1e6),
        ),
        infer=_in_order("Hardtanh", "min_val", "max_val", apart=True),
    ),
    activation(
        "hardshrink",
        "Hardshrink",
        "nn.Hardshrink",
        about(
            "Sets small numbers to 0 and keeps the others.",
            "y = x for |x| > λ, else 0",
            "For sparse codes.",
            "Hardshrink",
        ),
        ("sparse", "hard threshold"),
        (number("lambd", "Lambda", 0.5, "How large a number must be to stay", 0.0),),
        stem="shrink",
    ),
    activation(
        "softshrink",
        "Softshrink",
        "nn.Softshrink",
        about(
            "Moves every number towards 0 by the same amount, and no further than 0.",
            "y = sign(x) · max(0, |x| − λ)",
            "For sparse codes: the step of iterative shrinkage.",
            "Softshrink",
        ),
        ("sparse", "soft threshold", "lasso"),
        (number("lambd", "Lambda", 0.5, "By how much numbers move", 0.0),),
        stem="shrink",
    ),
    activation(
        "tanhshrink",
        "Tanhshrink",
        "nn.Tanhshrink",
        about(
            "What tanh cuts off: small numbers nearly vanish, large ones lose 1.",
            "y = x − tanh(x)",
            "For sparse codes without a kink.",
            "Tanhshrink",
        ),
        ("sparse",),
        stem="shrink",
    ),
    activation(
        "hardsigmoid",
        "Hardsigmoid",
        "nn.Hardsigmoid",
        about(
            "A sigmoid of three straight lines.",
            "y = min(max(0, x / 6 + 1/2), 1)",
            "For gates that must be cheap, as in MobileNetV3.",
            "Hardsigmoid",
        ),
        ("mobile", "gate"),
        gives=(0.0, 1.0),
        stem="sigmoid",
    ),
    activation(
        "hardswish",
        "Hardswish",
        "nn.Hardswish",
        about(
            "SiLU with a sigmoid of three straight lines.",
            "y = x · min(max(0, x / 6 + 1/2), 1)",
            "In MobileNetV3 and other networks for telephones.",
            "Hardswish",
        ),
        ("mobile", "silu"),
        gives=(-0.375, inf),
        stem="silu",
    ),
    activation(
        "mish",
        "Mish",
        "nn.Mish",
        about(
            "A smooth curve like SiLU's, by tanh and softplus.",
            "y = x · tanh(log(1 + eˣ))",
            "In detectors such as YOLOv4.",
            "Mish",
        ),
        ("smooth",),
    ),
    activation(
        "softsign",
        "Softsign",
        "nn.Softsign",
        about(
            "Squeezes values into −1 to 1, slower than tanh.",
            "y = x / (1 + |x|)",
            "Where tanh saturates too early.",
            "Softsign",
        ),
        ("squash",),
        gives=(-1.0, 1.0),
    ),
    activation(
        "logsigmoid",
        "Log sigmoid",
        "nn.LogSigmoid",
        about(
            "The logarithm of a sigmoid, computed stably.",
            "y = −log(1 + e⁻ˣ)",
            "For log-likelihoods of yes-no answers, as in ranking losses.",
            "LogSigmoid",
        ),
        ("log probability",),
        gives=(-inf, 0.0),
    ),
)
