"""Numbers are written as people read them."""

from __future__ import annotations

import pytest

from designer.panels.figures import bytes_text, count_text, counted, seconds_text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (320, "320"), (9_999, "9\u202f999"), (10_250, "10.3 k"), (29_130, "29.1 k"), (999_600, "1 M"),
     (1_210_000, "1.21 M"), (2_500_000_000, "2.5 G"), ("2*T", "2*T")],
)  # fmt: skip
def test_a_count_has_three_figures(number: int | str, text: str) -> None:
    assert count_text(number) == text


@pytest.mark.parametrize(
    ("number", "text"), [(512, "512 B"), (8192, "8 KiB"), (3_250_000, "3.1 MiB"), (5 * 2**30, "5 GiB")]
)
def test_memory_has_a_binary_unit(number: int, text: str) -> None:
    assert bytes_text(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(11.2, "11 s"), (125, "2 min 05 s"), (4020, "1 h 07 min"), (float("inf"), "…"), (-1, "0 s")]
)
def test_a_time_has_at_most_two_units(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text


def test_one_thing_is_not_plural() -> None:
    assert (counted(1, "warning"), counted(2, "warning")) == ("1 warning", "2 warnings")
