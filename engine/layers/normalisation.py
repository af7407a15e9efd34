"""Normalisation over batches and over last axes: batch, layer, RMS. No torch in here; the formulas are torch's."""

from __future__ import annotations

from collections.abc import Callable

from engine.graph.specs import TensorSpec, shape_text
from engine.graph.types import Value
from engine.layers import sight
from engine.layers.emission import Expr, module
from engine.layers.kind import Emit, Fault, Help, InferRule, LayerKind, Specs, Weight
from engine.layers.params import BoolParam, FloatParam, IntParam, Param, Values
from engine.layers.rules import need_float, through_module

_DOCS = "https://docs.pytorch.org/docs/stable/generated/torch.nn"
_BATCH: tuple[Param, ...] = (
    FloatParam(
        name="eps", title="Epsilon", default=1e-5, low=0.0, open_low=True, help="Added to the variance", advanced=True
    ),
    FloatParam(
        name="momentum",
        title="Momentum",
        default=0.1,
        low=0.0,
        high=1.0,
        help="Weight of a new batch in the running statistics",
    ),
    BoolParam(name="affine", title="Affine", default=True, help="Whether a learned scale and shift follow"),
    BoolParam(
        name="track_running_stats",
        title="Running statistics",
        default=True,
        help="Whether evaluation uses the mean and variance gathered in training",
        advanced=True,
    ),
)
_AXES = IntParam(name="axes", title="Axes", default=1, high=8, help="How many of the last axes are normalised together")


def _batch(title: str, ranks: tuple[int, ...], layout: str) -> InferRule:
    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        spec = inputs["x"]
        if spec.rank not in ranks or not isinstance(spec.shape[1], int):
            return Fault(message=f"{title} needs {layout}", expected=layout, found=shape_text(spec))
        return need_float(spec, title) or spec.reshaped(spec.shape)

    return infer


def _channels(inputs: Specs) -> int:
    size = inputs["x"].shape[1]
    return size if isinstance(size, int) else 0


def _batch_weights(values: Values, inputs: Specs) -> tuple[Weight, ...]:
    size = (_channels(inputs),)
    learned = (Weight("weight", size), Weight("bias", size)) if values.flag("affine") else ()
    if not values.flag("track_running_stats"):
        return learned
    running = tuple(Weight(name, size, buffer=True) for name in ("running_mean", "running_var"))
    return (*learned, *running, Weight("num_batches_tracked", (), buffer=True))


def _batch_constructor(name: str) -> Callable[[Emit], Expr]:
    def build(use: Emit) -> Expr:
        values = use.values
        options: dict[str, tuple[Value, Value]] = {
            "eps": (values.real("eps"), 1e-5),
            "momentum": (values.real("momentum"), 0.1),
            "affine": (values.flag("affine"), True),
            "track_running_stats": (values.flag("track_running_stats"), True),
        }
        return module(name, _channels(use.specs), options=options)

    return build


def _last_axes(title: str) -> InferRule:
    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        spec, axes = inputs["x"], values.integer("axes")
        trailing = spec.shape[-axes:]
        if spec.rank <= axes or not all(isinstance(size, int) for size in trailing):
            return Fault(
                message=f"{title} needs {axes} last axes of known size behind the batch",
                expected=f"more than {axes} axes",
                found=shape_text(spec),
            )
        return need_float(spec, title, embed=True) or spec.reshaped(spec.shape)

    return infer


def _trailing(values: Values, inputs: Specs) -> tuple[int, ...]:
    return tuple(size for size in inputs["x"].shape[-values.integer("axes") :] if isinstance(size, int))


def _layer_weights(values: Values, inputs: Specs) -> tuple[Weight, ...]:
    if not values.flag("elementwise_affine"):
        return ()
    shape = _trailing(values, inputs)
    return (Weight("weight", shape), *((Weight("bias", shape),) if values.flag("bias") else ()))


def _layer_constructor(use: Emit) -> Expr:
    values, shape = use.values, _trailing(use.values, use.specs)
    affine = values.flag("elementwise_affine")
    options: dict[str, tuple[Value, Value]] = {
        "eps": (values.real("eps"), 1e-5),
        "elementwise_affine": (affine, True),
        "bias": (values.flag("bias") or not affine, True),
    }
    return module("nn.LayerNorm", shape[0] if len(shape) == 1 else shape, options=options)


def _rms_weights(values: Values, inputs: Specs) -> tuple[Weight, ...]:
    return (Weight("weight", _trailing(values, inputs)),) if values.flag("elementwise_affine") else ()


