"""Bounded memory for a curve of any length, without losing a spike."""

from __future__ import annotations

import math

import numpy as np
import pytest

from designer.panels.curves.pyramid import Pyramid


def test_few_values_come_back_one_by_one() -> None:
    curve = Pyramid(8)
    curve.append([3.0, 1.0, 2.0])

    positions, heights = curve.envelope(0, 3, 100)

    assert positions.tolist() == [0, 1, 2]
    assert heights.tolist() == [3.0, 1.0, 2.0]


def test_neighbours_merge_when_the_buckets_are_full() -> None:
    curve = Pyramid(4)
    curve.append([1.0, 5.0, 2.0, 2.0, 7.0])

    positions, heights = curve.envelope(0, 5, 100)

    assert curve.width == 2
    assert positions.tolist() == [0.5, 0.5, 2.5, 2.5, 4.0, 4.0]
    assert heights.tolist() == [1.0, 5.0, 2.0, 2.0, 7.0, 7.0]


def test_a_single_spike_among_a_million_values_stays_visible() -> None:
    curve = Pyramid(1024)
    values = np.zeros(1_000_000)
    values[654_321] = 9.0
    curve.append(values)

    _positions, heights = curve.envelope(0, len(curve), 300)

    assert heights.max() == 9.0
    assert heights.size <= 602


@pytest.mark.parametrize("block", [1, 7, 64, 1000])
def test_blocks_of_any_size_give_the_same_curve(block: int) -> None:
    values = np.sin(np.arange(3000.0)) + np.arange(3000.0)
    whole, parts = Pyramid(64), Pyramid(64)
    whole.append(values)
    for start in range(0, 3000, block):
        parts.append(values[start : start + block])

    assert parts.envelope(0, 3000, 40)[1].tolist() == whole.envelope(0, 3000, 40)[1].tolist()
    assert parts.means(0, 3000, 40)[2].sum() == 3000


def test_the_envelope_holds_every_value() -> None:
    values = np.random.default_rng(0).normal(size=5000)
    curve = Pyramid(128)
    curve.append(values)

    _positions, heights = curve.envelope(0, 5000, 50)

    assert heights.min() == values.min()
    assert heights.max() == values.max()


def test_memory_does_not_grow_with_the_values() -> None:
    curve = Pyramid(256)
    before = curve.num_bytes
    for _ in range(50):
        curve.append(np.ones(10_000))

    assert curve.num_bytes == before
    assert len(curve) == 500_000


def test_values_that_are_not_finite_leave_a_gap_and_no_warning() -> None:
    curve = Pyramid(8)
    curve.append([1.0, math.nan, math.inf, 4.0])

    _positions, heights = curve.envelope(0, 4, 10)
    _centres, sums, counts = curve.means(0, 4, 1)

    assert np.isnan(heights).tolist() == [False, True, True, False]
    assert (sums[0], counts[0]) == (5.0, 2.0)


def test_the_last_value_is_exact() -> None:
    curve = Pyramid(4)
    curve.append(np.arange(100.0))
    curve.append([0.123456789])

    assert curve.last == 0.123456789


def test_an_empty_range_gives_nothing() -> None:
    curve = Pyramid(4)

    assert curve.envelope(0, 10, 5)[0].size == 0
    assert math.isnan(curve.last)
