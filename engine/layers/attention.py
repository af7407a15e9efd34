"""Attention: of given queries, keys and values, and in several heads. No torch in here; the formulas are torch's.

A mask says yes where a query may look at a key, as torch's function has it; padding says yes where a key is padding.
"""

from __future__ import annotations

from typing import Final

from engine.graph.dims import Dim, plus, product, same, times
from engine.graph.specs import TensorSpec, shape_text
from engine.graph.types import Value
from engine.layers import attention_code, sight
from engine.layers.arithmetic import broadcast
from engine.layers.emission import Expr, call, infix, literal, method, module
from engine.layers.kind import Code, Emit, Fault, Help, Hint, LayerKind, Port, Specs, Weight
from engine.layers.params import BoolParam, FloatParam, IntParam, Values
from engine.layers.rules import FUNCTIONAL, need_float

_DOCS: Final = "https://docs.pytorch.org/docs/stable/generated/torch.nn"
_PAPER: Final = "Vaswani et al., 2017, arXiv:1706.03762"
MASK: Final = Port(
    "mask", "Mask", optional=True, help="Yes where a query may look at a key (T × S), or numbers added to the scores"
)
PADDING: Final = Port("padding", "Padding", optional=True, help="B × S, yes where a key is padding")
KV_HEADS: Final = IntParam(
    name="kv_heads",
    title="Heads of keys",
    default=0,
    low=0,
    high=2**10,
    advanced=True,
    help="Fewer than heads: groups of them share keys and values; 0 for as many as heads",
)
CAUSAL: Final = BoolParam(
    name="is_causal", title="Causal", default=False, help="Whether a place sees itself and earlier places only"
)
ROTARY: Final = BoolParam(
    name="rotary",
    title="Rotary positions",
    default=False,
    help="Whether queries and keys are turned by their place, so that scores depend on distances",
)
BIAS: Final = BoolParam(
    name="bias", title="Bias", default=True, help="Whether learned numbers are added", advanced=True
)


def dropout(default: float, text: str) -> FloatParam:
    """Declare the share of zeros."""
    return FloatParam(name="dropout", title="Dropout", default=default, low=0.0, high=0.99, help=text)


def sequence_fault(spec: TensorSpec, title: str, port: str = "x") -> Fault | None:
    """Find fault with what is no sequence of vectors."""
    if fault := need_float(spec, title, port, embed=True):
        return fault
    if spec.rank == 3 and isinstance(spec.shape[2], int):
        return None
    layout = "sequences (B × T × features), the number of features known"
    hint = Hint(title="Insert unsqueeze: one place", insert="unsqueeze", parameters={"dim": 1}, port=port)
    known = isinstance(spec.shape[-1], int) if spec.shape else False
    return Fault(
        message=f"{title} needs {layout}",
        expected=layout,
        found=shape_text(spec),
        port=port,
        hints=(hint,) if spec.rank == 2 and known else (),
    )


def context_fault(x: TensorSpec, context: TensorSpec, title: str) -> Fault | None:
    """Find fault with what is looked at."""
    if fault := sequence_fault(context, title, "context"):
        return fault
    if same(x.shape[0], context.shape[0]) is True and x.dtype == context.dtype:
        return None
    return Fault(
        message=f"{title} looks at one context for every sequence",
        expected=f"{x.shape[0]} × S × features {x.dtype}",
        found=f"{shape_text(context)} {context.dtype}",
        port="context",
    )


def mask_fault(mask: TensorSpec, scores: TensorSpec, title: str) -> Fault | None:
    """Find fault with a mask that does not fit the scores."""
    fits = 2 <= mask.rank <= scores.rank and broadcast(scores.shape, mask.shape) == scores.shape
    if fits and mask.dtype in ("bool", scores.dtype):
        return None
    return Fault(
        message=f"The mask of {title} has the shape of the scores, or sizes of 1 to repeat",
        expected=f"{' × '.join(map(str, scores.shape[-2:]))} or {shape_text(scores)}, bool or {scores.dtype}",
        found=f"{shape_text(mask)} {mask.dtype}",
        port="mask",
    )


