"""What training takes of memory, held against what torch keeps."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from engine.check.checker import check
from engine.check.memory import TrainingMemory, training_memory
from engine.codegen.names import class_name
from engine.codegen.networks import emit_networks
from engine.graph.types import GraphRef, Project, Value
from engine.recipes.expand import expand
from engine.runtime.build import build
from tests.graphs import network, node, ring
from tests.projects import digits_cnn

_OPTIMIZERS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}


def memory(project: Project, name: str = "net") -> TrainingMemory:
    """The estimate for a network."""
    written = expand(project)
    return training_memory(written, check(written).graphs[GraphRef("networks", name)], name)


def module(project: Project, name: str = "net") -> nn.Module:
    """The network in torch."""
    written = expand(project)
    made: nn.Module = getattr(build(emit_networks(written, check(written), [name]), "kept"), class_name(name))()
    return made


@pytest.mark.parametrize(
    ("optimizer", "options", "more"),
    [
        ("sgd", {"momentum": 0.0}, {}),
        ("sgd", {"momentum": 0.9}, {"momentum": 0.9}),
        ("adam", {}, {}),
        ("adamw", {}, {}),
    ],
)
def test_an_optimiser_keeps_what_the_estimate_says(
    optimizer: str, options: dict[str, Value], more: dict[str, float]
) -> None:
    project = ring(generator={"optimizer": optimizer, **options})
    made = module(project, "gen")
    stepping = _OPTIMIZERS[optimizer](made.parameters(), lr=0.1, **more)
    for parameter in made.parameters():
        parameter.grad = torch.ones_like(parameter)
    stepping.step()
    kept = [one for state in stepping.state.values() for one in state.values() if isinstance(one, torch.Tensor)]
    found = memory(project, "gen")

    assert found.optimizer == optimizer
    assert found.parameters == found.gradients == sum(4 * parameter.numel() for parameter in made.parameters())
    assert found.optimizer_state == sum(4 * one.numel() for one in kept if one.dim())


def test_activations_are_about_what_torch_keeps_for_a_batch() -> None:
    project = digits_cnn(batch_size=64)
    made = module(project).train()
    own = {parameter.data_ptr() for parameter in made.parameters()}
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        loss = made(torch.rand(64, 1, 8, 8)).sum()
    found = memory(project)

    assert loss.requires_grad
    assert found.batch == 64
    assert 0.7 * sum(kept.values()) < found.activations < 1.5 * sum(kept.values())
    assert found.total == found.parameters + found.gradients + found.optimizer_state + found.activations


def test_a_network_that_nothing_trains_is_told_as_if_adamw_did() -> None:
    found = memory(network(node("fc", "linear", out_features=4)))

    assert (found.optimizer, found.batch, found.optimizer_state) == ("adamw", 32, 2 * found.parameters)
    assert (found.parameters, found.activations) == (4 * (8 * 4 + 4), 32 * 4 * (8 + 4))
