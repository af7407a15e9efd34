"""What data a run saw: hashes of its sources, held against the project's snapshots and, on resume, against the plan's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.errors import DataError
from engine.graph.types import Node, Project
from engine.layers.catalogue import kind_of
from engine.layers.kind import Role
from engine.layers.values import settled
from engine.runs.events import Warned
from engine.runs.plan import Plan
from engine.sources.describe import content_hash


def hashes(project: Project, plan: Plan) -> dict[str, str]:
    """Hash what every source of a plan reads, by `TRAINING.NODE`.

    Args:
        project: recipes written out.
        plan: names the stages and the folder that paths start from.

    Raises:
        DataError: a file cannot be read.
    """
    return {address: content_hash(node, Path(plan.project_folder)) for address, node in _sources(project, plan)}


def outdated(project: Project, plan: Plan) -> Iterator[Warned]:
    """Say which sources are not what the project saw when it last looked at them."""
    for address, node in _sources(project, plan):
        if node.snapshot is not None and plan.snapshots.get(address, node.snapshot.content) != node.snapshot.content:
            words = f"the data of {address} has changed since the project looked at it; choose it again to see what it holds"
            yield Warned(message=words, address=address)


def require_unchanged(project: Project, plan: Plan) -> None:
    """Refuse to resume on other data: the curve would not be the one that was broken off.

    Raises:
        DataError: a source has changed since the run began, or cannot be read.
    """
    now = hashes(project, plan)
    for address, before in plan.snapshots.items():
        if now.get(address) != before:
            raise DataError("the data has changed since this run began", where=address, remedy="Start a new run")


def _sources(project: Project, plan: Plan) -> Iterator[tuple[str, Node]]:
    for training in dict.fromkeys(stage.training for stage in plan.stages):
        for node in project.training[training].nodes.values():
            kind = kind_of(node.kind)
            if kind is not None and kind.role is Role.SOURCE:
                yield f"{training}.{node.id}", settled(kind, node, project.variables)
