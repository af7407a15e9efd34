"""Several expressions of one form made one: where their literals differ stands a hole; it must not know networks.

`nn.Conv2d(3, 8, (3, 3))` and `nn.Conv2d(16, 32, (3, 3), stride=2)` give `nn.Conv2d(□, □, (3, 3), stride=□)`, the stride
of the first being looked up. What differs in more than literals has no such form.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engine.graph.types import Value
from engine.layers.emission import literal

Column = tuple[Value, ...]
"""What stands in a hole, one value for each expression."""
_NUMBER: Final = re.compile(r"(?<![\w.])\d+(?![\w.])")


@dataclass(frozen=True, slots=True)
class Hole:
    """A place in the text of the first expression where the expressions differ."""

    start: int
    end: int
    column: Column
    keyword: str = ""
    """Name of the argument it is, where it has one."""


@dataclass(frozen=True, slots=True)
class Form:
    """The text of one of several expressions, with the places where they differ."""

    text: str
    holes: tuple[Hole, ...]

    def filled(self, name: Callable[[Hole], str]) -> str:
        """Give the text with a name in every hole."""
        text = self.text
        for hole in sorted(self.holes, key=lambda each: each.start, reverse=True):
            text = text[: hole.start] + name(hole) + text[hole.end :]
        return text


class _Unlike(Exception):  # never leaves this module
    """The expressions differ in more than literals."""


def form_of(texts: Sequence[str], defaults: Sequence[Mapping[str, Value]]) -> Form | None:
    """Find the form that expressions have in common.

    Args:
        texts: the expressions, one line of ASCII each.
        defaults: for each of them what an argument is that it does not name.

    Returns:
        The form; None when they differ in more than literals.
    """
    if len(set(texts)) == 1:
        return Form(texts[0], ())
    trees = [ast.parse(text, mode="eval").body for text in texts]
    for first, text in enumerate(texts):
        order = [first, *(index for index in range(len(texts)) if index != first)]
        try:
            holes = _holes([trees[index] for index in order], [defaults[index] for index in order], "")
        except _Unlike:
            continue
        back = [order.index(index) for index in range(len(texts))]
        ordered = tuple(
            Hole(hole.start, hole.end, tuple(hole.column[place] for place in back), hole.keyword) for hole in holes
        )
        return Form(text, ordered)
    return None


def words_of(texts: Sequence[str], name: Callable[[Column], str]) -> str:
    """Join comments that differ in whole numbers only; empty when they differ in more."""
    if len(set(texts)) == 1:
        return texts[0]
    if len({_NUMBER.sub("0", text) for text in texts}) > 1:
        return ""
    columns = zip(*(map(int, _NUMBER.findall(text)) for text in texts), strict=True)
    words = iter([str(column[0]) if len(set(column)) == 1 else name(column) for column in columns])
    return _NUMBER.sub(lambda _: next(words), texts[0])


def _holes(trees: list[ast.expr], defaults: list[Mapping[str, Value]], keyword: str) -> list[Hole]:
    literals = [_literal(tree) for tree in trees]
    if all(found is not None for found in literals):
        return _hole(trees, [found[0] for found in literals if found is not None], keyword)
    first = trees[0]
    if any(type(tree) is not type(first) for tree in trees):
        raise _Unlike
    if isinstance(first, ast.Call):
        return _in_call([tree for tree in trees if isinstance(tree, ast.Call)], defaults)
    holes: list[Hole] = []
    for field, value in ast.iter_fields(first):
        others = [getattr(tree, field) for tree in trees]
        if isinstance(value, ast.expr):
            holes += _holes(others, defaults, "")
        elif isinstance(value, list):
            holes += _in_list(others, defaults)
        elif isinstance(value, ast.AST):
            if any(ast.dump(value) != ast.dump(other) for other in others):
                raise _Unlike
        elif any(other != value for other in others):
            raise _Unlike
    return holes


def _in_list(lists: list[list[ast.AST]], defaults: list[Mapping[str, Value]]) -> list[Hole]:
    if len({len(items) for items in lists}) > 1:
        raise _Unlike
    holes: list[Hole] = []
    for items in zip(*lists, strict=True):
        expressions = [item for item in items if isinstance(item, ast.expr)]
        if len(expressions) == len(items):
            holes += _holes(expressions, defaults, "")
        elif isinstance(items[0], ast.comprehension):
            same = [item for item in items if isinstance(item, ast.comprehension)]
            holes += _holes([item.iter for item in same], defaults, "")
        elif len({ast.dump(item) for item in items}) > 1:
            raise _Unlike
    return holes


def _in_call(calls: list[ast.Call], defaults: list[Mapping[str, Value]]) -> list[Hole]:
    if len({ast.dump(call.func) for call in calls}) > 1 or len({len(call.args) for call in calls}) > 1:
        raise _Unlike
    holes = [
        hole for args in zip(*(call.args for call in calls), strict=True) for hole in _holes(list(args), defaults, "")
    ]
    named = [{str(keyword.arg): keyword.value for keyword in call.keywords} for call in calls]
    if any(names.keys() - named[0].keys() for names in named):
        raise _Unlike
    for key, value in named[0].items():
        if all(key in names for names in named):
            holes += _holes([names[key] for names in named], defaults, key)
            continue
        given = [_given(names.get(key), default, key) for names, default in zip(named, defaults, strict=True)]
        holes += _hole([value], given, key)
    return holes


def _given(tree: ast.expr | None, default: Mapping[str, Value], key: str) -> Value:
    """Give the value of an argument that not every call names."""
    found = _literal(tree) if tree is not None else (default[key],) if key in default else None
    if found is None:
        raise _Unlike
    return found[0]


def _hole(trees: list[ast.expr], column: list[Value], keyword: str) -> list[Hole]:
    if all(literal(value) == literal(column[0]) for value in column):
        return []
    place = trees[0]
    assert place.end_col_offset is not None
    return [Hole(place.col_offset, place.end_col_offset, tuple(column), keyword)]


def _literal(tree: ast.expr) -> tuple[Value] | None:
    """Give the value of a literal, packed so that None is one; None for what is no literal."""
    match tree:
        case ast.Constant(value=bool() | int() | float() | str() | None as value):
            return (value,)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return (-value,)
        case ast.Tuple(elts=items):
            found = [_literal(item) for item in items]
            if all(each is not None and not isinstance(each[0], tuple) for each in found):
                return (tuple(each[0] for each in found if each is not None and not isinstance(each[0], tuple)),)
    return None
