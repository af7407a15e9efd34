"""Layers of transformers: attention and two linear layers with shortcuts and norms. No torch in here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.graph.dims import Dim, plus, product, times
from engine.graph.specs import TensorSpec
from engine.graph.types import Value
from engine.layers import attention_code, sight
from engine.layers.attention import (
    BIAS,
    KV_HEADS,
    MASK,
    PADDING,
    ROTARY,
    context_fault,
    dropout,
    features_of,
    head_cost,
    head_weights,
    heads_fault,
    mask_fault,
    padding_fault,
    sequence_fault,
    shared_size,
)
from engine.layers.emission import call, module
from engine.layers.kind import Code, Emit, Fault, Help, LayerKind, Port, Specs, Weight
from engine.layers.params import BoolParam, ChoiceParam, IntParam, Param, Values
from engine.layers.rules import FUNCTIONAL

_DOCS: Final = "https://docs.pytorch.org/docs/stable/generated/torch.nn"
_PAPER: Final = "Vaswani et al., 2017, arXiv:1706.03762"
_CONTEXT: Final = Port("context", "Context", help="B × S × C, what is looked at: the answer of an encoder")
_CONTEXT_PADDING: Final = Port(
    "context_padding", "Padding of the context", optional=True, help="B × S, yes where the context is padding"
)


def _parameters(*, causal: bool) -> tuple[Param, ...]:
    return (
        IntParam(name="nhead", title="Heads", default=8, high=2**10, help="Parts of attention that look by themselves"),
        IntParam(
            name="dim_feedforward", title="Hidden size", default=2048, high=2**20, help="Between the two linear layers"
        ),
        dropout(0.1, "Share of zeros in training: of scores, of hidden numbers and of what is added"),
        ChoiceParam(
            name="activation",
            title="Activation",
            default="relu",
            choices=("relu", "gelu", "swiglu"),
            help="Between the two linear layers; swiglu has a learned gate beside it",
        ),
        BoolParam(
            name="norm_first",
            title="Norm first",
            default=False,
            help="Whether norms stand within the shortcuts, which trains deep stacks more calmly",
        ),
        ChoiceParam(
            name="norm", title="Norm", default="layer", choices=("layer", "rms"), help="rms takes no mean away"
        ),
        BoolParam(
            name="is_causal", title="Causal", default=causal, help="Whether a place sees itself and earlier places only"
        ),
        ROTARY,
        KV_HEADS,
        BIAS,
    )


def _layer(values: Values, inputs: Specs, title: str) -> TensorSpec | Fault:
    x = inputs["x"]
    if fault := sequence_fault(x, title) or heads_fault(x, values, title, "nhead"):
        return fault
    scores = x.reshaped((x.shape[0], values.integer("nhead"), x.shape[1], x.shape[1]))
    if "mask" in inputs and (fault := mask_fault(inputs["mask"], scores, title)):
        return fault
    if "padding" in inputs and (fault := padding_fault(inputs["padding"], x, title)):
        return fault
    if "context" in inputs and (fault := context_fault(x, inputs["context"], title)):
        return fault
    if "context_padding" in inputs:
        fault = padding_fault(inputs["context_padding"], inputs["context"], title, "context_padding")
        if fault:
            return fault
    return x.reshaped(x.shape)


def _emit(use: Emit) -> Code:
    values, x, decoder = use.values, use.specs["x"], "context" in use.specs
    heads = values.integer("nhead")
    options: dict[str, tuple[Value, Value]] = {
        "dim_feedforward": (values.raw("dim_feedforward"), 2048),
        "dropout": (values.real("dropout"), 0.1),
        "activation": (values.raw("activation"), "relu"),
        "norm": (values.raw("norm"), "layer"),
        "norm_first": (values.raw("norm_first"), False),
        "bias": (values.raw("bias"), True),
        "is_causal": (values.raw("is_causal"), decoder),
        "rotary": (values.raw("rotary"), False),
    }
    sizes = [features_of(x), heads, values.integer("kv_heads") or heads]
    sizes += [features_of(use.specs["context"])] if decoder else []
    first = [use.names[port] for port in ("x", "context") if port in use.names]
    others = {port: name for port, name in use.names.items() if port not in ("x", "context")}
    return Code(
        forward=call(use.self, *first, **others),
        module=module("_DecoderLayer" if decoder else "_EncoderLayer", *sizes, options=options),
        imports=(FUNCTIONAL,),
        helpers=attention_code.layer(use.variant, decoder=decoder),
    )


def _weights(values: Values, inputs: Specs) -> tuple[Weight, ...]:
    x, bias, hidden = inputs["x"], values.flag("bias"), values.integer("dim_feedforward")
    size, shared = features_of(x), shared_size(x, values, "nhead")
    found = [*head_weights("self_attn.", x, x, shared, bias=bias)]
    if "context" in inputs:
        found += head_weights("cross_attn.", x, inputs["context"], shared, bias=bias)
    wide = 2 * hidden if values.text("activation") == "swiglu" else hidden
    for name, rows, columns in (("linear1", wide, size), ("linear2", size, hidden)):
        found.append(Weight(f"feed_forward.{name}.weight", (rows, columns)))
        found += [Weight(f"feed_forward.{name}.bias", (rows,))] if bias else []
    shifted = bias and values.text("norm") == "layer"
    return (*found, *_norms(3 if "context" in inputs else 2, size, shifted=shifted))


def _norms(count: int, size: int, *, shifted: bool) -> Iterator[Weight]:
    for number in range(1, count + 1):
        yield Weight(f"norm{number}.weight", (size,))
        if shifted:
            yield Weight(f"norm{number}.bias", (size,))


def _cost(values: Values, inputs: Specs, outputs: Specs) -> Dim:
    x, hidden = inputs["x"], values.integer("dim_feedforward")
    shared = shared_size(x, values, "nhead")
    maps = 3 if values.text("activation") == "swiglu" else 2
    total = plus(head_cost(x, x, shared), times(product(x.shape), maps * hidden))
    return plus(total, head_cost(x, inputs["context"], shared)) if "context" in inputs else total


def _kind(
    key: str, title: str, aliases: tuple[str, ...], text: Help, inputs: tuple[Port, ...], *, causal: bool
) -> LayerKind:
    return LayerKind(
        key=key,
        title=title,
        family="sequence",
        group="Attention",
        aliases=("transformer", *aliases),
        help=text,
        parameters=_parameters(causal=causal),
        inputs=inputs,
        infer=lambda values, inputs: _layer(values, inputs, title),
        sees=sight.whole,
        emit=_emit,
        weights=_weights,
        multiply_adds=_cost,
        stochastic=True,
        differs_in_training=True,
        calls=attention_code.LAYER_CALLS,
    )


KINDS = (
    _kind(
        "encoder_layer",
        "Encoder layer",
        ("bert", "vit", "gpt", "block"),
        Help(
            what="A layer of a transformer: attention within a sequence, then two linear layers, each with a shortcut.",
            formula="x = norm(x + attention(x)), y = norm(x + W₂ f(W₁ x))",
            shapes="B × T × F → the same",
            when="Stacked, for text and images; causal, for language models that write on.",
            source=f"{_PAPER}; {_DOCS}.TransformerEncoderLayer.html",
        ),
        (Port("x"), MASK, PADDING),
        causal=False,
    ),
    _kind(
        "decoder_layer",
        "Decoder layer",
        ("cross-attention", "translation", "seq2seq"),
        Help(
            what="A layer of a transformer that also looks at a context: what an encoder made of another sequence.",
            formula="x = norm(x + attention(x)), x = norm(x + attention(x, context)), y = norm(x + W₂ f(W₁ x))",
            shapes="B × T × F, B × S × C → B × T × F",
            when="For translation and other writing that follows a text, image or sound.",
            source=f"{_PAPER}; {_DOCS}.TransformerDecoderLayer.html",
        ),
        (Port("x"), _CONTEXT, MASK, PADDING, _CONTEXT_PADDING),
        causal=True,
    ),
)
