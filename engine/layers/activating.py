"""How activations are declared: modules of torch that work number by number; it must not know kinds by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.graph.types import Value
from engine.layers import sight
from engine.layers.emission import module
from engine.layers.kind import EmitRule, Help, InferRule, LayerKind, WeightRule, no_weights
from engine.layers.params import FloatParam, IntParam, Param
from engine.layers.rules import same_shape, through_module
from engine.layers.sight import Sight

DOCS: Final = "https://docs.pytorch.org/docs/stable/generated/torch.nn"
DIM: Final = IntParam(
    name="dim", title="Axis", default=-1, low=-8, high=7, help="Axis whose values are compared; -1 is the last"
)


def about(what: str, formula: str, when: str, page: str) -> Help:
    """Write the help of an activation."""
    return Help(what=what, formula=formula, shapes="any → the same", when=when, source=f"{DOCS}.{page}.html")


def number(
    name: str, title: str, default: float, text: str, low: float, high: float = 100.0, *, open_low: bool = False
) -> FloatParam:
    """Declare a number that bends a curve."""
    return FloatParam(name=name, title=title, default=default, low=low, high=high, open_low=open_low, help=text)


def with_options(name: str, parameters: tuple[Param, ...]) -> EmitRule:
    """Emit a module of torch whose options are called as the parameters are."""
    defaults: Mapping[str, Value] = {param.name: param.default for param in parameters}
    return through_module(
        lambda use: module(
            name, options={param: (use.values.raw(param), default) for param, default in defaults.items()}
        )
    )


def activation(
    key: str,
    title: str,
    name: str,
    text: Help,
    aliases: tuple[str, ...] = (),
    parameters: tuple[Param, ...] = (),
    gives: tuple[float, float] | None = None,
    stem: str = "",
    *,
    infer: InferRule | None = None,
    sees: Sight = sight.point,
    emit: EmitRule | None = None,
    calls: tuple[str, ...] = (),
    weights: WeightRule = no_weights,
    stochastic: bool = False,
    no_onnx: str = "",
) -> LayerKind:
    """Declare an activation that is a module of torch.

    Args:
        key: of the kind.
        title: of the kind.
        name: of the module, e.g. `nn.ReLU`.
        text: its help.
        aliases: what people type, beside "activation".
        parameters: called as the module's options.
        gives: smallest and largest value that can come out.
        stem: what ids begin with.
        sees: how far it sees, where it is further than its own place.
        infer: rule, where shapes or values may be wrong.
        emit: how it is written, where the module's options are not just the parameters.
        calls: what `emit` names beside `name`.
        weights: what the module owns.
        stochastic: whether it draws in training, and so differs from evaluation.
        no_onnx: why it does not export.
    """
    return LayerKind(
        key=key,
        title=title,
        family="activation",
        group="Activation",
        aliases=("activation", "non-linearity", *aliases),
        help=text,
        stem=stem,
        parameters=parameters,
        infer=infer or same_shape(title),
        sees=sees,
        emit=emit or with_options(name, parameters),
        traits=("keeps_size", "local"),
        gives=gives,
        calls=(name, *calls) if name else calls,
        spaces=("networks", "training") if weights is no_weights and not stochastic and name else ("networks",),
        stochastic=stochastic,
        differs_in_training=stochastic,
        no_onnx=no_onnx,
        weights=weights,
    )
