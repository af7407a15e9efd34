"""A node's parameters held against its kind: expressions worked out, faults in words; it must not know shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from engine.check.context import Context, did_you_mean, name_of
from engine.check.fixes import set_parameters
from engine.check.report import Problem
from engine.errors import ExpressionError
from engine.graph.instances import COUNT, INDEX, Argument
from engine.graph.types import Node, Value
from engine.layers.kind import LayerKind, Role
from engine.layers.params import ChoiceParam, Param, Values, fault_of
from engine.layers.values import argument_of, names_for, worked_out

_MAY_BE_WORKED_OUT: Final = (str, tuple)


def settle(context: Context, node: Node, kind: LayerKind) -> Values | tuple[Problem, ...]:
    """Give a node's values, or everything that is wrong with its parameters."""
    if not node.parameters:
        return Values(kind.defaults)
    values: dict[str, Value] = dict(kind.defaults)
    problems: list[Problem] = []
    for name, given in node.parameters.items():
        param = kind.named.get(name)
        found = _unknown(context, node, kind, name) if param is None else _settled(context, node, param, given)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            values[name] = found
    return tuple(problems) if problems else Values(values)


def fingerprint(values: Mapping[str, Value]) -> object:
    """Give what tells two sets of values apart; Python holds 1, 1.0 and True equal, and parameters do not."""
    if not values:
        return b""
    try:
        return msgspec.msgpack.encode(values)
    except (OverflowError, UnicodeEncodeError, TypeError):
        return repr(values)


def _unknown(context: Context, node: Node, kind: LayerKind, name: str) -> Problem:
    network = (
        context.project.networks.get(str(node.parameters.get("network", ""))) if kind.role is Role.NETWORK else None
    )
    if network is not None and name in network.parameters:
        return _argument(context, node, name, network.parameters[name])
    meant = did_you_mean(name, [*kind.defaults, *(network.parameters if network else ())])
    return context.problem(
        node,
        "unknown-parameter",
        f"{kind.title} has no parameter {name!r}{meant}",
        fixes=(set_parameters(f"Remove {name!r}", context.ref, node.id, {name: None}),),
    )


def _argument(context: Context, node: Node, name: str, default: Argument) -> Problem:
    """Say why what a use gives for a parameter of its network could not be worked out."""
    given = node.parameters[name]
    variables = {**names_for(context.project, context.graph), INDEX: 0, COUNT: 1}
    try:
        argument_of(name, default, given, variables)
    except ExpressionError as error:
        fault = f"{error}"
    else:
        fault = "the project would need too many variants of its networks"
    return context.problem(
        node,
        "parameter",
        f"{name} of {name_of(node)}: {fault}",
        found=repr(given)[:80],
        fixes=(set_parameters(f"Set {name} to its default", context.ref, node.id, {name: None}),),
    )


def _settled(context: Context, node: Node, param: Param, given: Value) -> Value | Problem:
    value = given
    if isinstance(given, _MAY_BE_WORKED_OUT):
        try:
            value = worked_out(param, given, context.project.variables)
        except ExpressionError as error:
            return _fault(context, node, param, f"{error}", given)
    fault = fault_of(param, value)
    if not fault:
        return value
    if isinstance(param, ChoiceParam) and isinstance(given, str):
        fault += did_you_mean(given, param.choices)
    return _fault(context, node, param, fault, given)


def _fault(context: Context, node: Node, param: Param, fault: str, given: Value) -> Problem:
    word = name_of(node)
    return context.problem(
        node,
        "parameter",
        f"{param.title} of {word}: {fault}",
        expected=fault.removeprefix("expected ") if fault.startswith("expected ") else "",
        found=repr(given)[:80],
        fixes=(set_parameters(f"Set {param.title.lower()} to its default", context.ref, node.id, {param.name: None}),),
    )
