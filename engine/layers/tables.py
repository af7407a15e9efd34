"""Learned tables and fixed numbers: bilinear maps, bags of embeddings, learnable tensors, constants. No torch in here."""

from __future__ import annotations

from typing import Final

from engine.graph.dims import Dim, product, same, times
from engine.graph.specs import DType, TensorSpec, shape_text
from engine.layers import sight
from engine.layers.emission import call, method, module, name, sequence
from engine.layers.kind import Code, Emit, Fault, Help, Hint, LayerKind, Port, Specs, Weight
from engine.layers.params import BoolParam, ChoiceParam, FloatParam, IntParam, ShapeParam, Values
from engine.layers.rules import PLACE_CALLS, made_here, need_float, size_of
from engine.layers.windows import DOCS

_SIZES: Final = "Sizes of all axes: whole numbers, or names such as B for what is known at run time only"
_LEARNED: Final = '''
class _LearnedTensor(nn.Module):
    """Holds numbers that are learned, whatever comes in."""

    def __init__(self, shape: tuple[int, ...], std: float) -> None:
        super().__init__()
        self.value = nn.Parameter(std * torch.randn(shape))

    def forward(self) -> torch.Tensor:
        return self.value
'''


def _last(inputs: Specs, port: str) -> int:
    size = inputs[port].shape[-1] if inputs[port].shape else 0
    return size if isinstance(size, int) else 0


def _bilinear(values: Values, inputs: Specs) -> TensorSpec | Fault:
    x, other = inputs["x"], inputs["other"]
    for port, spec in (("x", x), ("other", other)):
        if fault := need_float(spec, "Bilinear", port):
            return fault
        if not _last(inputs, port):
            return Fault(
                message="Bilinear needs a last axis of known size",
                expected="… × features",
                found=shape_text(spec),
                port=port,
            )
    alike = x.rank == other.rank and all(map(same, x.shape[:-1], other.shape[:-1]))
    if not alike or x.dtype != other.dtype:
        return Fault(
            message="Bilinear needs two inputs that differ in their last axis only",
            expected=f"{shape_text(x.reshaped((*x.shape[:-1], '…')))} {x.dtype}",
            found=f"{shape_text(other)} {other.dtype}",
            port="other",
        )
    return x.reshaped((*x.shape[:-1], values.integer("out_features")))


def _bilinear_weights(values: Values, inputs: Specs) -> tuple[Weight, ...]:
    out = values.integer("out_features")
    bias = (Weight("bias", (out,)),) if values.flag("bias") else ()
    return (Weight("weight", (out, _last(inputs, "x"), _last(inputs, "other"))), *bias)


def _bilinear_cost(values: Values, inputs: Specs, outputs: Specs) -> Dim:
    return times(product(outputs["y"].shape), _last(inputs, "x") * _last(inputs, "other"))


def _emit_bilinear(use: Emit) -> Code:
    sizes = (_last(use.specs, "x"), _last(use.specs, "other"), use.values.integer("out_features"))
    made = module("nn.Bilinear", *sizes, options={"bias": (use.values.flag("bias"), True)})
    return Code(forward=call(use.self, use.names["x"], use.names["other"]), module=made)


