"""A kind is found by what a person types."""

from __future__ import annotations

import pytest

from designer.editing.search import search_kinds
from engine.layers.catalogue import CATALOGUE


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("conv 2d", "conv2d"),
        ("relu", "relu"),
        ("leaky", "leaky_relu"),
        ("batch norm 2d", "batch_norm2d"),
        ("dense", "linear"),
    ],
)
def test_the_best_match_stands_first(text: str, key: str) -> None:
    assert search_kinds(text, CATALOGUE.values())[0].key == key


def test_every_word_must_be_found() -> None:
    assert search_kinds("conv banana", CATALOGUE.values()) == ()


def test_everything_is_found_by_nothing() -> None:
    assert search_kinds("  ", CATALOGUE.values()) == tuple(CATALOGUE.values())
