"""Networks in use: as a node of another network, or as a model of a training graph.

It holds what comes in against the declared inputs, binding symbols, and passes on what comes out. It must not look
into the network: its signature says all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import msgspec

from engine.check.context import Context, did_you_mean, name_of
from engine.check.costs import FAULTY, PENDING, repeated
from engine.check.fixes import set_parameters
from engine.check.ports import gathered
from engine.check.report import Fix, NodeReport, Problem, Signature, State
from engine.graph.dims import Dim, same, substitute
from engine.graph.ids import NodeId
from engine.graph.specs import TensorSpec, shape_text
from engine.graph.types import GraphRef, Node
from engine.layers.catalogue import kind_of
from engine.layers.kind import LayerKind, Port, Role
from engine.layers.params import Values
from engine.layers.values import values_of

Binding = dict[str, Dim]


def judge_use(context: Context, node: Node, kind: LayerKind, values: Values) -> tuple[NodeReport, tuple[Problem, ...]]:
    """Find what is known of a node that stands for a network or uses a model."""
    network = _network(context, node, kind, values)
    if isinstance(network, Problem):
        return FAULTY, (network,)
    signature = context.signatures.get(network)
    if signature is None:
        message = f"{name_of(node)} stands for network {network}, which would then contain itself"
        return FAULTY, (context.problem(node, "recursion", message),)
    inputs, problems = gathered(context, node, tuple(Port(name) for name in signature.inputs))
    if inputs is None:
        return (FAULTY if problems else PENDING), problems
    binding: Binding = {}
    for port, given in inputs.items():
        if not _binds(signature.inputs[port], given, binding):
            problems += (_mismatch(context, node, kind, network, port, signature.inputs[port], given),)
    if problems:
        return NodeReport(state=State.PROBLEM, inputs=inputs), problems
    outputs = {name: _bound(spec, binding) for name, spec in signature.outputs.items()}
    repeat = values.integer("repeat") if kind.role is Role.NETWORK else 1
    if repeat > 1 and not _chains(inputs, outputs):
        return NodeReport(state=State.PROBLEM, inputs=inputs), (_no_chain(context, node, inputs, outputs),)
    if not outputs or not signature.whole:
        return NodeReport(state=State.PENDING, inputs=inputs), ()
    return _report(signature, inputs, outputs, binding, repeat, owns=not node.shares), ()


def repeat_of(context: Context, node: Node) -> int:
    """Say how often a network node stands one behind the other; its parameters are in order."""
    kind = kind_of(node.kind)
    assert kind is not None, node.kind
    return values_of(kind, node, context.project.variables).integer("repeat")


def _network(context: Context, node: Node, kind: LayerKind, values: Values) -> str | Problem:
    if kind.role is Role.MODEL:
        name = values.text("model")
        model = context.graph.models.get(NodeId(name))
        if model is None:
            there = ", ".join(context.graph.models) or "none declared"
            meant = did_you_mean(name, context.graph.models)
            message = f"{name_of(node)} uses model {name!r}, which is not declared{meant}"
            return context.problem(node, "missing-model", message, expected=there, found=name)
        network = model.network
    else:
        network = values.text("network")
    if network in context.project.networks:
        return network
    meant = did_you_mean(network, context.project.networks)
    named = f"names network {network!r}, which is not in the project{meant}" if network else "names no network yet"
    there = ", ".join(context.project.networks) or "no network in the project"
    return context.problem(node, "missing-network", f"{name_of(node)} {named}", expected=there, found=network)


def _binds(declared: TensorSpec, given: TensorSpec, binding: Binding) -> bool:
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


def _bound(spec: TensorSpec, binding: Binding) -> TensorSpec:
    shape = tuple(substitute(dim, binding) for dim in spec.shape)
    return spec if shape == spec.shape else msgspec.structs.replace(spec, shape=shape)


def _chains(inputs: Mapping[str, TensorSpec], outputs: Mapping[str, TensorSpec]) -> bool:
    entered, left = list(inputs.values()), list(outputs.values())
    return len(entered) == len(left) and all(
        (one.shape, one.dtype) == (other.shape, other.dtype) for one, other in zip(entered, left, strict=True)
    )


def _mismatch(
    context: Context,
    node: Node,
    kind: LayerKind,
    network: str,
    port: str,
    declared: TensorSpec,
    given: TensorSpec,
) -> Problem:
    ref = GraphRef("networks", network)
    values = {"shape": given.shape, "dtype": given.dtype if given.dtype != "float32" else None}
    fits = given.dtype in ("float32", "int64")
    title = f"Let {port} of {network} take {shape_text(given)}"
    fixes = (set_parameters(title, ref, NodeId(port), values),) if fits else ()
    wanted, found = _words(declared, given)
    if kind.role is Role.MODEL:
        message = f"Input {port} of network {network} takes {wanted}, the data gives {found}"
        problem = context.problem(NodeId(port), "input-spec", message, expected=wanted, found=found, fixes=fixes)
        return replace(problem, graph=ref)
    message = f"{name_of(node)}: input {port} of network {network} takes {wanted}, what comes in is {found}"
    return context.problem(node, "input-spec", message, port=port, expected=wanted, found=found, fixes=fixes)


def _words(declared: TensorSpec, given: TensorSpec) -> tuple[str, str]:
    if declared.dtype == given.dtype:
        return shape_text(declared), shape_text(given)
    return f"{shape_text(declared)} of {declared.dtype}", f"{shape_text(given)} of {given.dtype}"


def _no_chain(
    context: Context, node: Node, inputs: Mapping[str, TensorSpec], outputs: Mapping[str, TensorSpec]
) -> Problem:
    fix: Fix = set_parameters("Use it once", context.ref, node.id, {"repeat": None})
    return context.problem(
        node,
        "repeat",
        f"{name_of(node)} cannot be repeated: what comes out cannot go in again",
        expected=", ".join(map(shape_text, inputs.values())),
        found=", ".join(map(shape_text, outputs.values())),
        fixes=(fix,),
    )


def _report(
    signature: Signature,
    inputs: Mapping[str, TensorSpec],
    outputs: Mapping[str, TensorSpec],
    binding: Binding,
    repeat: int,
    *,
    owns: bool,
) -> NodeReport:
    one = {symbol: 1 if _is_batch(symbol, signature) else dim for symbol, dim in binding.items()}
    return NodeReport(
        state=State.KNOWN,
        inputs=inputs,
        outputs=outputs,
        parameters=signature.parameters * repeat if owns else 0,
        multiply_adds=repeated(substitute(signature.multiply_adds, one), repeat),
        activations=repeated(substitute(signature.activations, one), repeat),
    )


def _is_batch(symbol: str, signature: Signature) -> bool:
    first = next(iter(signature.inputs.values()), None)
    return first is not None and bool(first.shape) and first.shape[0] == symbol
