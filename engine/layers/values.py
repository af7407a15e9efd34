"""A node's parameter values: defaults, what the node says, expressions worked out. No torch in here."""

from __future__ import annotations

from collections.abc import Mapping

from engine.graph.expressions import evaluate
from engine.graph.types import Node, Value
from engine.layers.kind import LayerKind
from engine.layers.params import ChoiceParam, Param, TextParam, TextsParam, Values

_WORDS = (TextParam, TextsParam, ChoiceParam)


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
        given[name] = value if param is not None and takes_words(param) else worked_out(value, variables)
    return Values(given)


def worked_out(value: Value, variables: Mapping[str, int | float]) -> Value:
    """Work out a value that may be an expression, or a list that holds some."""
    if isinstance(value, str) and value.startswith("="):
        return evaluate(value, variables)
    if isinstance(value, tuple) and any(isinstance(item, str) and item.startswith("=") for item in value):
        return tuple(
            evaluate(item, variables) if isinstance(item, str) and item.startswith("=") else item for item in value
        )
    return value


def takes_words(param: Param) -> bool:
    """Whether a text that begins with `=` is just a text for this parameter."""
    return isinstance(param, _WORDS)
