"""Transformers: of Vaswani et al. (2017), GPT-2 (2019), BERT (2018), ViT (2020)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.graph.types import Project, Value
from tests.templates.drawing import Drawing, Step, project_of

_NORMAL: Final[Mapping[str, Value]] = {"init": "normal"}
"""With a spread of 0.02, as OpenAI's code of GPT-2 draws tables and maps."""
_TRUNCATED: Final[Mapping[str, Value]] = {"init": "trunc_normal"}
"""With a spread of 0.02, as Google's code of BERT draws them."""
_XAVIER: Final[Mapping[str, Value]] = {"init": "xavier_uniform"}
"""As Tensor2Tensor and Google's code of ViT draw maps."""


def _feed_forward(activation: Step, dropout: float, start: Mapping[str, Value]) -> tuple[Step, ...]:
    drop: tuple[Step, ...] = (("dropout", "drop2", {"p": dropout}),) if dropout else ()
    return (
        ("linear", "widen", {"out_features": "=4*width", **start}),
        activation,
        ("linear", "narrow", {"out_features": "=width", **start}),
        *drop,
    )


def _pre_norm(
    name: str,
    notes: str,
    activation: Step,
    start: Mapping[str, Value],
    *,
    eps: float = 1e-5,
    dropout: float = 0.0,
    causal: bool = False,
) -> Drawing:
    """Draw attention and two linear layers with norms within the shortcuts."""
    block = Drawing(name, notes, width=768, heads=12)
    x = block.input("x", ("B", "T", "width"))
    norm: dict[str, Value] = {} if eps == 1e-5 else {"eps": eps}
    options: dict[str, Value] = ({"is_causal": True} if causal else {}) | ({"dropout": dropout} if dropout else {})
    at = block.chain(
        x, ("layer_norm", "norm1", {**norm}), ("multi_head_attention", "attention", {"num_heads": "=heads", **options})
    )
    at = block.node("dropout", "drop1", at, p=dropout) if dropout else at
    middle = block.node("add", "add1", at, x)
    at = block.chain(middle, ("layer_norm", "norm2", {**norm}), *_feed_forward(activation, dropout, start))
    block.output("y", block.node("add", "add2", at, middle))
    return block


def gpt2_small() -> Project:
    """Give GPT-2 of 124 million parameters; its table of tokens is its head as well."""
    notes = "A norm before attention to what came before, and one before the linear layers."
    block = _pre_norm("gpt2_block", notes, ("gelu", "gelu", {"approximate": "tanh"}), _NORMAL, dropout=0.1, causal=True)
    network = Drawing("gpt2_small", "GPT-2 small (Radford et al. 2019, table 2, first row).", width=768, heads=12)
    at = network.chain(
        network.input("words", ("B", "T"), dtype="int64"),
        ("embedding", "tokens", {"num_embeddings": 50257, "embedding_dim": "=width", **_NORMAL}),
        ("learned_positions", "positions", {"max_length": 1024}),
        ("dropout", "dropout", {"p": 0.1}),
    )
    at = network.use(block, "blocks", at, width="=width", heads="=heads", repeat=12)
    scores = network.chain(at, ("layer_norm", "norm", {}), ("linear", "head", {"out_features": 50257, "bias": False}))
    network.tie("head.weight", "tokens.weight")
    network.output("scores", scores)
    return project_of("GPT-2 small: what is the next word?", network, block)


def _post_norm(block: Drawing, number: int, at: str, x: str, eps: float) -> str:
    norm: dict[str, Value] = {} if eps == 1e-5 else {"eps": eps}
    return block.chain(block.node("add", f"add{number}", at, x), ("layer_norm", f"norm{number}", norm))


def _bert_layer() -> Drawing:
    block = Drawing("bert_layer", "An encoder layer that leaves padding out.", width=768, heads=12)
    x = block.input("x", ("B", "T", "width"))
    padding = block.input("padding", ("B", "T"), dtype="bool")
    attention: dict[str, Value] = {"num_heads": "=heads", "dropout": 0.1}
    at = block.wired("multi_head_attention", "attention", {"x": x, "padding": padding}, attention)
    middle = _post_norm(block, 1, block.node("dropout", "drop1", at, p=0.1), x, 1e-12)
    at = block.chain(middle, *_feed_forward(("gelu", "gelu", {}), 0.1, _TRUNCATED))
    block.output("y", _post_norm(block, 2, at, middle, 1e-12))
    block.output("padding_on", padding)
    return block


