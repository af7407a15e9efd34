"""The files of source that people read, each by its name; it must not know who reads them."""

from __future__ import annotations

from engine.check.report import Report
from engine.codegen.data import emit_data
from engine.codegen.networks import emit_networks
from engine.codegen.source import Source
from engine.codegen.training import emit_training
from engine.errors import BuildError
from engine.graph.types import Project


def emit_file(project: Project, report: Report, file: str, training: str) -> Source:
    """Write one file of a project.

    Args:
        project: recipes written out.
        report: what the check says of it.
        file: `model.py`, `training.py` or `data.py`.
        training: name of the training graph that the last two are of; empty when there is none.

    Raises:
        BuildError: there is nothing to write, or it has an error.
    """
    if file == "model.py":
        if not project.networks:
            raise BuildError("There is no network yet")
        return emit_networks(project, report, tuple(project.networks))
    if not training:
        raise BuildError("There is no training graph yet", remedy="Choose data first")
    emit = emit_training if file == "training.py" else emit_data
    return emit(project, report, training, "")
