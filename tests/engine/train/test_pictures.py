"""Pictures of numbers: the right form, all of it or a word about what is left out, never a failure."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.runs.events import Picture
from engine.train.pictures import filters_of, picture_of


def _made(values: torch.Tensor, *, flat: bool = False, labels: tuple[str, ...] = ()) -> Picture:
    found = picture_of("net.node", values, flat=flat, labels=labels)
    assert found is not None
    return found


def test_an_image_is_shown_byte_by_byte_from_low_to_high() -> None:
    found = _made(torch.arange(8.0).reshape(1, 2, 2, 2))

    assert (found.form, found.shape, found.low, found.high) == ("maps", (2, 2, 2), 0.0, 7.0)
    assert list(found.data) == [0, 36, 73, 109, 146, 182, 219, 255]
    assert found.note == ""


def test_many_and_large_maps_are_thinned_and_it_says_so() -> None:
    found = _made(torch.randn(1, 100, 130, 65))

    assert found.shape == (64, 44, 33)
    assert len(found.data) == 64 * 44 * 33
    assert found.note == "64 of 100 channels, every 3 × 2 px"


def test_class_scores_are_bars_with_names() -> None:
    found = _made(torch.tensor([[0.5, -1.5, 3.0]]), labels=("a", "b", "c"))

    assert (found.form, found.labels) == ("bars", ("a", "b", "c"))
    assert np.frombuffer(found.data, "<f4").tolist() == [0.5, -1.5, 3.0]


def test_names_that_do_not_fit_are_left_out() -> None:
    assert _made(torch.zeros(1, 3), labels=("a", "b")).labels == ()


def test_long_vectors_and_flat_kinds_are_histograms_over_the_batch() -> None:
    long, flat = _made(torch.randn(5, 100)), _made(torch.randn(5, 3, 4, 4), flat=True)

    assert (long.form, flat.form) == ("histogram", "histogram")
    assert np.frombuffer(long.data, "<f4").sum() == 500
    assert np.frombuffer(flat.data, "<f4").sum() == 5 * 48
    assert long.note == "5 samples"


def test_the_part_that_is_0_is_counted() -> None:
    assert _made(torch.relu(torch.tensor([[-1.0, -2.0, 3.0, 0.0]]))).zeros == 0.75


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 4), (2, 3, 4, 4), (2, 100), (2,), ()])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), 0.0, 1e38])
def test_values_that_are_not_finite_or_all_alike_make_pictures_too(shape: tuple[int, ...], value: float) -> None:
    found = _made(torch.full(shape, value))

    assert np.isfinite([found.low, found.high]).all()


def test_nothing_is_no_picture() -> None:
    assert picture_of("net.node", torch.zeros(0, 3)) is None
    assert picture_of("net.node", torch.zeros(2, 3, dtype=torch.complex64)) is None


def test_a_mask_is_seen_as_numbers_0_and_1() -> None:
    picture = picture_of("net.node", torch.tensor([[True, False, True]]))

    assert picture is not None
    assert (picture.form, picture.low, picture.high) == ("bars", 0.0, 1.0)


def test_filters_are_maps_and_say_which_channels_they_show() -> None:
    conv, linear = filters_of("net.conv", torch.randn(8, 3, 5, 5)), filters_of("net.linear", torch.randn(10, 20))

    assert conv is not None
    assert linear is not None
    assert (conv.shape, conv.note, conv.what) == ((8, 5, 5), "first of 3 input channels", "weight")
    assert (linear.shape, linear.note) == ((1, 10, 20), "")
    assert filters_of("net.bias", torch.randn(10)) is None
