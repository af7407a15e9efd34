"""Which tensor of a foreign file is which of ours, from names and shapes alone; it needs no torch.

Whole modules are paired first (a normalisation's bias is then never taken for a convolution's), then single tensors,
then tensors turned round or without axes of length 1. What rests on order alone says so: a person should look at it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from engine.interchange.pairing import How, Unit, common_prefixes, pair
from engine.interchange.views import COUNTER, THIRDS, Shape, Shapes, View, seen, variants, view_of

_LISTED: Final = 3


@dataclass(frozen=True, slots=True)
class Row:
    """A tensor of ours, and where it is found."""

    key: str
    shape: Shape
    source: str
    """Key in the file."""
    how: How
    transposed: bool = False
    part: int | None = None
    """Which third of the tensor it is: queries, keys or values."""
    reshaped: bool = False

    @property
    def words(self) -> str:
        """How it was found, and what is done with it: `order, transposed, part 1 of 3`."""
        part = "" if self.part is None else f"part {self.part + 1} of {len(THIRDS)}"
        said = (self.how, "transposed" if self.transposed else "", part, "reshaped" if self.reshaped else "")
        return ", ".join(word for word in said if word)


@dataclass(frozen=True, slots=True)
class Missing:
    """A tensor of ours that the file does not hold, or that cannot be told from others."""

    key: str
    shape: Shape
    why: str


@dataclass(frozen=True, slots=True)
class Matched:
    """Where the tensors of a network are found in a file."""

    rows: tuple[Row, ...]
    """In our order."""
    missing: tuple[Missing, ...]
    left_over: tuple[str, ...]
    """Keys of the file that nothing of ours wants."""
    filled: tuple[str, ...]
    """Counters of batches that the file is too old to hold: they start at 0, as PyTorch starts them."""

    @property
    def by_order(self) -> tuple[Row, ...]:
        """Rows that rest on order alone."""
        return tuple(row for row in self.rows if row.how == "order")


def match(ours: Shapes, theirs: Shapes, tied: Shapes | None = None) -> Matched:
    """Find the tensors of a network among those of a file.

    Args:
        ours: shapes by key, in the order of the network.
        theirs: shapes by key, in the order of the file.
        tied: further keys of ours that are other names of the same tensors: a file may hold them or not.
    """
    mine = [view_of(key, shape) for key, shape in ours.items()]
    mine += [view_of(key, shape, optional=True) for key, shape in (tied or {}).items()]
    found: dict[str, Row] = {}
    matcher = _Matcher(mine, seen(theirs, mine), found)
    matcher.modules()
    matcher.tensors()
    matcher.variants()
    filled = tuple(matcher.counters())
    used = {row.source for row in found.values()}
    return Matched(
        rows=tuple(found[key] for key in ours if key in found),
        missing=tuple(
            Missing(key, shape, _why(key, shape, ours, theirs))
            for key, shape in ours.items()
            if key not in found and key not in filled
        ),
        left_over=tuple(key for key in theirs if key not in used),
        filled=filled,
    )


def by_number(keys: Iterable[str]) -> list[str]:
    """Sort keys so that `h.2` stands before `h.10`: a file sorted by letters has lost the order of its modules."""
    return sorted(keys, key=lambda key: [(int(part), "") if part.isdigit() else (-1, part) for part in _pieces(key)])


def _pieces(key: str) -> list[str]:
    return [piece for piece in re.split(r"(\d+)|\.", key) if piece]


class _Matcher:
    """What is found so far.

    Args:
        mine: our tensors.
        theirs: those of the file.
        found: rows by our key, which grow.
    """

    def __init__(self, mine: Sequence[View], theirs: Sequence[View], found: dict[str, Row]) -> None:
        self._mine = mine
        self._theirs = theirs
        self._found = found
        self._prefixes = common_prefixes(*([(_full(view), view.shape) for view in side] for side in (mine, theirs)))

    def modules(self) -> None:
        """Pair modules that hold tensors of the same roles and shapes."""
        for one, other, how in pair(_modules(self._mine), _modules(self._theirs), self._prefixes):
            roles = {view.role: view for view in other.holds}
            for view in one.holds:
                if view.role in roles:
                    self._note(view, roles[view.role], how)

    def tensors(self) -> None:
        """Pair single tensors whose modules differ in another."""
        self._pair_singly([view for view in self._theirs if self._is_free(view)])

    def variants(self) -> None:
        """Pair what is left with tensors turned round or without leading axes of length 1."""
        self._pair_singly([variant for view in self._theirs if self._is_free(view) for variant in variants(view)])

    def counters(self) -> Iterator[str]:
        """Take each counter of batches from where its module was found; give those that are not there."""
        theirs = {view.module: view for view in self._theirs if view.role == COUNTER}
        sources = {view.module: self._found[view.key] for view in self._mine if view.key in self._found}
        modules = {view.key: view.module for view in self._theirs}
        for view in self._mine:
            if view.role != COUNTER or view.key in self._found or view.module not in sources:
                continue
            beside = sources[view.module]
            counter = theirs.get(modules[beside.source])
            if counter is None:
                yield view.key
            elif counter.shape == view.shape:
                self._note(view, counter, beside.how)

    def _pair_singly(self, theirs: Sequence[View]) -> None:
        mine = [view for view in self._mine if view.key not in self._found]
        for one, other, how in pair(_singles(mine), _singles(theirs), self._prefixes):
            if self._is_free(other.holds[0]):
                self._note(one.holds[0], other.holds[0], how)

    def _is_free(self, view: View) -> bool:
        return not any(row.source == view.key and row.part == view.part for row in self._found.values())

    def _note(self, mine: View, theirs: View, how: How) -> None:
        self._found[mine.key] = Row(
            mine.key, mine.shape, theirs.key, how, theirs.transposed, theirs.part, theirs.reshaped
        )


def _full(view: View) -> tuple[str, ...]:
    return (*view.module, view.role)


def _modules(views: Sequence[View]) -> list[Unit[tuple[View, ...]]]:
    """Group tensors by module; a counter of batches does not tell modules apart: old files have none."""
    groups: dict[tuple[str, ...], list[View]] = {}
    for view in views:
        groups.setdefault(view.module, []).append(view)
    return [
        Unit(
            name=module,
            kind=(held[0].letter, frozenset((view.role, view.shape) for view in held if view.role != COUNTER)),
            holds=tuple(held),
            optional=all(view.optional for view in held),
        )
        for module, held in groups.items()
        if any(view.role != COUNTER for view in held)
    ]


def _singles(views: Sequence[View]) -> list[Unit[tuple[View, ...]]]:
    return [
        Unit(view.module, (view.letter, view.role, view.shape), (view,), view.optional)
        for view in views
        if view.role != COUNTER
    ]


def _why(key: str, shape: Shape, ours: Shapes, theirs: Shapes) -> str:
    if key in theirs and theirs[key] != shape:
        return f"there it is {shape_words(theirs[key])}"
    role = view_of(key, shape).role
    here, alike = (
        [name for name in side if side[name] == shape and view_of(name, shape).role == role] for side in (ours, theirs)
    )
    if not alike:
        return "nothing there has this shape"
    listed = ", ".join(alike[:_LISTED]) + (", ..." if len(alike) > _LISTED else "")
    return f"{len(here)} here and {len(alike)} there have this shape, and no name tells which: {listed}"


def shape_words(shape: Shape) -> str:
    """Write a shape for people: `64 × 3 × 7 × 7`."""
    return " × ".join(map(str, shape)) or "a number"
