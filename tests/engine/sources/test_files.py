"""Arrays and IDX files, whole and broken; generated points; the sets of scikit-learn."""

from __future__ import annotations

import gzip
import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from engine.errors import DataError
from engine.graph.ids import NodeId
from engine.graph.types import Node
from engine.sources import arrays, bundled, idx, ring, table
from engine.sources.describe import SNAPSHOTS, content_hash


def _idx(folder: Path, count: int = 3, *, packed: bool = False) -> tuple[str, str]:
    pixels = np.arange(count * 4, dtype=np.uint8).tobytes()
    images = struct.pack(">4B3I", 0, 0, 8, 3, count, 2, 2) + pixels
    labels = struct.pack(">4BI", 0, 0, 8, 1, count) + bytes(range(count))
    names = ("images.gz", "labels.gz") if packed else ("images", "labels")
    for name, content in zip(names, (images, labels), strict=True):
        (folder / name).write_bytes(gzip.compress(content) if packed else content)
    return names


@pytest.mark.parametrize("packed", [False, True])
def test_idx_files_give_images_and_labels(tmp_path: Path, packed: bool) -> None:
    images, labels = _idx(tmp_path, packed=packed)
    found = idx.load(str(tmp_path), images, labels)

    assert found["image"].shape == (3, 1, 2, 2)
    assert found["image"].dtype == np.float32
    assert found["image"][1].tolist() == [[[4, 5], [6, 7]]]
    assert found["label"].tolist() == [0, 1, 2]


def test_a_truncated_idx_file_is_refused_with_its_sizes(tmp_path: Path) -> None:
    images, labels = _idx(tmp_path)
    (tmp_path / images).write_bytes((tmp_path / images).read_bytes()[:-1])
    with pytest.raises(ValueError, match="should hold 12 bytes of data and holds 11"):
        idx.load(str(tmp_path), images, labels)


def test_a_file_without_the_magic_number_is_no_idx_file(tmp_path: Path) -> None:
    images, labels = _idx(tmp_path)
    with pytest.raises(ValueError, match="no IDX file of bytes with 3 axes"):
        idx.load(str(tmp_path), labels, images)


def test_a_broken_gzip_file_is_said_to_be_broken(tmp_path: Path) -> None:
    images, labels = _idx(tmp_path, packed=True)
    (tmp_path / images).write_bytes((tmp_path / images).read_bytes()[:-9])
    with pytest.raises(ValueError, match="broken off"):
        idx.load(str(tmp_path), images, labels)


def test_images_and_labels_of_different_numbers_do_not_belong_together(tmp_path: Path) -> None:
    images, _ = _idx(tmp_path)
    (tmp_path / "more").mkdir()
    _, labels = _idx(tmp_path / "more", 5)
    with pytest.raises(ValueError, match="do not belong together"):
        idx.load(str(tmp_path), images, f"more/{labels}")


def test_mnist_itself_is_read(data_dir: Path) -> None:
    images = sorted(data_dir.rglob("t10k-images*"))
    labels = sorted(data_dir.rglob("t10k-labels*"))
    if not images or not labels:
        pytest.skip("there is no MNIST among the data")
    found = idx.load("", str(images[0]), str(labels[0]))

    assert found["image"].shape == (10_000, 1, 28, 28)
    assert found["label"][:5].tolist() == [7, 2, 1, 0, 4]


def test_an_archive_gives_two_arrays(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.ones((4, 3)), y=np.arange(4))
    found = arrays.load(str(tmp_path), "a.npz")

    assert found["features"].dtype == np.float32
    assert found["features"].shape == (4, 3)
    assert found["target"].dtype == np.int64
    assert found["target"].shape == (4,)


def test_real_numbers_to_predict_become_a_column(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.ones((4, 3)), y=np.arange(4) / 2)

    assert arrays.load(str(tmp_path), "a.npz")["target"].shape == (4, 1)


def test_an_array_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.ones((4, 3)), z=np.arange(4))
    with pytest.raises(ValueError, match="no array 'y'; it holds x, z"):
        arrays.load(str(tmp_path), "a.npz")


def test_objects_in_an_archive_are_never_loaded(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.array([{}, {}], dtype=object), y=np.arange(2))
    with pytest.raises(ValueError, match="x is broken or holds objects, not numbers"):
        arrays.load(str(tmp_path), "a.npz")


