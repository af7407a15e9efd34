"""The token file as values; what its colours are worth is the contract's matter."""

from __future__ import annotations

import re

import pytest

from designer.theme.tokens import load_metrics, load_theme


def test_both_themes_name_the_same_families_and_wires() -> None:
    dark, light = load_theme("dark"), load_theme("light")

    assert dark.families.keys() == light.families.keys()
    assert set(dark.wires) == set(light.wires) == {"image", "vector", "sequence", "integer", "loss"}


def test_a_wire_wears_the_colour_of_the_family_it_comes_from() -> None:
    theme = load_theme("dark")

    assert theme.wires["image"] == theme.families["vision"]
    assert theme.wires["integer"] == theme.families["data"]


def test_every_colour_is_six_hexadecimal_figures() -> None:
    theme = load_theme("light")
    colours = [getattr(theme.colors, name) for name in theme.colors.__struct_fields__]

    assert all(
        re.fullmatch("#[0-9A-F]{6}", colour) for colour in [*colours, *theme.families.values(), *theme.image_stops]
    )


def test_families_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        load_theme("dark").families["data"] = "#000000"  # type: ignore[index]  # what the test tries


def test_no_words_are_smaller_than_ten_pixels() -> None:
    assert min(token.size_px for token in load_metrics().fonts.values()) == 10


def test_distances_keep_to_the_grid_of_four() -> None:
    space = load_metrics().space

    assert all(getattr(space, name) % space.grid == 0 for name in space.__struct_fields__)
