"""ConvNeXt (Liu et al. 2022): a convolutional network in the shape of a transformer."""

from __future__ import annotations

from engine.graph.types import Project
from tests.templates.drawing import Drawing, Step, project_of


def _channel_norm(name: str) -> tuple[Step, ...]:
    """Normalise the channels of every place: they stand last for it."""
    return (
        ("permute", f"{name}_last", {"dims": (0, 2, 3, 1)}),
        ("layer_norm", name, {"eps": 1e-6}),
        ("permute", f"{name}_first", {"dims": (0, 3, 1, 2)}),
    )


def _block() -> Drawing:
    block = Drawing(
        "convnext_block",
        "Look at channels one by one, then widen and narrow places (Liu et al. 2022, figure 4).",
        width=96,
        drop=0.0,
    )
    x = block.input("x", ("B", "width", "H", "W"))
    at = block.chain(
        x,
        ("depthwise_conv2d", "depthwise", {"kernel_size": 7, "padding": 3}),
        ("permute", "channels_last", {"dims": (0, 2, 3, 1)}),
        ("layer_norm", "norm", {"eps": 1e-6}),
        ("linear", "widen", {"out_features": "=4*width"}),
        ("gelu", "gelu", {}),
        ("linear", "narrow", {"out_features": "=width"}),
    )
    scale = block.node("learnable_tensor", "scale", shape=("width",), std=1e-6)
    at = block.chain(
        block.node("multiply", "scaled", at, scale),
        ("permute", "channels_first", {"dims": (0, 3, 1, 2)}),
        ("drop_path", "skip", {"p": "=drop"}),
    )
    block.output("y", block.node("add", "add", at, x))
    return block


def _down() -> Drawing:
    block = Drawing("downsample", "Twice the channels, a quarter of the places.", channels=96)
    at = block.chain(
        block.input("x", ("B", "channels", "H", "W")),
        *_channel_norm("norm"),
        ("conv2d", "conv", {"out_channels": "=2*channels", "kernel_size": 2, "stride": 2}),
    )
    block.output("y", at)
    return block


def convnext_tiny() -> Project:
    """Give ConvNeXt-T; the deeper a block, the more often training leaves it out."""
    block, down = _block(), _down()
    network = Drawing("convnext_tiny", "ConvNeXt-T (Liu et al. 2022, table 9).", width=96, drop=0.1)
    at = network.chain(
        network.input("image", ("B", 3, 224, 224)),
        ("conv2d", "patches", {"out_channels": "=width", "kernel_size": 4, "stride": 4}),
        *_channel_norm("norm"),
    )
    before = 0
    for number, depth in enumerate((3, 3, 9, 3)):
        if number:
            at = network.use(down, f"downsample{number}", at, channels=f"={2 ** (number - 1)}*width")
        drop = f"=round(drop*({before} + i)/17, 4)"
        at = network.use(block, f"stage{number + 1}", at, width=f"={2**number}*width", drop=drop, repeat=depth)
        before += depth
    scores = network.chain(
        at,
        ("global_avg_pool", "avgpool", {}),
        ("layer_norm", "head_norm", {"eps": 1e-6}),
        ("linear", "head", {"out_features": 1000}),
    )
    network.output("scores", scores)
    return project_of("ConvNeXt-T: a convolutional network for the 2020s.", network, block, down)
