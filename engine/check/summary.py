"""The report of one graph put together from its nodes': totals, signature, problems in order; it judges no node."""

from __future__ import annotations

from collections.abc import Mapping

from engine.check.context import Context, nodes_of_role
from engine.check.costs import sum_of
from engine.check.lints import network_lints
from engine.check.report import GraphReport, NodeReport, Problem, Severity, Signature, State, Trace
from engine.check.structure import id_problems, live_nodes, sharing_problems, unused_problems, wire_problems
from engine.check.training import training_problems
from engine.graph.ids import NodeId
from engine.graph.specs import TensorSpec
from engine.graph.types import Graph
from engine.layers.kind import Role, Weight

Faults = Mapping[NodeId, tuple[Problem, ...]]


def summary(context: Context, faults: Faults) -> GraphReport:
    """Give the report of a graph whose nodes have been judged.

    Args:
        context: the graph, with the report of every node.
        faults: problems of single nodes.
    """
    live = live_nodes(context)
    problems = [*wire_problems(context), *id_problems(context), *unused_problems(context, live)]
    for found in (faults, sharing_problems(context)):
        problems += [problem for group in found.values() for problem in group]
    network = context.ref.space == "networks"
    problems += network_lints(context) if network else training_problems(context)
    reports = list(context.reports.values())
    multiply_adds = sum_of([report.multiply_adds for report in reports])
    parameters = sum(report.parameters for report in reports) if network else _trained(context)
    signature = None
    if network:
        whole = not any(problem.severity is Severity.ERROR for problem in problems)
        activations = sum_of([report.activations for report in reports])
        signature = Signature(
            inputs=_inputs(context),
            outputs=_outputs(context),
            weights=tuple(_weights(context)),
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
        trace=_trace(context, faults, live),
    )


def in_order(problems: list[Problem], graph: Graph) -> tuple[Problem, ...]:
    """Sort problems: those of the whole graph first, then node by node."""
    if len(problems) < 2:
        return tuple(problems)
    position = {node: index for index, node in enumerate(graph.nodes)}
    return tuple(sorted(problems, key=lambda problem: position.get(problem.node, -1) if problem.node else -1))


def _trace(context: Context, faults: Faults, live: frozenset[NodeId]) -> Trace:
    return Trace(
        graph=context.graph,
        variables=context.project.variables,
        wiring=context.wiring,
        batch=context.batch,
        nested=context.signatures,
        faults=faults,
        live=live,
    )


def _in_node_order(context: Context) -> Mapping[NodeId, NodeReport]:
    if tuple(context.reports) == context.wiring.ids:
        return context.reports
    return {name: context.reports[name] for name in context.graph.nodes}


def _inputs(context: Context) -> dict[str, TensorSpec]:
    found = {}
    for node in nodes_of_role(context.graph, Role.INPUT):
        outputs = context.reports[node.id].outputs
        if outputs:
            found[str(node.id)] = next(iter(outputs.values()))
    return found


def _outputs(context: Context) -> dict[str, TensorSpec]:
    found = {}
    for node in nodes_of_role(context.graph, Role.OUTPUT):
        report = context.reports[node.id]
        if report.state is State.KNOWN and report.inputs:
            found[str(node.id)] = next(iter(report.inputs.values()))
    return found


def _weights(context: Context) -> list[Weight]:
    return [
        Weight(name=f"{name}.{weight.name}", shape=weight.shape, buffer=weight.buffer)
        for name, report in _in_node_order(context).items()
        for weight in report.weights
    ]


def _trained(context: Context) -> int:
    """Count the parameters of a training graph: those of each declared model once."""
    signatures = (context.signatures.get(model.network) for model in context.graph.models.values())
    return sum(signature.parameters for signature in signatures if signature)