def test_words_in_an_archive_are_no_numbers(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.array([["a"], ["b"]]), y=np.arange(2))
    with pytest.raises(ValueError, match="x holds <U1, not numbers"):
        arrays.load(str(tmp_path), "a.npz")


def test_a_file_that_is_no_archive_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04 torn")
    with pytest.raises(ValueError, match="no NumPy archive"):
        arrays.load(str(tmp_path), "a.npz")


def test_points_lie_around_their_centres() -> None:
    points = ring.load(samples=80, modes=8, radius=2.0, spread=0.01)["point"]

    assert points.shape == (80, 2)
    assert np.abs(np.linalg.norm(points, axis=1) - 2.0).max() < 0.1
    assert len(np.unique(np.round(np.arctan2(points[:, 1], points[:, 0]) * 4 / np.pi) % 8)) == 8


@pytest.mark.parametrize("name", ["digits", "wine", "breast_cancer", "iris", "diabetes"])
def test_snapshots_of_bundled_sets_say_what_they_hold(name: str) -> None:
    found = getattr(bundled, name)()
    snapshot = SNAPSHOTS[name]

    assert set(found) == set(snapshot.outputs)
    for port, spec in snapshot.outputs.items():
        assert found[port].shape[1:] == spec.shape[1:]
        assert found[port].dtype == np.dtype(spec.dtype)
        assert len(found[port]) == snapshot.samples
        assert float(found[port].min()) == pytest.approx(spec.low)
        assert float(found[port].max()) == pytest.approx(spec.high)
        if spec.classes:
            assert sorted(set(found[port].tolist())) == list(range(len(spec.classes)))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are of Unix")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="is no file"):
        arrays.load(str(tmp_path), "pipe")
    with pytest.raises(ValueError, match="is no file"):
        idx.load(str(tmp_path), "pipe", "pipe")
    with pytest.raises(ValueError, match="is no file"):
        table.load(str(tmp_path), "pipe")
    node = Node(id=NodeId("data"), kind="csv", parameters={"path": "pipe"})
    with pytest.raises(DataError, match="is no file"):
        content_hash(node, tmp_path)


def test_no_message_advises_to_unpickle(tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("junk")
    with pytest.raises(ValueError, match="is no NumPy archive"):
        arrays.load(str(tmp_path), "text.npz")


def test_an_array_that_claims_more_than_the_memory_is_refused(tmp_path: Path) -> None:
    words = b"{'descr': '<f8', 'fortran_order': False, 'shape': (900000000000, 300), }".ljust(117) + b"\n"
    with zipfile.ZipFile(tmp_path / "lie.npz", "w") as archive:
        archive.writestr("x.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(words)) + words)
        archive.writestr("y.npy", b"")
    with pytest.raises(ValueError, match="more than the memory holds"):
        arrays.load(str(tmp_path), "lie.npz")


def test_an_idx_file_is_unpacked_no_further_than_its_header_says(tmp_path: Path) -> None:
    images, labels = _idx(tmp_path, packed=True)
    content = gzip.decompress((tmp_path / images).read_bytes())
    (tmp_path / images).write_bytes(gzip.compress(content + bytes(10**6)))
    with pytest.raises(ValueError, match="should hold 12 bytes of data and holds more"):
        idx.load(str(tmp_path), images, labels)
    (tmp_path / images).write_bytes(gzip.compress(content[:4] + b"\xff" * 12))
    with pytest.raises(ValueError, match="bytes of data and holds 0"):
        idx.load(str(tmp_path), images, labels)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([3, 3, 3], "y is 3 in every row"),
        ([-2, 0, 1], "whole numbers from -2 to 1; classes count from 0"),
        ([0, 1, 10**9], "whole numbers from 0 to 1000000000"),
    ],
)
def test_labels_that_nothing_can_be_learnt_from_are_refused_in_words(
    tmp_path: Path, labels: list[int], words: str
) -> None:
    np.savez(tmp_path / "d.npz", x=np.ones((3, 2), np.float32), y=np.array(labels))
    with pytest.raises(ValueError, match=words):
        arrays.load(str(tmp_path), "d.npz")
