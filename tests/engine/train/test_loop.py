"""The fixed loop: equal to loops written by hand, repeatable, and safe when values stop being finite."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import cast

import pytest
import torch
from torch import nn
from torch.nn import functional

from engine.feed.dataset import Batch, Data, DataSet, Models, mixed
from engine.train.loop import Loop, Objective, Score, evaluate, reseed
from engine.train.scores_of_numbers import R2
from tests.engine.train import toy

_CPU = torch.device("cpu")


def _by_hand(kind: Callable[..., torch.optim.Optimizer], steps: int, **options: object) -> list[tuple[float, float]]:
    """The two-objective toy as one would write it without the loop."""
    models = toy.ring_models()
    generator, discriminator = models["generator"], models["discriminator"]
    of_d = kind(discriminator.parameters(), **options)
    of_g = kind(generator.parameters(), **options)
    points = toy.ring_data().parts["train"]["points"]["points.point"]
    losses = []
    for step in range(steps):
        epoch, index = divmod(step, 4)
        order = torch.randperm(256, generator=torch.Generator().manual_seed(mixed(mixed(5, 0), epoch)))
        reseed(_CPU, 5, step)
        real = points[order[index * 64 : (index + 1) * 64]]
        noise = torch.randn(64, 4)
        discriminator.zero_grad()
        on_real, on_fake = discriminator(real), discriminator(generator(noise).detach())
        of_discriminator = functional.binary_cross_entropy_with_logits(
            on_real, torch.ones_like(on_real)
        ) + functional.binary_cross_entropy_with_logits(on_fake, torch.zeros_like(on_fake))
        of_discriminator.backward()  # type: ignore[no-untyped-call]  # torch leaves it open
        of_d.step()
        generator.zero_grad()
        scores = discriminator(generator(noise))
        of_generator = functional.binary_cross_entropy_with_logits(scores, torch.ones_like(scores))
        of_generator.backward()  # type: ignore[no-untyped-call]  # likewise
        of_g.step()
        losses.append((of_discriminator.item(), of_generator.item()))
    return losses


def _by_loop(optimizer: str, options: Mapping[str, object], steps: int, *, fused: bool) -> list[tuple[float, float]]:
    objectives = toy.ring_objectives(optimizer, options)
    loop = Loop(toy.ring_models(), toy.ring_data().sources(5), objectives, toy.ring_draw, seed=5, fused=fused)
    for _ in range(steps):
        loop.step()
    losses = loop.fetch()[1]
    return list(zip(losses["discriminate"], losses["generate"], strict=True))


@pytest.mark.parametrize("fused", [True, False])
def test_two_objectives_give_the_losses_of_a_loop_written_by_hand(fused: bool) -> None:
    expected = _by_hand(torch.optim.Adam, 30, lr=1e-3, fused=fused)

    assert _by_loop("adam", {"lr": 1e-3}, 30, fused=fused) == expected


def test_fused_and_unfused_give_identical_losses_where_both_round_alike() -> None:
    fused, unfused = (_by_loop("sgd", {"lr": 0.05}, 30, fused=fused) for fused in (True, False))

    assert fused == unfused == _by_hand(torch.optim.SGD, 30, lr=0.05)


@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
def test_fused_and_unfused_adam_differ_by_rounding_only(optimizer: str) -> None:
    fused, unfused = (_by_loop(optimizer, {"lr": 1e-3}, 30, fused=fused) for fused in (True, False))

    assert torch.allclose(torch.tensor(fused), torch.tensor(unfused), rtol=2e-6, atol=0)


def test_two_runs_of_one_seed_are_identical_and_of_two_seeds_are_not() -> None:
    def losses(seed: int) -> tuple[float, ...]:
        torch.manual_seed(0)
        loop = toy.loop_of(nn.Sequential(toy.mlp(2, 16, 8), nn.Dropout(0.5), nn.Linear(8, 1)), seed=seed)
        for _ in range(20):
            loop.step()
        return loop.fetch()[1]["fit"]

    assert losses(1) == losses(1)
    assert losses(1) != losses(2)


def test_random_numbers_drawn_between_steps_change_nothing() -> None:
    def losses(disturb: bool) -> tuple[float, ...]:
        torch.manual_seed(0)
        loop = toy.loop_of(nn.Sequential(toy.mlp(2, 16, 8), nn.Dropout(0.5), nn.Linear(8, 1)))
        for _ in range(10):
            loop.step()
            if disturb:
                torch.randn(17)
        return loop.fetch()[1]["fit"]

    assert losses(True) == losses(False)


def test_an_epoch_gives_every_sample_once_and_the_next_another_order() -> None:
    source = DataSet({"x": torch.arange(10)}, 4, seed=1)
    state = source.start()
    seen = []
    for _ in range(6):
        batch, state = source.draw(state, {})
        seen.append(batch["x"].tolist())

    assert [len(batch) for batch in seen] == [4, 4, 2, 4, 4, 2]
    assert sorted(itertools.chain(*seen[:3])) == list(range(10))
    assert sorted(itertools.chain(*seen[3:])) == list(range(10))
    assert seen[:3] != seen[3:]
    assert state == [2, 0]


def test_only_selected_parameters_move() -> None:
    model = toy.mlp(2, 8, 1)
    before = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    loop = toy.loop_of(model, updates=("net.2",))
    loop.step()
    moved = {key for key, tensor in model.state_dict().items() if not torch.equal(tensor, before[key])}

    assert moved == {"2.weight", "2.bias"}
    assert model[0].weight.grad is None


def test_an_objective_that_updates_nothing_is_refused_with_its_patterns() -> None:
    with pytest.raises(ValueError, match=r"fit updates nothing.*head"):
        toy.loop_of(toy.mlp(2, 1), updates=("net.head.*",))


def test_inner_steps_take_new_batches_only_when_they_are_fresh() -> None:
    seen: dict[bool, list[float]] = {True: [], False: []}

    def looked(fresh: bool) -> Objective:
        def loss(models: object, batch: dict[str, torch.Tensor], held: object) -> torch.Tensor:
            seen[fresh].append(float(batch["data.x"].sum()))
            found: torch.Tensor = net(batch["data.x"]).square().mean()
            return found

        return Objective("fit", loss, ("net.*",), "sgd", {"lr": 0.1}, steps=3, fresh=fresh)

    for fresh in (True, False):
        net = toy.mlp(2, 1)
        loop = Loop({"net": net}, toy.data().sources(0), (looked(fresh),), toy.nothing, seed=0)
        loop.step()

    assert len(set(seen[True])) == 3
    assert len(set(seen[False])) == 1


def test_what_an_objective_draws_afresh_is_its_own_and_later_ones_share_the_first_batch() -> None:
    seen: list[tuple[str, float]] = []

    def looked(name: str) -> Callable[[Models, Batch, Batch], torch.Tensor]:
        def loss(models: Models, batch: Batch, held: Batch) -> torch.Tensor:
            seen.append((name, float(batch["data.x"].sum())))
            given = models["net"](batch["data.x"])
            kept = held.setdefault("first", given.detach()) if name != "middle" else given.detach()
            found: torch.Tensor = (given - kept + 1).square().mean()
            return found

        return loss

    objectives = tuple(
        Objective(name, looked(name), ("net.*",), "sgd", {"lr": 0.1}, steps=steps, fresh=steps > 1)
        for name, steps in (("before", 1), ("middle", 2), ("after", 1))
    )
    Loop({"net": toy.mlp(2, 1)}, toy.data().sources(0), objectives, toy.nothing, seed=0).step()
    (_, first), (_, same), (_, drawn), (_, last) = seen

    assert [name for name, _ in seen] == ["before", "middle", "middle", "after"]
    assert first == same == last != drawn


def test_epochs_are_counted_by_batches_drawn_where_inner_steps_are_fresh() -> None:
    objective = Objective("fit", toy.fit, ("net.*",), "sgd", {"lr": 0.1}, steps=2, fresh=True)
    loop = Loop({"net": toy.mlp(2, 1)}, toy.data(64, 16).sources(0), (objective,), toy.nothing, seed=0)
    loop.step()
    loop.step()

    assert loop.steps_per_epoch == 2
    assert loop.epoch == 1
    assert loop.state == {"data": [1, 0]}


class _Explodes(nn.Module):
    """A linear layer, batch norm before it, that gives infinity from one step on."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(2)
        self.linear = nn.Linear(2, 1)
        self.calls = 0
        self.at = at

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        found: torch.Tensor = self.linear(self.norm(x))
        return found / 0.0 if self.calls >= self.at else found


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
@pytest.mark.parametrize("fused", [True, False])
def test_a_value_that_is_not_finite_leaves_weights_and_statistics_as_they_were(optimizer: str, fused: bool) -> None:
    model = _Explodes(at=4)
    loop = toy.loop_of(model, optimizer=optimizer, fused=fused)
    for _ in range(3):
        loop.step()
    good = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    steps = [int(state["step"]) for state in loop.optimizers["fit"].state.values() if "step" in state]
    for _ in range(3):
        loop.step()
    loop.fetch()

    assert loop.flagged == 4
    assert all(torch.equal(tensor, good[key]) for key, tensor in model.state_dict().items())
    assert [int(state["step"]) for state in loop.optimizers["fit"].state.values() if "step" in state] == steps


