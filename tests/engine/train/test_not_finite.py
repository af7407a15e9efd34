"""A run whose values stop being finite: stopped at once, the node named, the last good weights on disk."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.runs.events import EpochDone, Failed, StepsDone
from engine.runs.record import read_end
from engine.runtime import weights
from engine.train import checkpoint
from tests.graphs import ring
from tests.projects import Ran, diabetes, digits_cnn, ran, resumed


def _failed(run: Ran) -> Failed:
    assert isinstance(run.end, Failed), run.end
    assert read_end(run.folder) == run.end
    assert not run.end.log
    return run.end


def _require_finite_weights(run: Ran) -> None:
    for path in (run.folder / "checkpoints").glob("*.safetensors"):
        assert all(bool(torch.isfinite(tensor).all()) for tensor in weights.read(path).values()), path


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_a_learning_rate_of_a_thousand_million_names_a_node_and_a_remedy(tmp_path: Path, optimizer: str) -> None:
    run = ran(digits_cnn(epochs=50, lr=1e9, optimizer=optimizer), tmp_path / "run")
    end = _failed(run)

    assert end.address.startswith("net.")
    assert end.address.removeprefix("net.") in {
        "image",
        "conv1",
        "norm1",
        "relu1",
        "pool",
        "flatten",
        "dropout",
        "head",
    }
    assert end.what.startswith(("a value is not", "a gradient is not", "a running statistic is not"))
    assert f"is not finite at step {end.step}" in end.what
    assert "Lower the learning rate (now 1e+09)" in end.remedy
    _require_finite_weights(run)


def test_statistics_that_overflow_before_the_loss_stop_the_run_with_later_weights_than_those_it_began_with(
    tmp_path: Path,
) -> None:
    run = ran(digits_cnn(epochs=50, lr=1e9, optimizer="sgd"), tmp_path / "run")
    end = _failed(run)
    place = checkpoint.read_place(run.folder / "checkpoints", "last")

    assert end.what.startswith("a running statistic is not finite")
    assert end.address == "net.norm1"
    assert place is not None
    assert place.step == end.step - 1 > 0


def test_losses_are_told_up_to_the_step_before(tmp_path: Path) -> None:
    run = ran(diabetes(epochs=50, lr=1e12, optimizer="sgd"), tmp_path / "run")
    end = _failed(run)
    losses = run.losses["fit"]

    assert len(losses) == end.step - 1
    assert all(torch.isfinite(torch.tensor(losses)))
    assert all(event.step < end.step for event in run.events if isinstance(event, EpochDone))


def test_a_learning_rate_that_is_none_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    run = ran(diabetes(lr=1e30), tmp_path / "run")

    assert isinstance(run.end, Failed)
    assert run.end.what == "Learning rate of fit: expected a number from 0 to 1e+12"
    assert not run.folder.exists()


def test_a_failed_run_resumed_fails_at_the_same_step_with_the_same_words(tmp_path: Path) -> None:
    run = ran(digits_cnn(epochs=50, lr=1e9), tmp_path / "run")
    end = _failed(run)
    again = _failed(resumed(run.folder))

    assert (again.step, again.what, again.address) == (end.step, end.what, end.address)


def test_one_of_two_objectives_stops_both(tmp_path: Path) -> None:
    run = ran(ring({"lr": 1e-3}, {"lr": 1e12, "optimizer": "sgd"}), tmp_path / "run")
    end = _failed(run)

    assert end.address.partition(".")[0] in {"generator", "discriminator"}
    assert {name: len(values) for name, values in run.losses.items()} in ({}, {"d": end.step - 1, "g": end.step - 1})
    assert all(event.first + len(event.losses["g"]) <= end.step for event in run.events if isinstance(event, StepsDone))
    _require_finite_weights(run)
