"""A parameter of a source may be an expression, wherever data is looked at."""

from __future__ import annotations

from pathlib import Path

import msgspec

from engine.feed.raw import raw_parts
from engine.graph.types import Project
from engine.runs.events import Finished
from engine.runs.planning import plan_of
from engine.sources.outdated import outdated
from engine.train.session import run_plan
from tests import graphs


def _ring() -> Project:
    project = graphs.ring()
    training = project.training["gan"]
    source = next(node for node in training.nodes.values() if node.kind == "ring")
    changed = msgspec.structs.replace(source, parameters={**source.parameters, "samples": "=50 * n"})
    nodes = {**training.nodes, source.id: changed}
    return msgspec.structs.replace(
        project, training={"gan": msgspec.structs.replace(training, nodes=nodes)}, variables={"n": 2}
    )


def test_a_source_of_expressions_trains_and_is_measured(tmp_path: Path) -> None:
    project = _ring()
    plan = plan_of(project, name="t", device="cpu", epochs=1)

    end = run_plan(plan, tmp_path / "run", lambda event: None)

    assert isinstance(end, Finished)


def test_its_samples_are_those_the_expression_gives() -> None:
    project = _ring()
    source = next(node for node in project.training["gan"].nodes.values() if node.kind == "ring")
    parts = raw_parts(project, source, seed=0, folder="")

    assert sum(len(next(iter(part.values()))) for part in parts.values()) == 100


def test_it_is_held_against_its_snapshot(tmp_path: Path) -> None:
    assert [found.code for found in outdated(_ring(), tmp_path)] == ["data-changed"]