def bert_base() -> Project:
    """Give BERT-Base, uncased, with its pooler."""
    layer = _bert_layer()
    network = Drawing("bert_base", "BERT-Base (Devlin et al. 2018, figures 1 and 2).", width=768, heads=12)
    words = network.input("words", ("B", "T"), dtype="int64")
    segments = network.input("segments", ("B", "T"), dtype="int64")
    padding = network.input("padding", ("B", "T"), dtype="bool")
    tokens = network.node("embedding", "tokens", words, num_embeddings=30522, embedding_dim="=width", **_TRUNCATED)
    sides = network.node("embedding", "sides", segments, num_embeddings=2, embedding_dim="=width", **_TRUNCATED)
    at = network.chain(
        network.node("add", "add", tokens, sides),
        ("learned_positions", "positions", {}),
        ("layer_norm", "norm", {"eps": 1e-12}),
        ("dropout", "dropout", {"p": 0.1}),
    )
    layers = network.use(layer, "layers", at, padding, width="=width", heads="=heads", repeat=12)
    pooled = network.chain(
        f"{layers}.y",
        ("select", "first", {}),
        ("linear", "pooler", {"out_features": "=width", **_TRUNCATED}),
        ("tanh", "tanh", {}),
    )
    network.output("sequence", f"{layers}.y")
    network.output("pooled", pooled)
    return project_of("BERT-Base: reads a text from both sides.", network, layer)


def vit_b_16() -> Project:
    """Give ViT-B/16."""
    notes = "An encoder layer (Dosovitskiy et al. 2020, figure 1 right)."
    block = _pre_norm("encoder_block", notes, ("gelu", "gelu", {}), _XAVIER, eps=1e-6)
    network = Drawing("vit_b_16", "ViT-B/16 (Dosovitskiy et al. 2020, figure 1 and table 1).", width=768, heads=12)
    at = network.chain(
        network.input("image", ("B", 3, 224, 224)),
        ("patch_embedding", "patches", {"embed_dim": "=width"}),
        ("class_token", "class_token", {}),
        ("learned_positions", "positions", {"max_length": 197}),
    )
    at = network.use(block, "blocks", at, width="=width", heads="=heads", repeat=12)
    scores = network.chain(
        at,
        ("layer_norm", "norm", {"eps": 1e-6}),
        ("select", "first", {}),
        ("linear", "head", {"out_features": 1000, "init": "zeros"}),
    )
    network.output("scores", scores)
    return project_of("ViT-B/16: an image is worth 16 x 16 words.", network, block)


def _embed() -> Drawing:
    block = Drawing("embed", "A vector for every token, told where it stands.", vocabulary=37000, width=512)
    tokens = block.input("words", ("B", "T"), dtype="int64")
    table: dict[str, Value] = {"num_embeddings": "=vocabulary", "embedding_dim": "=width"}
    tokens = block.node("embedding", "tokens", tokens, **table, init="normal", init_std="=width**-0.5")
    root = block.node("constant", "root", shape=(1, 1, 1), value="=width**0.5")
    at = block.chain(
        block.node("multiply", "scaled", tokens, root),
        ("sinusoidal_positions", "positions", {}),
        ("dropout", "dropout", {"p": 0.1}),
    )
    block.output("y", at)
    return block


def _encoder() -> Drawing:
    block = Drawing("encoder", "One of six layers (Vaswani et al. 2017, figure 1 left).", width=512, heads=8)
    x = block.input("x", ("B", "S", "width"))
    at = block.node("multi_head_attention", "attention", x, num_heads="=heads")
    middle = _post_norm(block, 1, block.node("dropout", "drop1", at, p=0.1), x, 1e-5)
    at = block.chain(middle, *_feed_forward(("relu", "relu", {}), 0.1, _XAVIER))
    block.output("y", _post_norm(block, 2, at, middle, 1e-5))
    return block


def _decoder() -> Drawing:
    block = Drawing(
        "decoder",
        "One of six layers: looks at what is written already, then at the source (figure 1 right).",
        width=512,
        heads=8,
    )
    x = block.input("x", ("B", "T", "width"))
    context = block.input("context", ("B", "S", "width"))
    at = block.node("multi_head_attention", "attention", x, num_heads="=heads", is_causal=True)
    first = _post_norm(block, 1, block.node("dropout", "drop1", at, p=0.1), x, 1e-5)
    at = block.wired("multi_head_attention", "look", {"x": first, "context": context}, {"num_heads": "=heads"})
    middle = _post_norm(block, 2, block.node("dropout", "drop_look", at, p=0.1), first, 1e-5)
    at = block.chain(middle, *_feed_forward(("relu", "relu", {}), 0.1, _XAVIER))
    block.output("y", _post_norm(block, 3, at, middle, 1e-5))
    block.output("context_on", context)
    return block


def transformer_base() -> Project:
    """Give the base model for translation: one table of tokens for source, target and head."""
    embed, encoder, decoder = _embed(), _encoder(), _decoder()
    network = Drawing("transformer_base", "Transformer, base model (Vaswani et al. 2017, figure 1 and table 3).")
    source = network.input("source", ("B", "S"), dtype="int64")
    target = network.input("target", ("B", "T"), dtype="int64")
    context = network.use(encoder, "encoders", network.use(embed, "source_embed", source), repeat=6)
    shifted = network.use(embed, "target_embed", target)
    network.share("target_embed", "source_embed")
    at = network.use(decoder, "decoders", shifted, context, repeat=6)
    scores = network.node("linear", "head", f"{at}.y", out_features=37000, bias=False)
    network.tie("head.weight", "source_embed.tokens.weight")
    network.output("scores", scores)
    return project_of("Transformer: attention is all you need.", network, encoder, decoder, embed)
