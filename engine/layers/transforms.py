"""Transforms of data: fitted on the training part, run once, and part of every export. No torch in here."""

from __future__ import annotations

from engine.errors import BuildError
from engine.graph.specs import TensorSpec
from engine.layers.kind import Code, Emit, Fault, Help, LayerKind, Role, SourceCode, Specs
from engine.layers.params import ChoiceParam, Values
from engine.layers.rules import need_float

_AXES = ChoiceParam(
    name="axes",
    title="Over",
    default="feature",
    choices=("feature", "channel", "all"),
    help="feature: each column of the last axis by itself; channel: each channel (axis 1); all: everything together",
)


def _standardise(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec = inputs["x"]
    if fault := need_float(spec, "Standardise"):
        return fault
    needed = 3 if values.text("axes") == "channel" else 2
    if spec.rank < needed:
        return Fault(
            message="Standardise needs samples with an axis to work over",
            expected=f"at least {needed} axes",
            found=str(spec.rank),
        )
    return TensorSpec(shape=spec.shape, dtype=spec.dtype, columns=spec.columns, spread=1.0)


def _fill(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec = inputs["x"]
    return need_float(spec, "Fill") or spec


def _emit_nothing(use: Emit) -> Code:
    raise BuildError("a transform is fitted and run with the data")


KINDS = (
    LayerKind(
        key="standardise",
        title="Standardise",
        family="normalisation",
        group="Transforms",
        aliases=("normalize", "scale", "z-score", "standardize"),
        help=Help(
            what="Takes away the mean and divides by the standard deviation, both measured on the training part only.",
            formula="y = (x − mean) / deviation",
            shapes="any → the same",
            when="Nearly always: networks train best on numbers around 0.",
            source="scikit-learn StandardScaler, https://scikit-learn.org/stable/modules/preprocessing.html",
        ),
        role=Role.TRANSFORM,
        parameters=(_AXES,),
        infer=_standardise,
        emit=_emit_nothing,
        spaces=("training",),
        code=SourceCode(module="transforms", function="Standardise"),
    ),
    LayerKind(
        key="fill",
        title="Fill missing",
        family="data",
        group="Transforms",
        aliases=("impute", "nan", "missing"),
        help=Help(
            what="Puts the column's mean over the training part in the place of missing numbers.",
            formula="y = mean where x is missing, else x",
            shapes="any → the same",
            when="For tables with gaps, before anything else.",
            source="scikit-learn SimpleImputer, https://scikit-learn.org/stable/modules/impute.html",
        ),
        role=Role.TRANSFORM,
        infer=_fill,
        emit=_emit_nothing,
        spaces=("training",),
        code=SourceCode(module="transforms", function="Fill"),
    ),
)
