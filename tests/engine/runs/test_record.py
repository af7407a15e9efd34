"""What of a run's record cannot be read is said, and never taken for what happened."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.errors import FormatError
from engine.runs.events import Event, StepsDone, Warned
from engine.runs.record import gaps, read_commands, read_epochs, read_events, read_plan
from tests.projects import Ran, ran, wine_mlp


@pytest.fixture
def run(tmp_path: Path) -> Ran:
    """Two epochs of a small network."""
    return ran(wine_mlp(epochs=2), tmp_path / "run")


def _lines(run: Ran) -> list[str]:
    return (run.folder / "events.jsonl").read_text().splitlines()


def _write(run: Ran, lines: list[str]) -> None:
    (run.folder / "events.jsonl").write_text("".join(f"{line}\n" for line in lines))


def _epoch_line(run: Ran) -> int:
    return next(number for number, line in enumerate(_lines(run)) if '"EpochDone"' in line)


def test_a_whole_record_has_no_gaps(run: Ran) -> None:
    assert list(gaps(run.folder, 2)) == []


def test_a_garbled_line_is_named_and_so_is_the_epoch_it_told_of(run: Ran) -> None:
    lines, number = _lines(run), _epoch_line(run)
    _write(run, [*lines[:number], "{garbled", *lines[number + 1 :]])

    assert [warned.message for warned in gaps(run.folder, 2)] == [
        f"line {number + 1} of the record cannot be read; what it said is missing",
        "epoch 1 is missing from the record",
    ]


def test_an_empty_record_of_a_run_that_trained_is_said(run: Ran) -> None:
    _write(run, [])

    assert [warned.message for warned in gaps(run.folder, 2)] == ["epochs 1 to 2 are missing from the record"]


def test_a_line_that_a_crash_has_torn_is_no_fault(run: Ran) -> None:
    lines = _lines(run)
    (run.folder / "events.jsonl").write_text("\n".join(lines)[:-9])

    assert list(gaps(run.folder, 2)) == []
    assert len(list(read_events(run.folder))) == len(lines) - 1


def test_steps_that_the_run_does_not_have_are_left_out(run: Ran) -> None:
    def moved(line: str) -> str:
        fields = json.loads(line)
        return json.dumps({**fields, "first": 2**63 - 1}) if fields["type"] == "StepsDone" else line

    _write(run, [moved(line) for line in _lines(run)])
    found: list[Event] = list(read_events(run.folder))

    assert not [event for event in found if isinstance(event, StepsDone)]
    assert [event for event in found if isinstance(event, Warned)]
    assert len(read_epochs(run.folder)) == 2


def test_a_command_that_cannot_be_read_keeps_a_run_from_going_on_without_it(run: Ran) -> None:
    (run.folder / "commands.jsonl").write_text('{"step": 1\n{"step":2,"command":{"type":"Pause"}}\n')
    with pytest.raises(FormatError, match="line 1 cannot be read"):
        read_commands(run.folder)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seed", 10**30),
        ("seed", -5),
        ("threads", -1),
        ("device", "tpu9"),
        ("stages", []),
        ("stages", [{"training": "nope", "epochs": 1}]),
        ("stages", [{"training": "main", "epochs": 10**20}]),
        ("stages", [{"training": "main"}]),
    ],
)
def test_a_plan_that_no_run_can_have_is_refused_where_it_is_read(run: Ran, field: str, value: object) -> None:
    plan = run.folder / "plan.json"
    plan.write_text(json.dumps({**json.loads(plan.read_text()), field: value}))
    with pytest.raises(FormatError, match=r"plan\.json: the plan cannot be read"):
        read_plan(run.folder)
