"""CycleGAN (Zhu et al. 2017): the generator that gives a picture another look, the discriminator that judges patches."""

from __future__ import annotations

from engine.graph.types import Project, Value
from tests.templates.drawing import Drawing, Step, project_of


def _reflecting(name: str, out: int | str, kernel: int) -> Step:
    """Give a convolution that sees the picture mirrored beyond its border."""
    border: dict[str, Value] = {"padding": kernel // 2, "padding_mode": "reflect"}
    return "conv2d", name, {"out_channels": out, **({} if kernel == 3 else {"kernel_size": kernel}), **border}


def _residual() -> Drawing:
    block = Drawing("residual_block", "Two convolutions beside a shortcut.", width=256)
    x = block.input("x", ("B", "width", "H", "W"))
    at = block.chain(
        x,
        _reflecting("conv1", "=width", 3),
        ("instance_norm2d", "norm1", {}),
        ("relu", "relu", {}),
        _reflecting("conv2", "=width", 3),
        ("instance_norm2d", "norm2", {}),
    )
    block.output("y", block.node("add", "add", at, x))
    return block


def cyclegan_generator() -> Project:
    """Give CycleGAN's generator of nine residual blocks, for pictures of 256 x 256."""
    residual = _residual()
    network = Drawing("cyclegan_generator", "CycleGAN generator (Zhu et al. 2017, appendix 7.2).", width=64)
    at = network.chain(
        network.input("image", ("B", 3, 256, 256)),
        _reflecting("conv1", "=width", 7),
        ("instance_norm2d", "norm1", {}),
        ("relu", "relu1", {}),
        ("conv2d", "down1", {"out_channels": "=2*width", "stride": 2, "padding": 1}),
        ("instance_norm2d", "norm2", {}),
        ("relu", "relu2", {}),
        ("conv2d", "down2", {"out_channels": "=4*width", "stride": 2, "padding": 1}),
        ("instance_norm2d", "norm3", {}),
        ("relu", "relu3", {}),
    )
    at = network.use(residual, "blocks", at, width="=4*width", repeat=9)
    up: dict[str, Value] = {"stride": 2, "padding": 1, "output_padding": 1}
    picture = network.chain(
        at,
        ("conv_transpose2d", "up1", {"out_channels": "=2*width", **up}),
        ("instance_norm2d", "norm4", {}),
        ("relu", "relu4", {}),
        ("conv_transpose2d", "up2", {"out_channels": "=width", **up}),
        ("instance_norm2d", "norm5", {}),
        ("relu", "relu5", {}),
        _reflecting("head", 3, 7),
        ("tanh", "tanh", {}),
    )
    network.output("picture", picture)
    return project_of("CycleGAN's generator: horses become zebras.", network, residual)


def cyclegan_discriminator() -> Project:
    """Give CycleGAN's discriminator: a score for every patch of 70 x 70."""
    network = Drawing("cyclegan_discriminator", "CycleGAN discriminator (Zhu et al. 2017, appendix 7.2).", width=64)
    at = network.input("image", ("B", 3, 256, 256))
    for number, factor in enumerate((1, 2, 4, 8), start=1):
        down: dict[str, Value] = {"kernel_size": 4, "stride": 2, "padding": 1}
        if number == 4:
            del down["stride"]
        at = network.node("conv2d", f"down{number}", at, out_channels=f"={factor}*width", **down)
        if number > 1:
            at = network.node("instance_norm2d", f"norm{number}", at)
        at = network.node("leaky_relu", f"relu{number}", at, negative_slope=0.2)
    network.output("scores", network.node("conv2d", "head", at, out_channels=1, kernel_size=4, padding=1))
    return project_of("CycleGAN's discriminator: which patches are real?", network)
