"""Real files from opening to a tested network; skipped where there are none."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from engine.graph.ids import NodeId
from engine.graph.types import Length, Node, Project, RunSettings, Stage, Value
from engine.recipes.new import new_project
from engine.runs.events import Failed, Finished
from engine.runs.planning import plan_of
from engine.sources.describe import describe
from tests.projects import Ran, ran


def _project(kind: str, recipe: str, steps: int, **parameters: Value) -> Project:
    bare = Node(id=NodeId("data"), kind=kind, parameters=parameters)
    made = new_project(recipe, msgspec.structs.replace(bare, snapshot=describe(bare)))
    stage = Stage(training=next(iter(made.training)), length=Length(steps=steps))
    return msgspec.structs.replace(made, run=RunSettings(stages=(stage,)))


def _trained(project: Project, folder: Path) -> Ran:
    found = plan_of(project, name="real", seed=0, device="cpu")
    return ran(msgspec.structs.replace(found, threads=1), folder)


def _file(data_dir: Path, *path: str) -> str:
    file = data_dir.joinpath(*path)
    if not file.exists():
        pytest.skip(f"there is no {'/'.join(path)} among the data")
    return str(file)


@pytest.mark.parametrize(
    ("name", "least"),
    [("iris.csv", 0.8), ("banknote_authentication.csv", 0.95), ("wine.csv", 0.9)],
)
def test_a_table_of_classes_is_learned(data_dir: Path, tmp_path: Path, name: str, least: float) -> None:
    options: dict[str, Value] = {"path": _file(data_dir, "tabular", name), "task": "class"}
    end = _trained(_project("csv", "classification", 400, **options), tmp_path / "run").end

    assert isinstance(end, Finished)
    assert end.test.metrics["accuracy"] >= least


def test_a_table_with_words_and_a_number_to_predict_is_learned(data_dir: Path, tmp_path: Path) -> None:
    options: dict[str, Value] = {"path": _file(data_dir, "tabular", "abalone.csv"), "task": "number"}
    project = _project("csv", "regression", 1500, **options)
    end = _trained(project, tmp_path / "run").end

    assert isinstance(end, Finished)
    assert end.test.metrics["r2"] > 0.3


def test_a_large_compressed_table_with_missing_values_is_learned(data_dir: Path, tmp_path: Path) -> None:
    options: dict[str, Value] = {"path": _file(data_dir, "tabular", "adult-train.csv.gz"), "batch_size": 256}
    end = _trained(_project("csv", "classification", 150, **options), tmp_path / "run").end

    assert isinstance(end, Finished), end
    assert end.test.metrics["accuracy"] > 0.8


def test_mnist_is_learned(data_dir: Path, tmp_path: Path) -> None:
    options: dict[str, Value] = {
        "images": _file(data_dir, "mnist", "t10k-images-idx3-ubyte.gz"),
        "labels": _file(data_dir, "mnist", "t10k-labels-idx1-ubyte.gz"),
        "batch_size": 64,
    }
    end = _trained(_project("idx", "classification", 120, **options), tmp_path / "run").end

    assert isinstance(end, Finished)
    assert end.test.metrics["accuracy"] > 0.85


def test_a_file_that_is_no_table_fails_with_what_and_where(data_dir: Path, tmp_path: Path) -> None:
    path = _file(data_dir, "mnist", "t10k-labels-idx1-ubyte.gz")
    project = _project("csv", "classification", 1, path=_file(data_dir, "tabular", "iris.csv"))
    graph = next(iter(project.training.values()))
    assert graph.recipe is not None
    source = msgspec.structs.replace(graph.recipe.sources[0], parameters={"path": path})
    recipe = msgspec.structs.replace(graph.recipe, sources=(source,))
    training = {name: msgspec.structs.replace(graph, recipe=recipe) for name in project.training}
    end = _trained(msgspec.structs.replace(project, training=training), tmp_path / "run").end

    assert isinstance(end, Failed)
    assert path in end.what
    assert end.address.endswith(".data") or end.address.startswith("training.")
    assert end.remedy
    assert not end.log
