"""Simple estimates from the check's figures: memory that training takes, receptive field; it must not know widgets."""

from __future__ import annotations

from typing import Final

from engine.check.report import GraphReport
from engine.graph.types import Project
from engine.layers.catalogue import kind_of
from engine.layers.kind import Role

_BYTES_PER_NUMBER: Final = 4
_COPIES_OF_WEIGHTS: Final = 4
"""Weights, gradients and two moments of Adam."""
_COPIES_OF_ACTIVATIONS: Final = 2
"""Values and their gradients."""
DEFAULT_BATCH: Final = 32


def training_bytes(report: GraphReport, batch: int) -> int:
    """Estimate the memory that training a network takes, in bytes.

    Args:
        report: What the check knows of the network.
        batch: Samples per step.
    """
    per_sample = sum(node.activations for node in report.nodes.values() if isinstance(node.activations, int))
    weights = report.parameters * _BYTES_PER_NUMBER * _COPIES_OF_WEIGHTS
    return weights + per_sample * batch * _COPIES_OF_ACTIVATIONS


def batch_size(project: Project) -> int:
    """Find the largest batch that a source of the (written out) project gives."""
    sizes = [DEFAULT_BATCH] if not project.training else []
    for graph in project.training.values():
        for node in graph.nodes.values():
            kind = kind_of(node.kind)
            if kind is not None and kind.role is Role.SOURCE:
                size = node.parameters.get("batch_size", kind.defaults.get("batch_size", DEFAULT_BATCH))
                sizes.append(size if isinstance(size, int) else DEFAULT_BATCH)
    return max(sizes, default=DEFAULT_BATCH)
