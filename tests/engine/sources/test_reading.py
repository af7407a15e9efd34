"""A data file is read by the source whose files end as it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.sources.files import kind_reading, node_reading


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("a.csv", "csv"),
        ("A.TSV", "csv"),
        ("a.txt", "csv"),
        ("a.csv.gz", "csv"),
        ("a.npz", "npz"),
        ("train-images-idx3-ubyte", "idx"),
        ("t10k-labels-idx1-ubyte.gz", "idx"),
        ("a.md", ""),
        ("csv", ""),
    ],
)
def test_the_ending_says_who_reads(name: str, key: str) -> None:
    kind = kind_reading(Path(name))

    assert (kind.key if kind else "") == key


@pytest.mark.parametrize("name", ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"])
def test_images_come_with_the_labels_beside_them_whichever_was_chosen(tmp_path: Path, name: str) -> None:
    kind = kind_reading(Path(name))
    assert kind is not None
    node = node_reading(kind, tmp_path / "data" / name, tmp_path)

    assert dict(node.parameters) == {
        "images": "data/train-images-idx3-ubyte.gz",
        "labels": "data/train-labels-idx1-ubyte.gz",
    }


def test_a_file_elsewhere_keeps_its_whole_path_and_names_its_source(tmp_path: Path) -> None:
    kind = kind_reading(Path("Prices 2024.csv"))
    assert kind is not None
    node = node_reading(kind, tmp_path / "Prices 2024.csv", tmp_path / "project")

    assert node.parameters["path"] == (tmp_path / "Prices 2024.csv").as_posix()
    assert (node.id, node.kind) == ("prices_2024", "csv")
