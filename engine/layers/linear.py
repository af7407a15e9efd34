"""Linear maps and lookups: linear, embedding, identity. No torch in here; the formulas are torch's."""

from __future__ import annotations

from engine.graph.dims import Dim, product, times
from engine.graph.specs import TensorSpec, shape_text
from engine.layers import sight, worked
from engine.layers.emission import module
from engine.layers.kind import Code, Emit, Fault, Help, LayerKind, Specs, Weight
from engine.layers.params import BoolParam, IntParam, Values
from engine.layers.rules import need_float, through_module

_DOCS = "https://docs.pytorch.org/docs/stable/generated/torch.nn"


def _linear(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec = inputs["x"]
    if fault := need_float(spec, "Linear", embed=True):
        return fault
    if spec.rank < 1 or not isinstance(spec.shape[-1], int):
        return Fault(
            message="Linear needs a last axis of known size",
            expected="… × features",
            found=shape_text(spec),
        )
    return spec.reshaped((*spec.shape[:-1], values.integer("out_features")))


def _linear_weights(values: Values, inputs: Specs) -> tuple[Weight, ...]:
    out, features = values.integer("out_features"), _features(inputs)
    bias = (Weight("bias", (out,)),) if values.flag("bias") else ()
    return (Weight("weight", (out, features)), *bias)


def _features(inputs: Specs) -> int:
    size = inputs["x"].shape[-1]
    return size if isinstance(size, int) else 0


def _linear_cost(values: Values, inputs: Specs, outputs: Specs) -> Dim:
    return times(product(outputs["y"].shape), _features(inputs))


def _embedding(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec = inputs["x"]
    if spec.dtype not in ("int64", "int32"):
        return Fault(
            message="Embedding looks up whole numbers (int64)",
            expected="int64",
            found=f"{spec.dtype} {shape_text(spec)}",
            code="dtype",
        )
    return TensorSpec(shape=(*spec.shape, values.integer("embedding_dim")))


def _embedding_weights(values: Values, inputs: Specs) -> tuple[Weight, ...]:
    return (Weight("weight", (values.integer("num_embeddings"), values.integer("embedding_dim"))),)


def _identity(values: Values, inputs: Specs) -> TensorSpec:
    return inputs["x"]


def _emit_identity(use: Emit) -> Code:
    return Code(forward=use.names["x"])


KINDS = (
    LayerKind(
        key="linear",
        title="Linear",
        family="linear",
        group="Linear",
        aliases=("dense", "fully connected", "affine", "fc"),
        help=Help(
            what="Every output is a weighted sum of all inputs along the last axis, plus a bias.",
            formula="y = x Wᵀ + b",
            shapes="… × in → … × out",
            when="To mix features: as a hidden layer, and as the last layer that gives one score per class.",
            source=f"{_DOCS}.Linear.html",
        ),
        parameters=(
            IntParam(name="out_features", title="Out features", default=64, help="Number of outputs", high=2**24),
            BoolParam(name="bias", title="Bias", default=True, help="Whether a learned number is added to each output"),
        ),
        sees=sight.of_last,
        infer=_linear,
        worked=worked.on_last_axis,
        emit=through_module(
            lambda use: module(
                "nn.Linear",
                _features(use.specs),
                use.values.integer("out_features"),
                options={"bias": (use.values.flag("bias"), True)},
            )
        ),
        traits=("affine",),
        calls=("nn.Linear",),
        weights=_linear_weights,
        weight_axis=0,
        multiply_adds=_linear_cost,
    ),
    LayerKind(
        key="embedding",
        title="Embedding",
        family="sequence",
        group="Embedding",
        aliases=("lookup", "word vectors", "token"),
        help=Help(
            what="Looks up one learned vector for every whole number.",
            formula="y = W[x]",
            shapes="… (int64) → … × dim",
            when="For words, categories, users and items: anything that is a name and not an amount.",
            source=f"{_DOCS}.Embedding.html",
        ),
        parameters=(
            IntParam(
                name="num_embeddings",
                title="Rows",
                default=1000,
                help="Number of different inputs: 0 to this less 1",
                high=2**31 - 1,
            ),
            IntParam(name="embedding_dim", title="Dimensions", default=64, help="Length of each vector", high=2**20),
        ),
        sees=sight.before,
        infer=_embedding,
        emit=through_module(
            lambda use: module(
                "nn.Embedding", use.values.integer("num_embeddings"), use.values.integer("embedding_dim")
            )
        ),
        calls=("nn.Embedding",),
        weights=_embedding_weights,
        weight_axis=0,
    ),
    LayerKind(
        key="identity",
        title="Identity",
        family="data",
        group="Shape",
        aliases=("pass", "reroute", "noop"),
        help=Help(
            what="Gives what it gets.",
            formula="y = x",
            shapes="any → the same",
            when="To name a place in a network, or to keep a wire tidy.",
            source=f"{_DOCS}.Identity.html",
        ),
        sees=sight.point,
        infer=_identity,
        emit=_emit_identity,
        traits=("keeps_values", "keeps_size"),
    ),
)
