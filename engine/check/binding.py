"""What comes in at a use of a network held against its declared inputs, symbols bound; it must not know loops or repeats."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import msgspec

from engine.check.context import Context, name_of
from engine.check.fixes import set_parameters
from engine.check.report import Problem, Signature
from engine.graph.dims import Dim, same, substitute
from engine.graph.ids import NodeId
from engine.graph.instances import arguments_in, origin_of
from engine.graph.specs import TensorSpec, shape_text
from engine.graph.types import GraphRef, Node
from engine.layers.kind import LayerKind, Role

Binding = dict[str, Dim]
"""What the symbols of a network stand for in one use of it."""


class Cost(NamedTuple):
    """What one repeat of a network costs: its parameters, and for one sample its multiply-adds and activation bytes."""

    parameters: int
    multiply_adds: Dim
    activations: Dim


def binds(declared: TensorSpec, given: TensorSpec, binding: Binding) -> bool:
    """Bind symbols of a declared spec by what is given; whether the two fit."""
    if declared.dtype != given.dtype or declared.rank != given.rank:
        return False
    rest: list[tuple[Dim, Dim]] = []
    for want, found in zip(declared.shape, given.shape, strict=True):
        if isinstance(want, str) and want.isidentifier():
            if binding.setdefault(want, found) != found:
                return False
        elif want != found:
            rest.append((want, found))
    return all(same(substitute(want, binding), found) for want, found in rest)


def bound(spec: TensorSpec, binding: Binding) -> TensorSpec:
    """Put what symbols stand for in their place."""
    shape = tuple(substitute(dim, binding) for dim in spec.shape)
    return spec if shape == spec.shape else msgspec.structs.replace(spec, shape=shape)


def mismatch(
    context: Context,
    node: Node,
    kind: LayerKind,
    network: str,
    port: str,
    declared: TensorSpec,
    given: TensorSpec,
) -> Problem:
    """Say that what comes in is not what the network takes there."""
    ref = GraphRef("networks", origin_of(network))
    with_arguments = f" with {arguments_in(network)}" if arguments_in(network) else ""
    network = origin_of(network)
    values = {"shape": _taking(declared, given), "dtype": given.dtype if given.dtype != "float32" else None}
    fits = given.dtype in ("float32", "int64", "bool")
    title = f"Let {port} of {network} take {shape_text(given)}"
    fixes = (set_parameters(title, ref, NodeId(port), values),) if fits else ()
    wanted, found = _words(declared, given)
    if kind.role is Role.MODEL:
        message = f"Input {port} of network {network}{with_arguments} takes {wanted}, the data gives {found}"
        problem = context.problem(NodeId(port), "input-spec", message, expected=wanted, found=found, fixes=fixes)
        return replace(problem, graph=ref)
    message = (
        f"{name_of(node)}: input {port} of network {network}{with_arguments} takes {wanted}, what comes in is {found}"
    )
    return context.problem(node, "input-spec", message, port=port, expected=wanted, found=found, fixes=fixes)


def _taking(declared: TensorSpec, given: TensorSpec) -> tuple[Dim, ...]:
    """Give the shape that takes what comes in; the batch keeps the name that other inputs know it by."""
    if declared.rank != given.rank or not given.shape or not isinstance(declared.shape[0], str):
        return given.shape
    kept = (declared.shape[0], *given.shape[1:])
    return kept if kept != declared.shape else given.shape


def _words(declared: TensorSpec, given: TensorSpec) -> tuple[str, str]:
    if declared.dtype == given.dtype:
        return shape_text(declared), shape_text(given)
    return f"{shape_text(declared)} of {declared.dtype}", f"{shape_text(given)} of {given.dtype}"


def cost(signature: Signature, binding: Binding) -> Cost:
    """Give what one pass through a network costs."""
    one = {symbol: 1 if _is_batch(symbol, signature) else dim for symbol, dim in binding.items()}
    return Cost(signature.parameters, substitute(signature.multiply_adds, one), substitute(signature.activations, one))


def _is_batch(symbol: str, signature: Signature) -> bool:
    first = next(iter(signature.inputs.values()), None)
    return first is not None and bool(first.shape) and first.shape[0] == symbol
