"""Networks between noise and pictures: a variational autoencoder (2013), the denoising U-Net of diffusion (2020)."""

from __future__ import annotations

from engine.graph.types import Project, Value
from tests.templates.drawing import Drawing, Step, project_of


def vae_template() -> Project:
    """Give a variational autoencoder of images of 28 x 28."""
    encoder = Drawing("encoder", "An image becomes a mean and a log-variance.", hidden=500, latent=20)
    at = encoder.chain(
        encoder.input("image", ("B", 1, 28, 28)),
        ("flatten", "flatten", {}),
        ("linear", "hidden1", {"out_features": "=hidden"}),
        ("tanh", "tanh", {}),
    )
    encoder.output("mean", encoder.node("linear", "to_mean", at, out_features="=latent"))
    encoder.output("log_var", encoder.node("linear", "to_log_var", at, out_features="=latent"))
    decoder = Drawing("decoder", "A point becomes the logits of an image.", hidden=500, latent=20)
    at = decoder.chain(
        decoder.input("point", ("B", "latent")),
        ("linear", "hidden1", {"out_features": "=hidden"}),
        ("tanh", "tanh", {}),
        ("linear", "to_image", {"out_features": 784}),
        ("reshape", "image", {"shape": (1, 28, 28)}),
    )
    decoder.output("logits", at)
    notes = "Variational autoencoder (Kingma and Welling 2013, appendix C: a Bernoulli decoder)."
    network = Drawing("vae_template", notes, hidden=500, latent=20)
    sizes = {"hidden": "=hidden", "latent": "=latent"}
    found = network.use(encoder, "encoder", network.input("image", ("B", 1, 28, 28)), **sizes)
    point = network.wired("gaussian_sample", "point", {"mean": f"{found}.mean", "log_var": f"{found}.log_var"}, {})
    network.output("logits", network.use(decoder, "decoder", point, **sizes))
    network.output("mean", f"{found}.mean")
    network.output("log_var", f"{found}.log_var")
    return project_of("Variational autoencoder: images as points that can be drawn anew.", network, encoder, decoder)


def _time() -> Drawing:
    notes = "How noisy it is, as a vector: a row of sines and cosines, and two linear layers."
    block = Drawing("time_embedding", notes, steps=1000, width=128)
    time = block.input("time", ("B",), dtype="int64")
    table = block.chain(
        block.node("constant", "zeros", shape=(1, "=steps", "=width"), value=0.0),
        ("sinusoidal_positions", "table", {}),
        ("squeeze", "rows", {"dim": 0}),
    )
    at = block.chain(
        block.wired("index_select", "row", {"x": table, "index": time}, {"dim": 0}),
        ("linear", "linear1", {"out_features": "=4*width"}),
        ("silu", "silu", {}),
        ("linear", "linear2", {"out_features": "=4*width"}),
    )
    block.output("y", at)
    return block


def _normed(number: int, out: str, *between: Step) -> tuple[Step, ...]:
    return (
        ("group_norm", f"norm{number}", {"num_groups": 32, "eps": 1e-6}),
        ("silu", f"silu{number}", {}),
        *between,
        ("conv2d", f"conv{number}", {"out_channels": out, "padding": 1}),
    )


def _residual(*, shortcut: bool) -> Drawing:
    words = "Two convolutions, told in between how noisy it is, beside a shortcut"
    name, ending = ("residual_block_wider", "; it is a convolution.") if shortcut else ("residual_block", ".")
    block = Drawing(name, words + ending, **({"in_channels": 128} if shortcut else {}), width=128, time_width=512)
    x = block.input("x", ("B", "in_channels" if shortcut else "width", "H", "W"))
    time = block.chain(
        block.input("time", ("B", "time_width")),
        ("silu", "silu_time", {}),
        ("linear", "project_time", {"out_features": "=width"}),
        ("unsqueeze", "time_column", {"dim": 2}),
        ("unsqueeze", "time_pixel", {"dim": 3}),
    )
    told = block.node("add", "tell", block.chain(x, *_normed(1, "=width")), time)
    at = block.chain(told, *_normed(2, "=width", ("dropout", "dropout", {"p": 0.1})))
    short = block.node("conv2d", "project", x, out_channels="=width", kernel_size=1) if shortcut else x
    block.output("y", block.node("add", "add", at, short))
    return block


