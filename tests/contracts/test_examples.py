"""Every example through one harness: it opens, has no problem, is written alike again, trains, exports, and has a caption."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.check.checker import check
from engine.graph.types import Project
from engine.interchange.export import export
from engine.project.bundled import example_names, example_text, read_example
from engine.project.format import encode
from engine.recipes.expand import expand
from engine.runs.events import Event, Finished
from engine.runs.planning import plan_of
from engine.train.session import run_plan


@pytest.fixture(params=example_names())
def name(request: pytest.FixtureRequest) -> str:
    """Each example in turn."""
    return str(request.param)


@pytest.fixture
def example(name: str) -> Project:
    """The project of it."""
    return read_example(name)


def test_an_example_opens_without_problems_and_saves_as_it_was(name: str, example: Project) -> None:
    assert check(expand(example)).problems == ()
    assert encode(example) == example_text(name)


def test_an_example_says_in_a_sentence_or_two_what_it_shows(example: Project) -> None:
    assert 40 < len(example.notes) < 240
    assert example.notes.endswith((".", "?"))


def test_every_node_of_an_example_has_a_place(example: Project) -> None:
    for network, graph in example.networks.items():
        assert set(example.layout.networks[network].nodes) == set(graph.nodes)


def test_an_example_trains_and_exports_what_it_learned(example: Project, tmp_path: Path) -> None:
    events: list[Event] = []
    run = tmp_path / "run"

    end = run_plan(plan_of(example, name="example", epochs=1), run, events.append)
    exported = export(example, tmp_path / "example.onnx", run=str(run))

    assert isinstance(end, Finished), end
    assert end.epoch == 1
    assert exported.weights == "best"
    assert exported.samples == end.test.samples
    largest = max(abs(value) for value in exported.max_abs_difference.values())
    assert largest <= 1e-4
