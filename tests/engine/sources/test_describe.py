"""Looking at a source: what it gives, and what is wrong with it, before anything is drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.errors import DataError
from engine.graph.ids import NodeId
from engine.graph.types import Node, Value
from engine.sources.describe import SNAPSHOTS, content_hash, describe


def _csv(folder: Path, text: str, **parameters: Value) -> Node:
    (folder / "t.csv").write_text(text)
    return Node(id=NodeId("data"), kind="csv", parameters={"path": "t.csv", **parameters})


def test_a_table_is_described_by_columns_classes_and_ranges(tmp_path: Path) -> None:
    found = describe(_csv(tmp_path, "a,b,kind\n1,10,oak\n2,,ash\n4,30,oak\n"), tmp_path)

    assert found.samples == 3
    assert found.outputs["features"].shape == ("B", 2)
    assert found.outputs["features"].columns == ("a", "b")
    assert (found.outputs["features"].low, found.outputs["features"].high) == (1.0, 30.0)
    assert found.outputs["target"].classes == ("ash", "oak")


def test_the_content_changes_with_the_file_and_with_how_it_is_read(tmp_path: Path) -> None:
    first = content_hash(_csv(tmp_path, "a,b\n1,2.5\n3,4\n"), tmp_path)
    again = content_hash(_csv(tmp_path, "a,b\n1,2.5\n3,4\n"), tmp_path)
    other = content_hash(_csv(tmp_path, "a,b\n1,2.5\n3,5\n"), tmp_path)
    turned = content_hash(_csv(tmp_path, "a,b\n1,2.5\n3,4\n", targets=("a",)), tmp_path)

    assert first == again
    assert len({first, other, turned}) == 3


def test_a_bundled_set_is_a_constant() -> None:
    node = Node(id=NodeId("data"), kind="wine")

    assert describe(node) is SNAPSHOTS["wine"]
    assert content_hash(node) == SNAPSHOTS["wine"].content


def test_whole_numbers_of_an_archive_are_classes(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.ones((4, 3, 5)), y=np.array([0, 2, 1, 2]))
    found = describe(Node(id=NodeId("data"), kind="npz", parameters={"path": "a.npz"}), tmp_path)

    assert found.outputs["features"].shape == ("B", 3, 5)
    assert found.outputs["target"].classes == ("0", "1", "2")


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"task": "guess"}, "expected one of auto, "),
        ({"delimiter": 3}, "expected"),
        ({"targets": 7}, "expected"),
    ],
)
def test_a_parameter_that_is_no_value_is_refused_by_its_title(
    tmp_path: Path, parameters: dict[str, Value], words: str
) -> None:
    with pytest.raises(DataError, match=words) as raised:
        describe(_csv(tmp_path, "a,b\n1,2.5\n3,4\n", **parameters), tmp_path)

    assert raised.value.where == "data"
    assert raised.value.remedy.startswith("Set ")


@pytest.mark.parametrize(("kind", "parameters"), [("csv", {}), ("npz", {}), ("idx", {"images": "a"})])
def test_no_file_chosen_is_said(kind: str, parameters: dict[str, Value]) -> None:
    with pytest.raises(DataError, match="no file is chosen"):
        describe(Node(id=NodeId("data"), kind=kind, parameters=parameters))


def test_a_folder_or_a_missing_file_is_said_by_name(tmp_path: Path) -> None:
    for path in ("gone.csv", "."):
        with pytest.raises(DataError, match="cannot be read"):
            describe(Node(id=NodeId("data"), kind="csv", parameters={"path": path}), tmp_path)


def test_what_is_no_source_is_refused() -> None:
    with pytest.raises(DataError, match="'relu' is no data source"):
        describe(Node(id=NodeId("data"), kind="relu"))