def test_a_gradient_that_is_not_finite_is_flagged_though_the_loss_is_finite() -> None:
    class Root(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(()))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            found: torch.Tensor = self.weight.sqrt() * torch.ones(len(x), 1)
            return found

    model = Root()
    loop = toy.loop_of(model)
    loop.step()

    assert loop.flagged == 1
    assert model.weight.item() == 0.0


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
@pytest.mark.parametrize("fused", [True, False])
def test_the_flag_on_the_device_masks_updates_as_the_host_check_does(optimizer: str, fused: bool) -> None:
    """What a device does without asking the host, played on the CPU."""
    model = toy.mlp(2, 4, 1)
    loop = toy.loop_of(model, optimizer=optimizer, fused=fused, options={"lr": 0.1, "weight_decay": 0.1})
    for _ in range(2):
        loop.step()
    update = loop._updates[0]
    good = [parameter.clone() for parameter in model.parameters()]
    for raised in (1.0, 0.0):
        for parameter in model.parameters():
            parameter.grad = torch.ones_like(parameter)
        found = torch.full((), raised)
        update.apply_masked(found)

        assert all(torch.equal(a, b) for a, b in zip(good, model.parameters(), strict=True)) is bool(raised)


def test_the_losses_since_the_last_call_are_fetched_at_once() -> None:
    loop = toy.loop_of(toy.mlp(2, 1))
    loop.step()
    loop.step()
    first, losses = loop.fetch()
    loop.step()

    assert (first, len(losses["fit"])) == (1, 2)
    assert loop.fetch()[0] == 3
    assert loop.fetch() == (4, {"fit": ()})


