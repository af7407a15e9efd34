"""Plans: what a run is told, and what makes none."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from engine.errors import UsageError
from engine.graph.types import Length, Project, RunSettings, Stage
from engine.project.bundled import read_example
from engine.runs.plan import PlannedStage
from engine.runs.planning import plan_of


def test_a_plan_takes_what_the_project_says(tmp_path: Path) -> None:
    project = msgspec.structs.replace(read_example("wine_mlp"), variables={"width": 3})
    plan = plan_of(project, name="wine", folder=tmp_path)

    assert plan.seed == project.run.seed
    assert plan.device == "auto"
    assert plan.project == project
    assert plan.project_folder == str(tmp_path.resolve())
    assert plan.stages == (
        PlannedStage(training=project.run.stages[0].training, epochs=project.run.stages[0].length.epochs),
    )


def test_a_plan_takes_what_the_command_line_says_instead() -> None:
    project = msgspec.structs.replace(read_example("wine_mlp"), variables={"width": 3})
    plan = plan_of(project, name="wine", seed=7, device="cpu", epochs=2, variables={"width": 5})

    assert (plan.seed, plan.device, plan.stages[0].epochs) == (7, "cpu", 2)
    assert plan.project.variables == {"width": 5}


def test_a_length_in_steps_stays_one() -> None:
    project = read_example("wine_mlp")
    stage = Stage(training=project.run.stages[0].training, length=Length(steps=12, epochs=0))
    plan = plan_of(msgspec.structs.replace(project, run=RunSettings(stages=(stage,))), name="wine")

    assert (plan.stages[0].steps, plan.stages[0].epochs) == (12, 0)


def test_an_unknown_variable_is_refused_with_those_there_are() -> None:
    project = msgspec.structs.replace(read_example("wine_mlp"), variables={"width": 3})
    with pytest.raises(UsageError, match=r"no variable 'depth'.*width"):
        plan_of(project, name="wine", variables={"depth": 1})


def test_nothing_to_train_is_refused() -> None:
    with pytest.raises(UsageError, match="nothing to train"):
        plan_of(Project(), name="empty")


def test_epochs_of_a_run_of_several_stages_are_refused() -> None:
    project = read_example("wine_mlp")
    run = RunSettings(stages=project.run.stages * 2)
    with pytest.raises(UsageError, match="--epochs needs a run of one stage"):
        plan_of(msgspec.structs.replace(project, run=run), name="wine", epochs=3)


def test_a_stage_that_trains_nothing_known_is_refused() -> None:
    project = msgspec.structs.replace(read_example("wine_mlp"), run=RunSettings(stages=(Stage(training="gone"),)))
    with pytest.raises(UsageError, match="'gone' that is not there"):
        plan_of(project, name="wine")
