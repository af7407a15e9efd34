"""Networks whose blocks look at an image in several ways at once: GoogLeNet (2014), SqueezeNet (2016), DenseNet (2016)."""

from __future__ import annotations

from engine.graph.types import Project
from tests.templates.drawing import Drawing, Step, project_of


def _conv_bn() -> Drawing:
    block = Drawing("conv_bn", "A convolution, normalised.", in_channels=64, width=64, kernel=1, padding=0)
    at = block.chain(
        block.input("x", ("B", "in_channels", "H", "W")),
        ("conv2d", "conv", {"out_channels": "=width", "kernel_size": "=kernel", "padding": "=padding", "bias": False}),
        ("batch_norm2d", "bn", {"eps": 0.001}),
        ("relu", "relu", {}),
    )
    block.output("y", at)
    return block


def _inception(conv: Drawing) -> Drawing:
    block = Drawing(
        "inception",
        "Four looks at one image, side by side (Szegedy et al. 2014, figure 2b; no 5 x 5).",
        in_channels=192,
        ch1=64,
        red3=96,
        ch3=128,
        red5=16,
        ch5=32,
        proj=32,
    )
    x = block.input("x", ("B", "in_channels", "H", "W"))
    one = block.use(conv, "branch1", x, in_channels="=in_channels", width="=ch1")
    two = block.use(conv, "branch2_reduce", x, in_channels="=in_channels", width="=red3")
    two = block.use(conv, "branch2", two, in_channels="=red3", width="=ch3", kernel=3, padding=1)
    three = block.use(conv, "branch3_reduce", x, in_channels="=in_channels", width="=red5")
    three = block.use(conv, "branch3", three, in_channels="=red5", width="=ch5", kernel=3, padding=1)
    pool = block.node("max_pool2d", "pool", x, kernel_size=3, stride=1, padding=1)
    four = block.use(conv, "branch4", pool, in_channels="=in_channels", width="=proj")
    block.output("y", block.node("concatenate", "join", one, two, three, four, inputs=4, dim=1))
    return block


def googlenet() -> Project:
    """Give GoogLeNet without auxiliary heads."""
    conv = _conv_bn()
    inception = _inception(conv)
    network = Drawing("googlenet", "GoogLeNet (Szegedy et al. 2014, table 1; batch normalised, no auxiliary heads).")
    pool = {"kernel_size": 3, "stride": 2, "ceil_mode": True}
    stem: tuple[Step, ...] = (
        ("conv2d", "conv1", {"out_channels": 64, "kernel_size": 7, "stride": 2, "padding": 3, "bias": False}),
        ("batch_norm2d", "bn1", {"eps": 0.001}),
        ("relu", "relu1", {}),
        ("max_pool2d", "pool1", {**pool}),
    )
    at = network.chain(network.input("image", ("B", 3, 224, 224)), *stem)
    at = network.use(conv, "conv2", at)
    at = network.use(conv, "conv3", at, width=192, kernel=3, padding=1)
    at = network.node("max_pool2d", "pool3", at, **pool)
    rows = {
        "3a": (192, 64, 96, 128, 16, 32, 32),
        "3b": (256, 128, 128, 192, 32, 96, 64),
        "4a": (480, 192, 96, 208, 16, 48, 64),
        "4b": (512, 160, 112, 224, 24, 64, 64),
        "4c": (512, 128, 128, 256, 24, 64, 64),
        "4d": (512, 112, 144, 288, 32, 64, 64),
        "4e": (528, 256, 160, 320, 32, 128, 128),
        "5a": (832, 256, 160, 320, 32, 128, 128),
        "5b": (832, 384, 192, 384, 48, 128, 128),
    }
    names = ("in_channels", "ch1", "red3", "ch3", "red5", "ch5", "proj")
    for row, widths in rows.items():
        if row == "4a":
            at = network.node("max_pool2d", "pool4", at, **pool)
        if row == "5a":
            at = network.node("max_pool2d", "pool5", at, kernel_size=2, stride=2, ceil_mode=True)
        at = network.use(inception, f"inception{row}", at, **dict(zip(names, widths, strict=True)))
    scores = network.chain(
        at,
        ("global_avg_pool", "avgpool", {}),
        ("dropout", "dropout", {"p": 0.2}),
        ("linear", "fc", {"out_features": 1000}),
    )
    network.output("scores", scores)
    return project_of("GoogLeNet: several looks at once, at little cost.", network, inception, conv)