def padding_fault(padding: TensorSpec, keys: TensorSpec, title: str, port: str = "padding") -> Fault | None:
    """Find fault with what does not say of every key whether it is padding."""
    fits = padding.rank == 2 and all(map(same, padding.shape, keys.shape))
    if fits and padding.dtype == "bool":
        return None
    cast = Hint(title="Insert cast to bool", insert="cast", parameters={"dtype": "bool"}, port=port)
    return Fault(
        message=f"{title} needs a yes or no for every key: is it padding?",
        expected=f"{keys.shape[0]} × {keys.shape[1]} bool",
        found=f"{shape_text(padding)} {padding.dtype}",
        port=port,
        hints=(cast,) if fits else (),
    )


def heads_fault(x: TensorSpec, values: Values, title: str, name: str = "num_heads") -> Fault | None:
    """Find fault with heads that do not divide the features."""
    features, heads, groups = features_of(x), values.integer(name), values.integer("kv_heads")
    text, code = f"{features} features, {heads} heads", "parameter"
    if features % heads:
        divisor = next(number for number in range(heads, 0, -1) if features % number == 0)
        hint = Hint(title=f"Use {divisor} heads", set_parameter=name, to=divisor)
        expected = f"a divisor of {features}"
        message = f"{title} gives every head an equal part of the features"
        return Fault(message=message, expected=expected, found=text, code=code, hints=(hint,))
    if groups and heads % groups:
        hint = Hint(title="As many as heads", set_parameter="kv_heads", to=0)
        expected = f"a divisor of {heads}"
        message = "Heads that share keys are equally many in every group"
        return Fault(message=message, expected=expected, found=f"{groups} heads of keys", code=code, hints=(hint,))
    if values.flag("rotary") and (features // heads) % 2:
        hint = Hint(title="No rotary positions", set_parameter="rotary", to=False)
        message = "Rotary positions turn pairs of numbers: every head needs an even part of the features"
        return Fault(message=message, expected=f"a multiple of {2 * heads}", found=text, code=code, hints=(hint,))
    return None


def features_of(spec: TensorSpec) -> int:
    """Give the last axis, which is known where the rule holds."""
    size = spec.shape[-1]
    return size if isinstance(size, int) else 0


def head_weights(prefix: str, x: TensorSpec, keys: TensorSpec, shared: int, *, bias: bool) -> tuple[Weight, ...]:
    """Name the weights of attention in heads; `shared` is the length of its keys."""
    size, context = features_of(x), features_of(keys)
    maps = (("q", size, size), ("k", shared, context), ("v", shared, context), ("out", size, size))
    found: list[Weight] = []
    for name, rows, columns in maps:
        found.append(Weight(f"{prefix}{name}_proj.weight", (rows, columns)))
        found += [Weight(f"{prefix}{name}_proj.bias", (rows,))] if bias else []
    return tuple(found)


def head_cost(x: TensorSpec, keys: TensorSpec, shared: int) -> Dim:
    """Count the multiply-adds of attention in heads."""
    size, places, looked_at = features_of(x), product(x.shape[:2]), product(keys.shape[:2])
    maps = plus(times(places, 2 * size * size), times(looked_at, 2 * shared * features_of(keys)))
    return plus(maps, times(times(places, keys.shape[1]), 2 * size))


def shared_size(x: TensorSpec, values: Values, name: str = "num_heads") -> int:
    """Give the length of keys: that of x, or less where heads share them."""
    heads = values.integer(name)
    return features_of(x) // heads * (values.integer("kv_heads") or heads)


def _given_dot(inputs: Specs, title: str) -> Fault | None:
    query = inputs["query"]
    for port in ("query", "key", "value"):
        spec = inputs[port]
        if fault := need_float(spec, title, port):
            return fault
        alike = spec.rank == query.rank in (3, 4) and all(map(same, spec.shape[:-2], query.shape[:-2]))
        if not alike or spec.dtype != query.dtype:
            return Fault(
                message=f"{title} needs rows of queries, keys and values, in as many samples and heads",
                expected="B × T × E, B × S × E, B × S × V, or with heads: B × heads × T × E",
                found=shape_text(spec),
                port=port,
            )
    return None


def _dot(values: Values, inputs: Specs) -> TensorSpec | Fault:
    title = "Dot-product attention"
    if fault := _given_dot(inputs, title):
        return fault
    query, key, value = (inputs[port] for port in ("query", "key", "value"))
    if same(query.shape[-1], key.shape[-1]) is not True:
        expected = f"… × {query.shape[-1]}"
        return Fault(message="Queries and keys have one length", expected=expected, found=shape_text(key), port="key")
    if same(key.shape[-2], value.shape[-2]) is not True:
        expected = f"… × {key.shape[-2]} × V"
        return Fault(
            message="There is one value for every key", expected=expected, found=shape_text(value), port="value"
        )
    if "mask" in inputs:
        scores = query.reshaped((*query.shape[:-1], key.shape[-2]))
        if fault := mask_fault(inputs["mask"], scores, title) or _both(values):
            return fault
    return query.reshaped((*query.shape[:-1], value.shape[-1]))


def _both(values: Values) -> Fault | None:
    if not values.flag("is_causal"):
        return None
    return Fault(
        message="A mask that is connected says everything: causal goes without it",
        expected="a mask, or causal",
        found="both",
        port="mask",
        code="parameter",
        hints=(Hint(title="Not causal", set_parameter="is_causal", to=False, port="mask"),),
    )


def _emit_dot(use: Emit) -> Code:
    values, names = use.values, dict(use.names)
    spread = use.variant == "export" and use.specs["query"].rank == 3  # ONNX: with an axis of heads only
    for port, name in names.items():
        if spread and use.specs[port].rank == 3:
            names[port] = method(name, "unsqueeze", 1)
    options: dict[str, Value | Expr] = {"attn_mask": names["mask"]} if "mask" in names else {}
    if share := values.real("dropout"):
        options["dropout_p"] = Expr(f"{literal(share).text} if self.training else 0.0")
    if values.flag("is_causal"):
        options["is_causal"] = True
    if scale := values.real("scale"):
        options["scale"] = scale
    y = call("F.scaled_dot_product_attention", names["query"], names["key"], names["value"], **options)
    if use.variant == "export" and "mask" in names and use.specs["mask"].dtype == "bool":
        y = infix(y, "*", method(names["mask"], "any", -1, keepdim=True))  # ONNX: nothing where nothing may be seen
    return Code(forward=method(y, "squeeze", 1) if spread else y, imports=(FUNCTIONAL,))


def _dot_cost(values: Values, inputs: Specs, outputs: Specs) -> Dim:
    query, value = inputs["query"], inputs["value"]
    pairs = times(product(query.shape[:-1]), value.shape[-2])
    return times(pairs, plus(query.shape[-1], value.shape[-1]))


def _heads(values: Values, inputs: Specs) -> TensorSpec | Fault:
    x, title = inputs["x"], "Multi-head attention"
    if fault := sequence_fault(x, title) or heads_fault(x, values, title):
        return fault
    keys = inputs.get("context", x)
    if "context" in inputs and (fault := context_fault(x, keys, title) or _order_of_one(values)):
        return fault
    scores = x.reshaped((x.shape[0], values.integer("num_heads"), x.shape[1], keys.shape[1]))
    if "mask" in inputs and (fault := mask_fault(inputs["mask"], scores, title)):
        return fault
    if "padding" in inputs and (fault := padding_fault(inputs["padding"], keys, title)):
        return fault
    return x.reshaped(x.shape)


def _order_of_one(values: Values) -> Fault | None:
    """Find fault with an order between places of two sequences."""
    for name, word in (("is_causal", "Causal"), ("rotary", "Rotary positions")):
        if values.flag(name):
            return Fault(
                message=f"{word}: this orders the places of one sequence, and a context is another one",
                expected=f"no context, or {name} off",
                found="a context",
                port="context",
                code="parameter",
                hints=(Hint(title=f"{word} off", set_parameter=name, to=False, port="context"),),
            )
    return None


def _emit_heads(use: Emit) -> Code:
    values, x = use.values, use.specs["x"]
    heads, context = values.integer("num_heads"), use.specs.get("context", x)
    options: dict[str, tuple[Value, Value]] = {
        "dropout": (values.real("dropout"), 0.0),
        "bias": (values.flag("bias"), True),
        "is_causal": (values.flag("is_causal"), False),
        "rotary": (values.flag("rotary"), False),
    }
    sizes = (features_of(x), heads, values.integer("kv_heads") or heads, features_of(context))
    others = {port: use.names[port] for port in ("context", "mask", "padding") if port in use.names}
    return Code(
        forward=call(use.self, use.names["x"], **others),
        module=module("_MultiHeadAttention", *sizes, options=options),
        imports=(FUNCTIONAL,),
        helpers=attention_code.heads(use.variant),
    )


def _head_weights(values: Values, inputs: Specs) -> tuple[Weight, ...]:
    x = inputs["x"]
    return head_weights("", x, inputs.get("context", x), shared_size(x, values), bias=values.flag("bias"))


KINDS = (
    LayerKind(
        key="multi_head_attention",
        title="Multi-head attention",
        family="sequence",
        group="Attention",
        aliases=("self-attention", "cross-attention", "mha", "grouped-query", "gqa", "multihead"),
        stem="attention",
        help=Help(
            what="Every place looks at all places of its sequence, or of a context, in several heads side by side.",
            formula="softmax(Q Kᵀ / √E) V in each head; Q = x W, K and V from x or the context",
            shapes="B × T × F → B × T × F; context B × S × C",
            when="To let places of a sequence exchange what they know, however far apart.",
            source=f"{_PAPER}; {_DOCS}.MultiheadAttention.html",
        ),
        parameters=(
            IntParam(name="num_heads", title="Heads", default=8, high=2**10, help="Parts that look by themselves"),
            CAUSAL,
            ROTARY,
            dropout(0.0, "Share of scores set to 0 in training"),
            KV_HEADS,
            BIAS,
        ),
        inputs=(
            Port("x"),
            Port("context", "Context", optional=True, help="B × S × C, what is looked at; x when nothing comes in"),
            MASK,
            PADDING,
        ),
        sees=sight.whole,
        infer=_heads,
        emit=_emit_heads,
        weights=_head_weights,
        multiply_adds=lambda values, inputs, _: head_cost(
            inputs["x"], inputs.get("context", inputs["x"]), shared_size(inputs["x"], values)
        ),
        stochastic=True,
        differs_in_training=True,
        calls=attention_code.CALLS,
    ),
    LayerKind(
        key="scaled_dot_product_attention",
        title="Dot-product attention",
        family="sequence",
        group="Attention",
        aliases=("sdpa", "scaled", "flash attention"),
        stem="attention",
        help=Help(
            what="Averages values, weighted by how well the keys beside them match each query.",
            formula="softmax(Q Kᵀ · scale) V",
            shapes="B × (heads ×) T × E, S × E, S × V → B × (heads ×) T × V",
            when="Where you make queries, keys and values yourself; else multi-head attention does.",
            source=f"{_PAPER}; {_DOCS}.functional.scaled_dot_product_attention.html",
        ),
        parameters=(
            CAUSAL,
            dropout(0.0, "Share of scores set to 0 in training"),
            FloatParam(
                name="scale",
                title="Scale",
                default=0.0,
                low=0.0,
                high=1e6,
                advanced=True,
                help="What scores are multiplied by; 0 for 1/√E",
            ),
        ),
        inputs=(Port("query"), Port("key"), Port("value"), MASK),
        sees=sight.of_rows,
        infer=_dot,
        emit=_emit_dot,
        multiply_adds=_dot_cost,
        stochastic=True,
        differs_in_training=True,
        calls=("F.scaled_dot_product_attention", ".any", ".squeeze", ".training", ".unsqueeze"),
    ),
)
