"""Every template by name, with the drawing it is written from and what is published of its size."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from engine.graph.types import Project
from tests.templates import (
    branches,
    convnext,
    generative,
    inception,
    latent,
    mobile,
    plain,
    residual,
    swin,
    transformers,
    translation,
)

TEMPLATES: Final[Mapping[str, Callable[[], Project]]] = {
    "lenet5": plain.lenet5,
    "alexnet": plain.alexnet,
    "vgg16": plain.vgg16,
    "googlenet": branches.googlenet,
    "squeezenet1_0": branches.squeezenet1_0,
    "densenet121": branches.densenet121,
    "unet": generative.unet,
    "dcgan_generator": generative.dcgan_generator,
    "dcgan_discriminator": generative.dcgan_discriminator,
    "resnet18": residual.resnet18,
    "resnet50": residual.resnet50,
    "resnext50_32x4d": residual.resnext50_32x4d,
    "mobilenet_v2": mobile.mobilenet_v2,
    "mobilenet_v3_large": mobile.mobilenet_v3_large,
    "shufflenet_v2_x1_0": mobile.shufflenet_v2_x1_0,
    "efficientnet_b0": mobile.efficientnet_b0,
    "convnext_tiny": convnext.convnext_tiny,
    "gpt2_small": transformers.gpt2_small,
    "bert_base": transformers.bert_base,
    "vit_b_16": transformers.vit_b_16,
    "transformer_base": transformers.transformer_base,
    "inception_v3": inception.inception_v3,
    "cyclegan_generator": translation.cyclegan_generator,
    "cyclegan_discriminator": translation.cyclegan_discriminator,
    "vae_template": latent.vae_template,
    "denoising_unet": latent.denoising_unet,
    "swin_t": swin.swin_t,
}


class Size(NamedTuple):
    """What is published: trainable parameters, exactly; multiply-adds in thousands of millions, or 0 where none are."""

    parameters: int
    giga_multiply_adds: float = 0.0


PUBLISHED: Final[Mapping[str, Size]] = {
    "lenet5": Size(61_706),
    "alexnet": Size(61_100_840, 0.714),
    "vgg16": Size(138_357_544, 15.470),
    "googlenet": Size(6_624_904, 1.498),
    "squeezenet1_0": Size(1_248_424, 0.819),
    "densenet121": Size(7_978_856, 2.834),
    "unet": Size(31_031_745),
    "resnet18": Size(11_689_512, 1.814),
    "resnet50": Size(25_557_032, 4.089),
    "resnext50_32x4d": Size(25_028_904, 4.230),
    "mobilenet_v2": Size(3_504_872, 0.301),
    "mobilenet_v3_large": Size(5_483_032, 0.217),
    "shufflenet_v2_x1_0": Size(2_278_604, 0.145),
    "efficientnet_b0": Size(5_288_548, 0.386),
    "convnext_tiny": Size(28_589_128, 4.456),
    "gpt2_small": Size(124_439_808),
    "bert_base": Size(109_482_240),
    "vit_b_16": Size(86_567_656, 17.564),
    "transformer_base": Size(63_082_496),  # of the sizes that the paper gives; it says 65 million
    "inception_v3": Size(27_161_264, 5.713),
    "cyclegan_generator": Size(11_378_179),
    "cyclegan_discriminator": Size(2_764_737),
    "denoising_unet": Size(35_746_307),
    "swin_t": Size(28_288_354, 4.491),
}
