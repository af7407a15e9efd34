"""Swin-T (Liu et al. 2021): attention within windows, which every second block shifts. Channels stand last throughout.

A window of 7 x 7 places is a sequence of 49. Windows and heads stand on one axis where attention is worked out, so that
what is added to the scores can differ between windows.
"""

from __future__ import annotations

from engine.graph.types import Project, Value
from tests.templates.drawing import Drawing, Step, project_of


def _windows() -> Drawing:
    block = Drawing("windows", "Cuts an image into windows of 7 x 7 places: B x N x 49 x channels.", size=56, width=96)
    at = block.chain(
        block.input("x", ("B", "size", "size", "width")),
        ("unflatten", "rows", {"dim": 1, "sizes": ("=size//7", 7)}),
        ("unflatten", "columns", {"dim": 3, "sizes": ("=size//7", 7)}),
        ("permute", "order", {"dims": (0, 1, 3, 2, 4, 5)}),
        ("flatten", "count", {"start_dim": 1, "end_dim": 2}),
        ("flatten", "places", {"start_dim": 2, "end_dim": 3}),
    )
    block.output("y", at)
    return block


def _whole() -> Drawing:
    block = Drawing("whole", "Puts windows together to an image.", size=56, width=96)
    at = block.chain(
        block.input("x", ("B", "(size//7)*(size//7)", 49, "width")),
        ("unflatten", "places", {"dim": 2, "sizes": (7, 7)}),
        ("unflatten", "count", {"dim": 1, "sizes": ("=size//7", "=size//7")}),
        ("permute", "order", {"dims": (0, 1, 3, 2, 4, 5)}),
        ("flatten", "rows", {"start_dim": 1, "end_dim": 2}),
        ("flatten", "columns", {"start_dim": 2, "end_dim": 3}),
    )
    block.output("y", at)
    return block


def _relative_bias() -> Drawing:
    notes = "Adds a learned number for how far apart two places of a window are, in each head."
    block = Drawing("relative_bias", notes, heads=3)
    x = block.input("x", ("N", 1, 49, 49))
    down = block.node("cumulative_sum", "down", block.node("constant", "row", shape=(7, 7), value=13.0), dim=0)
    right = block.node("cumulative_sum", "right", block.node("constant", "column", shape=(7, 7)), dim=1)
    code = block.chain(block.node("add", "code", down, right), ("flatten", "places", {"start_dim": 0}))
    ways = block.node(
        "subtract",
        "ways",
        block.node("unsqueeze", "query", code, dim=1),
        block.node("unsqueeze", "key", code, dim=0),
    )
    index = block.chain(
        block.node("add", "from_zero", ways, block.node("constant", "least", shape=(1, 1), value=84.0)),
        ("flatten", "pairs", {"start_dim": 0}),
        ("cast", "index", {"dtype": "int64"}),
    )
    table = block.node("learnable_tensor", "table", shape=(169, "heads"))
    at = block.wired("index_select", "select", {"x": table, "index": index}, {"dim": 0})
    at = block.chain(
        at, ("unflatten", "square", {"dim": 0, "sizes": (49, 49)}), ("permute", "heads_first", {"dims": (2, 0, 1)})
    )
    block.output("y", block.node("add", "add", x, at))
    return block


def _borders(windows: Drawing) -> Drawing:
    notes = "Keeps places apart that a shift by 3 brought together from both ends of the image."
    block = Drawing("borders", notes, size=56)
    x = block.input("x", ("(size//7)*(size//7)", 1, 49, 49))
    parts: dict[str, tuple[Value, Value, float]] = {
        "rows": (("=size - 3", 1), (3, 1), 1.0),
        "columns": ((1, "=size - 3"), (1, 3), 2.0),
    }
    labels = [
        block.node(
            "concatenate",
            name,
            block.node("constant", f"{name}_here", shape=here, value=0.0),
            block.node("constant", f"{name}_around", shape=around, value=value),
            dim=dim,
        )
        for dim, (name, (here, around, value)) in enumerate(parts.items())
    ]
    image = block.chain(
        block.node("add", "labels", *labels),
        ("unsqueeze", "one_image", {"dim": 0}),
        ("unsqueeze", "channel", {"dim": 3}),
    )
    found = block.node("squeeze", "found", block.use(windows, "windows", image, size="=size", width=1), dim=0)
    apart = block.node("compare", "apart", found, block.node("transpose", "turned", found), test="not equal")
    apart = block.node("unsqueeze", "heads", apart, dim=1)
    block.output("y", block.wired("masked_fill", "mask", {"x": x, "mask": apart}, {"value": -100.0}))
    return block


def _attention(windows: Drawing, whole: Drawing, bias: Drawing, borders: Drawing | None) -> Drawing:
    name = "shifted_attention" if borders else "window_attention"
    block = Drawing(name, "Attention within each window, in several heads.", size=56, width=96, heads=3)
    x = block.input("x", ("B", "size", "size", "width"))
    cut = block.use(windows, "windows", x, size="=size", width="=width")
    each = block.chain(
        cut,
        ("linear", "qkv", {"out_features": "=3*width"}),
        ("unflatten", "split_heads", {"dim": 3, "sizes": (3, "=heads", "=width//heads")}),
        ("permute", "order", {"dims": (3, 0, 1, 4, 2, 5)}),
        ("flatten", "windows_and_heads", {"start_dim": 2, "end_dim": 3}),
    )
    three = [
        block.node("select", port, each, dim=0, index=index) for index, port in enumerate(("query", "key", "value"))
    ]
    mask = block.node("constant", "zeros", shape=("=(size//7)*(size//7)", 1, 49, 49), value=0.0)
    mask = block.use(borders, "borders", mask, size="=size") if borders else mask
    mask = block.use(bias, "relative_bias", mask, heads="=heads")
    mask = block.node("flatten", "mask", mask, start_dim=0, end_dim=1)
    wires = dict(zip(("query", "key", "value", "mask"), (*three, mask), strict=True))
    at = block.chain(
        block.wired("scaled_dot_product_attention", "attention", wires, {}),
        ("unflatten", "split_windows", {"dim": 1, "sizes": ("=(size//7)*(size//7)", "=heads")}),
        ("permute", "heads_last", {"dims": (0, 1, 3, 2, 4)}),
        ("flatten", "join_heads", {"start_dim": 3, "end_dim": 4}),
        ("linear", "project", {"out_features": "=width"}),
    )
    block.output("y", block.use(whole, "whole", at, size="=size", width="=width"))
    return block


