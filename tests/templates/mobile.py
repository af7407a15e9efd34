"""Networks for telephones: MobileNetV2 (2018) and V3 (2019), ShuffleNet V2 (2018), EfficientNet-B0 (2019)."""

from __future__ import annotations

from engine.graph.types import Project, Value
from tests.templates.drawing import Drawing, Step, project_of

_Norm = dict[str, Value]


def conv_bn(
    name: str, kind: str, out: int | str, kernel: int | str, *, stride: int | str = 1, norm: _Norm
) -> tuple[Step, Step]:
    """Give a convolution that keeps the size but for its stride, normalised; `out` of "" filters each channel by itself."""
    padding: int | str = kernel // 2 if isinstance(kernel, int) else f"{kernel}//2"
    sizes: dict[str, Value] = {"kernel_size": kernel, "stride": stride, "padding": padding, "bias": False}
    shape = {key: value for key, value in sizes.items() if (key, value) not in {("stride", 1), ("padding", 0)}}
    width: dict[str, Value] = {"out_channels": out} if out else {}
    return (kind, name, {**width, **shape}), ("batch_norm2d", f"{name}_bn", dict(norm))


def _classifier(network: Drawing, at: str, *steps: Step) -> None:
    scores = network.chain(at, ("global_avg_pool", "avgpool", {}), *steps, ("linear", "fc", {"out_features": 1000}))
    network.output("scores", scores)


def _separable() -> Drawing:
    block = Drawing("separable", "Each channel by itself, then all together.", in_channels=32, width=16)
    at = block.chain(
        block.input("x", ("B", "in_channels", "H", "W")),
        *conv_bn("depthwise", "depthwise_conv2d", "", 3, norm={}),
        ("relu6", "relu", {}),
        *conv_bn("project", "conv2d", "=width", 1, norm={}),
    )
    block.output("y", at)
    return block


def _inverted(name: str, notes: str, *, shortcut: bool) -> Drawing:
    parameters = {} if shortcut else {"in_channels": 16, "stride": 1}
    block = Drawing(name, notes, **parameters, width=24)
    channels = "width" if shortcut else "in_channels"
    x = block.input("x", ("B", channels, "H", "W"))
    at = block.chain(
        x,
        *conv_bn("expand", "conv2d", f"=6*{channels}", 1, norm={}),
        ("relu6", "relu1", {}),
        *conv_bn("depthwise", "depthwise_conv2d", "", 3, stride=1 if shortcut else "=stride", norm={}),
        ("relu6", "relu2", {}),
        *conv_bn("project", "conv2d", "=width", 1, norm={}),
    )
    block.output("y", block.node("add", "add", at, x) if shortcut else at)
    return block


def mobilenet_v2() -> Project:
    """Give MobileNetV2."""
    separable = _separable()
    words = "Widen, look at each channel by itself, narrow"
    first = _inverted("inverted_first", f"{words} (Sandler et al. 2018, figure 4d).", shortcut=False)
    rest = _inverted("inverted_residual", f"{words}; the shortcut joins the narrow ends.", shortcut=True)
    network = Drawing("mobilenet_v2", "MobileNetV2 (Sandler et al. 2018, table 2).")
    at = network.chain(
        network.input("image", ("B", 3, 224, 224)),
        *conv_bn("conv1", "conv2d", 32, 3, stride=2, norm={}),
        ("relu6", "relu1", {}),
    )
    at, channels = network.use(separable, "stage1", at), 16
    rows = ((24, 2, 2), (32, 3, 2), (64, 4, 2), (96, 3, 1), (160, 3, 2), (320, 1, 1))
    for number, (width, depth, stride) in enumerate(rows, start=2):
        at = network.use(first, f"stage{number}_first", at, in_channels=channels, width=width, stride=stride)
        if depth > 1:
            at = network.use(rest, f"stage{number}", at, width=width, repeat=depth - 1)
        channels = width
    at = network.chain(at, *conv_bn("conv9", "conv2d", 1280, 1, norm={}), ("relu6", "relu9", {}))
    _classifier(network, at, ("dropout", "dropout", {"p": 0.2}))
    return project_of("MobileNetV2: narrow shortcuts, wide insides.", network, first, rest, separable)


