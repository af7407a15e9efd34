"""Data that is no longer what a project saw when it last looked at it; it must not know torch or runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal, NamedTuple

from engine.errors import DataError, ExpressionError
from engine.graph.types import Project
from engine.layers.catalogue import kind_of
from engine.layers.values import settled
from engine.sources.describe import SNAPSHOTS, content_hash

CHANGED: Final = "The data has changed since the project looked at it: its shapes and counts may be others now"


class Outdated(NamedTuple):
    """A source whose shapes and counts in the project may be wrong by now."""

    address: str
    """`TRAINING.NODE`."""
    code: Literal["data-changed", "no-data"]
    message: str
    remedy: str


def outdated(project: Project, folder: Path) -> Iterator[Outdated]:
    """Hold the snapshots of all sources against what their files hold now.

    Args:
        project: recipes written out.
        folder: where relative paths start.
    """
    for name, graph in project.training.items():
        for node in graph.nodes.values():
            kind = kind_of(node.kind)
            if kind is None or node.snapshot is None or node.kind in SNAPSHOTS:
                continue
            address = f"{name}.{node.id}"
            try:
                changed = content_hash(settled(kind, node, project.variables), folder) != node.snapshot.content
            except ExpressionError:
                continue  # the check says why
            except DataError as error:
                yield Outdated(address, "no-data", error.what, error.remedy)
                continue
            if changed:
                yield Outdated(address, "data-changed", CHANGED, "Choose the data again")
