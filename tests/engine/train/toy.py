"""Small things to train that tests build on: a regression, and a generator against a discriminator on a ring."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping

import torch
from torch import nn
from torch.nn import functional

from engine.feed.dataset import Batch, Data, Models
from engine.sources import ring
from engine.train.loop import Loop, Objective


def mlp(*widths: int) -> nn.Sequential:
    """Linear layers with tanh between."""
    layers: list[nn.Module] = []
    for into, out in itertools.pairwise(widths):
        layers += [nn.Linear(into, out), nn.Tanh()]
    return nn.Sequential(*layers[:-1])


def data(count: int = 50, batch_size: int = 16, seed: int = 7) -> Data:
    """Points and their product."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(count, 2, generator=generator)
    part = {"data": {"data.x": x, "data.y": x.prod(1, keepdim=True)}}
    return Data(parts={"train": part, "validation": part, "test": part}, batch_sizes={"data": batch_size})


def fit(models: Models, batch: Batch, held: Batch) -> torch.Tensor:
    """Mean squared error of the one model."""
    return functional.mse_loss(models["net"](batch["data.x"]), batch["data.y"])


def nothing(batch: Batch) -> Batch:
    """Draw no noise."""
    return {}


def loop_of(
    model: nn.Module,
    *,
    optimizer: str = "adamw",
    options: Mapping[str, object] | None = None,
    updates: tuple[str, ...] = ("net.*",),
    fused: bool = True,
    seed: int = 3,
    prepared: Data | None = None,
    loss: Callable[[Models, Batch, Batch], torch.Tensor] = fit,
) -> Loop:
    """A loop over one model `net`."""
    objective = Objective("fit", loss, updates, optimizer, options or {"lr": 1e-2})
    return Loop({"net": model}, (prepared or data()).sources(seed), (objective,), nothing, seed=seed, fused=fused)


def ring_data() -> Data:
    """Points on a ring."""
    part = {"points": {"points.point": torch.from_numpy(ring.load(samples=256)["point"])}}
    return Data(parts={"train": part, "validation": part, "test": part}, batch_sizes={"points": 64})


def ring_models() -> dict[str, nn.Module]:
    """A generator and a discriminator."""
    torch.manual_seed(0)
    return {"generator": mlp(4, 32, 32, 2), "discriminator": mlp(2, 32, 32, 1)}


def ring_draw(batch: Batch) -> Batch:
    """The noise of one step."""
    return {"noise.y": torch.randn(batch["points.point"].shape[0], 4)}


def discriminate(models: Models, batch: Batch, held: Batch) -> torch.Tensor:
    """Tell real points from made ones."""
    fake = models["generator"](batch["noise.y"]).detach()
    real_scores, fake_scores = models["discriminator"](batch["points.point"]), models["discriminator"](fake)
    real = functional.binary_cross_entropy_with_logits(real_scores, torch.ones_like(real_scores))
    return real + functional.binary_cross_entropy_with_logits(fake_scores, torch.zeros_like(fake_scores))


def generate(models: Models, batch: Batch, held: Batch) -> torch.Tensor:
    """Pass for real."""
    scores = models["discriminator"](models["generator"](batch["noise.y"]))
    return functional.binary_cross_entropy_with_logits(scores, torch.ones_like(scores))


def ring_objectives(optimizer: str, options: Mapping[str, object]) -> tuple[Objective, Objective]:
    """First the discriminator, then the generator."""
    return (
        Objective("discriminate", discriminate, ("discriminator.*",), optimizer, options),
        Objective("generate", generate, ("generator.*",), optimizer, options),
    )
