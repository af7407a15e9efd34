"""The contract of the tokens: every pair of colours in use can be read and told apart, in both themes.

Bounds: WCAG 2.2, 1.4.3 (words, 4.5) and 1.4.11 (what is not words, 3). It knows the token file and no widget.
"""

from __future__ import annotations

import itertools
import re
from importlib import resources
from typing import get_args

import pytest

from designer.theme.tokens import Theme, ThemeName, load_theme
from tests.contracts.colour_science import SIGHTS, contrast, distance

WORDS_MIN = 4.5
STROKES_MIN = 3.0
FAMILIES_APART_MIN = 15.0

GROUNDS = ("canvas", "panel", "card", "field")
WORDS = [
    *itertools.product(("text", "text_secondary", "text_faint", "accent", "ok", "warning", "error"), GROUNDS),
    *itertools.product(("text",), ("field_hover", "field_pressed", "selection")),
    ("text_secondary", "selection"),
    *itertools.product(("on_accent",), ("accent", "accent_hover", "accent_pressed")),
    ("series_train", "card"),
    ("series_validation", "card"),
]
STROKES = [
    *itertools.product(("border", "accent", "text_disabled"), ("canvas", "panel", "card")),
    ("border", "field"),
    *itertools.product(("ok", "warning", "error", "text_secondary"), GROUNDS),
    *itertools.product(("series_train", "series_validation", "series_earlier"), ("panel", "card")),
]
DECORATION = {"canvas_dot", "hairline", "shadow"}
"""Colours that carry no meaning of their own."""


@pytest.fixture(params=get_args(ThemeName))
def theme(request: pytest.FixtureRequest) -> Theme:
    """Give each theme in turn."""
    return load_theme(request.param)


@pytest.mark.parametrize(("words", "ground"), WORDS)
def test_words_can_be_read(theme: Theme, words: str, ground: str) -> None:
    ratio = contrast(getattr(theme.colors, words), getattr(theme.colors, ground))

    assert ratio >= WORDS_MIN


@pytest.mark.parametrize(("stroke", "ground"), STROKES)
def test_strokes_and_edges_can_be_seen(theme: Theme, stroke: str, ground: str) -> None:
    ratio = contrast(getattr(theme.colors, stroke), getattr(theme.colors, ground))

    assert ratio >= STROKES_MIN


@pytest.mark.parametrize("ground", ["canvas", "panel", "card"])
def test_families_can_be_seen(theme: Theme, ground: str) -> None:
    ratios = {name: contrast(colour, getattr(theme.colors, ground)) for name, colour in theme.families.items()}

    assert min(ratios.values()) >= STROKES_MIN, ratios


@pytest.mark.parametrize("sight", SIGHTS)
def test_families_and_the_accent_can_be_told_apart(theme: Theme, sight: str) -> None:
    colours = {**theme.families, "accent": theme.colors.accent}
    distances = {
        pair: distance(colours[pair[0]], colours[pair[1]], sight) for pair in itertools.combinations(colours, 2)
    }

    assert min(distances.values()) >= FAMILIES_APART_MIN, min(distances, key=lambda pair: distances[pair])


def test_image_stops_rise_evenly_in_contrast_with_the_card(theme: Theme) -> None:
    ratios = [contrast(stop, theme.image_stops[0]) for stop in theme.image_stops]

    assert ratios == sorted(ratios)
    assert ratios[-1] >= WORDS_MIN


def test_every_colour_is_in_use_and_measured(theme: Theme) -> None:
    measured = {name for pair in [*WORDS, *STROKES] for name in pair}

    assert measured | DECORATION == set(theme.colors.__struct_fields__)


def test_the_style_sheet_names_no_colour_of_its_own() -> None:
    sheet = resources.files("resources").joinpath("netwright.qss").read_text(encoding="utf-8")

    assert not re.findall(r"#[0-9A-Fa-f]{3,8}\b|\brgba?\(", sheet)


def test_contrast_of_black_on_white_is_twenty_one() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)


def test_distance_of_black_and_white_is_one_hundred() -> None:
    assert distance("#000000", "#FFFFFF") == pytest.approx(100.0, abs=0.1)


def test_red_and_green_come_closer_for_a_deuteranope() -> None:
    assert distance("#C04040", "#508030", "deuteranope") < distance("#C04040", "#508030") / 2
