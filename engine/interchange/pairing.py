"""Pairing what is alike on two sides by name, then by order; it must not know what it pairs.

A name is trusted only as far as the order agrees with it: a network whose blocks are counted from elsewhere has the same
names at other blocks, of the same shapes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Literal, TypeVar

How = Literal["exact", "prefix", "suffix", "order"]
Name = tuple[str, ...]
_ANY = TypeVar("_ANY")
_DEEP: Final = 4
"""How many parts a common prefix may have."""


@dataclass(frozen=True, slots=True)
class Unit(Generic[_ANY]):
    """Something with a name that can be paired with one of its kind."""

    name: Name
    kind: Hashable
    holds: _ANY
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Prefixes:
    """What stands before the names of each side, and not before those of the other."""

    mine: Name = ()
    theirs: Name = ()


_Pairs = dict[int, tuple[int, How]]


def common_prefixes(mine: Sequence[tuple[Name, Hashable]], theirs: Sequence[tuple[Name, Hashable]]) -> Prefixes:
    """Find the prefixes without which most names agree; none where several do as well, or where most do not.

    Args:
        mine: names with their kinds.
        theirs: the same of the other side.
    """
    best = [(len(set(mine) & set(theirs)), Prefixes())]
    best += [(_shared(mine, theirs, cut), Prefixes(theirs=cut)) for cut in _heads(theirs)]
    best += [(_shared(theirs, mine, cut), Prefixes(mine=cut)) for cut in _heads(mine)]
    most = max(count for count, _ in best)
    found = [prefixes for count, prefixes in best if count == most]
    # a few equal names are what any two networks have
    return found[0] if len(found) == 1 and 2 * most >= min(len(mine), len(theirs)) else Prefixes()


def _heads(names: Sequence[tuple[Name, Hashable]]) -> list[Name]:
    return list(dict.fromkeys(name[:size] for name, _ in names for size in range(1, min(_DEEP, len(name) - 1) + 1)))


def _shared(plain: Sequence[tuple[Name, Hashable]], cut: Sequence[tuple[Name, Hashable]], head: Name) -> int:
    bare = {(name[len(head) :], kind) for name, kind in cut if name[: len(head)] == head}
    return len(bare & set(plain))


def pair(
    mine: Sequence[Unit[_ANY]], theirs: Sequence[Unit[_ANY]], prefixes: Prefixes
) -> Iterator[tuple[Unit[_ANY], Unit[_ANY], How]]:
    """Pair units of one kind; what cannot be told apart is left out.

    Args:
        mine: in the order of the network.
        theirs: in the order of their file.
        prefixes: parts of names that are not compared.
    """
    crowd = Counter(unit.name[:1] for unit in theirs)
    for kind in dict.fromkeys(unit.kind for unit in mine):
        here = [unit for unit in mine if unit.kind == kind]
        there = [unit for unit in theirs if unit.kind == kind]
        for index, (other, how) in sorted(_pair_alike(here, there, prefixes, crowd).items()):
            yield here[index], there[other], how


def _pair_alike(
    here: Sequence[Unit[_ANY]], there: Sequence[Unit[_ANY]], prefixes: Prefixes, crowd: Counter[Name]
) -> _Pairs:
    same = _by_equal_names(here, there, prefixes)
    if len(same) in (len(here), len(there)):
        return same
    named = same | _by_suffix(here, there, same)
    pairs = named | _by_order(here, there, named, crowd)
    others = [other for _, (other, _) in sorted(pairs.items())]
    if others != sorted(others):
        return _by_order(here, there, {}, crowd)
    # where one is missing, names of the others may be off by one as well: equal ones are all there is to go by
    whole = all(index in pairs or unit.optional for index, unit in enumerate(here))
    return pairs if whole else same


def _by_equal_names(here: Sequence[Unit[_ANY]], there: Sequence[Unit[_ANY]], prefixes: Prefixes) -> _Pairs:
    mine = _only([_without(unit.name, prefixes.mine) for unit in here])
    theirs = _only([_without(unit.name, prefixes.theirs) for unit in there])
    pairs = [(mine[name], theirs[name]) for name in mine.keys() & theirs.keys()]
    return {a: (b, "exact" if here[a].name == there[b].name else "prefix") for a, b in pairs}


def _only(names: Sequence[Name]) -> dict[Name, int]:
    """Give where each name stands, leaving out those that stand twice once their prefixes are gone."""
    counts = Counter(names)
    return {name: index for index, name in enumerate(names) if counts[name] == 1 and name}


def _without(name: Name, head: Name) -> Name:
    return name[len(head) :] if name[: len(head)] == head else name


def _by_suffix(here: Sequence[Unit[_ANY]], there: Sequence[Unit[_ANY]], paired: _Pairs) -> _Pairs:
    """Pair each with the one of the longest common end of names, where each is the only such for the other."""
    taken = {other for other, _ in paired.values()}
    mine = [index for index in range(len(here)) if index not in paired]
    others = [index for index in range(len(there)) if index not in taken]
    lengths = {(a, b): _common_end(here[a].name, there[b].name) for a in mine for b in others}
    choice = {a: _only_best({b: lengths[a, b] for b in others}) for a in mine}
    chosen = {b: _only_best({a: lengths[a, b] for a in mine}) for b in others}
    return {a: (b, "suffix") for a, b in choice.items() if b is not None and chosen[b] == a}


def _common_end(one: Name, other: Name) -> int:
    """Count equal parts from the end; a number alone is no name."""
    count = 0
    for a, b in zip(reversed(one), reversed(other), strict=False):
        if a != b:
            break
        count += 1
    return count if any(not part.isdigit() for part in one[len(one) - count :]) else 0


def _only_best(lengths: dict[int, int]) -> int | None:
    most = max(lengths.values(), default=0)
    found = [index for index, length in lengths.items() if length == most]
    return found[0] if most and len(found) == 1 else None


def _by_order(here: Sequence[Unit[_ANY]], there: Sequence[Unit[_ANY]], paired: _Pairs, crowd: Counter[Name]) -> _Pairs:
    """Pair one by one where there are as many; else with those alone that stand where most of the file stands."""
    taken = {other for other, _ in paired.values()}
    mine = [index for index in range(len(here)) if index not in paired]
    needed = [index for index in mine if not here[index].optional]
    others = [index for index in range(len(there)) if index not in taken]
    body = max(crowd, key=lambda head: crowd[head], default=())
    for left in (others, [index for index in others if there[index].name[:1] == body]):
        for wanted in (needed, mine):
            if len(left) == len(wanted):
                return {a: (b, "order") for a, b in zip(wanted, left, strict=True)}
    return {}