def _fire() -> Drawing:
    block = Drawing(
        "fire",
        "Squeeze, then expand in two ways (Iandola et al. 2016, figure 1).",
        in_channels=96,
        squeeze=16,
        expand=64,
    )
    squeezed = block.chain(
        block.input("x", ("B", "in_channels", "H", "W")),
        ("conv2d", "squeeze_conv", {"out_channels": "=squeeze", "kernel_size": 1}),
        ("relu", "squeeze_relu", {}),
    )
    one = block.chain(
        squeezed, ("conv2d", "expand1", {"out_channels": "=expand", "kernel_size": 1}), ("relu", "relu1", {})
    )
    three = block.chain(
        squeezed, ("conv2d", "expand3", {"out_channels": "=expand", "padding": 1}), ("relu", "relu3", {})
    )
    block.output("y", block.node("concatenate", "join", one, three, dim=1))
    return block


def squeezenet1_0() -> Project:
    """Give SqueezeNet 1.0."""
    fire = _fire()
    pool = {"kernel_size": 3, "stride": 2, "ceil_mode": True}
    network = Drawing("squeezenet1_0", "SqueezeNet 1.0 (Iandola et al. 2016, table 1).")
    at = network.chain(
        network.input("image", ("B", 3, 224, 224)),
        ("conv2d", "conv1", {"out_channels": 96, "kernel_size": 7, "stride": 2}),
        ("relu", "relu1", {}),
        ("max_pool2d", "pool1", {**pool}),
    )
    channels = 96
    for number, (squeeze, expand) in enumerate(
        ((16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256)), start=2
    ):
        at = network.use(fire, f"fire{number}", at, in_channels=channels, squeeze=squeeze, expand=expand)
        channels = 2 * expand
        if number in (4, 8):
            at = network.node("max_pool2d", f"pool{number}", at, **pool)
    scores = network.chain(
        at,
        ("dropout", "dropout", {}),
        ("conv2d", "conv10", {"out_channels": 1000, "kernel_size": 1}),
        ("relu", "relu10", {}),
        ("global_avg_pool", "avgpool", {}),
    )
    network.output("scores", scores)
    return project_of("SqueezeNet: AlexNet's accuracy with a fiftieth of its parameters.", network, fire)


def _dense_layer() -> Drawing:
    block = Drawing(
        "dense_layer",
        "What a layer finds is added to all that was found before (Huang et al. 2016).",
        channels=64,
        growth=32,
    )
    x = block.input("x", ("B", "channels", "H", "W"))
    new = block.chain(
        x,
        ("batch_norm2d", "norm1", {}),
        ("relu", "relu1", {}),
        ("conv2d", "conv1", {"out_channels": "=4*growth", "kernel_size": 1, "bias": False}),
        ("batch_norm2d", "norm2", {}),
        ("relu", "relu2", {}),
        ("conv2d", "conv2", {"out_channels": "=growth", "padding": 1, "bias": False}),
    )
    block.output("y", block.node("concatenate", "join", x, new, dim=1))
    return block


def _transition() -> Drawing:
    block = Drawing("transition", "Half the channels, a quarter of the places.", channels=256)
    at = block.chain(
        block.input("x", ("B", "channels", "H", "W")),
        ("batch_norm2d", "norm", {}),
        ("relu", "relu", {}),
        ("conv2d", "conv", {"out_channels": "=channels//2", "kernel_size": 1, "bias": False}),
        ("avg_pool2d", "pool", {"kernel_size": 2}),
    )
    block.output("y", at)
    return block


def densenet121() -> Project:
    """Give DenseNet-121: repeats whose width grows with their index."""
    layer, transition = _dense_layer(), _transition()
    network = Drawing("densenet121", "DenseNet-121 (Huang et al. 2016, table 1).", growth=32)
    at = network.chain(
        network.input("image", ("B", 3, 224, 224)),
        ("conv2d", "conv0", {"out_channels": "=2*growth", "kernel_size": 7, "stride": 2, "padding": 3, "bias": False}),
        ("batch_norm2d", "norm0", {}),
        ("relu", "relu0", {}),
        ("max_pool2d", "pool0", {"kernel_size": 3, "stride": 2, "padding": 1}),
    )
    start = 2
    for number, depth in enumerate((6, 12, 24, 16), start=1):
        at = network.use(layer, f"dense{number}", at, repeat=depth, channels=f"=({start} + i)*growth", growth="=growth")
        start += depth
        if number < 4:
            at = network.use(transition, f"transition{number}", at, channels=f"={start}*growth")
            start //= 2
    scores = network.chain(
        at,
        ("batch_norm2d", "norm5", {}),
        ("relu", "relu5", {}),
        ("global_avg_pool", "avgpool", {}),
        ("linear", "classifier", {"out_features": 1000}),
    )
    network.output("scores", scores)
    return project_of("DenseNet-121: every layer sees all that came before.", network, layer, transition)
