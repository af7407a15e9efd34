"""Losses: scalars to minimise. No torch in here; the formulas are torch's."""

from __future__ import annotations

from engine.graph.dims import same
from engine.graph.specs import TensorSpec, shape_text
from engine.graph.types import Value
from engine.layers.emission import call, infix, method
from engine.layers.kind import Code, Emit, EmitRule, Fault, Help, Hint, InferRule, LayerKind, Port, Role, Specs, Trait
from engine.layers.params import FloatParam, Values
from engine.layers.rules import FUNCTIONAL, need_float

_DOCS = "https://docs.pytorch.org/docs/stable/generated/torch.nn"
_SCORES = (Port("scores"), Port("target"))
_PAIR = (Port("x"), Port("target"))


def class_numbers(title: str) -> InferRule:
    """Rule of a loss of one score per class, axis 1, and class numbers."""

    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        scores, target = inputs["scores"], inputs["target"]
        if fault := need_float(scores, title, "scores"):
            return fault
        if target.dtype != "int64":
            return Fault(
                message=f"{title} needs class numbers (int64) as its target",
                expected="int64",
                found=f"{target.dtype} {shape_text(target)}",
                port="target",
                code="dtype",
            )
        return _places_fault(title, scores, target) or _class_fault(scores, target) or TensorSpec(shape=())

    return infer


def _places_fault(title: str, scores: TensorSpec, target: TensorSpec) -> Fault | None:
    places = (*scores.shape[:1], *scores.shape[2:])
    fits = len(places) == target.rank and all(same(a, b) for a, b in zip(places, target.shape, strict=True))
    if scores.rank > 1 and fits:
        return None
    flat = scores.rank > 2 and target.rank == 1 and same(scores.shape[0], target.shape[0])
    return Fault(
        message=f"{title} needs one score per class for every target",
        expected=f"B × classes for targets {shape_text(target)}",
        found=shape_text(scores),
        port="scores",
        hints=(Hint(title="Insert flatten", insert="flatten", port="scores"),) if flat else (),
    )


def _class_fault(scores: TensorSpec, target: TensorSpec) -> Fault | None:
    count, wanted = scores.shape[1], len(target.classes)
    if not wanted or not isinstance(count, int) or count >= wanted:
        return None
    return Fault(
        message=f"The data has {wanted} classes, the network gives {count} scores",
        expected=f"{wanted} scores",
        found=f"{count} scores",
        port="scores",
        code="classes",
        hints=(Hint(title=f"Give {wanted} outputs", set_parameter="out_features", to=wanted, port="scores"),),
    )


def _emit_cross_entropy(use: Emit) -> Code:
    smoothing = use.values.real("label_smoothing")
    options: dict[str, Value] = {"label_smoothing": smoothing} if smoothing else {}
    scores, target = use.names["scores"], use.names["target"]
    forward = call("F.cross_entropy", scores, target, **options)
    if smoothing and use.variant == "export":  # torch.onnx leaves the smoothing out without a word
        even = method(call("F.log_softmax", scores, dim=1), "mean")
        forward = infix(
            infix(1.0 - smoothing, "*", call("F.cross_entropy", scores, target)), "-", infix(smoothing, "*", even)
        )
    return Code(forward=forward, imports=(FUNCTIONAL,))


def paired(title: str) -> InferRule:
    """Rule of a loss of a prediction and a target of one shape, both real numbers."""

    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        x, target = inputs["x"], inputs["target"]
        for port, spec in (("x", x), ("target", target)):
            if fault := need_float(spec, title, port):
                return fault
        fits = x.rank == target.rank and all(same(a, b) for a, b in zip(x.shape, target.shape, strict=True))
        if not fits or x.dtype != target.dtype:
            hints = _meeting(x, target)
            return Fault(
                message=f"{title} compares two tensors of the same shape",
                expected=f"{shape_text(target)} {target.dtype}",
                found=f"{shape_text(x)} {x.dtype}",
                code="classes" if any(hint.set_parameter for hint in hints) else "shape",
                hints=hints,
            )
        return TensorSpec(shape=())

    return infer