def _bag(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec, weights = inputs["x"], inputs.get("weights")
    if spec.dtype != "int64" or spec.rank != 2:
        return Fault(
            message="Embedding bag needs rows of whole numbers (int64)",
            expected="B × L (int64)",
            found=f"{shape_text(spec)} ({spec.dtype})",
            code="dtype" if spec.rank == 2 else "shape",
        )
    if weights is None:
        return TensorSpec(shape=(spec.shape[0], values.integer("embedding_dim")))
    if values.text("mode") != "sum":
        return Fault(
            message="Embedding bag weighs its numbers in sums only",
            expected="mode sum",
            found=f"mode {values.text('mode')}",
            port="weights",
            code="parameter",
            hints=(Hint(title="Take the sum", set_parameter="mode", to="sum", port="weights"),),
        )
    if weights.dtype != "float32" or weights.shape != spec.shape:
        return Fault(
            message="Embedding bag needs a weight for every number",
            expected=f"{shape_text(spec)} (float32)",
            found=f"{shape_text(weights)} ({weights.dtype})",
            port="weights",
        )
    return TensorSpec(shape=(spec.shape[0], values.integer("embedding_dim")))


def _bag_weights(values: Values, inputs: Specs) -> tuple[Weight, ...]:
    return (Weight("weight", (values.integer("num_embeddings"), values.integer("embedding_dim"))),)


def _emit_bag(use: Emit) -> Code:
    sizes = (use.values.integer("num_embeddings"), use.values.integer("embedding_dim"))
    weights = {"per_sample_weights": use.names["weights"]} if "weights" in use.names else {}
    made = module("nn.EmbeddingBag", *sizes, options={"mode": (use.values.text("mode"), "mean")})
    return Code(forward=call(use.self, use.names["x"], **weights), module=made)


def _shaped(values: Values, inputs: Specs) -> TensorSpec:
    return TensorSpec(shape=values.shape("shape"))


def _held(values: Values) -> tuple[int, ...]:
    """Give the shape that is learned: 1 where the size is known at run time only."""
    return tuple(dim if isinstance(dim, int) else 1 for dim in values.shape("shape"))


def _learned_weights(values: Values, inputs: Specs) -> tuple[Weight, ...]:
    return (Weight("value", _held(values)),)


def _emit_learned(use: Emit) -> Code:
    dims = use.values.shape("shape")
    made = call("_LearnedTensor", _held(use.values), use.values.real("std"))
    forward = call(use.self)
    if any(not isinstance(dim, int) for dim in dims):
        forward = method(forward, "expand", *(-1 if isinstance(dim, int) else size_of(dim, use) for dim in dims))
    return Code(forward=forward, module=made, helpers=(_LEARNED,))


_TYPES: Final[dict[str, DType]] = {"float32": "float32", "int64": "int64"}


def _constant(values: Values, inputs: Specs) -> TensorSpec | Fault:
    dtype = _TYPES[values.text("dtype")]
    if dtype == "int64" and not values.real("value").is_integer():
        return Fault(
            message="A constant of whole numbers needs a whole value",
            expected="a whole number",
            found=f"{values.real('value'):g}",
            port="",
            code="parameter",
        )
    return TensorSpec(shape=values.shape("shape"), dtype=dtype)


def _emit_constant(use: Emit) -> Code:
    value, shape = use.values.real("value"), use.outputs["y"].shape
    sizes = sequence(tuple(size_of(dim, use) for dim in shape))
    whole = use.values.text("dtype") == "int64"
    dtype = {"dtype": name("torch.int64")} if whole else {}
    return made_here(use, "torch.full", sizes, int(value) if whole else value, **dtype)


KINDS = (
    LayerKind(
        key="bilinear",
        title="Bilinear",
        family="linear",
        group="Linear",
        aliases=("product", "relation", "two inputs"),
        help=Help(
            what="Every output is a weighted sum of all products of a number of one input with a number of the other.",
            formula="y_k = aᵀ W_k b + bias_k",
            shapes="… × in₁, … × in₂ → … × out",
            when="To score how two things belong together: words, items, a question and an answer.",
            source=f"{DOCS}.Bilinear.html",
        ),
        parameters=(
            IntParam(name="out_features", title="Out features", default=64, help="Number of outputs", high=2**24),
            BoolParam(name="bias", title="Bias", default=True, help="Whether a learned number is added to each output"),
        ),
        inputs=(Port("x"), Port("other")),
        sees=sight.of_last,
        infer=_bilinear,
        emit=_emit_bilinear,
        calls=("nn.Bilinear",),
        weights=_bilinear_weights,
        weight_axis=0,
        multiply_adds=_bilinear_cost,
    ),
    LayerKind(
        key="embedding_bag",
        title="Embedding bag",
        family="sequence",
        group="Embedding",
        aliases=("bag of words", "lookup", "sparse features"),
        help=Help(
            what="Looks up a learned vector for every whole number of a row and gives their mean, sum or maximum.",
            formula="y = mean of W[x_i] over the row",
            shapes="B × L (int64) → B × dim",
            when="For sets of words, tags or products whose order does not matter.",
            source=f"{DOCS}.EmbeddingBag.html",
        ),
        stem="embedding",
        parameters=(
            IntParam(
                name="num_embeddings",
                title="Rows",
                default=1000,
                help="Number of different inputs: 0 to this less 1",
                high=2**31 - 1,
            ),
            IntParam(name="embedding_dim", title="Dimensions", default=64, help="Length of each vector", high=2**20),
            ChoiceParam(
                name="mode",
                title="Takes",
                default="mean",
                choices=("mean", "sum", "max"),
                help="What is made of the vectors of a row",
            ),
        ),
        inputs=(Port("x"), Port("weights", optional=True, help="How much each number of a row counts; in sums")),
        sees=sight.whole,
        infer=_bag,
        emit=_emit_bag,
        calls=("nn.EmbeddingBag",),
        weights=_bag_weights,
        weight_axis=0,
    ),
    LayerKind(
        key="learnable_tensor",
        title="Learnable tensor",
        family="linear",
        group="Embedding",
        aliases=("parameter", "token", "query", "weight"),
        help=Help(
            what="Numbers that are learned and do not depend on what comes in.",
            formula="y = W",
            shapes="→ shape; an axis such as B holds the same numbers all along",
            when="For queries, tokens, scales and whatever a layer of your own learns.",
            source=f"{DOCS}.parameter.Parameter.html",
        ),
        stem="learned",
        parameters=(
            ShapeParam(name="shape", title="Shape", default=("B", 1, 64), min_length=1, help=_SIZES),
            FloatParam(
                name="std",
                title="Deviation",
                default=0.02,
                low=0.0,
                high=100.0,
                help="Standard deviation of the numbers that training starts from; 0: zeros",
            ),
        ),
        inputs=(),
        infer=_shaped,
        emit=_emit_learned,
        calls=("nn.Parameter", "torch.randn", ".expand"),
        weights=_learned_weights,
    ),
    LayerKind(
        key="constant",
        title="Constant",
        family="data",
        group="Inputs and outputs",
        aliases=("number", "ones", "zeros", "full", "fill"),
        help=Help(
            what="A tensor that holds one number everywhere.",
            formula="y = value",
            shapes="→ shape",
            when="For thresholds, masks, and the ones and zeros that a discriminator is to say.",
            source="https://docs.pytorch.org/docs/stable/generated/torch.full.html",
        ),
        parameters=(
            ShapeParam(name="shape", title="Shape", default=("B", 1), help=_SIZES),
            FloatParam(name="value", title="Value", default=1.0, low=-1e12, high=1e12, help="What stands everywhere"),
            ChoiceParam(
                name="dtype", title="Type", default="float32", choices=tuple(_TYPES), help="int64 for whole numbers"
            ),
        ),
        inputs=(),
        infer=_constant,
        emit=_emit_constant,
        calls=("torch.full", "torch.int64", *PLACE_CALLS),
        spaces=("networks", "training"),
    ),
)
