"""The verb weights: the table, the file in our keys, and what is refused."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from engine.cli import main


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The wine example in a file."""
    file = tmp_path / "wine.netwright"
    assert main(["gallery", "wine_mlp", str(file)]) == 0
    return file


@pytest.fixture
def foreign() -> dict[str, torch.Tensor]:
    """The same network as somebody else wrote it."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(13, 32), nn.ReLU(), nn.Linear(32, 3)).state_dict()


def _json(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    capsys.readouterr()
    status = main(["weights", *words, "--json"])
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    return status, json.loads(printed)


def test_the_table_says_which_is_which_and_how_it_was_found(
    project: Path, foreign: dict[str, torch.Tensor], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.save({**foreign, "aux.weight": torch.zeros(7)}, tmp_path / "theirs.pth")
    capsys.readouterr()

    assert main(["weights", str(project), str(tmp_path / "theirs.pth")]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert lines[0].split() == ["hidden.weight", "32", "×", "13", "0.weight", "order"]
    assert lines[3].split() == ["scores.bias", "3", "2.bias", "order"]
    assert lines[4] == "4 tensors found, 0 transposed, 0 missing, 1 left over: aux.weight"
    assert lines[5].startswith("4 tensors found by order and shape alone: check the rows")


def test_a_file_in_our_keys_is_written(
    project: Path, foreign: dict[str, torch.Tensor], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs, target = tmp_path / "theirs.pt", tmp_path / "ours.safetensors"
    turned = {**foreign, "0.weight": foreign["0.weight"].t()}
    torch.save(turned, theirs)

    status, found = _json(capsys, str(project), str(theirs), "--model", "wine_mlp", "-o", str(target))

    assert status == 0
    assert found["network"] == "wine_mlp"
    assert found["file"] == str(target)
    assert found["rows"][0] == {
        "key": "hidden.weight",
        "shape": [32, 13],
        "source": "0.weight",
        "how": "order",
        "transposed": True,
        "part": None,
        "reshaped": False,
    }
    written = load_file(target)
    assert torch.equal(written["hidden.weight"], foreign["0.weight"])
    assert torch.equal(written["scores.bias"], foreign["2.bias"])
    assert sorted(written) == ["hidden.bias", "hidden.weight", "scores.bias", "scores.weight"]
    again, exact = _json(capsys, str(project), str(target))
    assert again == 0
    assert {row["how"] for row in exact["rows"]} == {"exact"}


def test_a_tensor_that_is_missing_is_named_and_nothing_is_written(
    project: Path, foreign: dict[str, torch.Tensor], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs, target = tmp_path / "theirs.pt", tmp_path / "ours.safetensors"
    torch.save({key: tensor for key, tensor in foreign.items() if key != "2.bias"}, theirs)

    status, found = _json(capsys, str(project), str(theirs), "-o", str(target))

    assert status == 1
    assert found["missing"] == [{"key": "scores.bias", "shape": [3], "why": "nothing there has this shape"}]
    assert found["file"] is None
    assert not target.exists()
    assert main(["weights", str(project), str(theirs), "-o", str(target)]) == 1
    printed = capsys.readouterr()
    assert "1 tensor is missing, and nothing is written: scores.bias" in printed.err
    assert "missing: nothing there has this shape" in printed.out


class _Code:
    """What runs when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self._trace = trace

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self._trace,))


def test_a_pickle_with_code_is_one_line_and_never_runs_even_when_the_project_is_trusted(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "theirs.pt").write_bytes(pickle.dumps({"hidden.weight": _Code(tmp_path / "ran")}))
    capsys.readouterr()

    assert main(["weights", str(project), str(tmp_path / "theirs.pt"), "--trust"]) == 1
    printed = capsys.readouterr()

    assert printed.err.count("\n") == 1
    assert "no state dict" in printed.err
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--model", "nobody"], "there is no network 'nobody'"),
        (["-o", "ours.pt"], "Give it the ending .safetensors"),
        (["-o", "theirs.safetensors"], "is the file that is read"),
    ],
)
def test_wrong_words_are_wrong_usage(
    project: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project.parent)

    assert main(["weights", str(project), "theirs.safetensors", *words]) == 2
    assert said in capsys.readouterr().err