_V3: _Norm = {"eps": 0.001, "momentum": 0.01}


def _squeeze_excite(inside: str, gate: str) -> Drawing:
    block = Drawing(
        "squeeze_excite",
        "Weighs each channel by what the means of all say (Hu et al. 2017, figure 3).",
        channels=72,
        squeeze=24,
    )
    x = block.input("x", ("B", "channels", "H", "W"))
    weights = block.chain(
        x,
        ("adaptive_avg_pool2d", "means", {"output_size": 1}),
        ("conv2d", "fc1", {"out_channels": "=squeeze", "kernel_size": 1}),
        (inside, inside, {}),
        ("conv2d", "fc2", {"out_channels": "=channels", "kernel_size": 1}),
        (gate, gate, {}),
    )
    block.output("y", block.node("multiply", "weigh", x, weights))
    return block


def _bneck(name: str, activation: str, weigh: Drawing | None) -> Drawing:
    squeezed = {"squeeze": 24} if weigh else {}
    block = Drawing(
        name,
        "Widen, look at each channel by itself, " + ("weigh channels, " if weigh else "") + "narrow.",
        in_channels=16,
        hidden=64,
        width=24,
        kernel=3,
        stride=1,
        **squeezed,
    )
    at = block.chain(
        block.input("x", ("B", "in_channels", "H", "W")),
        *conv_bn("expand", "conv2d", "=hidden", 1, norm=_V3),
        (activation, "act1", {}),
        *conv_bn("depthwise", "depthwise_conv2d", "", "=kernel", stride="=stride", norm=_V3),
        (activation, "act2", {}),
    )
    if weigh:
        at = block.use(weigh, "weigh", at, channels="=hidden", squeeze="=squeeze")
    block.output("y", block.chain(at, *conv_bn("project", "conv2d", "=width", 1, norm=_V3)))
    return block


def _bneck_first() -> Drawing:
    block = Drawing("bneck_first", "The first of all, where nothing is widened.", channels=16)
    x = block.input("x", ("B", "channels", "H", "W"))
    at = block.chain(
        x,
        *conv_bn("depthwise", "depthwise_conv2d", "", 3, norm=_V3),
        ("relu", "relu", {}),
        *conv_bn("project", "conv2d", "=channels", 1, norm=_V3),
    )
    block.output("y", block.node("add", "add", at, x))
    return block


_LARGE = (  # kernel, hidden channels, channels, those that weigh channels, nonlinearity, stride
    (3, 64, 24, 0, "relu", 2),
    (3, 72, 24, 0, "relu", 1),
    (5, 72, 40, 24, "relu", 2),
    (5, 120, 40, 32, "relu", 1),
    (5, 120, 40, 32, "relu", 1),
    (3, 240, 80, 0, "hardswish", 2),
    (3, 200, 80, 0, "hardswish", 1),
    (3, 184, 80, 0, "hardswish", 1),
    (3, 184, 80, 0, "hardswish", 1),
    (3, 480, 112, 120, "hardswish", 1),
    (3, 672, 112, 168, "hardswish", 1),
    (5, 672, 160, 168, "hardswish", 2),
    (5, 960, 160, 240, "hardswish", 1),
    (5, 960, 160, 240, "hardswish", 1),
)


