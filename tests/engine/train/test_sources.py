"""Sources that are no data sets: what they draw hangs on the models, and a run of theirs resumes bitwise all the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional

from engine.feed.dataset import Batch, Data, Models, State
from engine.runs.events import EpochDone, Event
from engine.runs.record import read_events
from engine.runtime import weights
from engine.train import checkpoint
from engine.train.checkpoint import Place
from engine.train.loop import Loop, Objective
from engine.train.session import run_plan
from tests.engine.train import toy
from tests.engine.train.projects import Heard, Killed, finished, iris, losses_of, plan


class Walk:
    """An environment: a point that the model pushes about, with a gust at every step; it is to learn where it gets to."""

    num_samples = 8
    steps_per_epoch = 4

    def start(self) -> State:
        """At the origin."""
        return {"steps": 0, "at": [0.0, 0.0]}

    def draw(self, state: State, models: Models) -> tuple[Batch, State]:
        """Take eight steps, each pushed by what the model says of the place."""
        at, seen, reached = torch.tensor(state["at"]), [], []
        for _ in range(self.num_samples):
            seen.append(at)
            at = torch.tanh(at + models["net"](at) + 0.3 * torch.randn(2))
            reached.append(at.sum()[None])
        batch = {"walk.x": torch.stack(seen), "walk.y": torch.stack(reached)}
        return batch, {"steps": state["steps"] + self.num_samples, "at": at.tolist()}


class Doubtful:
    """Samples that the model is least sure of now, out of some drawn at random, none twice in a row."""

    steps_per_epoch = 3

    def __init__(self, tensors: Batch) -> None:
        self.tensors = tensors
        self.num_samples = len(next(iter(tensors.values())))

    def start(self) -> State:
        """Nothing has been drawn."""
        return {"last": []}

    def draw(self, state: State, models: Models) -> tuple[Batch, State]:
        """Ask the model about half the samples."""
        fresh = sorted(set(range(self.num_samples)) - set(state["last"]))
        pool = torch.tensor(fresh)[torch.randperm(len(fresh))[: self.num_samples // 2]]
        (features,) = (tensor for tensor in self.tensors.values() if tensor.is_floating_point())
        doubt = -models["net"](features[pool]).softmax(1).amax(1)
        chosen = pool[doubt.topk(16).indices]
        return {key: tensor[chosen] for key, tensor in self.tensors.items()}, {"last": chosen.tolist()}


def _fit(models: Models, batch: Batch, held: Batch) -> torch.Tensor:
    return functional.mse_loss(models["net"](batch["walk.x"]).sum(1, keepdim=True), batch["walk.y"])


def _walking() -> Loop:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Dropout(0.2), nn.Linear(8, 2))
    objective = Objective("fit", _fit, options={"lr": 1e-2})
    return Loop({"net": net}, {"walk": Walk()}, (objective,), toy.nothing, seed=1)


def _steps(loop: Loop, count: int) -> tuple[float, ...]:
    for _ in range(count):
        loop.step()
    return loop.fetch()[1]["fit"]


def test_a_walk_goes_on_from_its_checkpoint_bit_by_bit(tmp_path: Path) -> None:
    straight, first, second = _walking(), _walking(), _walking()
    expected = _steps(straight, 20)
    begun = _steps(first, 9)
    place = Place(step=9, state=dict(first.state), epoch=first.epoch)
    checkpoint.write(tmp_path, "last", first, place, fitted={}, carried={}, held={})
    read = checkpoint.read_place(tmp_path, "last")
    assert read == place
    checkpoint.restore(tmp_path, second, read, {})

    assert begun + _steps(second, 11) == expected
    assert second.state == straight.state == json.loads(json.dumps(straight.state))
    assert second.state["walk"]["steps"] == 160
    assert all(
        torch.equal(a, b)
        for a, b in zip(straight.models["net"].parameters(), second.models["net"].parameters(), strict=True)
    )


def test_what_a_walk_gives_hangs_on_the_model_and_on_its_state() -> None:
    one, other, later = _walking(), _walking(), _walking()
    with torch.no_grad():
        other.models["net"].get_parameter("3.bias").add_(0.1)
    later.resume(0, {"walk": {"steps": 8, "at": [0.5, 0.5]}})

    assert len({_steps(loop, 1) for loop in (one, other, later)}) == 3


def test_a_flagged_step_is_drawn_again_from_where_the_walk_then_stood() -> None:
    loop = _walking()
    _steps(loop, 5)
    before = dict(loop.state)
    with torch.no_grad():
        loop.models["net"].get_parameter("3.bias").fill_(float("inf"))
    _steps(loop, 3)
    batch = loop.replay_batch()

    assert loop.flagged == 6
    assert loop.state == before
    assert batch["walk.x"][0].tolist() == before["walk"]["at"]


def test_a_run_on_a_source_that_asks_the_model_is_killed_and_goes_on_to_the_same_curve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def react(event: Event) -> None:
        if isinstance(event, EpochDone) and event.epoch == 2:
            raise Killed

    def sources(data: Data, seed: int) -> dict[str, Doubtful]:
        return {name: Doubtful(tensors) for name, tensors in data.parts["train"].items()}

    monkeypatch.setattr(Data, "sources", sources)
    straight, _ = finished(iris(epochs=4), tmp_path / "a")
    with pytest.raises(Killed):
        run_plan(plan(iris(epochs=4)), tmp_path / "b", Heard(react))
    run_plan(None, tmp_path / "b", Heard(), resume=True)
    a, b = (weights.read(tmp_path / name / "checkpoints" / "last.safetensors") for name in "ab")

    assert len(straight.losses) == 12
    assert losses_of(list(read_events(tmp_path / "b"))) == straight.losses
    assert all(torch.equal(tensor, b[key]) for key, tensor in a.items())
