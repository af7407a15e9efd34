"""What writing a training graph needs, collected once: names, wires, the tensors of a batch; it must not write anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.check.context import nodes_of_role
from engine.check.report import GraphReport, Problem, Report
from engine.check.trained import errors_of_training
from engine.check.wiring import Wiring
from engine.codegen.arguments import Constructor
from engine.codegen.classes import constructors_of
from engine.codegen.source import Source, Writer
from engine.codegen.symbols import symbols_of
from engine.errors import BuildError
from engine.graph.ids import NodeId
from engine.graph.specs import TensorSpec
from engine.graph.types import Graph, GraphRef, Project
from engine.layers.catalogue import kind_of
from engine.layers.emission import Expr, Variant, literal
from engine.layers.kind import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A training graph, ready to be written."""

    project: Project
    title: str
    graph: Graph
    report: GraphReport
    wiring: Wiring
    constructors: Mapping[str, Constructor]
    symbols: Mapping[str, Expr]
    variant: Variant = "model"
    imports: set[str] = field(default_factory=set)


def joined(head: Writer, body: Writer) -> Source:
    """Put two pieces of source one behind the other."""
    first, second = head.source(), body.source()
    offset = first.text.count("\n")
    lines = {**first.lines, **{line + offset: address for line, address in second.lines.items()}}
    return Source(first.text + second.text, lines)


def plan_of(
    project: Project, report: Report, training: str, variant: Variant = "model", *, only_data: bool = False
) -> Plan:
    """Collect what writing a training graph needs.

    Args:
        project: written out.
        report: what the check says of it.
        training: name of the training graph.
        variant: what for.
        only_data: whether only its sources and transforms are written: nothing else need be in order then.

    Raises:
        BuildError: there is no such graph, or it has problems.
    """
    graph = project.training.get(training)
    if graph is None:
        raise BuildError(f"there is no training graph {training!r}")
    found = report.graphs[GraphRef("training", training)]
    errors = _errors(project, report, training, only_data=only_data)
    if errors or found.trace is None:
        where = errors[0].address if errors else f"training.{training}"
        raise BuildError("the training graph has problems", where=where, remedy="Mend them first")
    batch = batch_specs(graph, found)
    texts = {key: entry("batch", key) for key in batch}
    return Plan(
        project=project,
        title=training,
        graph=graph,
        report=found,
        wiring=found.trace.wiring,
        constructors={} if only_data else constructors_of(project, report, [m.network for m in graph.models.values()]),
        symbols={str(dim): expr for dim, expr in symbols_of(batch, texts).items()},
        variant=variant,
    )


def _errors(project: Project, report: Report, training: str, *, only_data: bool) -> list[Problem]:
    ref, graph = GraphRef("training", training), project.training[training]
    data = {node.id for role in (Role.SOURCE, Role.TRANSFORM) for node in nodes_of_role(graph, role)}
    return [
        problem
        for problem in errors_of_training(project, report, [training])
        if not only_data or problem.graph is None or (problem.graph == ref and problem.node in data)
    ]


def batch_specs(graph: Graph, report: GraphReport) -> dict[str, TensorSpec]:
    """Give the specs of the prepared tensors that the training graph reads, by key `NODE.PORT`, in node order."""
    assert report.trace is not None
    read: set[tuple[NodeId, str]] = set()
    for target, feeds in report.trace.wiring.feeds.items():
        kind = kind_of(graph.nodes[target].kind)
        if kind is not None and kind.role is not Role.TRANSFORM:
            read.update(feeds.values())
    found: dict[str, TensorSpec] = {}
    for node in graph.nodes.values():
        kind = kind_of(node.kind)
        if kind is not None and kind.role in (Role.SOURCE, Role.TRANSFORM):
            outputs = report.nodes[node.id].outputs
            found.update({f"{node.id}.{port}": spec for port, spec in outputs.items() if (node.id, port) in read})
    return found


def entry(mapping: str, key: str) -> Expr:
    """Write an entry of a dictionary."""
    return Expr(f"{mapping}[{literal(key).text}]")
