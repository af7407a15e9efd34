"""How far kinds see that slide a window, make larger or smaller, or add a border. No torch, no graphs in here."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor, gcd
from typing import Final

from engine.graph.dims import Dim
from engine.graph.specs import TensorSpec
from engine.layers.params import Values
from engine.layers.sight import Sight, Taps, View, aligned, shifted

_FINEST: Final = 512
"""Largest denominator of the step that an interpolation makes; floats are never quite a third."""


def window(axes: int, *, channels: bool) -> Sight:
    """Say of a kind that a window slides along its last axes.

    Args:
        axes: how many.
        channels: whether it sees all channels, not just its own.
    """

    def see(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View | None:
        if "padding_mode" in values.names and values.text("padding_mode") != "zeros":
            return None  # at the border it sees places from elsewhere again: no one window says which
        start = x.rank - axes
        sizes = zip(*_window(values, axes), strict=True)
        taps = {start + index: _sliding(*each) for index, each in enumerate(sizes)}
        kept = tuple((axis,) for axis in range(x.rank))
        if not channels:
            return View(kept, taps=taps, mixed=frozenset({1} if x.shape[1] != y.shape[1] else ()))
        return View((kept[0], (), *kept[2:]), frozenset({1}), taps)

    return see


def patches(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it lays the places of a window over an image out as one axis."""
    taps = {index + 2: _sliding(*each) for index, each in enumerate(zip(*_window(values, 2), strict=True))}
    return View(((0,), (), (2, 3)), frozenset({1}), taps)


def tokens(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it makes a vector of each patch of an image."""
    sizes = values.size("patch_size", 2)
    taps = {index + 2: _sliding(size, size, 0, 1) for index, size in enumerate(sizes)}
    return View(((0,), (2, 3), ()), frozenset({1}), taps)


def stretch(axes: int, *, channels: bool) -> Sight:
    """Say of a kind that it spreads each place over a window, the next one's a stride on.

    Args:
        axes: how many it does it along.
        channels: whether it sees all channels, not just its own.
    """

    def see(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
        sizes = zip(*_window(values, axes), strict=True)
        taps = {x.rank - axes + index: _spreading(*each) for index, each in enumerate(sizes)}
        kept = tuple((axis,) for axis in range(x.rank))
        return View((kept[0], (), *kept[2:]) if channels else kept, frozenset({1} if channels else ()), taps)

    return see


def resized(axes: int) -> Sight:
    """Say of a kind that it interpolates along its last axes, by a factor or to a size."""

    def see(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View | None:
        mode = values.text("mode")
        corners = values.flag("align_corners") and not mode.startswith("nearest")
        fixed = all(values.size("size", axes))
        taps = {}
        for axis in range(x.rank - axes, x.rank):
            ratio = _ratio(x.shape[axis], y.shape[axis], corners, None if fixed else values.real("scale_factor"))
            if ratio is None:
                return None
            taps[axis] = _between(ratio, mode, corners=corners)
        return View(tuple((axis,) for axis in range(x.rank)), taps=taps)

    return see


def bins(axes: int) -> Sight:
    """Say of a kind that it divides its last axes into bins, however many places there are."""

    def see(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View | None:
        taps: dict[int, Taps] = {}
        seen = {axis for axis in range(x.rank - axes, x.rank) if y.shape[axis] == 1}
        for axis in set(range(x.rank - axes, x.rank)) - seen:
            size, count = x.shape[axis], y.shape[axis]
            if not isinstance(size, int) or not isinstance(count, int):
                return None
            taps[axis] = _binned(size, count)
        return View(aligned(x, y), frozenset(seen), taps)

    return see


def shuffled(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it lays channels out as pixels."""
    factor = values.integer("upscale_factor")
    taps = Taps(factor, 1, lambda _: (0,))
    return View(tuple((axis,) for axis in range(x.rank)), taps={2: taps, 3: taps}, mixed=frozenset({1}))


def unshuffled(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it lays pixels out as channels."""
    factor = values.integer("downscale_factor")
    taps = _sliding(factor, factor, 0, 1)
    return View(tuple((axis,) for axis in range(x.rank)), taps={2: taps, 3: taps}, mixed=frozenset({1}))


def bordered(axes: int) -> Sight:
    """Say of a kind that it adds a border around the last axes; its sizes name the last axis first."""

    def see(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
        sizes = values.size("padding", 2 * axes)
        taps = {x.rank - 1 - index: shifted(-sizes[2 * index]) for index in range(axes)}
        return View(aligned(x, y), taps=taps)

    return see


def frames(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it looks at frames of a sound, each in the middle of its window."""
    size, hop = values.integer("n_fft"), values.integer("hop_length")
    return View(((0,), (), (1,)), taps={1: _sliding(size, hop, size // 2, 1)})


def _window(values: Values, axes: int) -> tuple[tuple[int, ...], ...]:
    """Give kernel, stride, places added before, and dilation along each axis."""
    kernel = values.size("kernel_size", axes)
    dilation = values.size("dilation", axes) if "dilation" in values.names else (1,) * axes
    stride = values.size("stride", axes)
    steps = tuple(step or size for step, size in zip(stride, kernel, strict=True))
    if "padding" not in values.names:
        return kernel, steps, (0,) * axes, dilation
    if values.word("padding"):
        return kernel, steps, tuple(d * (k - 1) // 2 for d, k in zip(dilation, kernel, strict=True)), dilation
    return kernel, steps, values.size("padding", axes), dilation


def _sliding(kernel: int, stride: int, padding: int, dilation: int) -> Taps:
    places = range(-padding, dilation * (kernel - 1) - padding + 1, dilation)
    return Taps(1, stride, lambda _: places)


def _spreading(kernel: int, stride: int, padding: int, dilation: int) -> Taps:
    def at(place: int) -> list[int]:
        reached = (place + padding - tap * dilation for tap in range(kernel))
        return [each // stride for each in reached if each % stride == 0]

    return Taps(stride, 1, at)


def _ratio(size: Dim, wanted: Dim, corners: bool, factor: float | None) -> Fraction | None:
    """Give how many places lie from one output place to the next."""
    if factor is not None and not corners:
        return (1 / Fraction(factor)).limit_denominator(_FINEST)
    if not isinstance(size, int) or not isinstance(wanted, int):
        return None
    if corners:
        return Fraction(size - 1, wanted - 1) if wanted > 1 else Fraction(0)
    return Fraction(size, wanted)


def _between(ratio: Fraction, mode: str, *, corners: bool) -> Taps:
    """Read what torch's interpolation reads."""
    half = Fraction(0) if corners or mode == "nearest" else Fraction(1, 2)
    back = Fraction(0) if mode.startswith("nearest") else half

    def at(place: int) -> Sequence[int]:
        source = (place + half) * ratio - back
        first, between = floor(source), source.denominator > 1
        if mode.startswith("nearest") or not between:
            return (first,)
        return range(first - 1, first + 3) if mode == "bicubic" else (first, first + 1)

    return Taps(ratio.denominator, ratio.numerator, at)


def _binned(size: int, count: int) -> Taps:
    common = gcd(size, count)
    ratio = Fraction(size, count)
    return Taps(count // common, size // common, lambda place: range(floor(place * ratio), ceil((place + 1) * ratio)))
