"""Residual networks: ResNet-18 and 50 (He et al. 2015), ResNeXt-50 32x4d (Xie et al. 2016)."""

from __future__ import annotations

from engine.graph.types import Project, Value
from tests.templates.drawing import Drawing, project_of


def _basic() -> Drawing:
    block = Drawing("basic_block", "Two convolutions beside a shortcut (He et al. 2015, figure 5 left).", channels=64)
    x = block.input("x", ("B", "channels", "H", "W"))
    y = block.chain(
        x,
        ("conv2d", "conv1", {"out_channels": "=channels", "padding": 1, "bias": False}),
        ("batch_norm2d", "bn1", {}),
        ("relu", "relu1", {}),
        ("conv2d", "conv2", {"out_channels": "=channels", "padding": 1, "bias": False}),
        ("batch_norm2d", "bn2", {}),
    )
    block.output("y", block.node("relu", "relu2", block.node("add", "add", y, x)))
    return block


def _basic_down() -> Drawing:
    block = Drawing(
        "basic_block_down",
        "A basic block that halves the image; the shortcut is a convolution.",
        channels=64,
    )
    x = block.input("x", ("B", "channels", "H", "W"))
    y = block.chain(
        x,
        ("conv2d", "conv1", {"out_channels": "=2*channels", "stride": 2, "padding": 1, "bias": False}),
        ("batch_norm2d", "bn1", {}),
        ("relu", "relu1", {}),
        ("conv2d", "conv2", {"out_channels": "=2*channels", "padding": 1, "bias": False}),
        ("batch_norm2d", "bn2", {}),
    )
    short = block.chain(
        x,
        ("conv2d", "project", {"out_channels": "=2*channels", "kernel_size": 1, "stride": 2, "bias": False}),
        ("batch_norm2d", "bn3", {}),
    )
    block.output("y", block.node("relu", "relu2", block.node("add", "add", y, short)))
    return block


def _stem(network: Drawing) -> str:
    return network.chain(
        network.input("image", ("B", 3, 224, 224)),
        ("conv2d", "conv1", {"out_channels": 64, "kernel_size": 7, "stride": 2, "padding": 3, "bias": False}),
        ("batch_norm2d", "bn1", {}),
        ("relu", "relu", {}),
        ("max_pool2d", "maxpool", {"kernel_size": 3, "stride": 2, "padding": 1}),
    )


def _head(network: Drawing, source: str) -> None:
    scores = network.chain(source, ("global_avg_pool", "avgpool", {}), ("linear", "fc", {"out_features": 1000}))
    network.output("scores", scores)


def resnet18() -> Project:
    """Give ResNet-18."""
    basic, down = _basic(), _basic_down()
    network = Drawing("resnet18", "ResNet-18 (He et al. 2015, table 1).")
    at = network.use(basic, "layer1", _stem(network), repeat=2)
    for number, channels in ((2, 64), (3, 128), (4, 256)):
        at = network.use(down, f"layer{number}_down", at, channels=channels)
        at = network.use(basic, f"layer{number}", at, channels=2 * channels)
    _head(network, at)
    return project_of("ResNet-18: shortcuts let eighteen layers learn.", network, basic, down)


def _bottleneck(name: str, groups: int, *, shortcut: bool) -> Drawing:
    wider = 2 if groups > 1 else 1
    words = "Narrow, look, widen beside a shortcut (He et al. 2015, figure 5 right)"
    ending = "; it is a convolution." if shortcut else "."
    parameters: dict[str, int] = {"in_channels": 64, "stride": 1} if shortcut else {}
    block = Drawing(name, words + ending, **parameters, width=64)
    x = block.input("x", ("B", "in_channels" if shortcut else "4*width", "H", "W"))
    narrow = f"={wider}*width" if wider > 1 else "=width"
    look: dict[str, Value] = {"out_channels": narrow, "padding": 1, "bias": False}
    y = block.chain(
        x,
        ("conv2d", "conv1", {"out_channels": narrow, "kernel_size": 1, "bias": False}),
        ("batch_norm2d", "bn1", {}),
        ("relu", "relu1", {}),
        (
            "conv2d",
            "conv2",
            look | ({"groups": groups} if groups > 1 else {}) | ({"stride": "=stride"} if shortcut else {}),
        ),
        ("batch_norm2d", "bn2", {}),
        ("relu", "relu2", {}),
        ("conv2d", "conv3", {"out_channels": "=4*width", "kernel_size": 1, "bias": False}),
        ("batch_norm2d", "bn3", {}),
    )
    short = x
    if shortcut:
        short = block.chain(
            x,
            ("conv2d", "project", {"out_channels": "=4*width", "kernel_size": 1, "stride": "=stride", "bias": False}),
            ("batch_norm2d", "bn4", {}),
        )
    block.output("y", block.node("relu", "relu3", block.node("add", "add", y, short)))
    return block


def _deep(name: str, notes: str, caption: str, groups: int) -> Project:
    first = _bottleneck("bottleneck_down", groups, shortcut=True)
    rest = _bottleneck("bottleneck", groups, shortcut=False)
    network = Drawing(name, notes)
    at, channels = _stem(network), 64
    for number, (width, depth) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3)), start=1):
        at = network.use(
            first, f"layer{number}_first", at, in_channels=channels, width=width, stride=1 if number == 1 else 2
        )
        at = network.use(rest, f"layer{number}", at, width=width, repeat=depth - 1)
        channels = 4 * width
    _head(network, at)
    return project_of(caption, network, first, rest)


def resnet50() -> Project:
    """Give ResNet-50, with the stride in the 3 x 3 convolution."""
    caption = "ResNet-50: bottlenecks make fifty layers affordable."
    return _deep("resnet50", "ResNet-50 (He et al. 2015, table 1; stride in the 3 x 3 convolution).", caption, 1)


def resnext50_32x4d() -> Project:
    """Give ResNeXt-50 32x4d."""
    caption = "ResNeXt-50: thirty-two narrow paths in place of one wide."
    return _deep("resnext50_32x4d", "ResNeXt-50 32x4d (Xie et al. 2016, table 1).", caption, 32)
