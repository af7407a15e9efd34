"""The plan: everything a run is told, once, before it starts; it must not know torch or processes."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from engine.graph.types import Project

LAST_SEED: Final = 2**32 - 1
MOST: Final = 10**9
"""Longest run, in epochs or steps: what is longer is a slip of the pen."""
_Length = Annotated[int, Meta(ge=0, le=MOST)]


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A run, fully determined: the same plan on the same machine gives the same curve, bit for bit."""

    format: int = 1
    name: str
    project: Project
    """As drawn, recipes not expanded: `recipes.expand` gives the same graph again."""
    project_folder: str = ""
    """Folder that relative data paths start from."""
    seed: Annotated[int, Meta(ge=0, le=LAST_SEED)]
    device: Annotated[str, Meta(pattern="^(auto|cpu|mps|cuda(:[0-9]{1,3})?)$")]
    """Resolved: cpu, cuda:i or mps."""
    threads: Annotated[int, Meta(ge=0, le=4096)]
    """Threads torch computes with on the CPU; part of what decides the last bits."""
    channels_last: bool = False
    fused: bool = True
    """Whether the optimiser's fused kernels are used where there are some."""
    stages: Annotated[tuple[PlannedStage, ...], Meta(min_length=1)]
    snapshots: dict[str, str] = {}
    """Content hash of each source (`training.node`) when the plan was made."""
    parent: str = ""
    """Run folder whose last weights this run starts from; empty for fresh ones."""
    emitted: dict[str, str] = {}
    """Emitted source by file name, to read: what runs is written anew from the graph, and a resume says where that differs."""

    def __post_init__(self) -> None:
        for training in self.trainings:
            if training not in self.project.training:
                raise ValueError(f"there is no training graph {training!r} for a stage")

    @property
    def trainings(self) -> tuple[str, ...]:
        """Names of the training graphs of its stages, each once."""
        return tuple(dict.fromkeys(stage.training for stage in self.stages))


class PlannedStage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One stage of a run; exactly one of `epochs` and `steps` is positive."""

    training: str
    epochs: _Length = 0
    steps: _Length = 0

    def __post_init__(self) -> None:
        if (self.epochs > 0) == (self.steps > 0):
            raise ValueError("a stage has a number of epochs or of steps")
