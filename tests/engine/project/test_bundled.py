"""Examples are found through the package resources."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import FileError
from engine.graph.types import Project
from engine.project import bundled
from engine.project.format import encode


@pytest.fixture
def examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of two examples and something else."""
    for name in ("wine_mlp", "digits_cnn"):
        (tmp_path / f"{name}.netwright").write_text(encode(Project(notes=name)), encoding="utf-8")
    (tmp_path / "__init__.py").write_text("")
    monkeypatch.setattr(bundled, "_examples", lambda: tmp_path)
    monkeypatch.setattr(bundled, "_templates", lambda: tmp_path / "templates")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "lenet5.netwright").write_text(encode(Project(notes="lenet5")), encoding="utf-8")


@pytest.mark.usefixtures("examples")
def test_examples_are_named_and_read() -> None:
    assert bundled.example_names() == ("digits_cnn", "wine_mlp")
    assert bundled.template_names() == ("lenet5",)
    assert bundled.read_example("wine_mlp") == Project(notes="wine_mlp")
    assert bundled.read_example("lenet5") == Project(notes="lenet5")


@pytest.mark.usefixtures("examples")
@pytest.mark.parametrize("name", ["digits", "../digits_cnn", "", "__init__"])
def test_an_example_that_is_not_there_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(FileError, match="There are digits_cnn, wine_mlp, lenet5"):
        bundled.example_text(name)
