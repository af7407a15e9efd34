"""A node's parameter values: defaults, what the node says, expressions worked out. No torch in here."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from engine.errors import ExpressionError
from engine.graph.expressions import evaluate, is_expression
from engine.graph.instances import Argument
from engine.graph.types import Graph, Node, Project, Scalar, Value
from engine.layers.kind import LayerKind
from engine.layers.params import (
    BoolParam,
    ChoiceParam,
    IntParam,
    IntsParam,
    Param,
    ShapeParam,
    SizeParam,
    TextParam,
    TextsParam,
    Values,
)

_WORDS = (TextParam, TextsParam, ChoiceParam)
_WHOLE = (IntParam, SizeParam, IntsParam, ShapeParam)


def values_of(kind: LayerKind, node: Node, variables: Mapping[str, int | float]) -> Values:
    """Give the values of a node.

    Raises:
        ExpressionError: an expression cannot be read or has no value.
    """
    if not node.parameters:
        return Values(kind.defaults)
    given = dict(kind.defaults)
    for name, value in node.parameters.items():
        param = kind.named.get(name)
        given[name] = value if param is None else worked_out(param, value, variables)
    return Values(given)


def names_for(project: Project, graph: Graph) -> dict[str, int | float]:
    """Give what the expressions of a graph's nodes may name: the project's variables, and the network's own parameters."""
    return {**project.variables, **graph.parameters}


def settled(kind: LayerKind, node: Node, variables: Mapping[str, int | float]) -> Node:
    """Put what they are worth in place of a node's expressions.

    Raises:
        ExpressionError: an expression cannot be read or has no value.
    """
    if not any(map(_is_worked_out, node.parameters.values())):
        return node
    values = values_of(kind, node, variables)
    return msgspec.structs.replace(node, parameters={name: values.raw(name) for name in node.parameters})


def _is_worked_out(value: Value) -> bool:
    return any(
        isinstance(item, str) and is_expression(item) for item in (value if isinstance(value, tuple) else (value,))
    )


def worked_out(param: Param, value: Value, variables: Mapping[str, int | float]) -> Value:
    """Work out a value of a parameter that may be an expression, or a list that holds some.

    Raises:
        ExpressionError: an expression cannot be read or has no value.
    """
    if takes_words(param):
        return value
    if isinstance(value, tuple):
        return tuple(_number(param, item, variables) for item in value)
    return _number(param, value, variables)


def _number(param: Param, item: Scalar, variables: Mapping[str, int | float]) -> Scalar:
    if not isinstance(item, str) or not is_expression(item):
        return item
    result = evaluate(item, variables)
    if isinstance(param, BoolParam) and result in (0, 1):
        return bool(result)
    whole = isinstance(param, _WHOLE) and isinstance(result, float) and result.is_integer()
    return int(result) if whole else result


def argument_of(name: str, default: Argument, given: Value, variables: Mapping[str, int | float]) -> Argument:
    """Work out what a use of a network gives for one of its parameters.

    Args:
        name: of the parameter.
        default: the parameter's default, whose type is the parameter's.
        given: what the use says: a value, or an expression.
        variables: what expressions may name.

    Raises:
        ExpressionError: an expression cannot be read or has no value, or the value is of another type.
    """
    found = evaluate(given, variables) if isinstance(given, str) and is_expression(given) else given
    switch = isinstance(default, bool)
    wanted = "yes or no" if switch else "a number" if isinstance(default, float) else "a whole number"
    number = isinstance(found, int | float) and not isinstance(found, bool)
    if switch and found in (0, 1):
        return bool(found)
    if not switch and number and isinstance(default, float):
        return float(found)  # type: ignore[arg-type]  # a number, as was just seen
    if not switch and number and found == int(found):  # type: ignore[arg-type]  # as above
        return int(found)
    raise ExpressionError(f"{name} takes {wanted}, not {found!r}")


def takes_words(param: Param) -> bool:
    """Whether a text that begins with `=` is just a text for this parameter."""
    return isinstance(param, _WORDS)
