"""Losses that compare by margins and in embeddings: hinge, ranking, triplet, cosine, contrast. No torch; formulas are torch's."""

from __future__ import annotations

from collections.abc import Mapping

from engine.graph.dims import Dim, product, same, times
from engine.graph.specs import TensorSpec, shape_text
from engine.layers.emission import Expr, call, infix, method
from engine.layers.kind import Code, Emit, Fault, InferRule, Port, Specs
from engine.layers.losses_of_numbers import alike, called, loss
from engine.layers.params import BoolParam, FloatParam, Values
from engine.layers.rules import FUNCTIONAL, need_float, size_of

_TRIPLET = (Port("anchor"), Port("positive"), Port("negative"))
_RANKED = (Port("a"), Port("b"), Port("target", help="1 where a should be larger, −1 where b should"))
_VECTORS = (Port("a"), Port("b"))
_ALIKE = Port("target", help="1 for alike, −1 for different")
_JUDGED = (*_VECTORS, _ALIKE)
_HINGED = (Port("x"), _ALIKE)
_SCORED = (Port("scores"), Port("target"))


def _margin(default: float) -> FloatParam:
    text = "How far apart two sides must be before the loss is 0"
    return FloatParam(name="margin", title="Margin", default=default, low=-1e6, high=1e6, help=text)


_APART = FloatParam(
    name="margin",
    title="Margin",
    default=1.0,
    low=0.0,
    high=1e6,
    open_low=True,
    help="How much nearer the positive must be",
)
_SWAP = BoolParam(
    name="swap",
    title="Swap",
    default=False,
    help="Whether the positive counts as anchor where it is nearer",
    advanced=True,
)
_COSINE = FloatParam(
    name="margin", title="Margin", default=0.0, low=-1.0, high=1.0, help="Cosine from which different vectors cost"
)
_TEMPERATURE = FloatParam(
    name="temperature",
    title="Temperature",
    default=0.1,
    low=1e-3,
    high=1e3,
    help="Small ones make near rivals weigh more",
)


def _classes(title: str, *, several: bool) -> InferRule:
    """Rule of scores B × C against class numbers: one a sample, or up to C of them."""

    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        scores, target = inputs["scores"], inputs["target"]
        if fault := need_float(scores, title, "scores"):
            return fault
        wanted = scores.shape if several else scores.shape[:1]
        fits = target.rank == len(wanted) and all(same(a, b) for a, b in zip(wanted, target.shape, strict=True))
        if scores.rank == 2 and fits and target.dtype == "int64":
            return TensorSpec(shape=())
        return Fault(
            message=f"{title} needs a score for every class, and class numbers",
            expected=f"scores B × C, target {'B × C' if several else 'B'} (int64)",
            found=f"{shape_text(scores)} and {shape_text(target)} ({target.dtype})",
            port="scores",
        )

    return infer


def _vectors(title: str) -> InferRule:
    """Rule of two vectors a sample, B × F."""
    pairs = alike(title, ("a", "b"))

    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        found, a = pairs(values, inputs), inputs["a"]
        if isinstance(found, Fault) or a.rank == 2:
            return found
        message = f"{title} needs one vector a sample"
        return Fault(message=message, expected="a, b B × F", found=shape_text(a), port="a")

    return infer


def _judged(title: str, port: str, compared: InferRule, axes: int | None) -> InferRule:
    """Rule of what `compared` takes, and a whole number 1 or −1 for the first `axes` axes of `port`; None for all."""

    def infer(values: Values, inputs: Specs) -> Mapping[str, TensorSpec] | TensorSpec | Fault:
        target, places = inputs["target"], inputs[port].shape[:axes]
        found = compared(values, inputs)
        fits = target.rank == len(places) and all(same(a, b) for a, b in zip(places, target.shape, strict=True))
        if isinstance(found, Fault) or (fits and target.dtype == "int64"):
            return found
        wanted = TensorSpec(shape=places, dtype="int64")
        return Fault(
            message=f"{title} needs a target of whole numbers: 1 for alike, −1 for different",
            expected=f"{shape_text(wanted)} int64",
            found=f"{shape_text(target)} {target.dtype}",
            port="target",
        )

    return infer


def _contrast_cost(values: Values, inputs: Specs, outputs: Specs) -> Dim:
    return times(product(inputs["a"].shape), inputs["a"].shape[0])


