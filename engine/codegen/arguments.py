"""Arguments of an emitted class: what tells the instances of one network apart, in as few words as it takes.

A column holds one value for every instance. It is told by a parameter of the network, by an expression over them
(`2 * width`), or by an argument of its own. This module must not know nodes or how source is laid out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from engine.codegen.unify import Column
from engine.graph.ids import free_id
from engine.graph.types import Value
from engine.layers.emission import Expr, call, literal, name


@dataclass(frozen=True, slots=True)
class Constructor:
    """How a module of a network is made."""

    title: str
    """Name of its class."""
    arguments: Mapping[str, Value]
    defaults: Mapping[str, Value]
    """Of the class."""

    @property
    def given(self) -> Mapping[str, Value]:
        """The arguments that differ from the defaults."""
        return {key: value for key, value in self.arguments.items() if literal(value) != literal(self.defaults[key])}

    @property
    def text(self) -> Expr:
        """The call, as source."""
        return call(name(self.title), **self.given)


class Arguments:
    """Collects the arguments of one class while its text is written.

    Args:
        parameters: columns of the network's parameters.
        taken: names that no argument may have.
    """

    def __init__(self, parameters: Mapping[str, Column], taken: Sequence[str]) -> None:
        self._parameters = parameters
        self._taken = taken
        self._used: dict[str, Column] = {}

    @property
    def columns(self) -> Mapping[str, Column]:
        """The arguments that are needed: parameters in the network's order, then sizes of their own."""
        ours = {key: column for key, column in self._parameters.items() if key in self._used}
        return {**ours, **self._used}

    def told(self, column: Column, hint: str, prefix: str = "") -> str:
        """Write what tells a column; an argument of its own is made where nothing else does.

        Args:
            column: one value for every instance.
            hint: name that such an argument should have.
            prefix: put before names of arguments, e.g. `self.`.
        """
        for text, names in self._expressions(column):
            self._used |= {key: self._parameters[key] for key in names}
            return text.format(*(prefix + key for key in names))
        for key, known in self._used.items():
            if _same(known, column):
                return prefix + key
        key = free_id(hint, {*self._taken, *self._parameters, *self._used})
        self._used[key] = column
        return prefix + key

    def word(self, column: Column) -> str:
        """Write what tells a column in a comment, without making arguments for it."""
        text, names = next(self._expressions(column), ("…", ()))
        return text.replace(" ", "").format(*names)

    def _expressions(self, column: Column) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Give formats with the parameters that fill them, the plainest first."""
        for key, known in self._parameters.items():
            if _same(known, column):
                yield "{}", (key,)
        wanted = _whole(column)
        known_whole = {key: whole for key, known in self._parameters.items() if (whole := _whole(known))}
        if not wanted:
            return
        for key, known in known_whole.items():
            if len(set(known)) > 1:
                yield from ((text, (key,)) for text in _of_one(wanted, known))
        for first, second in combinations(known_whole, 2):
            pairs = list(zip(known_whole[first], known_whole[second], wanted, strict=True))
            if all(a + b == w for a, b, w in pairs):
                yield "({} + {})", (first, second)
            if all(a * b == w for a, b, w in pairs):
                yield "({} * {})", (first, second)


def by_index(column: Column) -> str:
    """Write a column by the index `i` of its values: `32 + 4 * i`, `0.1 * i / 12`; empty where there is no such form."""
    count = len(column)
    whole = _whole(column)
    if whole and count > 1:
        start, step = whole[0], whole[1] - whole[0]
        if all(start + step * i == value for i, value in enumerate(whole)):
            slope = "i" if step == 1 else f"{step} * i"
            return slope if start == 0 else f"{start} + {slope}"
    numbers = [value for value in column if isinstance(value, float)]
    if len(numbers) == count > 2:
        top = round(numbers[1] * count, 12)
        if all(top * i / count == value for i, value in enumerate(numbers)):
            return f"{literal(top).text} * i / {count}"
    return ""


def _of_one(wanted: Sequence[int], known: Sequence[int]) -> Iterator[str]:
    pairs = list(zip(wanted, known, strict=True))
    factor, rest = divmod(wanted[0], known[0]) if known[0] else (0, 1)
    if factor > 1 and not rest and all(value == factor * base for value, base in pairs):
        yield f"{factor} * {{}}"
    divisor = known[0] // wanted[0] if wanted[0] else 0
    if divisor > 1 and all(value == base // divisor for value, base in pairs):
        yield f"{{}} // {divisor}"
    ahead = wanted[0] - known[0]
    if all(value - base == ahead for value, base in pairs):
        yield f"{{}} {'+' if ahead > 0 else '-'} {abs(ahead)}"


def _same(one: Column, other: Column) -> bool:
    return [literal(value) for value in one] == [literal(value) for value in other]


def _whole(column: Column) -> tuple[int, ...]:
    """Give a column of whole numbers; empty for any other."""
    found = tuple(value for value in column if isinstance(value, int) and not isinstance(value, bool))
    return found if len(found) == len(column) else ()
