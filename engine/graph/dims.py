"""Dims: integer expressions over named symbols (+, *, floor division), kept as `int` or canonical text.

A dim is an `int` when it is known and else a string such as `"B"`, `"2*T"` or `"(T + 1)//2"`. Every function returns
the canonical form, so equal texts are equal dims. This module must not know specs, kinds or graphs.
"""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import Final

from engine.errors import ExpressionError

Dim = int | str
"""A known size, or the canonical text of an expression over symbols."""

_Monomial = tuple[str, ...]
_Polynomial = dict[_Monomial, int]
_MAX_TEXT: Final = 200


def plus(left: Dim, right: Dim) -> Dim:
    """Add two dims."""
    if isinstance(left, int) and isinstance(right, int):
        return left + right
    return _write(_add(_read(left), _read(right)))


def minus(left: Dim, right: Dim) -> Dim:
    """Subtract `right` from `left`."""
    if isinstance(left, int) and isinstance(right, int):
        return left - right
    return _write(_add(_read(left), _multiply(_read(right), {(): -1})))


def times(left: Dim, right: Dim) -> Dim:
    """Multiply two dims."""
    if isinstance(left, int) and isinstance(right, int):
        return left * right
    return _write(_multiply(_read(left), _read(right)))


def floordiv(left: Dim, right: Dim) -> Dim:
    """Divide and round down; exact divisions of every term by an integer are carried out.

    Raises:
        ExpressionError: `right` is zero.
    """
    if right == 0:
        raise ExpressionError("a size was divided by zero")
    if isinstance(left, int) and isinstance(right, int):
        return left // right
    if left == right:
        return 1
    terms = _read(left)
    if isinstance(right, int) and all(factor % right == 0 for factor in terms.values()):
        return _write({term: factor // right for term, factor in terms.items()})
    return f"{_bracket(left)}//{_bracket(right)}"


def product(dims: tuple[Dim, ...]) -> Dim:
    """Multiply all dims; 1 for none."""
    result: Dim = 1
    for dim in dims:
        result = times(result, dim)
    return result


def same(left: Dim, right: Dim) -> bool | None:
    """Say whether two dims are equal: yes, no, or None when it depends on the symbols."""
    if left == right:
        return True
    return False if isinstance(minus(left, right), int) else None


def symbols(dim: Dim) -> frozenset[str]:
    """Give the names that a dim depends on."""
    if isinstance(dim, int):
        return frozenset()
    return frozenset(node.id for node in ast.walk(_parse(dim)) if isinstance(node, ast.Name))


def substitute(dim: Dim, values: dict[str, Dim]) -> Dim:
    """Put values in the place of symbols and simplify."""
    return dim if isinstance(dim, int) else _evaluate(_parse(dim).body, values)


def canonical(text: str) -> Dim:
    """Read a dim typed by a person or a file.

    Raises:
        ExpressionError: the text is no integer expression over names.
    """
    return _evaluate(_parse(text).body, {})


@lru_cache(maxsize=4096)
def _parse(text: str) -> ast.Expression:
    if len(text) > _MAX_TEXT:
        raise ExpressionError("a size expression is longer than 200 characters")
    try:
        return ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ExpressionError(f"{text!r} is no size", remedy="Write an integer or a name such as B or T//2") from None


def _evaluate(node: ast.expr, values: dict[str, Dim]) -> Dim:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    if isinstance(node, ast.Name):
        return values.get(node.id, node.id)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return times(-1, _evaluate(node.operand, values))
    if isinstance(node, ast.BinOp):
        rule = {ast.Add: plus, ast.Sub: minus, ast.Mult: times, ast.FloorDiv: floordiv}.get(type(node.op))
        if rule is not None:
            return rule(_evaluate(node.left, values), _evaluate(node.right, values))
    raise ExpressionError("a size may hold integers, names, +, -, * and // only")


@lru_cache(maxsize=4096)
def _terms(text: str) -> tuple[tuple[_Monomial, int], ...]:
    return tuple(_polynomial(_parse(text).body).items())


def _read(dim: Dim) -> _Polynomial:
    if isinstance(dim, int):
        return {(): dim} if dim else {}
    return dict(_terms(dim))


def _polynomial(node: ast.expr) -> _Polynomial:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return {(): node.value} if node.value else {}
    if isinstance(node, ast.Name):
        return {(node.id,): 1}
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _multiply(_polynomial(node.operand), {(): -1})
    if isinstance(node, ast.BinOp):
        left, right = node.left, node.right
        if isinstance(node.op, ast.Add):
            return _add(_polynomial(left), _polynomial(right))
        if isinstance(node.op, ast.Sub):
            return _add(_polynomial(left), _multiply(_polynomial(right), {(): -1}))
        if isinstance(node.op, ast.Mult):
            return _multiply(_polynomial(left), _polynomial(right))
        if isinstance(node.op, ast.FloorDiv):
            return {(f"{_bracket(_write(_polynomial(left)))}//{_bracket(_write(_polynomial(right)))}",): 1}
    raise ExpressionError("a size may hold integers, names, +, -, * and // only")


def _add(left: _Polynomial, right: _Polynomial) -> _Polynomial:
    total = dict(left)
    for term, factor in right.items():
        total[term] = total.get(term, 0) + factor
    return {term: factor for term, factor in total.items() if factor}


def _multiply(left: _Polynomial, right: _Polynomial) -> _Polynomial:
    total: _Polynomial = {}
    for first, one in left.items():
        for second, other in right.items():
            term = tuple(sorted(first + second))
            total[term] = total.get(term, 0) + one * other
    return {term: factor for term, factor in total.items() if factor}


def _write(terms: _Polynomial) -> Dim:
    if not terms:
        return 0
    if set(terms) == {()}:
        return terms[()]
    parts: list[str] = []
    for term, factor in sorted(terms.items(), key=lambda item: (-len(item[0]), item[0])):
        factors = [f"({atom})" if "//" in atom else atom for atom in term]
        text = "*".join(([str(abs(factor))] if abs(factor) != 1 or not term else []) + factors)
        sign = ("-" if factor < 0 else "") if not parts else (" - " if factor < 0 else " + ")
        parts.append(sign + text)
    text = "".join(parts)
    single = next(iter(terms)) if len(terms) == 1 and next(iter(terms.values())) == 1 else ()
    return single[0] if len(single) == 1 else text


def _bracket(dim: Dim) -> str:
    text = str(dim)
    return text if text.isidentifier() or text.isdigit() else f"({text})"
