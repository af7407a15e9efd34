"""Normalisation of the channels of each sample: instance, group, local response. No torch in here; formulas are torch's."""

from __future__ import annotations

from engine.graph.dims import product
from engine.graph.specs import TensorSpec, shape_text
from engine.graph.types import Value
from engine.layers import sight
from engine.layers.emission import Expr, module
from engine.layers.kind import Emit, EmitRule, Fault, Help, Hint, InferRule, LayerKind, Specs, Weight
from engine.layers.params import BoolParam, FloatParam, IntParam, Param, Values
from engine.layers.rules import need_float, need_rank, through_module
from engine.layers.windows import DOCS, LAYOUT, PLACES, THING, channels_of

_EPS = FloatParam(
    name="eps", title="Epsilon", default=1e-5, low=0.0, open_low=True, help="Added to the variance", advanced=True
)
_MOMENTUM = FloatParam(
    name="momentum",
    title="Momentum",
    default=0.1,
    low=0.0,
    high=1.0,
    help="Weight of a new batch in the running statistics",
    advanced=True,
)
_TRACKED = BoolParam(
    name="track_running_stats",
    title="Running statistics",
    default=False,
    help="Whether evaluation uses the mean and variance gathered in training",
    advanced=True,
)


def _affine(default: bool) -> BoolParam:
    return BoolParam(
        name="affine", title="Affine", default=default, help="Whether a learned scale and shift for each channel follow"
    )


def _unknown(title: str, spec: TensorSpec) -> Fault | None:
    if spec.rank > 1 and isinstance(spec.shape[1], int):
        return None
    return Fault(message=f"{title} needs a known number of channels", expected="B × C × …", found=shape_text(spec))


def _single(title: str, what: str, spec: TensorSpec) -> Fault:
    return Fault(
        message=f"{title} has nothing to normalise: {what} holds one number",
        expected="at least two numbers",
        found=shape_text(spec),
    )


def _instance(axes: int, title: str) -> InferRule:
    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        spec = inputs["x"]
        if fault := need_rank(spec, axes + 2, title, LAYOUT[axes]) or _unknown(title, spec):
            return fault
        if product(spec.shape[2:]) == 1:
            return _single(title, "a channel", spec)
        return spec.reshaped(spec.shape)

    return infer


def _scale_and_shift(values: Values, inputs: Specs) -> tuple[Weight, ...]:
    size = (channels_of(inputs),)
    return (Weight("weight", size), Weight("bias", size)) if values.flag("affine") else ()


def _instance_weights(values: Values, inputs: Specs) -> tuple[Weight, ...]:
    learned, size = _scale_and_shift(values, inputs), (channels_of(inputs),)
    if not values.flag("track_running_stats"):
        return learned
    running = tuple(Weight(name, size, buffer=True) for name in ("running_mean", "running_var"))
    return (*learned, *running, Weight("num_batches_tracked", (), buffer=True))


def _options(use: Emit, parameters: tuple[Param, ...]) -> dict[str, tuple[Value, Value]]:
    return {param.name: (use.values.raw(param.name), param.default) for param in parameters}


def _instance_emit(name: str) -> EmitRule:
    def build(use: Emit) -> Expr:
        return module(name, channels_of(use.specs), options=_options(use, _INSTANCE))

    return through_module(build)


