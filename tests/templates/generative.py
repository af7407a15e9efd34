"""Networks that give images: U-Net (Ronneberger et al. 2015) and DCGAN (Radford et al. 2015)."""

from __future__ import annotations

from engine.graph.types import Project, Value
from tests.templates.drawing import Drawing, project_of


def _double_conv() -> Drawing:
    block = Drawing("double_conv", "Two convolutions that keep the size.", in_channels=3, width=64)
    at = block.chain(
        block.input("x", ("B", "in_channels", "H", "W")),
        ("conv2d", "conv1", {"out_channels": "=width", "padding": 1}),
        ("relu", "relu1", {}),
        ("conv2d", "conv2", {"out_channels": "=width", "padding": 1}),
        ("relu", "relu2", {}),
    )
    block.output("y", at)
    return block


def unet() -> Project:
    """Give U-Net, padded so that the mask is as large as the image."""
    double = _double_conv()
    network = Drawing("unet", "U-Net (Ronneberger et al. 2015, figure 1; padded).", width=64)
    at = network.input("image", ("B", 3, 256, 256))
    at = network.use(double, "down1", at, width="=width")
    passed = [at]
    for number in range(2, 6):
        at = network.node("max_pool2d", f"pool{number - 1}", at, kernel_size=2)
        at = network.use(
            double, f"down{number}", at, in_channels=f"={2 ** (number - 2)}*width", width=f"={2 ** (number - 1)}*width"
        )
        passed.append(at)
    for number in range(4, 0, -1):
        width = 2 ** (number - 1)
        up = network.node(
            "conv_transpose2d", f"up{number}", at, out_channels=f"={width}*width", kernel_size=2, stride=2
        )
        joined = network.node("concatenate", f"join{number}", passed[number - 1], up, dim=1)
        at = network.use(double, f"decode{number}", joined, in_channels=f"={2 * width}*width", width=f"={width}*width")
    network.output("mask", network.node("conv2d", "head", at, out_channels=1, kernel_size=1))
    return project_of("U-Net: down to what it is, up to where it is.", network, double)


def dcgan_generator() -> Project:
    """Give DCGAN's generator of images of 64 x 64."""
    network = Drawing("dcgan_generator", "DCGAN generator (Radford et al. 2015, figure 1).", width=64)
    at = network.chain(network.input("noise", ("B", 100)), ("reshape", "cube", {"shape": (100, 1, 1)}))
    for number, factor in enumerate((8, 4, 2, 1), start=1):
        first = {"stride": 1, "padding": 0} if number == 1 else {"stride": 2, "padding": 1}
        at = network.chain(
            at,
            (
                "conv_transpose2d",
                f"up{number}",
                {"out_channels": f"={factor}*width", "kernel_size": 4, "bias": False, **first},
            ),
            ("batch_norm2d", f"bn{number}", {}),
            ("relu", f"relu{number}", {}),
        )
    image = network.chain(
        at,
        ("conv_transpose2d", "up5", {"out_channels": 3, "kernel_size": 4, "stride": 2, "padding": 1, "bias": False}),
        ("tanh", "tanh", {}),
    )
    network.output("image", image)
    return project_of("DCGAN's generator: noise in, an image out.", network)


def dcgan_discriminator() -> Project:
    """Give DCGAN's discriminator of images of 64 x 64."""
    network = Drawing("dcgan_discriminator", "DCGAN discriminator (Radford et al. 2015).", width=64)
    at = network.input("image", ("B", 3, 64, 64))
    for number, factor in enumerate((1, 2, 4, 8), start=1):
        down: dict[str, Value] = {
            "out_channels": f"={factor}*width",
            "kernel_size": 4,
            "stride": 2,
            "padding": 1,
            "bias": False,
        }
        at = network.node("conv2d", f"down{number}", at, **down)
        if number > 1:
            at = network.node("batch_norm2d", f"bn{number}", at)
        at = network.node("leaky_relu", f"relu{number}", at, negative_slope=0.2)
    score = network.chain(
        at,
        ("conv2d", "head", {"out_channels": 1, "kernel_size": 4, "bias": False}),
        ("flatten", "flatten", {}),
    )
    network.output("score", score)
    return project_of("DCGAN's discriminator: is this image real?", network)
