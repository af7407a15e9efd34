"""Networks in use: as a node of another network, or as a model of a training graph.

It holds what comes in against the declared inputs, binding symbols, and passes on what comes out. It must not look
into the network: its signature says all.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.check.binding import Binding, Cost, binds, bound, cost, mismatch
from engine.check.context import Context, did_you_mean, name_of
from engine.check.costs import FAULTY, PENDING, repeated, sum_of
from engine.check.faults import smallest, too_small
from engine.check.fixes import set_parameters
from engine.check.loops import judge_loop
from engine.check.ports import gathered
from engine.check.report import Fix, NodeReport, Problem, Signature, State
from engine.graph.ids import NodeId
from engine.graph.instances import origin_of, parts_of
from engine.graph.specs import TensorSpec, shape_text
from engine.graph.types import Node
from engine.layers.catalogue import kind_of
from engine.layers.kind import LayerKind, Port, Role
from engine.layers.params import Values
from engine.layers.ports import states_of
from engine.layers.values import values_of


def judge_use(context: Context, node: Node, kind: LayerKind, values: Values) -> tuple[NodeReport, tuple[Problem, ...]]:
    """Find what is known of a node that stands for a network or uses a model."""
    repeat = values.integer("repeat") if kind.role is Role.NETWORK else 1
    along = values.integer("along") if kind.role is Role.NETWORK else 0
    if along and repeat > 1:
        return FAULTY, (_both(context, node),)
    networks = _networks(context, node, kind, values, repeat)
    if isinstance(networks, Problem):
        return FAULTY, (networks,)
    signatures: list[Signature] = []
    for network in networks:
        signature = context.signatures.get(network)
        if signature is None:
            message = f"{name_of(node)} stands for network {origin_of(network)}, which would then contain itself"
            return FAULTY, (context.problem(node, "recursion", message),)
        signatures.append(signature)
    states = states_of(context.project.networks[networks[0]]) if along else ()
    inputs, problems = gathered(
        context, node, tuple(Port(name, optional=name in states) for name in signatures[0].inputs)
    )
    if inputs is None:
        return (FAULTY if problems else PENDING), problems
    if along:
        return judge_loop(context, node, kind, networks[0], signatures[0], inputs, along)
    return _passed(context, node, kind, tuple(zip(networks, signatures, strict=True)), inputs, repeat)


def _passed(
    context: Context,
    node: Node,
    kind: LayerKind,
    parts: tuple[tuple[str, Signature], ...],
    inputs: Mapping[str, TensorSpec],
    repeat: int,
) -> tuple[NodeReport, tuple[Problem, ...]]:
    """Pass what comes in through every repeat that differs."""
    wrong = NodeReport(state=State.PROBLEM, inputs=inputs)
    entering, costs = inputs, list[Cost]()
    for network, signature in parts:
        binding: Binding = {}
        unfit = [port for port, given in entering.items() if not binds(signature.inputs[port], given, binding)]
        if unfit:
            declared = signature.inputs
            return wrong, tuple(
                mismatch(context, node, kind, network, port, declared[port], entering[port]) for port in unfit
            )
        outputs = {name: bound(spec, binding) for name, spec in signature.outputs.items()}
        if (size := smallest(outputs)) <= 0:
            return wrong, (too_small(context, node, outputs, size),)
        if not outputs or not signature.whole:
            return NodeReport(state=State.PENDING, inputs=inputs), ()
        costs.append(cost(signature, binding))
        if len(costs) < repeat:
            following = parts[len(costs) % len(parts)][1]
            if not _chains(outputs, following, same=entering if len(parts) == 1 else None):
                return wrong, (_no_chain(context, node, entering, outputs),)
            entering = dict(zip(following.inputs, outputs.values(), strict=True))
    return _report(inputs, outputs, costs, repeat // len(parts), owns=not node.shares), ()


def repeat_of(context: Context, node: Node) -> int:
    """Say how often a network node stands one behind the other; its parameters are in order."""
    kind = kind_of(node.kind)
    assert kind is not None, node.kind
    return values_of(kind, node, context.project.variables).integer("repeat")


def _networks(context: Context, node: Node, kind: LayerKind, values: Values, repeat: int) -> tuple[str, ...] | Problem:
    """Name the networks that a node stands for: one, or one for every repeat."""
    if kind.role is Role.MODEL:
        name = values.text("model")
        model = context.graph.models.get(NodeId(name))
        if model is None:
            there = ", ".join(context.graph.models) or "none declared"
            meant = did_you_mean(name, context.graph.models)
            message = f"{name_of(node)} uses model {name!r}, which is not declared{meant}"
            return context.problem(node, "missing-model", message, expected=there, found=name)
        networks: tuple[str, ...] = (model.network,)
    else:
        networks = parts_of(values.text("network"))
    missing = [network for network in networks if network not in context.project.networks]
    if not missing and len(networks) in (1, repeat):
        return networks
    network = missing[0] if missing else values.text("network")
    drawn = tuple(name for name in context.project.networks if name == origin_of(name))
    meant = did_you_mean(network, drawn)
    named = f"names network {network!r}, which is not in the project{meant}" if network else "names no network yet"
    there = ", ".join(drawn) or "no network in the project"
    return context.problem(node, "missing-network", f"{name_of(node)} {named}", expected=there, found=network)


def _chains(outputs: Mapping[str, TensorSpec], following: Signature, same: Mapping[str, TensorSpec] | None) -> bool:
    """Whether what comes out of one repeat can go into the next one: unchanged in shape where all repeats are alike."""
    if len(outputs) != len(following.inputs):
        return False
    return same is None or all(
        (one.shape, one.dtype) == (other.shape, other.dtype)
        for one, other in zip(same.values(), outputs.values(), strict=True)
    )


def _both(context: Context, node: Node) -> Problem:
    fixes = (
        set_parameters("Run it along the axis, once", context.ref, node.id, {"repeat": None}),
        set_parameters("Repeat it, along no axis", context.ref, node.id, {"along": None}),
    )
    return context.problem(
        node,
        "repeat",
        f"{name_of(node)} is repeated and runs along an axis: one network does either. Put one of them into a network",
        expected="repeat of 1, or along of 0",
        found=f"repeat {node.parameters.get('repeat')}, along {node.parameters.get('along')}",
        fixes=fixes,
    )


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
    inputs: Mapping[str, TensorSpec], outputs: Mapping[str, TensorSpec], costs: list[Cost], times: int, *, owns: bool
) -> NodeReport:
    return NodeReport(
        state=State.KNOWN,
        inputs=inputs,
        outputs=outputs,
        parameters=sum(cost.parameters for cost in costs) * times if owns else 0,
        multiply_adds=repeated(sum_of([cost.multiply_adds for cost in costs]), times),
        activations=repeated(sum_of([cost.activations for cost in costs]), times),
    )
