"""Every template by name, with the drawing it is written from and what is published of its size."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from engine.graph.types import Project
from tests.templates import residual

TEMPLATES: Final[Mapping[str, Callable[[], Project]]] = {
    "resnet18": residual.resnet18,
    "resnet50": residual.resnet50,
    "resnext50_32x4d": residual.resnext50_32x4d,
}


class Size(NamedTuple):
    """What is published: trainable parameters, exactly; multiply-adds in thousands of millions, or 0 where none are."""

    parameters: int
    giga_multiply_adds: float = 0.0


PUBLISHED: Final[Mapping[str, Size]] = {
    "resnet18": Size(11_689_512, 1.814),
    "resnet50": Size(25_557_032, 4.089),
    "resnext50_32x4d": Size(25_028_904, 4.230),
}
