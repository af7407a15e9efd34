"""The plain PyTorch project computes what the trainer computes: the same losses, to the last bit."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from engine.check.checker import check
from engine.codegen.standalone import standalone
from engine.graph.types import Project
from engine.recipes.expand import expand
from tests.graphs import ring
from tests.projects import diabetes, digits_cnn, plan, ran, wine_mlp

_STEPS = 50
# Whatever tries to import Netwright fails.
_ALONE = """
import runpy, sys
sys.path.insert(0, '.')
sys.modules['engine'] = None
sys.argv[0] = 'train.py'
runpy.run_path('train.py', run_name='__main__')
"""


def _written(project: Project, folder: Path) -> Path:
    expanded = expand(project)
    for name, text in standalone(expanded, check(expanded)).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _alone(folder: Path, *arguments: str) -> str:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-P", "-W", "error", "-c", _ALONE, *arguments],
        cwd=folder,
        env={**environment, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _printed(text: str) -> Mapping[str, list[float]]:
    losses: dict[str, list[float]] = {}
    for line in text.splitlines():
        name, number, value = line.split()
        losses.setdefault(name, []).append(float(value))
        assert int(number) == len(losses[name])
    return losses


@pytest.mark.parametrize(
    ("make", "seed"),
    [
        (lambda: digits_cnn(epochs=6), 3),
        (lambda: wine_mlp(epochs=17), 0),
        (lambda: diabetes(epochs=11), 1),
        (ring, 2),
    ],
    ids=["digits", "wine", "diabetes", "ring"],
)
def test_a_project_of_its_own_gives_the_losses_of_the_trainer(
    tmp_path: Path, make: Callable[[], Project], seed: int
) -> None:
    project = make()
    folder = _written(project, tmp_path / "alone")
    alone = _printed(_alone(folder, "--print-losses", str(_STEPS), "--seed", str(seed)))
    trained = ran(plan(project, seed=seed), tmp_path / "run").losses

    assert alone == {name: losses[:_STEPS] for name, losses in trained.items()}
    assert all(len(losses) == _STEPS for losses in alone.values())


def test_it_trains_without_arguments_and_reports_the_score_of_the_trainer(tmp_path: Path) -> None:
    project = wine_mlp(epochs=5)
    lines = _alone(_written(project, tmp_path / "alone")).splitlines()
    end = ran(project, tmp_path / "run").end

    assert len(lines) == 6
    assert lines[-1].startswith("test ")
    assert f"accuracy {end.test.metrics['accuracy']:.4f}" in lines[-1]  # type: ignore[union-attr]  # it finished
