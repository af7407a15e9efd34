"""What a card draws: lines with their role, and the entries of its legend; values only, no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from designer.panels.curves.pyramid import Floats
from designer.theme.tokens import Colors

SeriesRole = Literal["train", "validation", "earlier"]


@dataclass(frozen=True, slots=True)
class Line:
    """One polyline in the plot.

    Attributes:
        key: names the line from one drawing to the next.
        role: whose colour it wears.
        faint: whether it is the raw curve beneath a smoothed one.
        x: epochs.
        y: heights; NaN leaves a gap.
        noisy: whether it may go up and down in every column; such a line is painted segment by segment.
    """

    key: str
    role: SeriesRole
    faint: bool
    x: Floats
    y: Floats
    noisy: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a legend.

    Attributes:
        role: whose colour it wears.
        name: e.g. `validation`.
        value: e.g. `0.987`.
        interval: e.g. ` ± 0.013`; left out where there is no room.
        words: the whole, for tooltip and screen reader.
    """

    role: SeriesRole
    name: str
    value: str
    interval: str = ""
    words: str = ""


def stroke_colour(role: SeriesRole, colours: Colors) -> str:
    """Give the colour of a curve."""
    return {
        "train": colours.series_train,
        "validation": colours.series_validation,
        "earlier": colours.series_earlier,
    }[role]


def words_colour(role: SeriesRole, colours: Colors) -> str:
    """Give the colour of the words beside a curve."""
    return colours.text_secondary if role == "earlier" else stroke_colour(role, colours)


def mixed(colour: str, ground: str, share: float) -> str:
    """Mix a colour into its ground, as a transparent one would look.

    Args:
        colour: `#RRGGBB`.
        ground: `#RRGGBB`.
        share: how much of the colour, 0..1.
    """
    pairs = zip(bytes.fromhex(colour[1:]), bytes.fromhex(ground[1:]), strict=True)
    return "#" + "".join(f"{round(share * over + (1 - share) * under):02X}" for over, under in pairs)
