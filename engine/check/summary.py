"""The report of one graph put together from its nodes': totals, signature, problems in order; it judges no node."""

from __future__ import annotations

from collections.abc import Mapping

from engine.check.context import Context, by_role
from engine.check.costs import sum_of
from engine.check.lints import network_lints
from engine.check.report import GraphReport, NestedTensors, NodeReport, Problem, Severity, Signature, State, Trace
from engine.check.structure import SINKS, id_problems, live_nodes, sharing_problems, unused_problems, wire_problems
from engine.check.ties import tie_problems, tied_parameters
from engine.check.training import training_problems
from engine.check.uses import repeat_of
from engine.graph.ids import NodeId
from engine.graph.instances import parts_of
from engine.graph.specs import TensorSpec
from engine.graph.types import Graph
from engine.layers.kind import Role, Weight

Faults = Mapping[NodeId, tuple[Problem, ...]]


def summary(context: Context, faults: Faults, trace: Trace | None) -> GraphReport:
    """Give the report of a graph whose nodes have been judged.

    Args:
        context: the graph, with the report of every node.
        faults: problems of single nodes.
        trace: of an earlier check, if there was one.
    """
    live, structural, sound = _structure(context, trace)
    problems = [*structural, *unused_problems(context, live)]
    for found in (faults, sharing_problems(context)):
        problems += [problem for group in found.values() for problem in group]
    network = context.ref.space == "networks"
    tensors = _tensors(context) if network else {}
    problems += tie_problems(context, tensors)
    problems += network_lints(context) if network else training_problems(context)
    reports = list(context.reports.values())
    multiply_adds = sum_of([report.multiply_adds for report in reports])
    parameters = sum(report.parameters for report in reports) if network else _trained(context)
    parameters -= tied_parameters(context, tensors)
    signature = None
    if network:
        whole = not any(problem.severity is Severity.ERROR for problem in problems)
        activations = sum_of([report.activations for report in reports])
        signature = Signature(
            inputs=_inputs(context),
            outputs=_outputs(context),
            tensors=tensors,
            parameters=parameters,
            multiply_adds=multiply_adds,
            activations=activations,
            whole=whole,
        )
    return GraphReport(
        nodes=_in_node_order(context),
        order=context.wiring.order,
        problems=in_order(problems, context.graph),
        parameters=parameters,
        multiply_adds=multiply_adds,
        signature=signature,
        trace=_trace(context, faults, live, sound=sound),
    )


def _structure(context: Context, trace: Trace | None) -> tuple[frozenset[NodeId], list[Problem], bool]:
    """Give the nodes in use, problems of wires and ids, and whether there are none."""
    known = trace is not None and trace.wiring is context.wiring and _same_ends(context, trace)
    if trace is not None and known and trace.sound:
        return trace.live, [], True
    problems = [*wire_problems(context), *id_problems(context)]
    return live_nodes(context), problems, not problems


def _same_ends(context: Context, trace: Trace) -> bool:
    """Whether results leave the graph where they did."""
    before = by_role(trace.graph)
    return all(
        tuple(node.id for node in context.of_role(role)) == tuple(node.id for node in before.get(role, ()))
        for role in SINKS
    )


def in_order(problems: list[Problem], graph: Graph) -> tuple[Problem, ...]:
    """Sort problems: those of the whole graph first, then node by node."""
    if len(problems) < 2:
        return tuple(problems)
    position = {node: index for index, node in enumerate(graph.nodes)}
    return tuple(sorted(problems, key=lambda problem: position.get(problem.node, -1) if problem.node else -1))


def _trace(context: Context, faults: Faults, live: frozenset[NodeId], *, sound: bool) -> Trace:
    return Trace(
        graph=context.graph,
        variables=context.project.variables,
        wiring=context.wiring,
        batch=context.batch,
        nested=context.signatures,
        beneath=context.beneath,
        faults=faults,
        live=live,
        sound=sound,
    )


def _in_node_order(context: Context) -> Mapping[NodeId, NodeReport]:
    if tuple(context.reports) == context.wiring.ids:
        return context.reports
    return {name: context.reports[name] for name in context.graph.nodes}


def _inputs(context: Context) -> dict[str, TensorSpec]:
    found = {}
    for node in context.of_role(Role.INPUT):
        outputs = context.reports[node.id].outputs
        if outputs:
            found[str(node.id)] = next(iter(outputs.values()))
    return found


def _outputs(context: Context) -> dict[str, TensorSpec]:
    found = {}
    for node in context.of_role(Role.OUTPUT):
        report = context.reports[node.id]
        if report.state is State.KNOWN and report.inputs:
            found[str(node.id)] = next(iter(report.inputs.values()))
    return found


def _tensors(context: Context) -> dict[NodeId, tuple[Weight, ...] | NestedTensors]:
    nested = {node.id: node for node in context.of_role(Role.NETWORK)}
    found: dict[NodeId, tuple[Weight, ...] | NestedTensors] = {}
    for name, report in _in_node_order(context).items():
        if report.weights:
            found[name] = report.weights
        elif name in nested and report.state is State.KNOWN and not nested[name].shares:
            parts = (context.signatures[part] for part in parts_of(nested[name].parameters.get("network")))
            signatures = tuple(signature for signature in parts if signature)
            found[name] = NestedTensors(signatures=signatures, repeat=repeat_of(context, nested[name]))
    return found


def _trained(context: Context) -> int:
    """Count the parameters of a training graph: those of each declared model once."""
    signatures = (context.signatures.get(model.network) for model in context.graph.models.values())
    return sum(signature.parameters for signature in signatures if signature)