def _emit_contrast(use: Emit) -> Code:
    a, b = (call("F.normalize", use.names[port], dim=-1) for port in ("a", "b"))
    scores = infix(infix(a, "@", method(b, "t")), "/", use.values.real("temperature"))
    device = Expr(f"{use.names['a']}.device")
    places = call("torch.arange", size_of(use.specs["a"].shape[0], use), device=device)
    return Code(forward=call("F.cross_entropy", scores, places), imports=(FUNCTIONAL,))


KINDS = (
    loss(
        "hinge_embedding",
        "Hinge embedding",
        "HingeEmbeddingLoss",
        (
            "Makes distances of like pairs small, those of different pairs larger than a margin.",
            "loss = mean x where t = 1, max(0, margin − x) where t = −1",
            "To learn distances from pairs.",
        ),
        inputs=_HINGED,
        infer=_judged("Hinge embedding", "x", alike("Hinge embedding", ("x",)), None),
        emit=called("F.hinge_embedding_loss", _margin(1.0)),
        parameters=(_margin(1.0),),
        calls=("F.hinge_embedding_loss",),
    ),
    loss(
        "margin_ranking",
        "Margin ranking",
        "MarginRankingLoss",
        (
            "Makes one of two scores larger than the other.",
            "loss = mean max(0, −t (a − b) + margin)",
            "To learn an order.",
        ),
        inputs=_RANKED,
        infer=alike("Margin ranking", ("a", "b", "target")),
        emit=called("F.margin_ranking_loss", _margin(0.0)),
        parameters=(_margin(0.0),),
        calls=("F.margin_ranking_loss",),
    ),
    loss(
        "multi_margin",
        "Multi-margin",
        "MultiMarginLoss",
        (
            "Makes the score of the true class larger than all others by a margin.",
            "loss = mean Σ max(0, margin − s[t] + s[i])ᵖ / C",
            "For classes, as support vector machines do.",
        ),
        inputs=_SCORED,
        infer=_classes("Multi-margin", several=False),
        emit=called("F.multi_margin_loss", _margin(1.0)),
        parameters=(_margin(1.0),),
        calls=("F.multi_margin_loss",),
    ),
    loss(
        "multilabel_margin",
        "Multi-label margin",
        "MultiLabelMarginLoss",
        (
            "Makes scores of all true classes larger than those of the others; a target of −1 ends a sample's list.",
            "loss = mean Σ max(0, 1 − (s[t] − s[i])) / C",
            "For several labels at once.",
        ),
        inputs=_SCORED,
        infer=_classes("Multi-label margin", several=True),
        emit=called("F.multilabel_margin_loss"),
        calls=("F.multilabel_margin_loss",),
    ),
    loss(
        "triplet_margin",
        "Triplet margin",
        "TripletMarginLoss",
        (
            "Brings an anchor nearer to what is like it than to what is not, by a margin.",
            "loss = mean max(0, |a − p| − |a − n| + margin)",
            "For embeddings of faces, signatures and the like.",
        ),
        inputs=_TRIPLET,
        infer=alike("Triplet margin", ("anchor", "positive", "negative"), least=2),
        emit=called("F.triplet_margin_loss", _APART, _SWAP),
        parameters=(_APART, _SWAP),
        calls=("F.triplet_margin_loss",),
    ),
    loss(
        "cosine_embedding",
        "Cosine embedding",
        "CosineEmbeddingLoss",
        (
            "Turns like vectors to one direction, others away from each other.",
            "loss = mean 1 − cos(a, b) where t = 1, max(0, cos(a, b) − margin) where t = −1",
            "For embeddings whose length does not matter.",
        ),
        inputs=_JUDGED,
        infer=_judged("Cosine embedding", "a", _vectors("Cosine embedding"), 1),
        emit=called("F.cosine_embedding_loss", _COSINE),
        parameters=(_COSINE,),
        calls=("F.cosine_embedding_loss",),
    ),
    loss(
        "info_nce",
        "InfoNCE",
        "",
        (
            "Finds for every vector its partner among all of the batch.",
            "loss = −mean log softmax(cos(aᵢ, b) / τ)[i]",
            "For contrastive learning: two views of a sample, or an image and its text.",
        ),
        aliases=("contrastive", "nt-xent", "clip", "simclr"),
        inputs=_VECTORS,
        infer=_vectors("InfoNCE"),
        emit=_emit_contrast,
        parameters=(_TEMPERATURE,),
        calls=("F.normalize", ".t", "torch.arange", ".device", "F.cross_entropy"),
        multiply_adds=_contrast_cost,
        source="https://arxiv.org/abs/1807.03748",
    ),
)