def _rms_constructor(use: Emit) -> Expr:
    values, shape = use.values, _trailing(use.values, use.specs)
    options: dict[str, tuple[Value, Value]] = {
        "eps": (values.real("eps"), 0.0),
        "elementwise_affine": (values.flag("elementwise_affine"), True),
    }
    return module("nn.RMSNorm", shape[0] if len(shape) == 1 else shape, options=options)


def _batch_kind(axes: int, ranks: tuple[int, ...], layout: str, shapes: str) -> LayerKind:
    title = f"Batch norm {axes}d"
    return LayerKind(
        key=f"batch_norm{axes}d",
        title=title,
        family="normalisation",
        group="Normalisation",
        stem="norm",
        aliases=("bn", "normalize", "batch normalization"),
        help=Help(
            what="Gives each channel mean 0 and variance 1 over the batch in training, over all batches seen in evaluation.",
            formula="y = (x − mean) / √(var + ε) · γ + β",
            shapes=shapes,
            when="Between a convolution or linear layer and its activation, to train faster and at higher learning rates.",
            source=f"Ioffe, Szegedy, 2015, arXiv:1502.03167; {_DOCS}.BatchNorm{axes}d.html",
        ),
        parameters=_BATCH,
        infer=_batch(title, ranks, layout),
        sees=sight.of_batch,
        emit=through_module(_batch_constructor(f"nn.BatchNorm{axes}d")),
        traits=("batch_statistics", "keeps_size"),
        calls=(f"nn.BatchNorm{axes}d",),
        weights=_batch_weights,
        differs_in_training=True,
    )


KINDS = (
    _batch_kind(1, (2, 3), "vectors (B × C) or sequences (B × C × L)", "B × C (× L) → the same"),
    _batch_kind(2, (4,), "an image (B × C × H × W)", "B × C × H × W → the same"),
    _batch_kind(3, (5,), "a volume (B × C × D × H × W)", "B × C × D × H × W → the same"),
    LayerKind(
        key="layer_norm",
        title="Layer norm",
        family="normalisation",
        group="Normalisation",
        stem="norm",
        aliases=("ln", "normalize", "layer normalization"),
        help=Help(
            what="Gives each sample mean 0 and variance 1 over its last axes, whatever the batch.",
            formula="y = (x − mean) / √(var + ε) · γ + β",
            shapes="B × … × F → the same",
            when="In transformers and recurrent networks, and where batches are small.",
            source=f"Ba, Kiros, Hinton, 2016, arXiv:1607.06450; {_DOCS}.LayerNorm.html",
        ),
        parameters=(
            _AXES,
            FloatParam(
                name="eps",
                title="Epsilon",
                default=1e-5,
                low=0.0,
                open_low=True,
                help="Added to the variance",
                advanced=True,
            ),
            BoolParam(
                name="elementwise_affine", title="Affine", default=True, help="Whether a learned scale and shift follow"
            ),
            BoolParam(name="bias", title="Bias", default=True, help="Whether the shift is there too"),
        ),
        sees=sight.of_trailing,
        infer=_last_axes("Layer norm"),
        emit=through_module(_layer_constructor),
        traits=("keeps_size",),
        calls=("nn.LayerNorm",),
        weights=_layer_weights,
    ),
    LayerKind(
        key="rms_norm",
        title="RMS norm",
        family="normalisation",
        group="Normalisation",
        stem="norm",
        aliases=("root mean square", "normalize", "llama"),
        help=Help(
            what="Divides each sample by the root mean square of its last axes; unlike layer norm, it moves no mean.",
            formula="y = x / √(mean x² + ε) · γ",
            shapes="B × … × F → the same",
            when="In large transformers: as good as layer norm, and cheaper.",
            source=f"Zhang, Sennrich, 2019, arXiv:1910.07467; {_DOCS}.RMSNorm.html",
        ),
        parameters=(
            _AXES,
            FloatParam(
                name="eps",
                title="Epsilon",
                default=0.0,
                low=0.0,
                high=1.0,
                help="Added to the mean square; 0: the smallest step that the type of numbers knows",
                advanced=True,
            ),
            BoolParam(name="elementwise_affine", title="Affine", default=True, help="Whether a learned scale follows"),
        ),
        sees=sight.of_trailing,
        infer=_last_axes("RMS norm"),
        emit=through_module(_rms_constructor),
        traits=("keeps_size",),
        calls=("nn.RMSNorm",),
        weights=_rms_weights,
    ),
)
