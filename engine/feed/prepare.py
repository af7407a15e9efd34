"""Data of a training graph, prepared by running its emitted source."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from engine.check.report import GraphReport, Report
from engine.codegen.data import emit_data
from engine.codegen.source import Source
from engine.errors import DataError
from engine.feed.dataset import Data
from engine.feed.refusal import refusing
from engine.graph.ids import NodeId
from engine.graph.types import GraphRef, Project
from engine.runtime.build import build


def prepare(project: Project, report: Report, training: str, *, seed: int, folder: str) -> tuple[Data, Source]:
    """Load, split and transform the data of a training graph.

    Args:
        project: recipes written out.
        report: what the check says of it.
        training: name of the training graph.
        seed: decides the split.
        folder: where relative paths start.

    Raises:
        DataError: the data is not there or not what the graph says, numbers are missing, a label is outside the classes.
    """
    source = emit_data(project, report, training, "engine.feed")
    module = build(source, "data")
    with refusing(f"training.{training}"):
        data: Data = module.prepare(seed, folder)
    found = report.graphs[GraphRef("training", training)]
    for part in data.parts.values():
        for tensors in part.values():
            for key, tensor in tensors.items():
                _require_sound(found, training, key, tensor)
    return data, source


def _require_sound(found: GraphReport, training: str, key: str, tensor: torch.Tensor) -> None:
    """Refuse what would only fail within a step: numbers that are missing, labels outside the classes."""
    node, port = key.split(".")
    where = f"training.{training}.{node}"
    spec = found.nodes[NodeId(node)].outputs[port]
    sizes = tuple(size if isinstance(size, int) else have for size, have in zip(spec.shape, tensor.shape, strict=False))
    if sizes[1:] != tuple(tensor.shape)[1:]:
        words = f"{port} is B × {_sizes(tensor.shape[1:])} where B × {_sizes(sizes[1:])} was seen before"
        raise DataError(words, where=where, remedy="Look at the data again (its content has changed)")
    if tensor.is_floating_point():
        missing = int((~torch.isfinite(tensor)).sum())
        if missing:
            words = f"{missing:,} value{'s' * (missing != 1)} of {port} are missing or not finite"
            raise DataError(words, where=where, remedy="Fill missing numbers (the recipe's option, or a Fill node)")
        return
    classes = len(spec.classes)
    if classes and tensor.numel():
        low, high = int(tensor.min()), int(tensor.max())
        if low < 0 or high >= classes:
            words = f"the label {low if low < 0 else high} is outside the {classes} classes that were seen before"
            raise DataError(words, where=where, remedy="Look at the data again (its content has changed)")


def _sizes(sizes: Sequence[int]) -> str:
    return " × ".join(map(str, sizes))
