"""How far kinds see: of which input places an output place is made, told axis by axis. No torch, no graphs in here.

A rule is given the values of a node, one of its input ports with what comes in there, and what comes out; it answers for
every axis that is not the batch. Places are counted as torch counts them, borders left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.graph.specs import TensorSpec
from engine.layers.params import Values


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
    return View(aligned(x, y))


def whole(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that everything that comes out sees all of the sample."""
    return View(_fresh(y), frozenset(range(1, x.rank)))


def of_places(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it sees all places behind the channels, and of the channels its own."""
    return View(aligned(x, y) if x.rank == y.rank else ((0,), (1,)), frozenset(range(2, x.rank)))


def of_batch(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it sees its own place, unless it keeps no statistics and so sees those of what comes in."""
    if values.flag("track_running_stats"):
        return point(values, port, x, y)
    return View(aligned(x, y), frozenset(axis for axis in range(x.rank) if axis != 1))


def of_channels(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it sees the other channels of its own place."""
    return View(aligned(x, y), frozenset({1}))


def of_last(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it sees all of the last axis and makes a new one of it."""
    return View((*aligned(x, y)[:-1], ()), frozenset({x.rank - 1}))


def of_trailing(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it sees all of its last axes; the parameter `axes` counts them."""
    return View(aligned(x, y), frozenset(range(max(1, x.rank - values.integer("axes")), x.rank)))


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
    return View(aligned(x, y), frozenset({x.rank - 1}))


def shifted_channels(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it puts channels into another order."""
    return View(aligned(x, y), mixed=frozenset({1}))


def behind(parameter: str) -> Sight:
    """Say of a kind that it puts something before a sequence, as many places as a parameter says."""
    return lambda values, port, x, y: View(aligned(x, y), taps={1: shifted(-values.integer(parameter))})


def before(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it makes a new last axis for each number."""
    return View((*((axis,) for axis in range(x.rank)), *(() for _ in range(y.rank - x.rank))))


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
    return View(aligned(x, y), mixed=frozenset({values.integer("dim") % x.rank}))


def turned(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it turns the order along `dims` round."""
    return View(aligned(x, y), mixed=frozenset(dim % x.rank for dim in values.ints("dims")))


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
    kept = aligned(x, y)[:-2]
    if port == "a":
        return View((*kept, (x.rank - 2,), ()), frozenset({x.rank - 1}))
    return View((*kept, (), (x.rank - 1,)), frozenset({x.rank - 2}))


def of_rows(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View | None:
    """Say of a kind that it sees all rows and columns of matrices, each of the batch by itself; not so of a mask."""
    return None if port == "mask" else View((*aligned(x, y)[:-2], (), ()), frozenset({x.rank - 2, x.rank - 1}))


def pairs(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View:
    """Say of a kind that it holds every row of a against every row of b."""
    rows = ((x.rank - 2,), ()) if port == "a" else ((), (x.rank - 2,))
    return View((*aligned(x, y)[:-2], *rows), frozenset({x.rank - 1}))


def equation(values: Values, port: str, x: TensorSpec, y: TensorSpec) -> View | None:
    """Say of a sum of products that letters name: what is not left is seen as a whole."""
    entering, _, leaving = values.text("equation").replace(" ", "").partition("->")
    letters = entering.split(",")[0 if port == "a" else -1]
    if len(letters) != x.rank or len(leaving) != y.rank:
        return None
    gone = frozenset(index for index, letter in enumerate(letters) if letter not in leaving)
    return View(tuple((letters.index(each),) if each in letters else () for each in leaving), gone)


def shifted(by: int) -> Taps:
    """Read the place that is `by` further on."""
    return Taps(1, 1, lambda _: (by,))


def _fresh(y: TensorSpec) -> tuple[tuple[int, ...], ...]:
    return tuple(() if axis else (0,) for axis in range(y.rank))


def aligned(x: TensorSpec, y: TensorSpec) -> tuple[tuple[int, ...], ...]:
    """Lay axes over each other from the last one on; an axis of size 1 that becomes longer counts nothing."""
    gap = y.rank - x.rank
    return tuple(
        (axis - gap,) if axis >= gap and (x.shape[axis - gap] != 1 or y.shape[axis] == 1) else ()
        for axis in range(y.rank)
    )


def _reduced(x: TensorSpec, y: TensorSpec, gone: set[int], *, seen: bool = True) -> View:
    kept = range(x.rank) if x.rank == y.rank else [axis for axis in range(x.rank) if axis not in gone]
    return View(tuple((axis,) for axis in kept), frozenset(gone if seen else ()))