def _meeting(x: TensorSpec, target: TensorSpec) -> tuple[Hint, ...]:
    """Offer ways to bring a prediction and its target to one shape."""
    if x.rank == target.rank > 0 and x.shape[:-1] == target.shape[:-1] and isinstance(target.shape[-1], int):
        count = target.shape[-1]
        return (Hint(title=f"Give {count} outputs", set_parameter="out_features", to=count),)
    for port, short, long in (("target", target.shape, x.shape), ("x", x.shape, target.shape)):
        if long == (*short, 1):
            return (Hint(title="Insert unsqueeze", insert="unsqueeze", parameters={"dim": -1}, port=port),)
    return ()


def _call(function: str) -> EmitRule:
    def emit(use: Emit) -> Code:
        return Code(forward=call(function, use.names["x"], use.names["target"]), imports=(FUNCTIONAL,))

    return emit


def _kind(
    key: str,
    title: str,
    function: str,
    aliases: tuple[str, ...],
    text: Help,
    *,
    target: Port = _PAIR[1],
    traits: tuple[Trait, ...] = (),
    applies: str = "",
) -> LayerKind:
    return LayerKind(
        key=key,
        title=title,
        family="loss",
        group="Loss",
        aliases=("loss", "criterion", *aliases),
        help=text,
        role=Role.LOSS,
        inputs=(_PAIR[0], target),
        infer=paired(title),
        emit=_call(function),
        traits=traits,
        applies=applies,
        calls=(function,),
        spaces=("networks", "training"),
    )


KINDS = (
    LayerKind(
        key="cross_entropy",
        title="Cross-entropy",
        family="loss",
        group="Loss",
        aliases=("loss", "criterion", "classification", "nll", "log loss"),
        help=Help(
            what="How surprised the scores are by the true class. Softmax is built in: give it raw scores.",
            formula="loss = −mean log softmax(scores)[target]",
            shapes="scores B × C, target B (int64) → scalar",
            when="For one class out of several.",
            source=f"{_DOCS}.CrossEntropyLoss.html",
        ),
        role=Role.LOSS,
        parameters=(
            FloatParam(
                name="label_smoothing",
                title="Label smoothing",
                default=0.0,
                low=0.0,
                high=1.0,
                help="Part of the truth spread over all classes",
            ),
        ),
        inputs=_SCORES,
        infer=class_numbers("Cross-entropy"),
        emit=_emit_cross_entropy,
        traits=("takes_classes",),
        applies="softmax",
        calls=(
            "F.cross_entropy",
            "F.log_softmax",
            ".mean",
        ),
        spaces=("networks", "training"),
    ),
    _kind(
        "bce_with_logits",
        "BCE with logits",
        "F.binary_cross_entropy_with_logits",
        ("binary cross-entropy", "sigmoid", "multi-label"),
        Help(
            what="Cross-entropy of yes-no answers. Sigmoid is built in: give it raw scores.",
            formula="loss = −mean [t log σ(x) + (1 − t) log(1 − σ(x))]",
            shapes="x, target (0 … 1) of one shape → scalar",
            when="For two classes, several labels at once, and GANs.",
            source=f"{_DOCS}.BCEWithLogitsLoss.html",
        ),
        target=Port("target", low=0.0, high=1.0),
        applies="sigmoid",
    ),
    _kind(
        "mse",
        "Mean squared error",
        "F.mse_loss",
        ("mse", "l2", "regression"),
        Help(
            what="The mean of squared differences.",
            formula="loss = mean (x − t)²",
            shapes="x, target of one shape → scalar",
            when="For numbers, when large errors matter most.",
            source=f"{_DOCS}.MSELoss.html",
        ),
        traits=("compares",),
    ),
    _kind(
        "l1",
        "Mean absolute error",
        "F.l1_loss",
        ("mae", "l1", "regression"),
        Help(
            what="The mean of absolute differences.",
            formula="loss = mean |x − t|",
            shapes="x, target of one shape → scalar",
            when="For numbers with outliers.",
            source=f"{_DOCS}.L1Loss.html",
        ),
        traits=("compares",),
    ),
)
