"""A resumed run is written anew from its graph: stored source never runs, and where it differs the run says so."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from engine.runs.events import EpochDone, Event, Finished, Warned
from engine.runs.plan import Plan
from engine.runs.record import read_events, read_plan
from engine.train.session import run_plan
from tests.engine.train.projects import Heard, Killed, finished, iris, losses_of, plan


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A run that was killed after its first epoch."""

    def react(event: Event) -> None:
        if isinstance(event, EpochDone):
            raise Killed

    with pytest.raises(Killed):
        run_plan(plan(iris()), tmp_path / "run", Heard(react))
    return tmp_path / "run"


def _with_source(folder: Path, **texts: str) -> Plan:
    stored = read_plan(folder)
    changed = msgspec.structs.replace(stored, emitted={**stored.emitted, **{f"{n}.py": t for n, t in texts.items()}})
    (folder / "plan.json").write_bytes(msgspec.json.encode(changed))
    return changed


def _warned(heard: Heard) -> list[str]:
    return [event.message for event in heard.events if isinstance(event, Warned)]


def test_a_resumed_run_whose_source_is_as_it_was_says_nothing(broken: Path) -> None:
    heard = Heard()

    assert isinstance(run_plan(None, broken, heard, resume=True), Finished)
    assert _warned(heard) == []


def test_stored_source_that_differs_is_named_and_never_runs(broken: Path, tmp_path: Path) -> None:
    assert {"model.py", "training.py", "data.py"} == read_plan(broken).emitted.keys()
    _with_source(broken, model="raise SystemExit('stored source ran')", extra="raise SystemExit('stored source ran')")
    heard = Heard()
    end = run_plan(None, broken, heard, resume=True)
    straight, _ = finished(iris(), tmp_path / "straight")
    [message] = _warned(heard)

    assert isinstance(end, Finished)
    assert message.startswith("model.py, extra.py of this run is not what its graph gives today: ")
    assert losses_of(list(read_events(broken))) == straight.losses