def test_the_batch_of_a_flagged_step_is_replayed_with_the_random_numbers_of_that_step() -> None:
    seen: list[torch.Tensor] = []

    def loss(models: object, batch: dict[str, torch.Tensor], held: object) -> torch.Tensor:
        seen.append(batch["data.x"] + torch.rand(()))
        found: torch.Tensor = net(batch["data.x"]).square().mean()
        return found / 0.0 if len(seen) == 6 else found

    net = toy.mlp(2, 1)
    loop = toy.loop_of(net, loss=loss)
    for _ in range(7):
        loop.step()
    batch = loop.replay_batch()

    assert torch.equal(batch["data.x"] + torch.rand(()), seen[5])
    assert loop.step_number == 5


def test_evaluation_counts_every_sample_once_and_leaves_the_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.train.loop._EVALUATION_BATCH", 7)
    model = nn.Sequential(toy.mlp(2, 8, 1), nn.Dropout(0.5)).train()
    prepared: Data = toy.data(50)

    def values(models: Mapping[str, nn.Module], batch: dict[str, torch.Tensor]) -> dict[str, object]:
        guess = models["net"](batch["data.x"])
        return {"fit": functional.mse_loss(guess, batch["data.y"]), "r2": (guess, batch["data.y"])}

    losses, metrics, count = evaluate(
        {"net": model}, prepared.parts["test"], values, toy.nothing, ["fit"], {"r2": cast("Score", R2())}
    )
    x, y = prepared.parts["test"]["data"]["data.x"], prepared.parts["test"]["data"]["data.y"]
    with torch.no_grad():
        whole = functional.mse_loss(model[0](x), y)

    assert count == 50
    assert losses["fit"] == pytest.approx(float(whole), rel=1e-6)
    assert metrics["r2"] == pytest.approx(1 - float(whole) / float(y.var(correction=0)), rel=1e-5)
    assert model.training
