"""What any kind with a weight can be told of it: how it is initialised and whether it is normalised. No torch in here.

Formulas and names are those of torch.nn.init and torch.nn.utils.parametrizations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import prod
from typing import Final

from engine.errors import BuildError
from engine.graph.specs import TensorSpec
from engine.layers.emission import Expr, call
from engine.layers.kind import Code, Emit, Fault, Hint, InferRule, LayerKind, Specs, Weight
from engine.layers.params import ChoiceParam, FloatParam, Param, Values

INIT: Final = "init"
NORM: Final = "weight_norm"
_WITH_SPREAD: Final = ("normal", "trunc_normal")
_INITS: Final = (
    "xavier_uniform",
    "xavier_normal",
    "kaiming_uniform",
    "kaiming_normal",
    "orthogonal",
    *_WITH_SPREAD,
    "zeros",
)
PARAMETERS: Final[tuple[Param, ...]] = (
    ChoiceParam(
        name=INIT,
        title="Initial weight",
        default="default",
        choices=("default", *_INITS),
        advanced=True,
        help="How the weight is drawn before training, in torch.nn.init's words; default is what PyTorch does for this layer",
    ),
    FloatParam(
        name="init_std",
        title="Initial spread",
        default=0.02,
        low=0.0,
        open_low=True,
        advanced=True,
        help="Standard deviation of normal and trunc_normal",
    ),
    ChoiceParam(
        name=NORM,
        title="Weight normalisation",
        default="none",
        choices=("none", "weight", "spectral"),
        advanced=True,
        help="weight: length and direction are learned apart; spectral: the weight is divided by its largest singular value",
    ),
)
_IMPORT: Final = "from torch.nn.utils import parametrizations"
_CALLS: Final = (
    *(f"nn.init.{name}_" for name in _INITS),
    "parametrizations.weight_norm",
    "parametrizations.spectral_norm",
    ".weight",
)
_ORIGINAL: Final = "parametrizations.weight.original"


def with_switches(kind: LayerKind) -> LayerKind:
    """Give a kind whose tensor `weight` can be initialised and normalised otherwise.

    Args:
        kind: has a `weight_axis`.
    """
    assert kind.weight_axis is not None, kind.key
    return replace(
        kind,
        parameters=(*kind.parameters, *PARAMETERS),
        calls=(*kind.calls, *_CALLS),
        infer=_infer(kind.infer),
        weights=_weights(kind.weights, kind.weight_axis),
        emit=_emit(kind.emit),
    )


def _infer(plain: InferRule) -> InferRule:
    def infer(values: Values, inputs: Specs) -> Mapping[str, TensorSpec] | TensorSpec | Fault:
        if values.text(INIT) == "zeros" and values.text(NORM) != "none":
            return Fault(
                message="A weight of zeros cannot be normalised: it has no length and no direction",
                expected="another initial weight",
                found="zeros",
                hints=(
                    Hint(title="Draw it as PyTorch does", set_parameter=INIT, to="default"),
                    Hint(title="Do not normalise it", set_parameter=NORM, to="none"),
                ),
            )
        return plain(values, inputs)

    return infer


def _emit(plain: Callable[[Emit], Code]) -> Callable[[Emit], Code]:
    def emit(use: Emit) -> Code:
        code = plain(use)
        if code.module is None:
            raise BuildError("a kind without a module has no weight to initialise")
        init, norm = use.values.text(INIT), use.values.text(NORM)
        normalised = f"parametrizations.{norm}_norm"
        if norm != "none":
            code = replace(code, imports=(*code.imports, _IMPORT))
        if init == "default":
            return code if norm == "none" else replace(code, module=call(normalised, code.module))
        spread = {"std": use.values.real("init_std")} if init in _WITH_SPREAD else {}
        drawn = call(f"nn.init.{init}_", Expr(f"{use.self.text}.weight"), **spread)
        # First drawn, then normalised: from then on the weight is worked out, and what is put into it is lost.
        return replace(code, prepare=(drawn,) if norm == "none" else (drawn, call(normalised, use.self)))

    return emit


def _weights(plain: Callable[[Values, Specs], tuple[Weight, ...]], axis: int) -> Callable[..., tuple[Weight, ...]]:
    def weights(values: Values, inputs: Specs) -> tuple[Weight, ...]:
        found = plain(values, inputs)
        norm = values.text(NORM)
        if norm == "none":
            return found
        others = tuple(weight for weight in found if weight.name != "weight")
        return (*others, *(part for weight in found if weight.name == "weight" for part in _split(weight, norm, axis)))

    return weights


def _split(weight: Weight, norm: str, axis: int) -> tuple[Weight, ...]:
    """Name the tensors that stand for a normalised weight, as torch does."""
    shape = weight.shape
    if norm == "weight":
        return Weight(f"{_ORIGINAL}0", (shape[0], *(1 for _ in shape[1:]))), Weight(f"{_ORIGINAL}1", shape)
    others = prod(size for place, size in enumerate(shape) if place != axis)
    vectors = (("_u", shape[axis]), ("_v", others))
    state = (Weight(f"parametrizations.weight.0.{name}", (size,), buffer=True) for name, size in vectors)
    return Weight(_ORIGINAL, shape), *state
