"""Data of a training graph, prepared by running its emitted source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import torch

from engine.check.report import Report
from engine.codegen.data import emit_data
from engine.codegen.source import Source
from engine.errors import DataError
from engine.graph.types import Project
from engine.runtime.build import build


class Prepared(Protocol):
    """What emitted data preparation gives; the loop's `Data` is one."""

    @property
    def parts(self) -> Mapping[str, Mapping[str, dict[str, torch.Tensor]]]:
        """Tensors by part, source and key."""

    @property
    def batch_sizes(self) -> Mapping[str, int]:
        """Samples of one batch, by source."""

    @property
    def fitted(self) -> Mapping[str, Mapping[str, torch.Tensor]]:
        """What transforms measured on the training part, by node."""


def prepare(project: Project, report: Report, training: str, *, seed: int, folder: str) -> tuple[Prepared, Source]:
    """Load, split and transform the data of a training graph.

    Args:
        project: recipes written out.
        report: what the check says of it.
        training: name of the training graph.
        seed: decides the split.
        folder: where relative paths start.

    Raises:
        DataError: the data is not there or not what the graph says.
    """
    source = emit_data(project, report, training, "engine.train")
    module = build(source, "data")
    where = f"training.{training}"
    try:
        data: Prepared = module.prepare(seed, folder)
    except OSError as error:
        raise DataError(
            f"{error.filename} cannot be read: {error.strerror}", where=where, remedy="Choose data"
        ) from error
    except ValueError as error:
        raise DataError(str(error), where=where, remedy="Mend the data or choose another") from error
    return data, source
