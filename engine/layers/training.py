"""What makes a training graph: uses of models, and objectives. No torch in here."""

from __future__ import annotations

from engine.errors import BuildError
from engine.graph.specs import TensorSpec, shape_text
from engine.layers.kind import Code, Emit, Fault, Help, LayerKind, Port, Role, Specs
from engine.layers.params import BoolParam, ChoiceParam, FloatParam, IntParam, TextParam, TextsParam, Values


def _model(values: Values, inputs: Specs) -> TensorSpec | Fault:
    return Fault(
        message="Name the model that this node uses", expected="a model of this training graph", code="model", port=""
    )


def _objective(values: Values, inputs: Specs) -> dict[str, TensorSpec] | Fault:
    spec = inputs["loss"]
    if spec.shape or not spec.is_float:
        return Fault(
            message="An objective minimises one number",
            expected="scalar",
            found=shape_text(spec),
            port="loss",
        )
    return {}


def _emit_nothing(use: Emit) -> Code:
    raise BuildError("this node is written by the compiler itself")


KINDS = (
    LayerKind(
        key="model",
        title="Model",
        family="data",
        group="Models",
        aliases=("network", "use"),
        help=Help(
            what="Uses a model: the same weights wherever the model's name stands.",
            shapes="as its network",
            when="Once for every place where a network is applied.",
            source="torch.nn.Module.__call__, https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html",
        ),
        role=Role.MODEL,
        parameters=(
            TextParam(name="model", title="Model", form="model", help="Name of a model of this training graph"),
        ),
        inputs=(),
        outputs=(),
        infer=_model,
        emit=_emit_nothing,
        spaces=("training",),
    ),
    LayerKind(
        key="objective",
        stem="fit",
        title="Objective",
        family="loss",
        group="Objective",
        aliases=("optimizer", "optimiser", "minimise", "sgd", "adam"),
        help=Help(
            what="Minimises a loss by changing the parameters it names, with an optimiser of its own.",
            formula="w ← w − lr · step(∂loss/∂w)",
            shapes="scalar →",
            when="One for supervised learning, two for a GAN.",
            source="torch.optim, https://docs.pytorch.org/docs/stable/optim.html",
        ),
        role=Role.OBJECTIVE,
        parameters=(
            TextsParam(
                name="updates",
                title="Updates",
                default=("*",),
                help="Address patterns of the parameters it may change, e.g. net.*",
            ),
            ChoiceParam(
                name="optimizer",
                title="Optimiser",
                default="adamw",
                choices=("sgd", "adam", "adamw"),
                help="How the step is computed",
            ),
            FloatParam(name="lr", title="Learning rate", default=1e-3, low=0.0, high=1e12, help="Size of a step"),
            FloatParam(
                name="weight_decay",
                title="Weight decay",
                default=0.01,
                low=0.0,
                high=1e6,
                help="Pull of every weight towards 0",
            ),
            FloatParam(
                name="momentum",
                title="Momentum",
                default=0.9,
                low=0.0,
                high=1.0,
                help="For SGD: part of the last step that is kept",
            ),
            BoolParam(name="nesterov", title="Nesterov", default=False, help="For SGD: look ahead along the momentum"),
            FloatParam(
                name="beta1",
                title="Beta 1",
                default=0.9,
                low=0.0,
                high=1.0,
                help="For Adam: memory of the mean",
                advanced=True,
            ),
            FloatParam(
                name="beta2",
                title="Beta 2",
                default=0.999,
                low=0.0,
                high=1.0,
                help="For Adam: memory of the squares",
                advanced=True,
            ),
            IntParam(name="steps", title="Inner steps", default=1, high=1000, help="Updates within one training step"),
            BoolParam(
                name="fresh",
                title="Fresh batch",
                default=False,
                help="Whether every inner step draws data and noise anew",
            ),
        ),
        inputs=(Port("loss"),),
        outputs=(),
        infer=_objective,
        emit=_emit_nothing,
        spaces=("training",),
        phases="train",
    ),
)
