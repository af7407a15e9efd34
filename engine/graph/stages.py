"""What a run trains and for how long, stage by stage; it must not know plans or kinds."""

from __future__ import annotations

import msgspec

from engine.graph.types import Length, Project, Stage


def stages_of(project: Project) -> tuple[Stage, ...]:
    """Give the stages of a project's run: those it names, else its first training graph; none where there is neither."""
    return project.run.stages or tuple(Stage(training=training) for training in list(project.training)[:1])


def stage_of(project: Project, training: str) -> Stage:
    """Give the first stage that trains a graph; the one it would get where the run leaves the graph out."""
    return next((stage for stage in stages_of(project) if stage.training == training), Stage(training=training))


def with_length(project: Project, training: str, length: Length) -> tuple[Stage, ...]:
    """Give the stages with the first one of a training graph so long; all stay where they are.

    Args:
        project: whose run it is.
        training: name of the training graph; the run goes on with it at the end where no stage has it.
        length: of the stage.
    """
    stages = stages_of(project)
    at = next((index for index, stage in enumerate(stages) if stage.training == training), None)
    if at is None:
        return (*stages, Stage(training=training, length=length))
    return (*stages[:at], msgspec.structs.replace(stages[at], length=length), *stages[at + 1 :])