def mobilenet_v3_large() -> Project:
    """Give MobileNetV3-Large: a use for every row of the paper's table, the shortcuts beside them."""
    weigh, first = _squeeze_excite("relu", "hardsigmoid"), _bneck_first()
    kinds = {
        (activation, bool(found)): _bneck(f"bneck_{activation}" + ("_se" if found else ""), activation, found)
        for activation in ("relu", "hardswish")
        for found in (None, weigh)
    }
    network = Drawing("mobilenet_v3_large", "MobileNetV3-Large (Howard et al. 2019, table 1).")
    at = network.chain(
        network.input("image", ("B", 3, 224, 224)),
        *conv_bn("conv1", "conv2d", 16, 3, stride=2, norm=_V3),
        ("hardswish", "act1", {}),
    )
    at, channels = network.use(first, "bneck1", at), 16
    for number, (kernel, hidden, width, squeeze, activation, stride) in enumerate(_LARGE, start=2):
        given = {"in_channels": channels, "hidden": hidden, "width": width, "kernel": kernel, "stride": stride}
        weighed = {"squeeze": squeeze} if squeeze else {}
        y = network.use(kinds[activation, squeeze > 0], f"bneck{number}", at, **given, **weighed)
        at = network.node("add", f"add{number}", y, at) if (stride, channels) == (1, width) else y
        channels = width
    at = network.chain(at, *conv_bn("conv16", "conv2d", 960, 1, norm=_V3), ("hardswish", "act16", {}))
    head: tuple[Step, ...] = (
        ("linear", "fc17", {"out_features": 1280}),
        ("hardswish", "act17", {}),
        ("dropout", "dropout", {"p": 0.2}),
    )
    _classifier(network, at, *head)
    caption = "MobileNetV3-Large: searched for by machines, for telephones."
    return project_of(caption, network, *kinds.values(), first, weigh)


def _unit() -> Drawing:
    block = Drawing(
        "shuffle_unit", "Half the channels pass, half are looked at (Ma et al. 2018, figure 3c).", channels=116
    )
    halves = block.node("chunk", "halves", block.input("x", ("B", "channels", "H", "W")))
    looked = block.chain(f"{halves}.b", *_shuffle_branch("right", "=channels//2", stride=1))
    joined = block.node("concatenate", "join", f"{halves}.a", looked)
    block.output("y", block.node("channel_shuffle", "shuffle", joined))
    return block


def _unit_down() -> Drawing:
    block = Drawing(
        "shuffle_down",
        "Both branches halve the image; joined, they have all channels (figure 3d).",
        in_channels=24,
        width=116,
    )
    x = block.input("x", ("B", "in_channels", "H", "W"))
    left = block.chain(
        x,
        *conv_bn("left_depthwise", "depthwise_conv2d", "", 3, stride=2, norm={}),
        *conv_bn("left_conv", "conv2d", "=width//2", 1, norm={}),
        ("relu", "left_relu", {}),
    )
    right = block.chain(x, *_shuffle_branch("right", "=width//2", stride=2))
    block.output("y", block.node("channel_shuffle", "shuffle", block.node("concatenate", "join", left, right)))
    return block


def _shuffle_branch(name: str, width: str, *, stride: int) -> tuple[Step, ...]:
    return (
        *conv_bn(f"{name}_conv1", "conv2d", width, 1, norm={}),
        ("relu", f"{name}_relu1", {}),
        *conv_bn(f"{name}_depthwise", "depthwise_conv2d", "", 3, stride=stride, norm={}),
        *conv_bn(f"{name}_conv2", "conv2d", width, 1, norm={}),
        ("relu", f"{name}_relu2", {}),
    )


def shufflenet_v2_x1_0() -> Project:
    """Give ShuffleNet V2 1x."""
    unit, down = _unit(), _unit_down()
    network = Drawing("shufflenet_v2_x1_0", "ShuffleNet V2 1x (Ma et al. 2018, table 5).")
    at = network.chain(
        network.input("image", ("B", 3, 224, 224)),
        *conv_bn("conv1", "conv2d", 24, 3, stride=2, norm={}),
        ("relu", "relu1", {}),
        ("max_pool2d", "maxpool", {"kernel_size": 3, "stride": 2, "padding": 1}),
    )
    channels = 24
    for number, (width, depth) in enumerate(((116, 4), (232, 8), (464, 4)), start=2):
        at = network.use(down, f"stage{number}_down", at, in_channels=channels, width=width)
        at = network.use(unit, f"stage{number}", at, channels=width, repeat=depth - 1)
        channels = width
    at = network.chain(at, *conv_bn("conv5", "conv2d", 1024, 1, norm={}), ("relu", "relu5", {}))
    _classifier(network, at)
    return project_of("ShuffleNet V2: as fast as memory allows.", network, unit, down)


