"""Parameters of a network when nodes move into one or out of it: what they name goes with them; it must not know kinds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from engine.graph.expressions import is_expression
from engine.graph.ids import NodeId
from engine.graph.instances import Argument
from engine.graph.types import Node, Scalar, Value

_WORD: Final = re.compile(r"(?<![\w.])[a-z]\w*", re.ASCII)


def named_by(nodes: Iterable[Node], parameters: Mapping[str, Argument]) -> dict[str, Argument]:
    """Give those parameters of a network that some of its nodes name in expressions and sizes."""
    words = {word for node in nodes for value in node.parameters.values() for word in _words(value)}
    return {name: default for name, default in parameters.items() if name in words}


def with_arguments(nodes: Mapping[NodeId, Node], arguments: Mapping[str, Value]) -> dict[NodeId, Node]:
    """Give nodes of a network with what a use says of its parameters in the place of their names."""
    return {key: _with_arguments(node, arguments) for key, node in nodes.items()} if arguments else dict(nodes)


def _with_arguments(node: Node, arguments: Mapping[str, Value]) -> Node:
    parameters = {name: _put(value, arguments) for name, value in node.parameters.items()}
    return node if parameters == node.parameters else msgspec.structs.replace(node, parameters=parameters)


def _put(value: Value, arguments: Mapping[str, Value]) -> Value:
    if isinstance(value, tuple):
        return tuple(_put_in_item(item, arguments, sizes=True) for item in value)
    return _put_in_item(value, arguments, sizes=False)


def _put_in_item(item: Scalar, arguments: Mapping[str, Value], *, sizes: bool) -> Scalar:
    if not isinstance(item, str) or not (is_expression(item) or sizes):
        return item
    whole = arguments.get(item.removeprefix("="))
    if whole is not None and not isinstance(whole, tuple) and is_expression(item):
        return whole
    return _WORD.sub(lambda found: _written(found[0], arguments), item)


def _written(word: str, arguments: Mapping[str, Value]) -> str:
    value = arguments.get(word)
    if value is None:
        return word
    return (
        f"({value.removeprefix('=')})"
        if isinstance(value, str)
        else str(int(value) if isinstance(value, bool) else value)
    )


def _words(value: Value) -> set[str]:
    if isinstance(value, tuple):
        return {word for item in value if isinstance(item, str) for word in _WORD.findall(item)}
    return set(_WORD.findall(value)) if isinstance(value, str) and is_expression(value) else set()
