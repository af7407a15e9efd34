"""Stretches of an axis seen from the places of another one: read through windows and laid together; it must not know graphs.

Where places are made larger and smaller again, how much one sees depends on where it stands; that repeats itself. So a
span holds both ends for every place of one period, and is exact (see also Araujo, Norris, Sim: Computing Receptive Fields
of Convolutional Neural Networks, Distill 2019, whose sizes and steps these are where nothing is made larger).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import Final

from engine.layers.sight import Taps

_MOST: Final = 512
"""Largest period that is followed; sizes that do not divide each other multiply it."""

Ends = tuple[int, int] | None
"""First and last place that is seen; None for none."""


@dataclass(frozen=True, slots=True)
class Span:
    """What each place sees along an axis, borders left out."""

    advance: int
    ends: tuple[Ends, ...]
    """Of the first places; as many places further on, all of it is `advance` further on."""

    @property
    def size(self) -> int:
        """How much is seen from the place that sees most."""
        return max((last - first + 1 for first, last in filter(None, self.ends)), default=0)

    @property
    def step(self) -> Fraction:
        """How far what is seen moves from one place to the next."""
        return Fraction(self.advance, len(self.ends))

    def at(self, place: int) -> Ends:
        """Give the ends for any place."""
        turns, phase = divmod(place, len(self.ends))
        ends = self.ends[phase]
        return (ends[0] + turns * self.advance, ends[1] + turns * self.advance) if ends else None


OWN: Final = Span(1, ((0, 0),))
"""Each place sees itself."""


def read(span: Span, taps: Taps) -> Span | None:
    """Give what is seen by places that read others; None where it would not repeat itself soon enough."""
    turns = len(span.ends) // gcd(len(span.ends), taps.advance)
    if taps.period * turns > _MOST:
        return None
    ends = tuple(
        _reach(span, taps, phase, turn * taps.advance) for turn in range(turns) for phase in range(taps.period)
    )
    return _shortest(Span(taps.advance * turns * span.advance // len(span.ends), ends))


def union(first: Span, second: Span) -> Span | None:
    """Give what is seen by places that see both; None where the two move on at another speed."""
    if first == second:
        return first
    period = lcm(len(first.ends), len(second.ends))
    if first.step != second.step or period > _MOST:
        return None
    ends = tuple(_hull([first.at(place), second.at(place)]) for place in range(period))
    return _shortest(Span(first.advance * period // len(first.ends), ends))


def _reach(span: Span, taps: Taps, phase: int, ahead: int) -> Ends:
    places = taps.at(phase)
    if len(span.ends) == 1 and len(places) > 1:
        places = (min(places), max(places))
    return _hull([span.at(place + ahead) for place in places])


def _hull(several: list[Ends]) -> Ends:
    found = [ends for ends in several if ends]
    return (min(first for first, _ in found), max(last for _, last in found)) if found else None


def _shortest(span: Span) -> Span:
    """Say the same with the shortest period, so that periods do not pile up."""
    most = len(span.ends)
    for period in range(1, most // 2 + 1):
        if most % period or span.advance * period % most:
            continue
        shorter = Span(span.advance * period // most, span.ends[:period])
        if all(shorter.at(place) == ends for place, ends in enumerate(span.ends)):
            return shorter
    return span
