"""What kinds that work along an axis share: their rule, parameters and declaration; it must not know kinds by name."""

from __future__ import annotations

from collections.abc import Callable

from engine.graph.dims import Dim
from engine.graph.specs import TensorSpec
from engine.layers.kind import EmitRule, Fault, Help, InferRule, LayerKind, Port, PortRule, Specs
from engine.layers.params import IntParam, Param, Values
from engine.layers.rules import axis_of, no_axis
from engine.layers.sight import Sight

_DOCS = "https://docs.pytorch.org/docs/stable/generated/torch"
_X = (Port("x"),)
_Y = (Port("y"),)


def axis_parameter(
    name: str = "dim", title: str = "Axis", default: int = 1, text: str = "Axis that it is about"
) -> IntParam:
    """Declare the parameter that names an axis."""
    return IntParam(name=name, title=title, default=default, low=-8, high=7, help=text)


def along(change: Callable[[Values, TensorSpec, int], tuple[Dim, ...] | Fault]) -> InferRule:
    """Rule of a kind that replaces the axis `dim` by the sizes that `change` gives."""

    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        spec, dim = inputs["x"], values.integer("dim")
        axis = axis_of(dim, spec.rank)
        if axis is None:
            return no_axis(dim, spec)
        sizes = change(values, spec, axis)
        return (
            sizes if isinstance(sizes, Fault) else spec.reshaped((*spec.shape[:axis], *sizes, *spec.shape[axis + 1 :]))
        )

    return infer


def rearranging(
    key: str,
    title: str,
    text: tuple[str, str, str],
    infer: InferRule,
    emit: EmitRule,
    parameters: tuple[Param, ...],
    *,
    calls: tuple[str, ...],
    page: str = "",
    aliases: tuple[str, ...] = (),
    sees: Sight | None = None,
    inputs: tuple[Port, ...] | PortRule = _X,
    outputs: tuple[Port, ...] | PortRule = _Y,
) -> LayerKind:
    """Declare a kind that moves numbers; `text` says what it does, its shapes and when it serves."""
    what, shapes, when = text
    return LayerKind(
        key=key,
        title=title,
        family="data",
        group="Shape",
        aliases=aliases,
        help=Help(what=what, shapes=shapes, when=when, source=f"{_DOCS}.{page or key}.html"),
        parameters=parameters,
        inputs=inputs,
        outputs=outputs,
        infer=infer,
        sees=sees,
        emit=emit,
        calls=calls,
        spaces=("networks", "training"),
    )


def count(name: str, title: str, default: int, text: str, low: int = 1, high: int = 2**20) -> IntParam:
    """Declare a parameter that counts places."""
    return IntParam(name=name, title=title, default=default, low=low, high=high, help=text)
