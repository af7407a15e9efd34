"""Samples as a source gives them, before any transform: what exports take and people see."""

from __future__ import annotations

import importlib

import torch

from engine.errors import DataError
from engine.feed.refusal import refusing
from engine.graph.types import Node, Project
from engine.layers.catalogue import kind_of
from engine.layers.values import settled, values_of
from engine.sources.describe import own_parameters
from engine.sources.split import split


def raw_parts(project: Project, node: Node, *, seed: int, folder: str) -> dict[str, dict[str, torch.Tensor]]:
    """Load and split a source the way the emitted data preparation does.

    Args:
        project: holds the variables.
        node: the source.
        seed: decides the split.
        folder: where relative paths start.

    Returns:
        Tensors by part and port.

    Raises:
        DataError: the data is not there or not what the node says.
    """
    kind = kind_of(node.kind)
    if kind is None or kind.code is None:
        raise DataError(f"{node.kind!r} is no data source", where=str(node.id))
    values = values_of(kind, node, project.variables)
    module = importlib.import_module(f"engine.sources.{kind.code.module}")
    with refusing(str(node.id)):
        arrays = getattr(module, kind.code.function)(
            folder, **own_parameters(kind, settled(kind, node, project.variables))
        )
        labels = _labels(node) if "stratify" in values.names and values.flag("stratify") else ""
        parts = split(arrays, seed, values.real("validation"), values.real("test"), labels)
    return {part: {port: torch.from_numpy(array) for port, array in found.items()} for part, found in parts.items()}


def _labels(node: Node) -> str:
    outputs = node.snapshot.outputs if node.snapshot else {}
    return next((port for port, spec in outputs.items() if spec.classes), "")
