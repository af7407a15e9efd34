"""The split: seeded, stratified, and the same for ever."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt
import pytest

from engine.sources import bundled, split


def _classes(count: int) -> npt.NDArray[np.int64]:
    return np.arange(count, dtype=np.int64) % 3


def test_indices_of_a_seed_never_change() -> None:
    parts = split.indices(20, 0, 0.2, 0.25, _classes(20))

    assert parts["test"].tolist() == [2, 3, 19, 4, 6]
    assert parts["validation"].tolist() == [0, 13, 11, 8]
    assert parts["train"].tolist() == [7, 17, 18, 1, 9, 5, 10, 12, 15, 16, 14]


def test_indices_of_the_digits_never_change() -> None:
    digit = bundled.digits()["digit"]
    parts = split.indices(1797, 3, 0.16, 0.2, digit)
    text = ",".join(str(index) for part in ("train", "validation", "test") for index in parts[part])

    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "0ddec84bd516aaab"


@pytest.mark.parametrize("seed", range(5))
def test_parts_hold_every_sample_once(seed: int) -> None:
    parts = split.indices(101, seed, 0.16, 0.2)

    assert sorted(np.concatenate(list(parts.values())).tolist()) == list(range(101))
    assert {name: len(part) for name, part in parts.items()} == {"train": 65, "validation": 16, "test": 20}


@pytest.mark.parametrize("seed", range(5))
def test_every_part_has_the_mix_of_the_whole(seed: int) -> None:
    digit = bundled.digits()["digit"]
    parts = split.indices(1797, seed, 0.16, 0.2, digit)
    whole = np.bincount(digit) / len(digit)

    for part in parts.values():
        assert np.abs(np.bincount(digit[part], minlength=10) / len(part) - whole).max() < 0.01


@pytest.mark.parametrize("members", [3, 8])
@pytest.mark.parametrize("seed", range(5))
def test_a_rare_class_is_in_every_part_where_it_can_be(seed: int, members: int) -> None:
    labels = np.zeros(100, np.int64)
    labels[:members] = 1
    parts = split.indices(100, seed, 0.2, 0.2, labels)

    assert all(labels[part].sum() >= 1 for part in parts.values())


def test_another_seed_gives_another_split() -> None:
    first, second = (split.indices(50, seed, 0.2, 0.2)["test"].tolist() for seed in (0, 1))

    assert first != second


def test_too_few_samples_are_refused_with_their_number() -> None:
    with pytest.raises(ValueError, match="2 samples leave none"):
        split.indices(2, 0, 0.5, 0.5)


def test_arrays_stay_together() -> None:
    arrays = {"x": np.arange(10), "y": np.arange(10) * 2}
    parts = split.split(arrays, 0, 0.2, 0.2)

    assert all((part["y"] == 2 * part["x"]).all() for part in parts.values())
