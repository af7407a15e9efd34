"""Networks that are one line of layers: LeNet-5 (LeCun et al. 1998), AlexNet (Krizhevsky 2014), VGG-16 (Simonyan 2014)."""

from __future__ import annotations

from engine.graph.types import Project
from tests.templates.drawing import Drawing, Step, project_of


def lenet5() -> Project:
    """Give LeNet-5 for images of 28 x 28, with every map of C3 looking at every map of S2."""
    network = Drawing("lenet5", "LeNet-5 (LeCun et al. 1998, figure 2; C3 is dense).")
    scores = network.chain(
        network.input("image", ("B", 1, 28, 28)),
        ("conv2d", "c1", {"out_channels": 6, "kernel_size": 5, "padding": 2}),
        ("tanh", "tanh1", {}),
        ("avg_pool2d", "s2", {"kernel_size": 2}),
        ("conv2d", "c3", {"out_channels": 16, "kernel_size": 5}),
        ("tanh", "tanh2", {}),
        ("avg_pool2d", "s4", {"kernel_size": 2}),
        ("flatten", "flatten", {}),
        ("linear", "c5", {"out_features": 120}),
        ("tanh", "tanh3", {}),
        ("linear", "f6", {"out_features": 84}),
        ("tanh", "tanh4", {}),
        ("linear", "head", {"out_features": 10}),
    )
    network.output("scores", scores)
    return project_of("LeNet-5: the network that read cheques.", network)


def _classifier(first_dropout: bool) -> list[Step]:
    drop1: Step = ("dropout", "drop1", {})
    drop2: Step = ("dropout", "drop2", {})
    one: list[Step] = [("linear", "fc1", {"out_features": 4096}), ("relu", "relu_fc1", {})]
    two: list[Step] = [("linear", "fc2", {"out_features": 4096}), ("relu", "relu_fc2", {})]
    hidden = [drop1, *one, drop2, *two] if first_dropout else [*one, drop1, *two, drop2]
    return [("flatten", "flatten", {}), *hidden, ("linear", "fc3", {"out_features": 1000})]


def alexnet() -> Project:
    """Give AlexNet with one tower."""
    network = Drawing("alexnet", "AlexNet (Krizhevsky 2014, one tower).")
    pool = {"kernel_size": 3, "stride": 2}
    at = network.chain(
        network.input("image", ("B", 3, 224, 224)),
        ("conv2d", "conv1", {"out_channels": 64, "kernel_size": 11, "stride": 4, "padding": 2}),
        ("relu", "relu1", {}),
        ("max_pool2d", "pool1", {**pool}),
        ("conv2d", "conv2", {"out_channels": 192, "kernel_size": 5, "padding": 2}),
        ("relu", "relu2", {}),
        ("max_pool2d", "pool2", {**pool}),
        ("conv2d", "conv3", {"out_channels": 384, "padding": 1}),
        ("relu", "relu3", {}),
        ("conv2d", "conv4", {"out_channels": 256, "padding": 1}),
        ("relu", "relu4", {}),
        ("conv2d", "conv5", {"out_channels": 256, "padding": 1}),
        ("relu", "relu5", {}),
        ("max_pool2d", "pool5", {**pool}),
        ("adaptive_avg_pool2d", "avgpool", {"output_size": 6}),
    )
    network.output("scores", network.chain(at, *_classifier(first_dropout=True)))
    return project_of("AlexNet: the network that began it all again.", network)


def vgg16() -> Project:
    """Give VGG-16, two or three convolutions to a block."""
    two, three = (_vgg_block(count) for count in (2, 3))
    network = Drawing("vgg16", "VGG-16 (Simonyan and Zisserman 2014, table 1 D).")
    at, channels = network.input("image", ("B", 3, 224, 224)), 3
    for number, width in enumerate((64, 128, 256, 512, 512), start=1):
        block = two if number < 3 else three
        at = network.use(block, f"block{number}", at, in_channels=channels, width=width)
        channels = width
    network.output("scores", network.chain(at, *_classifier(first_dropout=False)))
    return project_of("VGG-16: nothing but 3 x 3 convolutions, and many of them.", network, two, three)


def _vgg_block(count: int) -> Drawing:
    words = {2: "Two", 3: "Three"}
    block = Drawing(f"vgg_block{count}", f"{words[count]} convolutions and a pool.", in_channels=3, width=64)
    at = block.input("x", ("B", "in_channels", "H", "W"))
    for number in range(1, count + 1):
        at = block.node("conv2d", f"conv{number}", at, out_channels="=width", padding=1)
        at = block.node("relu", f"relu{number}", at)
    block.output("y", block.node("max_pool2d", "pool", at, kernel_size=2))
    return block
