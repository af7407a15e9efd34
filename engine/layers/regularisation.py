"""Regularisation: dropout of single values and of whole channels. No torch in here; the formulas are torch's."""

from __future__ import annotations

from engine.graph.specs import TensorSpec
from engine.layers.emission import module
from engine.layers.kind import Fault, Help, LayerKind, Specs
from engine.layers.params import FloatParam, Values
from engine.layers.rules import need_rank, same_shape, through_module

_DOCS = "https://docs.pytorch.org/docs/stable/generated/torch.nn"
_P = FloatParam(name="p", title="Probability", default=0.5, low=0.0, high=1.0, help="Part that is set to 0 in training")


def _dropout2d(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec = inputs["x"]
    return need_rank(spec, 4, "Dropout 2d", "an image (B × C × H × W)") or spec.reshaped(spec.shape)


KINDS = (
    LayerKind(
        key="dropout",
        title="Dropout",
        family="normalisation",
        group="Regularisation",
        aliases=("regularization",),
        help=Help(
            what="Sets random values to 0 in training and scales the rest up; does nothing in evaluation.",
            formula="y = x · m / (1 − p), m = 1 with probability 1 − p",
            shapes="any → the same",
            when="Against overfitting, before the last linear layers.",
            source=f"Srivastava et al., 2014, JMLR 15; {_DOCS}.Dropout.html",
        ),
        parameters=(_P,),
        infer=same_shape("Dropout"),
        emit=through_module(lambda use: module("nn.Dropout", use.values.real("p"))),
        traits=("drops", "keeps_size"),
        calls=("nn.Dropout",),
        stochastic=True,
        differs_in_training=True,
    ),
    LayerKind(
        key="dropout2d",
        stem="dropout",
        title="Dropout 2d",
        family="normalisation",
        group="Regularisation",
        aliases=("spatial dropout", "channel dropout"),
        help=Help(
            what="Sets whole random channels to 0 in training and scales the rest up; does nothing in evaluation.",
            formula="y[c] = x[c] · m[c] / (1 − p)",
            shapes="B × C × H × W → the same",
            when="Against overfitting between convolutions, where neighbouring values say the same.",
            source=f"Tompson et al., 2015, arXiv:1411.4280; {_DOCS}.Dropout2d.html",
        ),
        parameters=(_P,),
        infer=_dropout2d,
        emit=through_module(lambda use: module("nn.Dropout2d", use.values.real("p"))),
        traits=("drops", "keeps_size"),
        calls=("nn.Dropout2d",),
        stochastic=True,
        differs_in_training=True,
    ),
)
