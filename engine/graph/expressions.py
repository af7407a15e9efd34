"""Expressions over a project's variables (`=2*width`), worked out safely; it must not know nodes or kinds.

An expression is read into Python's syntax tree and walked by this module alone: arithmetic, `min`, `max`, `round`,
names of variables and numbers. Nothing is ever handed to an interpreter, and no step may grow beyond 64 bits.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

from engine.errors import ExpressionError

Number = int | float

_MAX_TEXT: Final = 200
_TOKENS: Final = re.compile(r"(?:\s|[-+*/%(),]|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.])|[A-Za-z_]\w*)*", re.ASCII)
"""What may stand in an expression at all; Python would warn about some of the rest before it refuses it."""
_LARGEST: Final = 2**63 - 1
_REMEDY: Final = "Write numbers, variables, + - * / // % **, min, max and round"
_OPERATIONS: Final[Mapping[type[ast.operator], Callable[[Number, Number], Number]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}


def is_expression(value: object) -> bool:
    """Whether a parameter's value is an expression: a text that starts with `=`."""
    return isinstance(value, str) and value.startswith("=")


def evaluate(text: str, variables: Mapping[str, Number]) -> Number:
    """Work out an expression.

    Args:
        text: the expression, with or without its `=`.
        variables: values by name.

    Returns:
        An integer where every step gives one, else a float; always finite and within 64 bits.

    Raises:
        ExpressionError: it cannot be read, names something unknown, or has no such value.
    """
    tree = _parse(text.removeprefix("=").strip())
    try:
        return _bounded(_value(tree, variables))
    except ZeroDivisionError:
        raise ExpressionError(f"{text!r} divides by zero") from None
    except OverflowError:
        raise ExpressionError(f"the value of {text!r} is too large") from None


def names_in(text: str) -> frozenset[str]:
    """Give the variables that an expression depends on.

    Raises:
        ExpressionError: it cannot be read.
    """
    tree = _parse(text.removeprefix("=").strip())
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called)


@lru_cache(maxsize=4096)
def _parse(text: str) -> ast.expr:
    if len(text) > _MAX_TEXT:
        raise ExpressionError("an expression is longer than 200 characters")
    fault = ExpressionError(f"the expression {text!r} cannot be read", remedy=_REMEDY)
    if not _TOKENS.fullmatch(text):
        raise fault
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise fault from None


def _value(node: ast.expr, variables: Mapping[str, Number]) -> Number:
    match node:
        case ast.Constant(value=value) if type(value) in (int, float):
            assert isinstance(value, int | float)
            return _bounded(value)
        case ast.Name(id=name):
            return _variable(name, variables)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, variables)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand, variables)
        case ast.BinOp(op=ast.Pow(), left=left, right=right):
            return _power(_value(left, variables), _value(right, variables))
        case ast.BinOp(op=op, left=left, right=right) if type(op) in _OPERATIONS:
            return _bounded(_OPERATIONS[type(op)](_value(left, variables), _value(right, variables)))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return _call(name, [_value(argument, variables) for argument in args])
    raise ExpressionError("the expression holds something else than arithmetic", remedy=_REMEDY)


def _variable(name: str, variables: Mapping[str, Number]) -> Number:
    if name in variables:
        return _bounded(variables[name])
    near = get_close_matches(name, variables, n=1)
    remedy = f"Did you mean {near[0]}?" if near else "Add it to the project's variables"
    raise ExpressionError(f"there is no variable {name!r}", remedy=remedy)


def _power(base: Number, exponent: Number) -> Number:
    # The size is known before anything is computed: 10**10**10 would take all memory.
    if abs(exponent) > 1 and abs(base) > 1 and math.log2(abs(base)) * exponent > 64:
        raise OverflowError
    result = base**exponent
    if isinstance(result, complex):
        raise ExpressionError("a negative number has no such root")
    return _bounded(float(result) if isinstance(result, float) else int(result))


def _call(name: str, arguments: list[Number]) -> Number:
    if name in ("min", "max") and arguments:
        return min(arguments) if name == "min" else max(arguments)
    if name == "round" and len(arguments) == 1:
        return round(arguments[0])
    if name == "round" and len(arguments) == 2 and isinstance(arguments[1], int) and abs(arguments[1]) <= 20:
        return round(arguments[0], arguments[1])
    raise ExpressionError(f"{name} cannot be called like that", remedy=_REMEDY)


def _bounded(value: Number) -> Number:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise OverflowError
    elif abs(value) > _LARGEST:
        raise OverflowError
    return value
