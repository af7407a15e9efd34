"""Metrics: what is measured and shown, and nothing learns from. No torch in here."""

from __future__ import annotations

from collections.abc import Mapping

from engine.errors import BuildError
from engine.graph.dims import same
from engine.graph.specs import TensorSpec, shape_text
from engine.layers.kind import Code, Emit, Fault, Help, InferRule, LayerKind, Measure, Port, Role, Specs
from engine.layers.params import ChoiceParam, FloatParam, Param, Values
from engine.layers.rules import need_float

_LEAST = 6
"""Height and width from which on a window of 11 x 11 can be filled by mirroring."""
DOCS = "https://lightning.ai/docs/torchmetrics/stable"


def class_scores(title: str, least: str = "") -> InferRule:
    """Rule of a metric of one score per class, axis 1, and class numbers.

    Args:
        title: of the metric.
        least: parameter that says how many classes there are at least, where it is more than two.
    """

    def infer(values: Values, inputs: Specs) -> dict[str, TensorSpec] | Fault:
        scores, target = inputs["scores"], inputs["target"]
        if fault := need_float(scores, title, "scores"):
            return fault
        places = (*scores.shape[:1], *scores.shape[2:])
        fits = len(places) == target.rank and all(same(a, b) for a, b in zip(places, target.shape, strict=True))
        if target.dtype != "int64" or scores.rank < 2 or not fits:
            return Fault(
                message=f"{title} needs one score per class and class numbers",
                expected="scores B × C, target B (int64)",
                found=f"{shape_text(scores)} and {shape_text(target)} ({target.dtype})",
                port="scores",
            )
        count, wanted = scores.shape[1], max(2, values.integer(least) if least else 2)
        if isinstance(count, int) and count < wanted:
            return Fault(
                message=f"{title} needs a score for each of at least {'two' if wanted == 2 else wanted} classes",
                expected=f"scores B × C, C of at least {wanted}",
                found=shape_text(scores),
                port="scores",
            )
        return {}

    return infer


def numbers(title: str) -> InferRule:
    """Rule of a metric of two tensors of one shape."""

    def infer(values: Values, inputs: Specs) -> dict[str, TensorSpec] | Fault:
        x, target = inputs["x"], inputs["target"]
        fits = x.rank == target.rank and all(same(a, b) for a, b in zip(x.shape, target.shape, strict=True))
        if not fits:
            return Fault(
                message=f"{title} compares two tensors of the same shape",
                expected=shape_text(target),
                found=shape_text(x),
            )
        if target.dtype == "bool":
            return Fault(
                message=f"{title} compares numbers: put a Cast before the target",
                expected="float32 or int64",
                found="bool",
                port="target",
            )
        return need_float(x, title) or {}

    return infer


def images(title: str) -> InferRule:
    """Rule of a metric of two batches of images, large enough for its window."""
    plain = numbers(title)

    def infer(values: Values, inputs: Specs) -> Mapping[str, TensorSpec] | TensorSpec | Fault:
        x = inputs["x"]
        small = any(isinstance(size, int) and size < _LEAST for size in x.shape[2:])
        if x.rank != 4 or small or inputs["target"].dtype != x.dtype:
            return Fault(
                message=f"{title} needs images of at least {_LEAST} × {_LEAST}",
                expected="B × C × H × W, twice, of one type",
                found=f"{shape_text(x)} {x.dtype} and {inputs['target'].dtype}",
            )
        return plain(values, inputs)

    return infer


def _emit_nothing(use: Emit) -> Code:
    raise BuildError("a metric is fed, not called")


def metric(
    key: str,
    title: str,
    infer: InferRule,
    aliases: tuple[str, ...],
    measure: Measure,
    text: Help,
    parameters: tuple[Param, ...] = (),
) -> LayerKind:
    """Declare a metric: it is fed and gives nothing on; its plain twin takes the same parameters."""
    return LayerKind(
        key=key,
        title=title,
        family="loss",
        group="Metric",
        aliases=("metric", *aliases),
        help=text,
        role=Role.METRIC,
        parameters=parameters,
        inputs=tuple(Port(port) for port in _PORTS[measure.of]),
        outputs=(),
        infer=infer,
        emit=_emit_nothing,
        spaces=("training",),
        phases="evaluate",
        measure=measure,
    )


_PORTS = {
    "classes": ("scores", "target"),
    "labels": ("scores", "target"),
    "rows": ("scores", "target"),
    "numbers": ("x", "target"),
    "images": ("x", "target"),
}

