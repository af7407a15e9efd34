"""Weights on disk: whole or not at all, and only into the graph they belong to."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save
from torch import nn

from engine.errors import FileError
from engine.runtime import weights


def _models(width: int = 3) -> dict[str, nn.Module]:
    return {"net": nn.Sequential(nn.Linear(2, width), nn.BatchNorm1d(width))}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    models, other = _models(), _models()
    weights.write(tmp_path / "w.safetensors", weights.state_of(models), {"place": "here"})
    weights.load_into(other, weights.read(tmp_path / "w.safetensors"), "w")

    assert weights.read_notes(tmp_path / "w.safetensors") == {"place": "here"}
    assert all(torch.equal(a, b) for a, b in zip(models["net"].parameters(), other["net"].parameters(), strict=True))
    assert "net.1.running_mean" in weights.state_of(models)


def test_tensors_that_share_memory_are_written_each(tmp_path: Path) -> None:
    tensor = torch.arange(4.0)
    weights.write(tmp_path / "w.safetensors", {"a": tensor, "b": tensor[1:], "c": tensor.reshape(2, 2).T})
    found = weights.read(tmp_path / "w.safetensors")

    assert found["b"].tolist() == [1, 2, 3]
    assert found["c"].tolist() == [[0, 2], [1, 3]]


def test_a_failed_write_leaves_the_older_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "w.safetensors"
    weights.write(file, {"a": torch.zeros(1)})

    def refuse(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(FileError, match="the disk is full"):
        weights.write(file, {"a": torch.ones(1)})

    assert weights.read(file)["a"].item() == 0.0
    assert [path.name for path in tmp_path.iterdir()] == ["w.safetensors"]


@pytest.mark.parametrize("content", [b"", b"torn", b"\xff" * 64])
def test_a_file_that_is_none_of_ours_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "w.safetensors"
    file.write_bytes(content)
    for read in (weights.read, weights.read_notes):
        with pytest.raises(FileError, match="these are no weights"):
            read(file)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="there are no weights"):
        weights.read(tmp_path / "w.safetensors")


def test_weights_of_another_graph_are_refused_by_name_and_shape() -> None:
    state = {key: tensor.clone() for key, tensor in weights.state_of(_models()).items()}
    with pytest.raises(FileError, match=r"net\.0\.weight is \(3, 2\), the graph needs \(4, 2\)"):
        weights.load_into(_models(4), state, "w")
    with pytest.raises(FileError, match=r"net\.2\.weight belongs to no node"):
        weights.load_into(_models(), {**state, "net.2.weight": torch.zeros(1)}, "w")
    del state["net.0.bias"]
    with pytest.raises(FileError, match=r"net\.0\.bias is missing"):
        weights.load_into(_models(), state, "w")


def test_a_byte_that_has_changed_since_it_was_written_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "w.safetensors"
    weights.write(file, {"a": torch.arange(8.0), "b": torch.tensor(True), "c": torch.ones(3, dtype=torch.bfloat16)})
    content = bytearray(file.read_bytes())
    content[-20] ^= 0x55
    file.write_bytes(content)
    with pytest.raises(FileError, match="have changed since they were written"):
        weights.read(file)


def test_weights_of_others_without_a_checksum_are_read(tmp_path: Path) -> None:
    (tmp_path / "w.safetensors").write_bytes(save({"a": torch.ones(2)}))

    assert weights.read(tmp_path / "w.safetensors")["a"].tolist() == [1, 1]
