"""Making a plan of a project: what the designer and the command line ask for, before any torch is loaded.

`auto` devices and 0 threads are resolved by the run's own process, which writes what it decided into the run folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from engine.errors import UsageError
from engine.graph.stages import stages_of
from engine.graph.types import Project, Stage
from engine.runs.plan import LAST_SEED, MOST, Plan, PlannedStage


def plan_of(
    project: Project,
    *,
    name: str,
    folder: Path | None = None,
    seed: int | None = None,
    device: str = "",
    epochs: int | None = None,
    variables: Mapping[str, int | float] | None = None,
    parent: str = "",
) -> Plan:
    """Plan a run.

    Args:
        project: as drawn.
        name: of the run.
        folder: where relative data paths start.
        seed: instead of the project's.
        device: instead of the project's.
        epochs: instead of the length of the one stage.
        variables: instead of the project's values.
        parent: run folder to start from the weights of.

    Raises:
        UsageError: there is nothing to train, a variable is not the project's, the seed is out of range, or `epochs`
            stands for several stages.
    """
    unknown = [variable for variable in variables or {} if variable not in project.variables]
    if unknown:
        known = ", ".join(project.variables) or "none"
        raise UsageError(f"the project has no variable {unknown[0]!r}", remedy=f"It has: {known}")
    if variables:
        project = msgspec.structs.replace(project, variables={**project.variables, **variables})
    seed = project.run.seed if seed is None else seed
    if not 0 <= seed <= LAST_SEED:
        raise UsageError(f"the seed {seed} is out of range", remedy=f"Give a whole number from 0 to {LAST_SEED}")
    stages = stages_of(project)
    if not stages:
        raise UsageError("the project has nothing to train", remedy="Add a training graph: choose data for the network")
    if epochs is not None and len(stages) > 1:
        raise UsageError("--epochs needs a run of one stage", remedy="Set the lengths of the stages in the project")
    planned = tuple(_planned(stage, epochs, project) for stage in stages)
    return Plan(
        name=name,
        project=project,
        project_folder=str(folder.resolve()) if folder else "",
        seed=seed,
        device=device or project.run.device,
        threads=0,
        stages=planned,
        parent=parent,
    )


def _planned(stage: Stage, epochs: int | None, project: Project) -> PlannedStage:
    if stage.training not in project.training:
        raise UsageError(f"the run names a training graph {stage.training!r} that is not there", where="run.stages")
    steps = stage.length.steps if epochs is None else 0
    epochs = max(stage.length.epochs, 1) if epochs is None else epochs
    if max(steps, epochs) > MOST:
        raise UsageError(
            f"a run of {steps or epochs:,} {'steps' if steps else 'epochs'} never ends",
            where="run.stages",
            remedy=f"Choose at most {MOST:,}",
        )
    return PlannedStage(training=stage.training, epochs=0 if steps else epochs, steps=steps)
