"""How far kinds see: of which input places an output place is made, told axis by axis. No torch, no graphs in here.

A rule is given the values of a node, one of its input ports with what comes in there, and what comes out; it answers for
every axis that is not the batch. Places are counted as torch counts them, borders left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor, gcd
from typing import Final

from engine.graph.dims import Dim
from engine.graph.specs import TensorSpec
from engine.layers.params import Values

_FINEST: Final = 512
"""Largest denominator of the step that an interpolation makes; floats are never quite a third."""


@dataclass(frozen=True, slots=True)
class Taps:
    """Which places of an axis an output place reads; `period` output places on, it is the same `advance` further on."""

    period: int
    advance: int
    at: Callable[[int], Sequence[int]]
    """Gives the places read by one of the first `period` output places."""


@dataclass(frozen=True, slots=True)
class View:
    """What an output place sees of one input."""

    places: tuple[tuple[int, ...], ...]
    """For every axis of the output, the axes of the input that its places count; none where they count something new."""
    whole: frozenset[int] = frozenset()
    """Axes of the input that are seen from end to end."""
    taps: Mapping[int, Taps] = field(default_factory=dict)
    """What is read along other axes, where it is not just the same place."""
    mixed: frozenset[int] = frozenset()
    """Axes of the input whose places come out in another order, or beside others."""


Sight = Callable[[Values, str, TensorSpec, TensorSpec], View | None]
"""Values, input port, what comes in there, what comes out -> what is seen; None where that cannot be said."""


def point(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that works number by number: each sees its own place; sizes of 1 are repeated."""
    return View(_aligned(x, y))


