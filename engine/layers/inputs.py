"""Where a network begins and ends: input, output, noise. No torch in here."""

from __future__ import annotations

from collections.abc import Mapping

from engine.graph.specs import DType, TensorSpec
from engine.layers.emission import name
from engine.layers.kind import Code, Emit, Fault, Help, LayerKind, Role, Specs
from engine.layers.params import ChoiceParam, ShapeParam, Values
from engine.layers.rules import PLACE_CALLS, made_here, size_of

_SHAPE_HELP = "Sizes of all axes with the batch: whole numbers, or names such as B for what is known at run time only"


_TYPES: Mapping[str, DType] = {"float32": "float32", "int64": "int64", "bool": "bool"}


def _input(values: Values, inputs: Specs) -> TensorSpec:
    return TensorSpec(shape=values.shape("shape"), dtype=_TYPES[values.text("dtype")])


def _output(values: Values, inputs: Specs) -> dict[str, TensorSpec]:
    return {}


def _noise(values: Values, inputs: Specs) -> TensorSpec | Fault:
    return TensorSpec(shape=values.shape("shape"))


def _emit_noise(use: Emit) -> Code:
    sizes = tuple(size_of(dim, use) for dim in use.outputs["y"].shape)
    distribution = "torch.randn" if use.values.text("distribution") == "normal" else "torch.rand"
    return made_here(use, distribution, *sizes)


def _emit_pass(use: Emit) -> Code:
    return Code(forward=use.names.get("x", name("x")))


KINDS = (
    LayerKind(
        key="input",
        title="Input",
        family="data",
        group="Inputs and outputs",
        aliases=("data", "image", "placeholder"),
        help=Help(
            what="Where data comes into a network. Its id names the input of the model and of every export.",
            shapes="→ shape",
            when="One for every tensor the network takes. With data connected, the shape follows the data.",
            source="torch.export: named inputs, https://docs.pytorch.org/docs/stable/export.html",
        ),
        role=Role.INPUT,
        parameters=(
            ShapeParam(name="shape", title="Shape", default=("B", 1, 28, 28), min_length=1, help=_SHAPE_HELP),
            ChoiceParam(
                name="dtype",
                title="Type",
                default="float32",
                choices=tuple(_TYPES),
                help="int64 for words and classes, bool for masks",
            ),
        ),
        inputs=(),
        infer=_input,
        emit=_emit_pass,
    ),
    LayerKind(
        key="output",
        title="Output",
        family="data",
        group="Inputs and outputs",
        aliases=("result", "prediction"),
        help=Help(
            what="What a network gives. Its id names the output of the model and of every export.",
            shapes="shape →",
            when="One for every tensor that losses, metrics or users of the network need.",
            source="torch.export: named outputs, https://docs.pytorch.org/docs/stable/export.html",
        ),
        role=Role.OUTPUT,
        outputs=(),
        infer=_output,
        emit=_emit_pass,
    ),
    LayerKind(
        key="noise",
        title="Noise",
        family="data",
        group="Inputs and outputs",
        aliases=("random", "gaussian", "latent", "randn"),
        help=Help(
            what="Fresh random numbers. In a training graph they are drawn once a step and shared by all who read them.",
            formula="y ~ N(0, 1) or U(0, 1)",
            shapes="→ shape",
            when="As what a generator starts from.",
            source="https://docs.pytorch.org/docs/stable/generated/torch.randn.html",
        ),
        role=Role.NOISE,
        parameters=(
            ShapeParam(name="shape", title="Shape", default=("B", 16), min_length=1, help=_SHAPE_HELP),
            ChoiceParam(
                name="distribution",
                title="Distribution",
                default="normal",
                choices=("normal", "uniform"),
                help="What is drawn",
            ),
        ),
        inputs=(),
        infer=_noise,
        emit=_emit_noise,
        calls=(
            "torch.randn",
            "torch.rand",
            *PLACE_CALLS,
        ),
        stochastic=True,
        spaces=("networks", "training"),
    ),
)
