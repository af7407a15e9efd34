"""The check of a whole project: networks first, each after those that stand in it, then training graphs.

It must not know torch, Qt, or how problems are shown.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.check.graphs import check_graph, nested_networks
from engine.check.instances import as_drawn
from engine.check.report import GraphReport, Problem, Report, Severity, Signature
from engine.graph.types import GraphRef, Project, graph_of, graph_refs


class Checker:
    """Checks one project after another, reusing what has not changed in between."""

    def __init__(self) -> None:
        self._report: Report | None = None

    def check(self, project: Project) -> Report:
        """Check a project whose recipes are written out."""
        self._report = check(project, self._report)
        return self._report


def check(project: Project, previous: Report | None = None) -> Report:
    """Say what is known of every node of a project, and everything that is wrong with it.

    Args:
        project: recipes written out.
        previous: the report of an earlier state of the project; what has not changed is taken from it.

    Returns:
        The report; the same whether or not there was a previous one.
    """
    before: Mapping[GraphRef, GraphReport] = previous.graphs if previous else {}
    signatures: dict[str, Signature | None] = {}
    found: dict[GraphRef, GraphReport] = {}
    for name in networks_in_order(project):
        ref = GraphRef("networks", name)
        nested = nested_networks(project.networks[name])
        inside = {other: signatures.get(other) for other in nested if other in project.networks}
        report = check_graph(project, ref, inside, before.get(ref))
        signatures[name] = report.signature
        found[ref] = report
    for name, graph in project.training.items():
        ref = GraphRef("training", name)
        used = {model.network: None for model in graph.models.values()}
        inside = {other: signatures[other] for other in used if other in signatures}
        found[ref] = check_graph(project, ref, inside, before.get(ref))
    graphs = {ref: found[ref] for ref in graph_refs(project)}
    return Report(graphs=graphs, problems=(*_project_problems(project), *_sorted(project, graphs)))


def networks_in_order(project: Project) -> tuple[str, ...]:
    """Name the project's networks, each after those that stand in it where that is possible."""
    done: dict[str, None] = {}
    for root in project.networks:
        todo = [(root, False)]
        open_: set[str] = set()
        while todo:
            name, entered = todo.pop()
            if entered:
                done[name] = None
            elif name not in done and name not in open_ and name in project.networks:
                open_.add(name)
                todo.append((name, True))
                todo += [(other, False) for other in reversed(nested_networks(project.networks[name]))]
    return tuple(done)


def _project_problems(project: Project) -> tuple[Problem, ...]:
    return tuple(
        Problem(
            graph=None,
            node=None,
            severity=Severity.ERROR,
            code="missing-training",
            message=f"The run names training graph {stage.training!r}, which is not in the project",
            expected=", ".join(project.training) or "no training graph in the project",
            found=stage.training,
        )
        for stage in project.run.stages
        if stage.training not in project.training
    )


def _sorted(project: Project, graphs: Mapping[GraphRef, GraphReport]) -> list[Problem]:
    """Join the problems of all graphs, each once, under the graph they speak of, in node order."""
    every = list(as_drawn(problem for report in graphs.values() for problem in report.problems))
    if not every:
        return []
    place = {ref: index for index, ref in enumerate(graphs)}
    unique: dict[object, Problem] = {}
    for problem in every:
        unique.setdefault((problem.graph, problem.node, problem.port, problem.code, problem.message), problem)
    nodes = {
        ref: {node: index for index, node in enumerate(graph.nodes)}
        for ref in graphs
        if (graph := graph_of(project, ref))
    }

    def key(problem: Problem) -> tuple[int, int]:
        if problem.graph is None or problem.graph not in nodes:
            return (-1, -1)
        order = nodes[problem.graph]
        return place[problem.graph], order.get(problem.node, -1) if problem.node else -1

    return sorted(unique.values(), key=key)
