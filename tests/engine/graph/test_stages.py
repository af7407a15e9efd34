"""A run's stages stay in order whatever is changed about one of them."""

from __future__ import annotations

from engine.graph.stages import stage_of, stages_of, with_length
from engine.graph.types import Graph, Length, Project, RunSettings, Stage

TRAININGS = {"teacher": Graph(), "student": Graph()}


def _project(*names: str) -> Project:
    return Project(training=TRAININGS, run=RunSettings(stages=tuple(Stage(training=name) for name in names)))


def test_a_run_without_stages_trains_the_first_graph() -> None:
    assert [stage.training for stage in stages_of(_project())] == ["teacher"]
    assert stages_of(Project()) == ()


def test_a_length_changes_the_first_stage_of_its_graph_alone() -> None:
    changed = with_length(_project("teacher", "student", "teacher"), "teacher", Length(steps=7))

    assert [stage.training for stage in changed] == ["teacher", "student", "teacher"]
    assert [stage.length for stage in changed] == [Length(steps=7), Stage(training="student").length, Length(epochs=10)]


def test_a_graph_that_the_run_leaves_out_comes_last() -> None:
    assert [stage.training for stage in with_length(_project(), "student", Length(epochs=3))] == ["teacher", "student"]
    assert stage_of(_project("teacher"), "student").length == Length(epochs=10)