def _mbconv(name: str, notes: str, weigh: Drawing, *, shortcut: bool) -> Drawing:
    parameters: dict[str, float] = {"kernel": 3, "drop": 0.0} if shortcut else {"kernel": 3, "stride": 1}
    block = Drawing(name, notes, **({} if shortcut else {"in_channels": 16}), width=24, **parameters)
    channels = "width" if shortcut else "in_channels"
    x = block.input("x", ("B", channels, "H", "W"))
    stride = 1 if shortcut else "=stride"
    at = block.chain(
        x,
        *conv_bn("expand", "conv2d", f"=6*{channels}", 1, norm={}),
        ("silu", "silu1", {}),
        *conv_bn("depthwise", "depthwise_conv2d", "", "=kernel", stride=stride, norm={}),
        ("silu", "silu2", {}),
    )
    at = block.use(weigh, "weigh", at, channels=f"=6*{channels}", squeeze=f"={channels}//4")
    at = block.chain(at, *conv_bn("project", "conv2d", "=width", 1, norm={}))
    if shortcut:
        at = block.node("add", "add", block.node("drop_path", "skip", at, p="=drop"), x)
    block.output("y", at)
    return block


def _mbconv1(weigh: Drawing) -> Drawing:
    block = Drawing("mbconv1", "The first of all, where nothing is widened.", in_channels=32, width=16)
    at = block.chain(
        block.input("x", ("B", "in_channels", "H", "W")),
        *conv_bn("depthwise", "depthwise_conv2d", "", 3, norm={}),
        ("silu", "silu", {}),
    )
    at = block.use(weigh, "weigh", at, channels="=in_channels", squeeze="=in_channels//4")
    block.output("y", block.chain(at, *conv_bn("project", "conv2d", "=width", 1, norm={})))
    return block


def efficientnet_b0() -> Project:
    """Give EfficientNet-B0; the deeper a block, the more often training leaves it out."""
    weigh = _squeeze_excite("silu", "sigmoid")
    one = _mbconv1(weigh)
    first = _mbconv("mbconv6", "Widen six times, look, weigh channels, narrow.", weigh, shortcut=False)
    rest = _mbconv("mbconv6_residual", "The same beside a shortcut.", weigh, shortcut=True)
    network = Drawing("efficientnet_b0", "EfficientNet-B0 (Tan and Le 2019, table 1).", drop=0.2)
    at = network.chain(
        network.input("image", ("B", 3, 224, 224)),
        *conv_bn("conv1", "conv2d", 32, 3, stride=2, norm={}),
        ("silu", "silu1", {}),
    )
    at, channels, before = network.use(one, "stage2", at), 16, 1
    rows = ((24, 3, 2, 2), (40, 5, 2, 2), (80, 3, 3, 2), (112, 5, 3, 1), (192, 5, 4, 2), (320, 3, 1, 1))
    for number, (width, kernel, depth, stride) in enumerate(rows, start=3):
        given = {"width": width, "kernel": kernel}
        at = network.use(first, f"stage{number}_first", at, in_channels=channels, stride=stride, **given)
        if depth > 1:
            drop = f"=round(drop*({before + 1} + i)/16, 4)"
            at = network.use(rest, f"stage{number}", at, **given, drop=drop, repeat=depth - 1)
        channels, before = width, before + depth
    at = network.chain(at, *conv_bn("conv9", "conv2d", 1280, 1, norm={}), ("silu", "silu9", {}))
    _classifier(network, at, ("dropout", "dropout", {"p": 0.2}))
    caption = "EfficientNet-B0: depth, width and resolution in balance."
    return project_of(caption, network, first, rest, one, weigh)
