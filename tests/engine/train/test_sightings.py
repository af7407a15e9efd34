"""A run knows whether its data is still what the project saw, and what the run itself began with."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli.projects import source_node
from engine.errors import DataError
from engine.graph.types import Project
from engine.interchange.export import export
from engine.recipes.new import new_project
from engine.runs.events import Event, Failed, Finished, Warned
from engine.runs.planning import plan_of
from engine.train.measure import measured_test
from engine.train.session import run_plan

_ROWS = "\n".join(f"{number / 7:.3f},{number % 5},{'yes' if number % 2 else 'no'}" for number in range(60))


def _project(folder: Path) -> Project:
    (folder / "table.csv").write_text(f"a,b,y\n{_ROWS}\n")
    return new_project("classification", source_node(str(folder / "table.csv"), ["y"], folder))


def test_a_run_on_data_that_was_seen_says_nothing(tmp_path: Path) -> None:
    events: list[Event] = []

    end = run_plan(plan_of(_project(tmp_path), name="t", folder=tmp_path, epochs=1), tmp_path / "run", events.append)

    assert isinstance(end, Finished)
    assert not [event for event in events if isinstance(event, Warned)]


def test_a_run_on_data_that_has_changed_says_so_and_names_the_source(tmp_path: Path) -> None:
    project = _project(tmp_path)
    (tmp_path / "table.csv").write_text(f"a,b,y\n{_ROWS}\n0.5,1,yes\n")
    events: list[Event] = []

    end = run_plan(plan_of(project, name="t", folder=tmp_path, epochs=1), tmp_path / "run", events.append)

    warned = [event for event in events if isinstance(event, Warned)]
    assert isinstance(end, Finished)
    assert [event.address for event in warned] == ["classification.table"]


def test_a_run_is_not_resumed_on_other_data(tmp_path: Path) -> None:
    project = _project(tmp_path)
    run_plan(plan_of(project, name="t", folder=tmp_path, epochs=1), tmp_path / "run", lambda event: None)
    (tmp_path / "table.csv").write_text(f"a,b,y\n{_ROWS}\n0.5,1,yes\n")

    end = run_plan(None, tmp_path / "run", lambda event: None, resume=True)

    assert isinstance(end, Failed)
    assert "data has changed" in end.what
    assert end.address == "classification.table"


def test_a_run_is_not_measured_on_other_data(tmp_path: Path) -> None:
    project = _project(tmp_path)
    run_plan(plan_of(project, name="t", folder=tmp_path, epochs=1), tmp_path / "run", lambda event: None)
    (tmp_path / "table.csv").write_text(f"a,b,y\n{_ROWS}\n0.5,1,yes\n")
    with pytest.raises(DataError, match="has changed since this run began"):
        measured_test(tmp_path / "run")


def test_a_run_whose_data_is_gone_is_exported_and_compared_on_made_up_numbers(tmp_path: Path) -> None:
    project = _project(tmp_path)
    run_plan(plan_of(project, name="t", folder=tmp_path, epochs=1), tmp_path / "run", lambda event: None)
    (tmp_path / "table.csv").unlink()

    done = export(project, tmp_path / "t.onnx", run=str(tmp_path / "run"))

    assert "compared on random numbers" in done.note
    assert done.samples == 16
    assert max(done.max_abs_difference.values()) <= 1e-4
