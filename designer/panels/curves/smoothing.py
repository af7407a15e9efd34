"""Smoothing of curves, only ever drawn over the raw values; it must not know where they come from.

A moving mean, centred, taken twice (a triangular window). At both ends the window shrinks to what there is, so that the
smoothed curve neither lags behind the raw one nor starts away from it.
"""

from __future__ import annotations

import numpy as np

from designer.panels.curves.pyramid import Floats, Pyramid

COLUMNS = 1024
"""How many means are enough for most screens; smoothing costs the same for any number of values."""


def smoothed(curve: Pyramid, first: int, last: int, window: float, columns: int = COLUMNS) -> tuple[Floats, Floats]:
    """Smooth a range of a curve.

    Args:
        curve: the raw values.
        first: number of the first value, from 0.
        last: number behind the last one.
        window: how many values one mean spans.
        columns: how many means at most.

    Returns:
        Positions (in values) and heights, at most a few thousand; NaN where there is no finite value.
    """
    reach = int(window) + 1
    positions, sums, counts = curve.means(max(0, first - reach), last + reach, columns)
    if positions.size == 0:
        return positions, positions
    step = (positions[-1] - positions[0]) / max(1, positions.size - 1)
    half = round(window / 4 / step) if step else 0
    heights = _moving_mean(sums, counts, half)
    if half:
        known = np.isfinite(heights)
        heights = _moving_mean(np.where(known, heights, 0.0), known.astype(np.float64), half)
    shown = (positions >= first - step) & (positions <= last + step)
    return positions[shown], heights[shown]


def _moving_mean(sums: Floats, counts: Floats, half: int) -> Floats:
    """Average columns `i - half` to `i + half`; both arms are cut to the shorter one at the ends."""
    places = np.arange(sums.size)
    arm = np.minimum(half, np.minimum(places, sums.size - 1 - places))
    total = np.concatenate(([0.0], np.cumsum(sums)))
    number = np.concatenate(([0.0], np.cumsum(counts)))
    spans = number[places + arm + 1] - number[places - arm]
    values = total[places + arm + 1] - total[places - arm]
    means: Floats = np.divide(values, spans, out=np.full(sums.size, np.nan), where=spans > 0.5)
    return means
