"""Data data, and the data that cannot be prepared."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch

from engine.check.checker import check
from engine.errors import DataError
from engine.feed.dataset import Data
from engine.feed.prepare import prepare
from engine.graph.ids import NodeId
from engine.graph.types import Node, Project, Value
from engine.recipes.expand import expand
from engine.recipes.new import new_project
from engine.sources.describe import describe


def _project(folder: Path, kind: str, recipe: str = "classification", **parameters: Value) -> Project:
    source = Node(id=NodeId("data"), kind=kind, parameters=parameters)
    return new_project(recipe, msgspec.structs.replace(source, snapshot=describe(source, folder)))


def _prepared(project: Project, folder: Path) -> Data:
    expanded = expand(project)
    return prepare(expanded, check(expanded), next(iter(project.training)), seed=0, folder=str(folder))[0]


def _table(folder: Path, *rows: str) -> None:
    lines = [f"{n},{n % 7},{'ab'[n % 2]}" for n in range(40)]
    (folder / "t.csv").write_text("\n".join(["x,z,kind", *lines, *rows]) + "\n")


def test_what_is_fitted_is_fitted_on_the_training_part_alone(tmp_path: Path) -> None:
    _table(tmp_path)
    data = _prepared(_project(tmp_path, "csv", path="t.csv"), tmp_path)
    x = data.parts["train"]["data"]["standardise.y"]

    assert torch.allclose(x.mean(0), torch.zeros(2), atol=1e-6)
    assert torch.allclose(x.std(0, correction=0), torch.ones(2), atol=1e-6)
    assert abs(float(data.parts["test"]["data"]["standardise.y"][:, 0].mean())) > 1e-3
    assert set(data.fitted) == {"fill", "standardise"}
    assert {part: len(found["data"]["data.target"]) for part, found in data.parts.items()} == {
        "train": 26,
        "validation": 6,
        "test": 8,
    }


def test_missing_numbers_are_filled_with_the_training_mean(tmp_path: Path) -> None:
    _table(tmp_path, ",3,a")
    data = _prepared(_project(tmp_path, "csv", path="t.csv"), tmp_path)

    assert all(torch.isfinite(part["data"]["standardise.y"]).all() for part in data.parts.values())


def test_missing_numbers_that_nothing_fills_are_refused_on_their_node(tmp_path: Path) -> None:
    _table(tmp_path, ",3,a", ",4,b")
    project = _project(tmp_path, "csv", path="t.csv")
    graph = project.training["classification"]
    assert graph.recipe is not None
    plain = msgspec.structs.replace(
        graph, recipe=msgspec.structs.replace(graph.recipe, options={"standardise": "none"})
    )
    project = msgspec.structs.replace(project, training={"classification": plain})
    with pytest.raises(DataError, match="missing or not finite") as raised:
        _prepared(project, tmp_path)

    assert raised.value.where == "training.classification.data"
    assert "Fill" in raised.value.remedy


def test_a_label_outside_the_classes_that_were_seen_is_refused(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    np.savez(tmp_path / "a.npz", x=x, y=np.arange(40) % 3)
    project = _project(tmp_path, "npz", path="a.npz")
    np.savez(tmp_path / "a.npz", x=x, y=np.arange(40) % 5)
    with pytest.raises(DataError, match="label 4 is outside the 3 classes"):
        _prepared(project, tmp_path)


def test_data_of_another_shape_than_was_seen_is_refused(tmp_path: Path) -> None:
    _table(tmp_path)
    project = _project(tmp_path, "csv", path="t.csv")
    (tmp_path / "t.csv").write_text("x,kind\n" + "".join(f"{n},{'ab'[n % 2]}\n" for n in range(40)))
    with pytest.raises(DataError, match="y is B × 1 where B × 2 was seen before") as raised:
        _prepared(project, tmp_path)

    assert raised.value.where == "training.classification.standardise"


def test_a_file_that_has_gone_is_named(tmp_path: Path) -> None:
    _table(tmp_path)
    project = _project(tmp_path, "csv", path="t.csv")
    (tmp_path / "t.csv").unlink()
    with pytest.raises(DataError, match=r"t\.csv cannot be read: No such file") as raised:
        _prepared(project, tmp_path)

    assert raised.value.remedy == "Choose data"


def test_a_file_that_lost_its_target_is_named(tmp_path: Path) -> None:
    _table(tmp_path)
    project = _project(tmp_path, "csv", path="t.csv", targets=("kind",))
    (tmp_path / "t.csv").write_text("x,z\n1,2\n3,4\n")
    with pytest.raises(DataError, match="no column 'kind' to predict; it has x, z"):
        _prepared(project, tmp_path)


def test_too_few_rows_to_split_are_refused(tmp_path: Path) -> None:
    _table(tmp_path)
    project = _project(tmp_path, "csv", path="t.csv", test=0.5, validation=0.5)
    with pytest.raises(DataError, match="leave none to train on"):
        _prepared(project, tmp_path)