def _group(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec, groups = inputs["x"], values.integer("num_groups")
    if fault := need_float(spec, "Group norm") or _unknown("Group norm", spec):
        return fault
    channels = channels_of(inputs)
    if channels % groups:
        return Fault(
            message=f"{groups} groups must divide the {channels} channels",
            expected=f"channels divisible by {groups}",
            found=str(channels),
            code="groups",
            hints=(Hint(title="Use one group", set_parameter="num_groups", to=1),),
        )
    if product((channels // groups, *spec.shape[2:])) == 1:
        return _single("Group norm", "a group", spec)
    return spec.reshaped(spec.shape)


def _group_constructor(use: Emit) -> Expr:
    options = _options(use, (_EPS, _affine(True)))
    return module("nn.GroupNorm", use.values.integer("num_groups"), channels_of(use.specs), options=options)


def _local(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec = inputs["x"]
    if spec.rank < 3:
        return Fault(
            message="Local response norm needs channels and places (B × C × …)",
            expected="B × C × H × W",
            found=shape_text(spec),
        )
    return need_float(spec, "Local response norm") or spec.reshaped(spec.shape)


def _local_constructor(use: Emit) -> Expr:
    return module("nn.LocalResponseNorm", use.values.integer("size"), options=_options(use, _LOCAL[1:]))


_INSTANCE: tuple[Param, ...] = (_EPS, _MOMENTUM, _affine(False), _TRACKED)
_LOCAL: tuple[Param, ...] = (
    IntParam(name="size", title="Size", default=5, high=2**10, help="How many neighbouring channels count"),
    FloatParam(name="alpha", title="Alpha", default=1e-4, low=0.0, high=10.0, help="Weight of their mean square"),
    FloatParam(name="beta", title="Beta", default=0.75, low=0.0, high=10.0, help="Exponent of what is divided by"),
    FloatParam(name="k", title="k", default=1.0, low=0.0, open_low=True, high=100.0, help="Added to it"),
)


def _instance_kind(axes: int) -> LayerKind:
    title, name = f"Instance norm {axes}d", f"nn.InstanceNorm{axes}d"
    return LayerKind(
        key=f"instance_norm{axes}d",
        title=title,
        family="normalisation",
        group="Normalisation",
        stem="norm",
        aliases=("in", "normalize", "style", "contrast normalization"),
        help=Help(
            what=f"Gives each channel of each sample mean 0 and variance 1 over {THING[axes]}.",
            formula="y = (x − mean) / √(var + ε) · γ + β",
            shapes=f"B × C × {' × '.join(PLACES[axes])} → the same",
            when="Where contrast is not to count: in style transfer and image translation.",
            source=f"Ulyanov, Vedaldi, Lempitsky, 2016, arXiv:1607.08022; {DOCS}.InstanceNorm{axes}d.html",
        ),
        parameters=_INSTANCE,
        infer=_instance(axes, title),
        sees=sight.of_places,
        emit=_instance_emit(name),
        traits=("keeps_size",),
        calls=(name,),
        weights=_instance_weights,
        differs_in_training=True,
    )


KINDS = (
    _instance_kind(1),
    _instance_kind(2),
    _instance_kind(3),
    LayerKind(
        key="group_norm",
        title="Group norm",
        family="normalisation",
        group="Normalisation",
        stem="norm",
        aliases=("gn", "normalize", "group normalization"),
        help=Help(
            what="Gives groups of channels of each sample mean 0 and variance 1, whatever the batch.",
            formula="y = (x − mean) / √(var + ε) · γ + β",
            shapes="B × C × … → the same",
            when="Instead of batch norm where batches are small: detection, segmentation, diffusion.",
            source=f"Wu, He, 2018, arXiv:1803.08494; {DOCS}.GroupNorm.html",
        ),
        parameters=(
            IntParam(
                name="num_groups",
                title="Groups",
                default=1,
                high=2**20,
                help="Parts that the channels are divided into",
            ),
            _EPS,
            _affine(True),
        ),
        sees=sight.whole,
        infer=_group,
        emit=through_module(_group_constructor),
        traits=("keeps_size",),
        calls=("nn.GroupNorm",),
        weights=_scale_and_shift,
    ),
    LayerKind(
        key="local_response_norm",
        title="Local response norm",
        family="normalisation",
        group="Normalisation",
        stem="norm",
        aliases=("lrn", "alexnet", "lateral inhibition"),
        help=Help(
            what="Divides every number by what neighbouring channels have at the same place.",
            formula="y = x / (k + α · mean of x² over the neighbours)^β",
            shapes="B × C × … → the same",
            when="To rebuild AlexNet and networks of its time; today batch norm stands there.",
            source=f"Krizhevsky, Sutskever, Hinton, 2012; {DOCS}.LocalResponseNorm.html",
        ),
        parameters=_LOCAL,
        sees=sight.of_channels,
        infer=_local,
        emit=through_module(_local_constructor),
        traits=("keeps_size",),
        calls=("nn.LocalResponseNorm",),
    ),
)
