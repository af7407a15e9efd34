"""A curve of any length in bounded memory: smallest, largest and mean value per bucket; it must not know Qt or runs.

While values are few each has a bucket of its own. When the buckets are full, neighbours are merged and all widths double,
so that memory and the time to draw stay the same from a thousand to a billion values. Exact values are in the run's record.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

BUCKETS: Final = 2**16


class Pyramid:
    """Values appended in order, looked at through a window of columns.

    Args:
        buckets: how many buckets are held at most; even.
    """

    __slots__ = ("_counts", "_filled", "_held", "_highs", "_last", "_length", "_lows", "_sums", "_width")

    def __init__(self, buckets: int = BUCKETS) -> None:
        # One slot more than buckets: it holds the bucket that is still filling.
        self._lows = np.full(buckets + 1, np.nan)
        self._highs = np.full(buckets + 1, np.nan)
        self._sums = np.zeros(buckets + 1)
        self._counts = np.zeros(buckets + 1)
        self._filled = 0
        self._held = 0
        self._width = 1
        self._length = 0
        self._last = math.nan

    def __len__(self) -> int:
        return self._length

    @property
    def width(self) -> int:
        """How many values one bucket stands for."""
        return self._width

    @property
    def last(self) -> float:
        """The newest value, exactly as it came; NaN where there is none."""
        return self._last

    @property
    def num_bytes(self) -> int:
        """Memory of the buckets."""
        return self._lows.nbytes + self._highs.nbytes + self._sums.nbytes + self._counts.nbytes

    def append(self, values: ArrayLike) -> None:
        """Take more values.

        Args:
            values: shape (n,); what is not finite leaves a gap.
        """
        block = np.array(values, dtype=np.float64).ravel()
        if block.size == 0:
            return
        block[~np.isfinite(block)] = np.nan
        self._last = float(block[-1])
        self._length += block.size
        while block.size:
            block = self._fill(block)

    def envelope(self, first: int, last: int, pixels: int) -> tuple[Floats, Floats]:
        """Give what is needed to draw values `first` to `last` without losing a spike.

        Args:
            first: number of the first value, from 0.
            last: number behind the last one.
            pixels: columns there are to draw on.

        Returns:
            Positions (in values) and heights, two per column: smallest and largest; one per value where there is room for all.
        """
        starts, stop, step = self._columns(first, last, pixels)
        if starts.size == 0:
            return np.empty(0), np.empty(0)
        if step == 1 and self._width == 1:
            return starts.astype(np.float64), self._lows[starts[0] : stop].copy()
        base = starts[0]
        lows = np.fmin.reduceat(self._lows[base:stop], starts - base)
        highs = np.fmax.reduceat(self._highs[base:stop], starts - base)
        return np.repeat(self._centres(starts, stop, step), 2), np.stack((lows, highs), axis=1).ravel()

    def means(self, first: int, last: int, columns: int) -> tuple[Floats, Floats, Floats]:
        """Give the mean of each column of values.

        Args:
            first: number of the first value, from 0.
            last: number behind the last one.
            columns: how many columns at most, one more at an uneven edge.

        Returns:
            Positions (in values), sums and numbers of the finite values of each column.
        """
        starts, stop, step = self._columns(first, last, columns)
        if starts.size == 0:
            return np.empty(0), np.empty(0), np.empty(0)
        base = starts[0]
        sums = np.add.reduceat(self._sums[base:stop], starts - base)
        counts = np.add.reduceat(self._counts[base:stop], starts - base)
        return self._centres(starts, stop, step), sums, counts

    def _columns(self, first: int, last: int, columns: int) -> tuple[NDArray[np.intp], int, int]:
        """Group the buckets of a range; groups start at multiples of their size, so that growing does not make them flicker."""
        there = self._filled + (1 if self._held else 0)
        low = max(0, first) // self._width
        stop = min(there, -(-max(0, last) // self._width))
        if stop <= low:
            return np.empty(0, dtype=np.intp), 0, 1
        step = -(-(stop - low) // max(1, columns))
        return np.arange(low // step * step, stop, step, dtype=np.intp), stop, step

    def _centres(self, starts: NDArray[np.intp], stop: int, step: int) -> Floats:
        ends = np.minimum(starts + step, stop) * self._width
        centres: Floats = (starts * self._width + np.minimum(ends, self._length) - 1) / 2
        return centres

    def _fill(self, block: Floats) -> Floats:
        """Put as much of a block as fits into the next buckets and give the rest back."""
        capacity = self._lows.size - 1
        if self._filled == capacity:
            self._halve()
        whole = min(block.size // self._width, capacity - self._filled)
        if self._held or not whole:
            return self._fill_partial(block)
        taken = whole * self._width
        rows = block[:taken].reshape(whole, self._width)
        place = slice(self._filled, self._filled + whole)
        self._lows[place] = np.fmin.reduce(rows, axis=1)
        self._highs[place] = np.fmax.reduce(rows, axis=1)
        self._sums[place] = np.nansum(rows, axis=1)
        self._counts[place] = np.isfinite(rows).sum(axis=1)
        self._filled += whole
        return block[taken:]

    def _fill_partial(self, block: Floats) -> Floats:
        part = block[: self._width - self._held]
        at = self._filled
        if not self._held:
            self._lows[at] = self._highs[at] = np.nan
            self._sums[at] = self._counts[at] = 0
        self._lows[at] = np.fmin(self._lows[at], np.fmin.reduce(part))
        self._highs[at] = np.fmax(self._highs[at], np.fmax.reduce(part))
        self._sums[at] += np.nansum(part)
        self._counts[at] += np.isfinite(part).sum()
        self._held += part.size
        if self._held == self._width:
            self._filled, self._held = at + 1, 0
        return block[part.size :]

    def _halve(self) -> None:
        half = self._filled // 2
        pairs = slice(0, 2 * half)
        self._lows[:half] = np.fmin.reduce(self._lows[pairs].reshape(half, 2), axis=1)
        self._highs[:half] = np.fmax.reduce(self._highs[pairs].reshape(half, 2), axis=1)
        self._sums[:half] = self._sums[pairs].reshape(half, 2).sum(axis=1)
        self._counts[:half] = self._counts[pairs].reshape(half, 2).sum(axis=1)
        self._filled = half
        self._width *= 2