AVERAGE = ChoiceParam(
    name="average",
    title="Average",
    default="macro",
    choices=("macro", "micro", "weighted"),
    help="macro: every class counts the same; weighted: by how often it occurs; micro: all samples in one pot",
)

KINDS = (
    metric(
        "accuracy",
        "Accuracy",
        class_scores("Accuracy"),
        ("correct", "error rate"),
        Measure(
            by="classification.MulticlassAccuracy",
            options={"average": "micro"},
            of="classes",
            rises=True,
            within_one=True,
            is_share=True,
        ),
        Help(
            what="Part of the samples whose highest score is the true class.",
            formula="correct / all",
            shapes="scores B × C, target B",
            when="For classes of similar size.",
            source=f"{DOCS}/classification/accuracy.html",
        ),
    ),
    metric(
        "f1",
        "F1",
        class_scores("F1"),
        ("dice", "harmonic mean"),
        Measure(
            by="classification.MulticlassF1Score",
            of="classes",
            rises=True,
            within_one=True,
        ),
        Help(
            what="The harmonic mean of precision and recall, averaged over classes.",
            formula="F1 = 2 P R / (P + R)",
            shapes="scores B × C, target B",
            when="For classes of different size.",
            source=f"{DOCS}/classification/f1_score.html",
        ),
        (AVERAGE,),
    ),
    metric(
        "fbeta",
        "F-beta",
        class_scores("F-beta"),
        ("f2", "f-score"),
        Measure(by="classification.MulticlassFBetaScore", of="classes", rises=True, within_one=True),
        Help(
            what="A mean of precision and recall in which recall counts beta times as much, averaged over classes.",
            formula="F = (1 + β²) P R / (β² P + R)",
            shapes="scores B × C, target B",
            when="When a miss is dearer than a false alarm (beta above 1), or the other way round.",
            source=f"{DOCS}/classification/fbeta_score.html",
        ),
        (
            FloatParam(
                name="beta",
                title="Beta",
                default=2.0,
                low=0.0,
                high=100.0,
                open_low=True,
                help="How many times as much recall counts as precision; with 1 it is F1",
            ),
            AVERAGE,
        ),
    ),
    metric(
        "mae",
        "Mean absolute error",
        numbers("Mean absolute error"),
        ("l1",),
        Measure(by="regression.MeanAbsoluteError", of="numbers"),
        Help(
            what="The mean of absolute differences, in the target's unit.",
            formula="mean |x − t|",
            shapes="x, target of one shape",
            when="To tell people how far off a prediction is.",
            source=f"{DOCS}/regression/mean_absolute_error.html",
        ),
    ),
    metric(
        "rmse",
        "Root mean squared error",
        numbers("Root mean squared error"),
        ("l2",),
        Measure(by="regression.MeanSquaredError", options={"squared": False}, of="numbers"),
        Help(
            what="The root of the mean squared difference, in the target's unit.",
            formula="√ mean (x − t)²",
            shapes="x, target of one shape",
            when="When large errors matter most.",
            source=f"{DOCS}/regression/mean_squared_error.html",
        ),
    ),
    metric(
        "r2",
        "R²",
        numbers("R²"),
        ("coefficient of determination",),
        Measure(by="regression.R2Score", of="numbers", rises=True),
        Help(
            what="Part of the target's variance that is explained: 1 is perfect, 0 as good as the mean.",
            formula="1 − Σ (x − t)² / Σ (t − mean t)²",
            shapes="x, target of one shape",
            when="To compare regressions whatever the unit.",
            source=f"{DOCS}/regression/r2_score.html",
        ),
    ),
    metric(
        "mape",
        "Mean absolute percentage error",
        numbers("Mean absolute percentage error"),
        ("relative error", "percent"),
        Measure(by="regression.MeanAbsolutePercentageError", of="numbers"),
        Help(
            what="The mean of absolute differences as parts of the target: 0.1 is 10 %.",
            formula="mean |x − t| / |t|",
            shapes="x, target of one shape",
            when="For targets above 0 of very different size; near 0 it is huge.",
            source=f"{DOCS}/regression/mean_absolute_percentage_error.html",
        ),
    ),
    metric(
        "explained_variance",
        "Explained variance",
        numbers("Explained variance"),
        ("regression",),
        Measure(by="regression.ExplainedVariance", of="numbers", rises=True),
        Help(
            what="Part of the target's variance that is explained, whatever the mean error: R² forgives no such error.",
            formula="1 − Var(t − x) / Var(t)",
            shapes="x, target of one shape",
            when="To see whether a regression is off by the same everywhere: then R² is lower.",
            source=f"{DOCS}/regression/explained_variance.html",
        ),
    ),
)