def _block(name: str, notes: str, attention: Drawing, *, shifted: bool) -> Drawing:
    block = Drawing(name, notes, size=56, width=96, heads=3, drop=0.0)
    x = block.input("x", ("B", "size", "size", "width"))
    at = block.chain(x, ("layer_norm", "norm1", {}), *(_roll("there", -3) if shifted else ()))
    at = block.use(attention, "attention", at, size="=size", width="=width", heads="=heads")
    at = block.chain(at, *(_roll("back", 3) if shifted else ()), ("drop_path", "skip1", {"p": "=drop"}))
    middle = block.node("add", "add1", at, x)
    at = block.chain(
        middle,
        ("layer_norm", "norm2", {}),
        ("linear", "widen", {"out_features": "=4*width"}),
        ("gelu", "gelu", {}),
        ("linear", "narrow", {"out_features": "=width"}),
        ("drop_path", "skip2", {"p": "=drop"}),
    )
    block.output("y", block.node("add", "add2", at, middle))
    return block


def _roll(name: str, places: int) -> tuple[Step, Step]:
    return ("roll", f"{name}_rows", {"shifts": places, "dim": 1}), (
        "roll",
        f"{name}_columns",
        {"shifts": places, "dim": 2},
    )


def _pair(regular: Drawing, shifted: Drawing) -> Drawing:
    notes = "A block within windows, then one within shifted windows (Liu et al. 2021, figure 3b)."
    block = Drawing("swin_pair", notes, size=56, width=96, heads=3, drop=0.0, next_drop=0.0)
    sizes = {name: f"={name}" for name in ("size", "width", "heads")}
    at = block.use(regular, "regular", block.input("x", ("B", "size", "size", "width")), **sizes, drop="=drop")
    block.output("y", block.use(shifted, "shifted", at, **sizes, drop="=next_drop"))
    return block


def _merging() -> Drawing:
    notes = "Four places become one of twice as many channels."
    block = Drawing("patch_merging", notes, size=56, width=96)
    at = block.chain(
        block.input("x", ("B", "size", "size", "width")),
        ("unflatten", "rows", {"dim": 1, "sizes": ("=size//2", 2)}),
        ("unflatten", "columns", {"dim": 3, "sizes": ("=size//2", 2)}),
        ("permute", "order", {"dims": (0, 1, 3, 4, 2, 5)}),
        ("flatten", "join", {"start_dim": 3}),
        ("layer_norm", "norm", {}),
        ("linear", "reduce", {"out_features": "=2*width", "bias": False}),
    )
    block.output("y", at)
    return block


def swin_t() -> Project:
    """Give Swin-T; the last stage is one window, so its two blocks have nothing to shift."""
    windows, whole, bias = _windows(), _whole(), _relative_bias()
    borders, merging = _borders(windows), _merging()
    within = _attention(windows, whole, bias, None)
    across = _attention(windows, whole, bias, borders)
    regular = _block("swin_block", "Attention within windows, then two linear layers.", within, shifted=False)
    shifted = _block("swin_block_shifted", "The same, its windows shifted by 3 places.", across, shifted=True)
    pair = _pair(regular, shifted)
    network = Drawing("swin_t", "Swin-T (Liu et al. 2021, figure 3a and table 7).", width=96, drop=0.2)
    at = network.chain(
        network.input("image", ("B", 3, 224, 224)),
        ("conv2d", "patches", {"out_channels": "=width", "kernel_size": 4, "stride": 4}),
        ("permute", "channels_last", {"dims": (0, 2, 3, 1)}),
        ("layer_norm", "norm", {}),
    )
    for stage, (pairs, before) in enumerate(((1, 0), (1, 2), (3, 4)), start=1):
        sizes: dict[str, Value] = {"size": 112 // 2**stage, "width": f"={2 ** (stage - 1)}*width"}
        drops: dict[str, Value] = {
            name: f"=round(drop*({before + more} + 2*i)/11, 4)" for more, name in enumerate(("drop", "next_drop"))
        }
        at = network.use(pair, f"stage{stage}", at, **sizes, heads=3 * 2 ** (stage - 1), **drops, repeat=pairs)
        at = network.use(merging, f"merge{stage}", at, **sizes)
    last: dict[str, Value] = {"size": 7, "width": "=8*width", "heads": 24, "drop": "=round(drop*(10 + i)/11, 4)"}
    at = network.use(regular, "stage4", at, **last, repeat=2)
    scores = network.chain(
        at,
        ("layer_norm", "norm_out", {}),
        ("mean", "mean", {"dims": (1, 2)}),
        ("linear", "head", {"out_features": 1000}),
    )
    network.output("scores", scores)
    parts = (pair, regular, shifted, within, across, bias, borders, windows, whole, merging)
    return project_of("Swin-T: windows that shift from block to block.", network, *parts)
