"""Smoothing of curves, only ever drawn over the raw values; it must not know where they come from.

A moving line: around each place a line is fitted to the values of a window, twice over. Unlike a moving mean it neither
lags behind at the newest end nor starts away from the raw curve; at the start, where curves are steep, the window is narrower.
"""

from __future__ import annotations

import numpy as np

from designer.panels.curves.pyramid import Floats, Pyramid

COLUMNS = 1024
"""How many means are enough for most screens; smoothing costs the same for any number of values."""

_LEAST_SPREAD = 1e-9


def smoothed(curve: Pyramid, first: int, last: int, window: float, columns: int = COLUMNS) -> tuple[Floats, Floats]:
    """Smooth a range of a curve.

    Args:
        curve: the raw values.
        first: number of the first value, from 0.
        last: number behind the last one.
        window: how many values the two windows span.
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
    heights = np.divide(sums, counts, out=np.zeros(sums.size), where=counts > 0)
    if half:
        heights = _moving_line(heights, counts, half)
        heights = _moving_line(np.nan_to_num(heights), np.isfinite(heights).astype(np.float64), half)
    else:
        heights[counts == 0] = np.nan
    shown = (positions >= first - step) & (positions <= last + step)
    return positions[shown], heights[shown]


def _moving_line(heights: Floats, weights: Floats, half: int) -> Floats:
    """Fit a line through columns `i - half` to `i + half`, each counting by its weight, and take its height at `i`."""
    places = np.arange(heights.size)
    arm = np.minimum(half, np.maximum(half // 3, places))
    first, stop = np.maximum(0, places - arm), np.minimum(heights.size, places + arm + 1)

    def over(values: Floats) -> Floats:
        total = np.concatenate(([0.0], np.cumsum(values)))
        found: Floats = total[stop] - total[first]
        return found

    count, x, xx = over(weights), over(weights * places), over(weights * places**2)
    y, xy = over(weights * heights), over(weights * heights * places)
    middle = np.divide(x, count, out=np.zeros(heights.size), where=count > 0)
    mean = np.divide(y, count, out=np.full(heights.size, np.nan), where=count > 0)
    spread = xx - x * middle
    slope = np.divide(xy - y * middle, spread, out=np.zeros(heights.size), where=spread > _LEAST_SPREAD * count)
    line: Floats = mean + slope * (places - middle)
    return line
