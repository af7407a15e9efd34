"""A plain PyTorch project: what is in it, and that it trains without Netwright."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from engine.check.checker import check
from engine.codegen.standalone import standalone
from engine.errors import BuildError
from engine.graph.types import Length, Project, RunSettings, Stage
from engine.recipes.expand import expand
from tests.engine.train.projects import finished, iris
from tests.graphs import digits, ring, with_metric


def files_of(project: Project, folder: str = "") -> dict[str, str]:
    """The files of a project as drawn."""
    expanded = expand(project)
    return dict(standalone(expanded, check(expanded), folder))


def run(folder: Path, *arguments: str) -> str:
    """Run a stand-alone project where nothing of ours can be imported."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [sys.executable, "-P", "-c", "import sys; sys.path.insert(0, '.'); import runpy; sys.argv[0] = 'train.py'; "
               "sys.modules['engine'] = None; runpy.run_path('train.py', run_name='__main__')", *arguments]  # fmt: skip
    done = subprocess.run(
        command,
        cwd=folder,
        env={**environment, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def laid_out(files: dict[str, str], folder: Path) -> Path:
    """Write files into a folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_it_holds_what_training_needs_and_no_more() -> None:
    files = files_of(digits())

    assert sorted(files) == [
        "README.md", "data.py", "dataset.py", "followers.py", "loop.py", "model.py", "requirements.txt", "scores.py",
        "scores_of_numbers.py", "sources/__init__.py", "sources/bundled.py", "sources/split.py", "train.py", "training.py",
        "transforms.py",
    ]  # fmt: skip
    assert files["requirements.txt"] == "torch\nnumpy\nscikit-learn\n"
    assert '(training, data, "epochs", 30)' in files["train.py"]
    assert "`digits_cnn`" in files["README.md"]


def test_metrics_are_made_with_their_parameters(tmp_path: Path) -> None:
    project = with_metric(digits(), "top", "top_k_accuracy", k=10)
    said = run(laid_out(files_of(project), tmp_path), "--epochs", "1").splitlines()

    assert "top 1.0000" in said[1]  # every class is among the ten highest scores of ten


def test_nothing_in_it_imports_netwright() -> None:
    assert all("import engine" not in text and "from engine" not in text for text in files_of(ring()).values())


def test_it_trains_tests_and_saves(tmp_path: Path) -> None:
    said = run(laid_out(files_of(digits()), tmp_path), "--epochs", "1").splitlines()

    assert [line.split()[0] for line in said] == ["epoch", "test"]
    assert "accuracy" in said[1]
    assert (tmp_path / "weights.safetensors").exists()


def test_its_losses_are_the_same_every_time_and_printed_exactly(tmp_path: Path) -> None:
    folder = laid_out(files_of(ring()), tmp_path)
    first, second = (run(folder, "--print-losses", "3") for _ in range(2))

    assert first == second
    assert [line.split()[:2] for line in first.splitlines()] == [[name, str(n)] for name in "dg" for n in (1, 2, 3)]


@pytest.mark.parametrize("validation", [0.2, 0.0])
def test_it_measures_what_netwright_measures_after_two_stages(validation: float, tmp_path: Path) -> None:
    drawn = iris()
    stages = tuple(Stage(training="main", length=Length(epochs=epochs)) for epochs in (6, 2))
    training = drawn.training["main"]
    assert training.recipe is not None
    [source] = training.recipe.sources
    source = msgspec.structs.replace(source, parameters={**source.parameters, "validation": validation})
    recipe = msgspec.structs.replace(training.recipe, sources=(source,))
    project = msgspec.structs.replace(
        drawn,
        training={"main": msgspec.structs.replace(training, recipe=recipe)},
        run=RunSettings(stages=stages),
    )
    said = run(laid_out(files_of(project), tmp_path / "plain")).splitlines()
    _, end = finished(project, tmp_path / "run")
    measured = {**end.test.objectives, **end.test.metrics}

    assert said[-1] == " ".join(("test", *(f"{name} {value:.4f}" for name, value in measured.items())))


def test_a_run_of_two_graphs_has_files_for_each() -> None:
    project = ring()
    first = digits()
    both = msgspec.structs.replace(
        project,
        networks={**project.networks, **first.networks},
        training={**project.training, **first.training},
        run=RunSettings(
            stages=(
                Stage(training="gan", length=Length(steps=5)),
                Stage(training="classification", length=Length(epochs=2)),
            )
        ),
    )
    files = files_of(both)

    assert {"training_gan.py", "data_gan.py", "training_classification.py", "data_classification.py"} <= files.keys()
    assert '    (training_gan, data_gan, "steps", 5),\n' in files["train.py"]


def test_relative_data_paths_start_where_the_project_is() -> None:
    assert 'FOLDER = "/home/me/my project"\n' in files_of(digits(), "/home/me/my project")["train.py"]


def test_a_project_with_nothing_to_train_is_refused() -> None:
    with pytest.raises(BuildError, match="nothing to train"):
        files_of(Project(networks=digits().networks))
