"""Building emitted source safely: expressions that only `literal`, names and calls can make; it must not know kinds.

No text from a file reaches source but through `literal` or an id that matches the id pattern (architecture, idea 13).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal

import msgspec

from engine.errors import BuildError
from engine.graph.types import Value

Variant = Literal["model", "probe", "export"]
Operator = Literal["+", "-", "*", "/", "@", ">", ">=", "<", "<=", "==", "!="]
_TEXTS: Final = re.compile(r"\"(\\.|[^\"\\])*\"|'(\\.|[^'\\])*'")


class Expr(msgspec.Struct, frozen=True):
    """A piece of Python source, made only by the functions of this module."""

    text: str

    def __str__(self) -> str:
        """Give the source text."""
        return self.text


def literal(value: Value | tuple[Value, ...]) -> Expr:
    """Write a value as a Python literal; the one door by which a value of a document enters source."""
    if isinstance(value, tuple):
        inner = ", ".join(literal(item).text for item in value)
        return Expr(f"({inner},)" if len(value) == 1 else f"({inner})")
    if value is None or isinstance(value, bool | str):
        return Expr(repr(value) if not isinstance(value, str) else _quoted(value))
    if isinstance(value, float) and not math.isfinite(value):
        return Expr(f'float("{value}")')
    if isinstance(value, int | float):
        return Expr(repr(value))
    raise BuildError(f"a {type(value).__name__} cannot be written as source")


def name(identifier: str) -> Expr:
    """Name a variable or a dotted attribute.

    Raises:
        BuildError: a part is no identifier.
    """
    if not all(part.isascii() and part.isidentifier() for part in identifier.split(".")):
        raise BuildError(f"{identifier!r} is no name")
    return Expr(identifier)


def call(function: str | Expr, *arguments: Value | Expr, **options: Value | Expr | None) -> Expr:
    """Write a call; plain values become literals."""
    target = name(function) if isinstance(function, str) else function
    parts = [_argument(value).text for value in arguments]
    parts += [f"{key}={_argument(value).text}" for key, value in options.items()]
    return Expr(f"{target.text}({', '.join(parts)})")


def module(function: str, *arguments: Value | Expr, options: Mapping[str, tuple[Value, Value]] | None = None) -> Expr:
    """Write a constructor call with only the options that differ from torch's default.

    Args:
        function: dotted name, e.g. `nn.Conv2d`.
        arguments: positional arguments, always written.
        options: keyword -> (value, torch's default).
    """
    given = {key: value for key, (value, default) in (options or {}).items() if value != default}
    return call(function, *arguments, **given)


def method(subject: Expr, verb: str, *arguments: Value | Expr, **options: Value | Expr | None) -> Expr:
    """Write a method call on an expression."""
    return call(Expr(f"{_grouped(subject)}.{name(verb).text}"), *arguments, **options)


def infix(left: Expr | Value, operator: Operator, right: Expr | Value) -> Expr:
    """Write an operator between two expressions, with brackets where they are needed."""
    return Expr(f"{_grouped(_argument(left))} {operator} {_grouped(_argument(right))}")


def chained(operator: Literal["+", "*"], items: Sequence[Expr]) -> Expr:
    """Write one operator between several expressions."""
    return Expr(f" {operator} ".join(_grouped(item) for item in items))


def sequence(items: tuple[Expr | Value, ...]) -> Expr:
    """Write a list of expressions."""
    return Expr(f"[{', '.join(_argument(item).text for item in items)}]")


def pair(value: tuple[int, ...]) -> Value:
    """Give one number when all are equal, as a person would write a kernel size."""
    return value[0] if len(set(value)) == 1 else value


def _argument(value: Value | Expr) -> Expr:
    return value if isinstance(value, Expr) else literal(value)


def _grouped(expr: Expr) -> str:
    """Put brackets around an expression that has an operator outside of all brackets."""
    depth = 0
    for character in _TEXTS.sub("", expr.text):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0 and character in " +-*/@":
            return f"({expr.text})"
    return expr.text


def _quoted(text: str) -> str:
    body = repr(text)
    if body.startswith("'") and '"' not in body:
        body = f'"{body[1:-1]}"'
    return body.encode("ascii", "backslashreplace").decode("ascii")