def _attention() -> Drawing:
    block = Drawing("attention_block", "Every place looks at all places, beside a shortcut.", width=256)
    x = block.input("x", ("B", "width", "H", "W"))
    at = block.chain(
        x,
        ("group_norm", "norm", {"num_groups": 32, "eps": 1e-6}),
        ("flatten", "places", {"start_dim": 2}),
        ("transpose", "sequence", {}),
        ("multi_head_attention", "attention", {"num_heads": 1}),
        ("transpose", "channels", {}),
        ("unflatten", "image", {"dim": 2, "sizes": ("H", "W")}),
    )
    block.output("y", block.node("add", "add", at, x))
    return block


class _Denoiser:
    """Draws the way down and up; each level has half the size of the one before."""

    def __init__(self, network: Drawing) -> None:
        self.same, self.wider, self.attention = _residual(shortcut=False), _residual(shortcut=True), _attention()
        self._network = network
        self._told: dict[str, Value] = {"time_width": "=4*width"}

    def look(self, name: str, at: str, time: str, sizes: tuple[int, int], *, attend: bool) -> str:
        """Add a residual block from channels to channels, in multiples of the width, with attention behind it if asked."""
        start, end = sizes
        if start == end:
            at = self._network.use(self.same, name, at, time, width=f"={end}*width", **self._told)
        else:
            channels = {"in_channels": f"={start}*width", "width": f"={end}*width"}
            at = self._network.use(self.wider, name, at, time, **channels, **self._told)
        return self._network.use(self.attention, f"{name}_attention", at, width=f"={end}*width") if attend else at

    def down(self, at: str, time: str) -> list[tuple[str, int]]:
        """Add the way down and give what stands on it, with its channels."""
        passed, channels = [(at, 1)], 1
        for level, width in enumerate((1, 2, 2, 2), start=1):
            for number in (1, 2):
                at = self.look(f"down{level}_{number}", at, time, (channels, width), attend=level == 2)
                channels = width
                passed.append((at, channels))
            if level < 4:
                half: dict[str, Value] = {"out_channels": f"={width}*width", "stride": 2, "padding": 1}
                at = self._network.node("conv2d", f"halve{level}", at, **half)
                passed.append((at, channels))
        return passed

    def up(self, at: str, time: str, passed: list[tuple[str, int]]) -> str:
        """Add the way up, joined at every step with what stands on the way down."""
        channels = 2
        for level, width in ((4, 2), (3, 2), (2, 2), (1, 1)):
            for number in (1, 2, 3):
                before, more = passed.pop()
                joined = self._network.node("concatenate", f"join{level}_{number}", at, before)
                sizes = (channels + more, width)
                at = self.look(f"up{level}_{number}", joined, time, sizes, attend=level == 2)
                channels = width
            if level > 1:
                at = self._network.chain(
                    at,
                    ("upsample2d", f"double{level}", {}),
                    ("conv2d", f"smooth{level}", {"out_channels": f"={width}*width", "padding": 1}),
                )
        return at


def denoising_unet() -> Project:
    """Give the U-Net of DDPM for images of 32 x 32."""
    notes = "Denoising U-Net of DDPM for CIFAR-10 (Ho et al. 2020, appendix B)."
    network, embed = Drawing("denoising_unet", notes, width=128), _time()
    image = network.input("image", ("B", 3, 32, 32))
    time = network.use(embed, "time_embedding", network.input("time", ("B",), dtype="int64"), width="=width")
    denoiser = _Denoiser(network)
    passed = denoiser.down(network.node("conv2d", "conv_in", image, out_channels="=width", padding=1), time)
    at = denoiser.look("middle1", passed[-1][0], time, (2, 2), attend=True)
    at = denoiser.look("middle2", at, time, (2, 2), attend=False)
    at = denoiser.up(at, time, passed)
    noise = network.chain(
        at,
        ("group_norm", "norm_out", {"num_groups": 32, "eps": 1e-6}),
        ("silu", "silu_out", {}),
        ("conv2d", "conv_out", {"out_channels": 3, "padding": 1}),
    )
    network.output("noise", noise)
    caption = "Denoising U-Net: which noise is in this image?"
    return project_of(caption, network, denoiser.same, denoiser.wider, denoiser.attention, embed)
