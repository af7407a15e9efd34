"""Names and shapes of tensors as torchvision, timm and transformers write them, from their documented layouts."""

from __future__ import annotations

from collections.abc import Iterator

Shape = tuple[int, ...]
Named = Iterator[tuple[str, Shape]]


def norm(name: str, width: int) -> Named:
    """Batch normalisation."""
    for role in ("weight", "bias", "running_mean", "running_var"):
        yield f"{name}.{role}", (width,)
    yield f"{name}.num_batches_tracked", ()


def _affine(name: str, *shape: int) -> Named:
    yield f"{name}.weight", shape
    yield f"{name}.bias", shape[:1]


def _conv1d(name: str, inputs: int, outputs: int) -> Named:
    """GPT-2's linear layer: inputs by outputs."""
    yield f"{name}.weight", (inputs, outputs)
    yield f"{name}.bias", (outputs,)


def _basic(name: str, inputs: int, width: int) -> Named:
    yield f"{name}.conv1.weight", (width, inputs, 3, 3)
    yield from norm(f"{name}.bn1", width)
    yield f"{name}.conv2.weight", (width, width, 3, 3)
    yield from norm(f"{name}.bn2", width)
    if inputs != width:
        yield f"{name}.downsample.0.weight", (width, inputs, 1, 1)
        yield from norm(f"{name}.downsample.1", width)


def _bottleneck(name: str, inputs: int, width: int) -> Named:
    for number, (size, outputs, taken) in enumerate(
        ((1, width, inputs), (3, width, width), (1, 4 * width, width)), start=1
    ):
        yield f"{name}.conv{number}.weight", (outputs, taken, size, size)
        yield from norm(f"{name}.bn{number}", outputs)
    if inputs != 4 * width:
        yield f"{name}.downsample.0.weight", (4 * width, inputs, 1, 1)
        yield from norm(f"{name}.downsample.1", 4 * width)


def resnet18() -> dict[str, Shape]:
    """`torchvision.models.resnet18().state_dict()`."""
    return dict(_resnet((2, 2, 2, 2), wide=False))


def resnet50() -> dict[str, Shape]:
    """`torchvision.models.resnet50().state_dict()`."""
    return dict(_resnet((3, 4, 6, 3), wide=True))


def _resnet(depths: tuple[int, ...], *, wide: bool) -> Named:
    yield "conv1.weight", (64, 3, 7, 7)
    yield from norm("bn1", 64)
    inputs = 64
    for stage, depth in enumerate(depths):
        width = 64 * 2**stage
        for block in range(depth):
            yield from (_bottleneck if wide else _basic)(f"layer{stage + 1}.{block}", inputs, width)
            inputs = 4 * width if wide else width
    yield from _affine("fc", 1000, inputs)


def vgg16() -> dict[str, Shape]:
    """`torchvision.models.vgg16().state_dict()`: convolutions counted with what stands between them."""
    found: dict[str, Shape] = {}
    place, inputs = 0, 3
    for width, depth in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(depth):
            found.update(_affine(f"features.{place}", width, inputs, 3, 3))
            place, inputs = place + 2, width
        place += 1
    for place, shape in ((0, (4096, 25088)), (3, (4096, 4096)), (6, (1000, 4096))):
        found.update(_affine(f"classifier.{place}", *shape))
    return found


def gpt2(*, prefix: str = "", head: bool = False, masks: bool = False) -> dict[str, Shape]:
    """`transformers.GPT2Model` of the smallest size; with a head it is `GPT2LMHeadModel`.

    Args:
        prefix: `transformer.` with a head.
        head: whether the tied head is written as well.
        masks: whether causal masks are, as older files have them.
    """
    found: dict[str, Shape] = {f"{prefix}wte.weight": (50257, 768), f"{prefix}wpe.weight": (1024, 768)}
    for block in range(12):
        name = f"{prefix}h.{block}"
        found.update(_affine(f"{name}.ln_1", 768))
        if masks:
            found[f"{name}.attn.bias"] = (1, 1, 1024, 1024)
            found[f"{name}.attn.masked_bias"] = ()
        found.update(_conv1d(f"{name}.attn.c_attn", 768, 3 * 768))
        found.update(_conv1d(f"{name}.attn.c_proj", 768, 768))
        found.update(_affine(f"{name}.ln_2", 768))
        found.update(_conv1d(f"{name}.mlp.c_fc", 768, 4 * 768))
        found.update(_conv1d(f"{name}.mlp.c_proj", 4 * 768, 768))
    found.update(_affine(f"{prefix}ln_f", 768))
    return {**found, "lm_head.weight": (50257, 768)} if head else found


def bert(*, heads: bool = False) -> dict[str, Shape]:
    """`transformers.BertModel` of the base size; with heads it is `BertForPreTraining`, as its authors published it."""
    name = "bert." if heads else ""
    found: dict[str, Shape] = {}
    for table, length in (("word", 30522), ("position", 512), ("token_type", 2)):
        found[f"{name}embeddings.{table}_embeddings.weight"] = (length, 768)
    found.update(_affine(f"{name}embeddings.LayerNorm", 768))
    for layer in range(12):
        at = f"{name}encoder.layer.{layer}"
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            found.update(_affine(f"{at}.attention.{part}", 768, 768))
        found.update(_affine(f"{at}.attention.output.LayerNorm", 768))
        found.update(_affine(f"{at}.intermediate.dense", 3072, 768))
        found.update(_affine(f"{at}.output.dense", 768, 3072))
        found.update(_affine(f"{at}.output.LayerNorm", 768))
    found.update(_affine(f"{name}pooler.dense", 768, 768))
    if heads:
        found["cls.predictions.bias"] = (30522,)
        found.update(_affine("cls.predictions.transform.dense", 768, 768))
        found.update(_affine("cls.predictions.transform.LayerNorm", 768))
        found["cls.predictions.decoder.weight"] = (30522, 768)
        found.update(_affine("cls.seq_relationship", 2, 768))
    return found


def vit_b_16() -> dict[str, Shape]:
    """`timm.create_model("vit_base_patch16_224").state_dict()`."""
    found: dict[str, Shape] = {"cls_token": (1, 1, 768), "pos_embed": (1, 197, 768)}
    found.update(_affine("patch_embed.proj", 768, 3, 16, 16))
    for block in range(12):
        found.update(_affine(f"blocks.{block}.norm1", 768))
        found.update(_affine(f"blocks.{block}.attn.qkv", 3 * 768, 768))
        found.update(_affine(f"blocks.{block}.attn.proj", 768, 768))
        found.update(_affine(f"blocks.{block}.norm2", 768))
        found.update(_affine(f"blocks.{block}.mlp.fc1", 3072, 768))
        found.update(_affine(f"blocks.{block}.mlp.fc2", 768, 3072))
    found.update(_affine("norm", 768))
    found.update(_affine("head", 1000, 768))
    return found
