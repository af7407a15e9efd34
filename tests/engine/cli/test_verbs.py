"""The command line as a person and a script use it: what it prints, and how it exits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main
from engine.runs.events import Finished
from engine.runs.record import read_end


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wine example in a file."""
    file = tmp_path_factory.mktemp("project") / "wine.netwright"
    assert main(["gallery", "wine_mlp", str(file)]) == 0
    return file


@pytest.fixture(scope="module")
def run(project: Path) -> Path:
    """A finished run of two epochs."""
    folder = project.parent / "run"
    assert main(["train", str(project), "--run", str(folder), "--epochs", "2"]) == 0
    return folder


def _json(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    capsys.readouterr()
    status = main([*words, "--json"])
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    return status, json.loads(printed)


def test_check_gives_shapes_and_costs_of_every_node(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, found = _json(capsys, "check", str(project))

    assert status == 0
    assert found["problems"] == []
    assert found["networks"]["wine_mlp"]["parameters"] == 13 * 32 + 32 + 32 * 3 + 3
    assert found["networks"]["wine_mlp"]["multiply_adds"] == 13 * 32 + 32 * 3
    assert [node["address"] for node in found["networks"]["wine_mlp"]["nodes"]][:2] == ["features", "hidden"]
    assert found["networks"]["wine_mlp"]["nodes"][1]["outputs"] == {"y": ["B", 32]}


def test_check_says_what_every_node_sees_of_the_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "digits.netwright"
    assert main(["gallery", "digits_cnn", str(file)]) == 0
    _, found = _json(capsys, "check", str(file))
    seen = {node["address"]: node["receptive_field"] for node in found["networks"]["digits_cnn"]["nodes"]}

    assert (seen["image"], seen["conv1"], seen["scores"]) == ([1, 1], [3, 3], "whole")


def test_check_exits_with_1_and_still_prints_its_document_when_there_is_an_error(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.netwright"
    broken.write_text(project.read_text().replace('["relu", "y", "scores", "x"],\n', ""))

    status, found = _json(capsys, "check", str(broken))

    assert status == 1
    assert any(problem["severity"] == "error" and "scores" in problem["address"] for problem in found["problems"])


def test_train_prints_one_document_that_the_same_seed_gives_again(
    project: Path, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, first = _json(capsys, "train", str(project), "--run", str(run), "--resume")
    status, second = _json(capsys, "train", str(project), "--run", str(tmp_path / "again"), "--epochs", "2")

    assert status == 0
    assert second["epochs"] == first["epochs"]
    assert second["test"] == first["test"]
    assert second["progress"] == {"unit": "epoch", "done": 2}
    assert set(second["test"]) == {"objectives", "metrics"}
    assert second["test_samples"] == 36


def test_a_run_folder_that_holds_something_is_refused_as_wrong_usage(
    project: Path, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", str(project), "--run", str(run)]) == 2
    assert "not empty" in capsys.readouterr().err


def test_evaluate_gives_what_train_gave(project: Path, run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, trained = _json(capsys, "train", str(project), "--run", str(run), "--resume")
    status, measured = _json(capsys, "evaluate", str(run))

    assert status == 0
    assert measured["test"] == trained["test"]


def test_export_says_how_far_it_is_from_pytorch(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "wine.onnx"

    status, found = _json(capsys, "export", str(run), "-o", str(target))

    assert status == 0
    assert target.exists()
    assert found["weights"] == "best"
    assert found["samples"] == 36
    assert found["max_abs_difference"]["wine"] <= 1e-4


def test_new_makes_a_project_that_checks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "new.netwright"

    assert main(["new", "classification", str(target), "--data", "iris"]) == 0
    status, found = _json(capsys, "check", str(target))

    assert status == 0
    assert found["problems"] == []
    assert main(["new", "classification", str(target), "--data", "iris"]) == 1


def test_code_writes_files_into_an_empty_folder_only(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "code"

    status, found = _json(capsys, "code", str(project), "-o", str(target))

    assert status == 0
    assert {"model.py", "train.py", "loop.py", "data.py"} <= set(found["files"])
    assert main(["code", str(project), "-o", str(target)]) == 1


def test_kinds_explains_one_and_suggests_for_another_name(capsys: pytest.CaptureFixture[str]) -> None:
    status, found = _json(capsys, "kinds", "conv2d")

    assert status == 0
    assert found["title"] == "Conv 2d"
    assert main(["kinds", "dense"]) == 2
    assert "linear" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [[], ["frobnicate"], ["train"], ["train", "x.netwright", "--epochs", "0"], ["gallery", "none"]],
    ids=["nothing", "unknown", "no file", "no epochs", "no example"],
)
def test_wrong_usage_exits_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("verb", ["check", "code", "train", "export"])
@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\xff\x00", b"{", b'{"format": 999}', b"[" * 100_000, b'{"format": 1, "networks": {"a": 3}}'],
    ids=["empty", "binary", "truncated", "newer", "deep", "broken"],
)
def test_a_bad_file_is_one_line_and_exit_1(
    verb: str, content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bad.netwright"
    file.write_bytes(content)
    options = ["-o", str(tmp_path / "out.onnx")] if verb == "export" else []

    status = main([verb, str(file), *options])

    printed = capsys.readouterr()
    assert status == 1
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert "bad.netwright" in printed.err
    assert "Traceback" not in printed.err


def test_a_variable_that_is_not_the_projects_is_wrong_usage(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(project), "--set", "width=3"]) == 2
    assert "width" in capsys.readouterr().err


def test_training_a_project_of_networks_alone_says_what_is_missing(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(project.read_text())
    del document["training"], document["run"]
    bare = tmp_path / "bare.netwright"
    bare.write_text(json.dumps(document))

    assert main(["check", str(bare)]) == 0
    capsys.readouterr()
    assert main(["train", str(bare)]) != 0
    assert "nothing to train" in capsys.readouterr().err


@pytest.mark.parametrize("seed", ["-1", "99999999999999999999"])
def test_a_seed_out_of_range_is_wrong_usage(project: Path, seed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(project), "--seed", seed]) == 2
    assert f"the seed {seed} is out of range" in capsys.readouterr().err


def test_a_name_that_is_no_text_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "\udcff.netwright"]) == 2
    assert "no UTF-8 text" in capsys.readouterr().err


def test_a_run_goes_on_when_the_reader_of_its_lines_leaves(project: Path, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "designer", "train", str(project), "--run", str(tmp_path / "r"), "--epochs", "3"]
    reading, writing = os.pipe()
    os.close(reading)  # as `| head -1` has done by then
    with os.fdopen(writing, "wb") as closed:
        done = subprocess.run(words, stdout=closed, stderr=subprocess.PIPE, text=True, check=False)

    assert (done.returncode, done.stderr) == (1, "")
    assert isinstance(read_end(tmp_path / "r"), Finished)


def test_characters_that_the_terminal_does_not_know_are_written_otherwise(project: Path) -> None:
    words = [sys.executable, "-m", "designer", "check", str(project)]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert "\\xd7" in done.stdout