def whole(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that everything that comes out sees all of the sample."""
    return View(_fresh(y), frozenset(range(1, x.rank)))


def of_places(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it sees all places behind the channels, and of the channels its own."""
    return View(_aligned(x, y) if x.rank == y.rank else ((0,), (1,)), frozenset(range(2, x.rank)))


def of_batch(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it sees its own place, unless it keeps no statistics and so sees those of what comes in."""
    if values.flag("track_running_stats"):
        return point(values, port, x, y)
    return View(_aligned(x, y), frozenset(axis for axis in range(x.rank) if axis != 1))


def of_channels(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it sees the other channels of its own place."""
    return View(_aligned(x, y), frozenset({1}))


def of_last(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it sees all of the last axis and makes a new one of it."""
    return View((*_aligned(x, y)[:-1], ()), frozenset({x.rank - 1}))


def of_trailing(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it sees all of its last axes; the parameter `axes` counts them."""
    return View(_aligned(x, y), frozenset(range(max(1, x.rank - values.integer("axes")), x.rank)))


def of_axis(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View | None:
    """Say of a kind that it sees all of the axis `dim`, which stays or goes; it knows of no other input than x."""
    return _reduced(x, y, {values.integer("dim") % x.rank}) if port in ("x", "a", "b") else None


def halves(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View | None:
    """Say of a kind that it lays the second half of the axis `dim` over the first."""
    axis = values.integer("dim") % x.rank
    half = y.shape[axis]
    if not isinstance(half, int):
        return None
    return View(tuple((index,) for index in range(x.rank)), taps={axis: Taps(1, 1, lambda _: (0, half))})


def of_axes(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it sees all of the axes `dims`, which stay or go."""
    return _reduced(x, y, {dim % x.rank for dim in values.ints("dims")})


def of_last_kept(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it sees all of the last axis, at the same place of the others."""
    return View(_aligned(x, y), frozenset({x.rank - 1}))


def shifted_channels(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it puts channels into another order."""
    return View(_aligned(x, y), mixed=frozenset({1}))


def behind(parameter: str) -> Sight:
    """Say of a kind that it puts something before a sequence, as many places as a parameter says."""
    return lambda values, port, x, y: View(_aligned(x, y), taps={1: shifted(-values.integer(parameter))})


def before(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it makes a new last axis for each number."""
    return View((*((axis,) for axis in range(x.rank)), *(() for _ in range(y.rank - x.rank))))


def window(axes: int, *, channels: bool) -> Sight:
    """Say of a kind that a window slides along its last axes.

    Args:
        axes: how many.
        channels: whether it sees all channels, not just its own.
    """

    def see(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
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
        return View(_aligned(x, y), frozenset(seen), taps)

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
        return View(_aligned(x, y), taps=taps)

    return see


def moved(by: Callable[[Values], int]) -> Sight:
    """Say of a kind that places along the axis `dim` are those `by` further on in what came in."""

    def see(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
        return View(
            tuple((axis,) for axis in range(x.rank)), taps={values.integer("dim") % x.rank: shifted(by(values))}
        )

    return see


def regrouped(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it reads the same numbers in the same order as another shape."""
    low = 0
    while low < min(x.rank, y.rank) and x.shape[low] == y.shape[low]:
        low += 1
    high = 0
    while high < min(x.rank, y.rank) - low and x.shape[-1 - high] == y.shape[-1 - high]:
        high += 1
    old, new = range(low, x.rank - high), range(low, y.rank - high)
    long = [axis for axis in old if x.shape[axis] != 1]
    apart = [axis for axis in new if y.shape[axis] != 1]
    plain = len(long) <= 1 and len(apart) <= 1
    joined = {axis: (tuple(long) if axis in apart else ()) if plain else tuple(old) for axis in new}
    tail = x.rank - y.rank
    places = tuple(
        joined[axis] if axis in joined else (axis,) if axis < low else (axis + tail,) for axis in range(y.rank)
    )
    return View(places, mixed=frozenset() if plain else frozenset(old))


def permuted(order: Callable[[Values, int], Sequence[int]]) -> Sight:
    """Say of a kind that it puts axes into another order, which `order` gives for a number of axes."""
    return lambda values, port, x, y: View(tuple((axis % x.rank,) for axis in order(values, x.rank)))


def beside(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that along `dim` several stand one behind the other, or in another order."""
    return View(_aligned(x, y), mixed=frozenset({values.integer("dim") % x.rank}))


def turned(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it turns the order along `dims` round."""
    return View(_aligned(x, y), mixed=frozenset(dim % x.rank for dim in values.ints("dims")))


def picked(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it takes one place of the axis `dim`, which goes."""
    return _reduced(x, y, {values.integer("dim") % x.rank}, seen=False)


def stacked(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it puts a new axis at `dim`."""
    axis = values.integer("dim") % y.rank
    kept = [(index,) for index in range(x.rank)]
    return View((*kept[:axis], (), *kept[axis:]))


def product(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a product of matrices a and b."""
    kept = _aligned(x, y)[:-2]
    if port == "a":
        return View((*kept, (x.rank - 2,), ()), frozenset({x.rank - 1}))
    return View((*kept, (), (x.rank - 1,)), frozenset({x.rank - 2}))


def of_rows(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View | None:
    """Say of a kind that it sees all rows and columns of matrices, each of the batch by itself; not so of a mask."""
    return None if port == "mask" else View((*_aligned(x, y)[:-2], (), ()), frozenset({x.rank - 2, x.rank - 1}))


def pairs(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it holds every row of a against every row of b."""
    rows = ((x.rank - 2,), ()) if port == "a" else ((), (x.rank - 2,))
    return View((*_aligned(x, y)[:-2], *rows), frozenset({x.rank - 1}))


def equation(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View | None:
    """Say of a sum of products that letters name: what is not left is seen as a whole."""
    entering, _, leaving = values.text("equation").replace(" ", "").partition("->")
    letters = entering.split(",")[0 if port == "a" else -1]
    if len(letters) != x.rank or len(leaving) != y.rank:
        return None
    gone = frozenset(index for index, letter in enumerate(letters) if letter not in leaving)
    return View(tuple((letters.index(each),) if each in letters else () for each in leaving), gone)


def frames(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it looks at frames of a sound, each in the middle of its window."""
    size, hop = values.integer("n_fft"), values.integer("hop_length")
    return View(((0,), (), (1,)), taps={1: _sliding(size, hop, size // 2, 1)})


def shifted(by: int) -> Taps:
    """Read the place that is `by` further on."""
    return Taps(1, 1, lambda _: (by,))


def _fresh(y: TensorSpec) -> tuple[tuple[int, ...], ...]:
    return tuple(() if axis else (0,) for axis in range(y.rank))


def _aligned(x: TensorSpec, y: TensorSpec) -> tuple[tuple[int, ...], ...]:
    """Lay axes over each other from the last one on; an axis of size 1 that becomes longer counts nothing."""
    gap = y.rank - x.rank
    return tuple(
        (axis - gap,) if axis >= gap and (x.shape[axis - gap] != 1 or y.shape[axis] == 1) else ()
        for axis in range(y.rank)
    )


def _reduced(x: TensorSpec, y: TensorSpec, gone: set[int], *, seen: bool = True) -> View:
    kept = range(x.rank) if x.rank == y.rank else [axis for axis in range(x.rank) if axis not in gone]
    return View(tuple((axis,) for axis in kept), frozenset(gone if seen else ()))


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
