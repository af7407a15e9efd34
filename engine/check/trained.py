"""What a training graph needs, and the errors that keep it from running: a draft beside it keeps nothing back."""

from __future__ import annotations

from collections.abc import Iterable

from engine.check.graphs import networks_beneath
from engine.check.report import Problem, Report, Severity
from engine.graph.instances import origin_of
from engine.graph.stages import stages_of
from engine.graph.types import GraphRef, Project


def errors_of_training(project: Project, report: Report, trainings: Iterable[str]) -> tuple[Problem, ...]:
    """Give the errors in training graphs and in the networks they train, and those of the project itself.

    Args:
        project: written out.
        report: what the check says of it.
        trainings: names of training graphs; one that is not in the project is an error of the run that names it.
    """
    known = [name for name in dict.fromkeys(trainings) if name in project.training]
    models = (model.network for name in known for model in project.training[name].models.values())
    refs = {GraphRef("training", name) for name in known}
    refs |= {GraphRef("networks", origin_of(network)) for network in networks_beneath(project, models)}
    return tuple(
        problem
        for problem in report.problems
        if problem.severity is Severity.ERROR and (problem.graph is None or problem.graph in refs)
    )


def errors_of_run(project: Project, report: Report) -> tuple[Problem, ...]:
    """Give the errors that keep a project's run from starting."""
    return errors_of_training(project, report, [stage.training for stage in stages_of(project)])
