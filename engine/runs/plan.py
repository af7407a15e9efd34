"""The plan: everything a run is told, once, before it starts; it must not know torch or processes."""

from __future__ import annotations

import msgspec

from engine.graph.types import Project


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A run, fully determined: the same plan on the same machine gives the same curve, bit for bit."""

    format: int = 1
    name: str
    project: Project
    """As drawn, recipes not expanded: `recipes.expand` gives the same graph again."""
    project_folder: str = ""
    """Folder that relative data paths start from."""
    seed: int
    device: str
    """Resolved: cpu, cuda:i or mps."""
    threads: int
    """Threads torch computes with on the CPU; part of what decides the last bits."""
    channels_last: bool = False
    fused: bool = True
    """Whether the optimiser's fused kernels are used where there are some."""
    stages: tuple[PlannedStage, ...]
    snapshots: dict[str, str] = {}
    """Content hash of each source (`training.node`) when the plan was made."""
    parent: str = ""
    """Run folder whose last weights this run starts from; empty for fresh ones."""
    emitted: dict[str, str] = {}
    """Emitted source by file name, to read: what runs is written anew from the graph, and a resume says where that differs."""

    @property
    def trainings(self) -> tuple[str, ...]:
        """Names of the training graphs of its stages, each once."""
        return tuple(dict.fromkeys(stage.training for stage in self.stages))


class PlannedStage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One stage of a run; exactly one of `epochs` and `steps` is positive."""

    training: str
    epochs: int = 0
    steps: int = 0
