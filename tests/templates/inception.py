"""Inception-v3 (Szegedy et al. 2015): large filters as several small ones, one behind the other."""

from __future__ import annotations

from engine.graph.types import Project, Value
from tests.templates.drawing import Drawing, project_of


class _Looks:
    """Draws convolutions into a block: each takes what comes in, and its number of channels."""

    def __init__(self, block: Drawing, conv: Drawing) -> None:
        self._block, self._conv = block, conv

    def at(self, source: str, channels: int | str, *looks: tuple[str, int | str, int, int]) -> str:
        """Add looks of name, width, rows and columns that keep the size, one behind the other."""
        for name, width, rows, columns in looks:
            given: dict[str, Value] = {"in_channels": channels, "width": width}
            sizes = {"rows": rows, "columns": columns, "pad_rows": rows // 2, "pad_columns": columns // 2}
            given |= {key: value for key, value in sizes.items() if value != int(key in ("rows", "columns"))}
            source, channels = self._block.use(self._conv, name, source, **given), width
        return source

    def halving(self, source: str, name: str, channels: int, width: int) -> str:
        """Add a look that halves the size."""
        given = {"in_channels": channels, "width": width, "rows": 3, "columns": 3, "stride": 2}
        return self._block.use(self._conv, name, source, **given)


def _conv() -> Drawing:
    block = Drawing(
        "conv_bn",
        "A convolution, normalised.",
        in_channels=64,
        width=64,
        rows=1,
        columns=1,
        stride=1,
        pad_rows=0,
        pad_columns=0,
    )
    shape: dict[str, Value] = {
        "kernel_size": ("=rows", "=columns"),
        "stride": "=stride",
        "padding": ("=pad_rows", "=pad_columns"),
    }
    at = block.chain(
        block.input("x", ("B", "in_channels", "H", "W")),
        ("conv2d", "conv", {"out_channels": "=width", **shape, "bias": False}),
        ("batch_norm2d", "bn", {"eps": 0.001}),
        ("relu", "relu", {}),
    )
    block.output("y", at)
    return block


def _pooled(block: Drawing, x: str) -> str:
    return block.node("avg_pool2d", "pool", x, kernel_size=3, stride=1, padding=1)


def _join(block: Drawing, *branches: str) -> None:
    block.output("y", block.node("concatenate", "join", *branches, inputs=len(branches)))


def _small(conv: Drawing) -> Drawing:
    notes = "Beside a 5 x 5 look stand two of 3 x 3 (Szegedy et al. 2015, figure 5)."
    block = Drawing("inception_a", notes, in_channels=192, pooled=32)
    x, looks = block.input("x", ("B", "in_channels", "H", "W")), _Looks(block, conv)
    one = looks.at(x, "=in_channels", ("branch1", 64, 1, 1))
    five = looks.at(x, "=in_channels", ("branch5_reduce", 48, 1, 1), ("branch5", 64, 5, 5))
    three = looks.at(x, "=in_channels", ("branch3_reduce", 64, 1, 1), ("branch3a", 96, 3, 3), ("branch3b", 96, 3, 3))
    four = looks.at(_pooled(block, x), "=in_channels", ("branch_pool", "=pooled", 1, 1))
    _join(block, one, five, three, four)
    return block


def _small_down(conv: Drawing) -> Drawing:
    block = Drawing("inception_b", "Halves the image in three ways at once (figure 10).")
    x, looks = block.input("x", ("B", 288, "H", "W")), _Looks(block, conv)
    one = looks.halving(x, "branch1", 288, 384)
    two = looks.at(x, 288, ("branch2_reduce", 64, 1, 1), ("branch2a", 96, 3, 3))
    two = looks.halving(two, "branch2b", 96, 96)
    _join(block, one, two, block.node("max_pool2d", "pool", x, kernel_size=3, stride=2))
    return block


def _long(conv: Drawing) -> Drawing:
    notes = "A 7 x 7 look is one along rows and one along columns (figure 6)."
    block = Drawing("inception_c", notes, width=128)
    x, looks = block.input("x", ("B", 768, "H", "W")), _Looks(block, conv)
    one = looks.at(x, 768, ("branch1", 192, 1, 1))
    two = looks.at(x, 768, ("branch2_reduce", "=width", 1, 1), ("branch2a", "=width", 1, 7), ("branch2b", 192, 7, 1))
    first = (("branch3_reduce", "=width", 1, 1), ("branch3a", "=width", 7, 1), ("branch3b", "=width", 1, 7))
    three = looks.at(x, 768, *first, ("branch3c", "=width", 7, 1), ("branch3d", 192, 1, 7))
    four = looks.at(_pooled(block, x), 768, ("branch_pool", 192, 1, 1))
    _join(block, one, two, three, four)
    return block


def _long_down(conv: Drawing) -> Drawing:
    block = Drawing("inception_d", "Halves the image in three ways at once.")
    x, looks = block.input("x", ("B", 768, "H", "W")), _Looks(block, conv)
    one = looks.halving(looks.at(x, 768, ("branch1_reduce", 192, 1, 1)), "branch1", 192, 320)
    two = looks.at(x, 768, ("branch2_reduce", 192, 1, 1), ("branch2a", 192, 1, 7), ("branch2b", 192, 7, 1))
    two = looks.halving(two, "branch2c", 192, 192)
    _join(block, one, two, block.node("max_pool2d", "pool", x, kernel_size=3, stride=2))
    return block


def _wide(conv: Drawing) -> Drawing:
    notes = "Looks along rows and along columns stand side by side (figure 7)."
    block = Drawing("inception_e", notes, in_channels=1280)
    x, looks = block.input("x", ("B", "in_channels", "H", "W")), _Looks(block, conv)
    one = looks.at(x, "=in_channels", ("branch1", 320, 1, 1))
    two = looks.at(x, "=in_channels", ("branch2_reduce", 384, 1, 1))
    three = looks.at(x, "=in_channels", ("branch3_reduce", 448, 1, 1), ("branch3", 384, 3, 3))
    sides = [
        looks.at(source, 384, (f"{name}_{way}", 384, *size))
        for name, source in (("branch2", two), ("branch3", three))
        for way, size in (("rows", (1, 3)), ("columns", (3, 1)))
    ]
    four = looks.at(_pooled(block, x), "=in_channels", ("branch_pool", 192, 1, 1))
    _join(block, one, *sides, four)
    return block


def _auxiliary(conv: Drawing) -> Drawing:
    notes = "Scores from halfway, which are trained as well (figure 8)."
    block = Drawing("auxiliary_head", notes)
    x = block.input("x", ("B", 768, 17, 17))
    at = block.node("avg_pool2d", "pool", x, kernel_size=5, stride=3)
    at = block.use(conv, "conv0", at, in_channels=768, width=128)
    at = block.use(conv, "conv1", at, in_channels=128, width=768, rows=5, columns=5)
    scores = block.chain(at, ("global_avg_pool", "avgpool", {}), ("linear", "fc", {"out_features": 1000}))
    block.output("scores", scores)
    return block


def _stem(network: Drawing, conv: Drawing) -> str:
    looks = _Looks(network, conv)
    at = looks.halving(network.input("image", ("B", 3, 299, 299)), "conv1", 3, 32)
    at = network.use(conv, "conv2", at, in_channels=32, width=32, rows=3, columns=3)
    at = looks.at(at, 32, ("conv3", 64, 3, 3))
    at = network.node("max_pool2d", "pool3", at, kernel_size=3, stride=2)
    at = looks.at(at, 64, ("conv4", 80, 1, 1))
    at = network.use(conv, "conv5", at, in_channels=80, width=192, rows=3, columns=3)
    return network.node("max_pool2d", "pool5", at, kernel_size=3, stride=2)


def inception_v3() -> Project:
    """Give Inception-v3 with its auxiliary head."""
    conv = _conv()
    blocks = [draw(conv) for draw in (_small, _small_down, _long, _long_down, _wide, _auxiliary)]
    small, small_down, long, long_down, wide, auxiliary = blocks
    network = Drawing("inception_v3", "Inception-v3 (Szegedy et al. 2015, table 1; batch normalised auxiliary head).")
    at = _stem(network, conv)
    for row, channels, pooled in (("5b", 192, 32), ("5c", 256, 64), ("5d", 288, 64)):
        at = network.use(small, f"mixed{row}", at, in_channels=channels, pooled=pooled)
    at = network.use(small_down, "mixed6a", at)
    for row, width in (("6b", 128), ("6c", 160), ("6d", 160), ("6e", 192)):
        at = network.use(long, f"mixed{row}", at, width=width)
    halfway = network.use(auxiliary, "auxiliary_head", at)
    at = network.use(long_down, "mixed7a", at)
    for row, channels in (("7b", 1280), ("7c", 2048)):
        at = network.use(wide, f"mixed{row}", at, in_channels=channels)
    scores = network.chain(
        at, ("global_avg_pool", "avgpool", {}), ("dropout", "dropout", {}), ("linear", "fc", {"out_features": 1000})
    )
    network.output("scores", scores)
    network.output("auxiliary", halfway)
    return project_of("Inception-v3: large looks made of small ones.", network, *blocks, conv)
