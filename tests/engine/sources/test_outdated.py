"""Data that changed or went since a project looked at it."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from engine.graph.ids import NodeId
from engine.graph.types import Node, Project
from engine.project.bundled import read_example
from engine.recipes.expand import expand
from engine.recipes.new import new_project
from engine.sources.describe import describe
from engine.sources.outdated import outdated


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "table.csv").write_text("a,y\n" + "\n".join(f"{n},{n / 2}" for n in range(40)))
    node = Node(id=NodeId("data"), kind="csv", parameters={"path": "table.csv", "targets": ("y",)})
    return expand(new_project("regression", replace(node, snapshot=describe(node, tmp_path))))


def test_data_as_it_was_is_not_outdated(project: Project, tmp_path: Path) -> None:
    assert list(outdated(project, tmp_path)) == []


def test_data_that_comes_along_is_never_outdated(tmp_path: Path) -> None:
    assert list(outdated(expand(read_example("digits_cnn")), tmp_path)) == []


def test_changed_and_missing_data_is_named(project: Project, tmp_path: Path) -> None:
    with (tmp_path / "table.csv").open("a") as file:
        file.write("\n9,9")
    (changed,) = outdated(project, tmp_path)
    (tmp_path / "table.csv").unlink()
    (gone,) = outdated(project, tmp_path)

    assert (changed.code, changed.address.split(".")[1]) == ("data-changed", "data")
    assert gone.code == "no-data"
    assert "table.csv cannot be read" in gone.message
