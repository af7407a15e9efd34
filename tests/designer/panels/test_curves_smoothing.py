"""Smoothing keeps to the raw curve; intervals are Wilson's."""

from __future__ import annotations

import numpy as np
import pytest

from designer.panels.curves.interval import wilson
from designer.panels.curves.pyramid import Pyramid
from designer.panels.curves.smoothing import smoothed


def _curve(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Pyramid:
    made = Pyramid()
    made.append(values)
    return made


def test_a_straight_line_stays_itself_to_its_ends() -> None:
    _positions, heights = smoothed(_curve(np.arange(100.0)), 0, 100, 20)

    assert heights == pytest.approx(np.arange(100.0))


def test_noise_becomes_quieter() -> None:
    noise = np.random.default_rng(1).normal(size=2000)

    _positions, heights = smoothed(_curve(noise), 0, 2000, 200)

    assert heights[200:-200].std() < noise.std() / 5


def test_no_window_leaves_the_values_as_they_are() -> None:
    _positions, heights = smoothed(_curve(np.array([1.0, 9.0, 2.0])), 0, 3, 0)

    assert heights.tolist() == [1.0, 9.0, 2.0]


def test_gaps_do_not_spread() -> None:
    values = np.ones(50)
    values[10] = np.nan

    _positions, heights = smoothed(_curve(values), 0, 50, 8)

    assert heights == pytest.approx(np.ones(50))


def test_a_long_curve_gives_no_more_than_a_screen_needs() -> None:
    positions, _heights = smoothed(_curve(np.ones(300_000)), 0, 300_000, 100)

    assert positions.size <= 1026


def test_the_interval_of_accuracy_is_that_of_the_textbook() -> None:
    low, high = wilson(0.9, 100)

    assert (low, high) == pytest.approx((0.8256, 0.9448), abs=1e-4)


def test_the_interval_of_a_perfect_score_ends_at_one_and_is_not_empty() -> None:
    low, high = wilson(1.0, 50)

    assert high == 1.0
    assert low == pytest.approx(0.9286, abs=1e-4)


def test_there_is_no_interval_without_samples() -> None:
    with pytest.raises(ValueError, match="no interval"):
        wilson(0.5, 0)
