"""A generator against a discriminator, from the document to the curve: nothing in the trainer is special to one loss."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import torch
from torch import nn
from torch.nn import functional

from engine.feed.dataset import mixed
from engine.runs.commands import Watch
from engine.runs.events import EpochDone, Event, Finished, StepsDone
from engine.runs.record import read_events
from engine.sources import ring, split
from engine.train.loop import reseed
from engine.train.session import Session, run_plan
from tests import graphs
from tests.engine.train.projects import Heard, Killed, plan

_STEPS = 50
_SEED = 2
_Losses = list[tuple[float, float]]


def _by_hand(optimizer: str, *, fused: bool) -> _Losses:
    """What the drawn graph says, as one would write it: each pulls the scores of real and made points its way."""
    points = split.split(ring.load(), _SEED, 0.16, 0.2)["train"]["point"]
    data = torch.from_numpy(points)
    torch.manual_seed(_SEED)
    generator = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 2))
    discriminator = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 1))
    kind = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}[optimizer]
    options = {"momentum": 0.0} if optimizer == "sgd" else {}
    of_d = kind(discriminator.parameters(), lr=1e-3, weight_decay=0.0, fused=fused, **options)
    of_g = kind(generator.parameters(), lr=1e-3, weight_decay=0.0, fused=fused, **options)
    losses: _Losses = []
    per_epoch = -(-len(data) // 32)
    for step in range(_STEPS):
        epoch, index = divmod(step, per_epoch)
        order = torch.randperm(len(data), generator=torch.Generator().manual_seed(mixed(mixed(_SEED, 0), epoch)))
        reseed(torch.device("cpu"), _SEED, step)
        real = data[order[index * 32 : (index + 1) * 32]]
        noise = torch.randn(len(real), 4)
        of_d.zero_grad()
        fake = generator(noise).detach()
        loss_d = functional.softplus(discriminator(fake) - discriminator(real)).mean()
        loss_d.backward()  # type: ignore[no-untyped-call]  # torch leaves it open
        of_d.step()
        of_g.zero_grad()
        loss_g = functional.softplus(discriminator(real) - discriminator(generator(noise))).mean()
        loss_g.backward()  # type: ignore[no-untyped-call]  # likewise
        of_g.step()
        losses.append((loss_d.item(), loss_g.item()))
    return losses


def _options(optimizer: str) -> dict[str, object]:
    return {"optimizer": optimizer, "lr": 1e-3, "weight_decay": 0.0, "momentum": 0.0}


def _by_run(folder: Path, optimizer: str, *, fused: bool, watch: bool = False) -> _Losses:
    options = _options(optimizer)
    drawn = graphs.ring(options, options)  # type: ignore[arg-type]  # plain values
    heard = Heard()
    session = Session(msgspec.structs.replace(plan(drawn, seed=_SEED), fused=fused), folder, heard)
    if watch:
        session.command(Watch(addresses=("gen.linear1", "disc.linear1"), interval_ms=0))
    assert isinstance(session.run(), Finished), session.end
    return _losses(heard.events)


def _losses(events: list[Event]) -> _Losses:
    return [
        pair
        for event in events
        if isinstance(event, StepsDone)
        for pair in zip(event.losses["d"], event.losses["g"], strict=True)
    ]


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_a_drawn_gan_gives_the_losses_of_a_loop_written_by_hand(tmp_path: Path, optimizer: str, fused: bool) -> None:
    assert _by_run(tmp_path / "run", optimizer, fused=fused) == _by_hand(optimizer, fused=fused)


def test_fused_and_unfused_differ_by_rounding_only(tmp_path: Path) -> None:
    fused, unfused = (_by_run(tmp_path / str(fused), "adam", fused=fused) for fused in (True, False))
    plain = [_by_run(tmp_path / f"sgd{fused}", "sgd", fused=fused) for fused in (True, False)]

    assert torch.allclose(torch.tensor(fused), torch.tensor(unfused), rtol=2e-6, atol=0)
    assert plain[0] == plain[1]


def test_a_gan_watched_is_the_gan_unwatched(tmp_path: Path) -> None:
    watched = _by_run(tmp_path / "a", "adam", fused=True, watch=True)

    assert watched == _by_run(tmp_path / "b", "adam", fused=True)


def test_a_killed_gan_resumes_with_the_identical_curve(tmp_path: Path) -> None:
    def react(event: Event) -> None:
        if isinstance(event, EpochDone):
            raise Killed

    straight = _by_run(tmp_path / "a", "adam", fused=True)
    options = _options("adam")
    with pytest.raises(Killed):
        run_plan(plan(graphs.ring(options, options), seed=_SEED), tmp_path / "b", Heard(react))  # type: ignore[arg-type]  # plain values
    (tmp_path / "b" / "lock").unlink(missing_ok=True)
    run_plan(None, tmp_path / "b", Heard(), resume=True)

    assert _losses(list(read_events(tmp_path / "b"))) == straight


def test_of_losses_that_compete_none_says_which_weights_are_best(tmp_path: Path) -> None:
    options = _options("adam")
    heard = Heard()
    end = run_plan(plan(graphs.ring(options, options), seed=_SEED), tmp_path / "run", heard)  # type: ignore[arg-type]  # plain values
    epochs = [event for event in heard.events if isinstance(event, EpochDone)]

    assert isinstance(end, Finished)
    assert len(epochs) > 1
    assert end.best_epoch == epochs[-1].epoch
