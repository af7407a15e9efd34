"""Measuring a run's best weights again; it must not know processes."""

from __future__ import annotations

from pathlib import Path

import msgspec

from engine.errors import RunError
from engine.recipes.expand import expand
from engine.runs.events import Scores
from engine.runs.folder import CHECKPOINTS
from engine.runs.record import read_plan
from engine.runtime import devices, weights
from engine.train import checkpoint
from engine.train.loop import evaluate
from engine.train.metrics import metrics_of
from engine.train.sightings import require_unchanged
from engine.train.staging import staged


def measured_test(folder: Path) -> Scores:
    """Measure the best weights of a run on its test part.

    Raises:
        FormatError: the folder is no run.
        DataError: the data is not what the run saw: samples it learnt from may be in the test part now.
        FileError: the run has no weights yet.
        RunError: the run has no test part.
    """
    plan = read_plan(folder)
    if plan.device not in devices.available():
        plan = msgspec.structs.replace(plan, device="cpu")  # the figures are the run's, whatever they are computed on
    require_unchanged(expand(plan.project), plan)
    stage = staged(plan, len(plan.stages) - 1)
    _, path = checkpoint.chosen(folder / CHECKPOINTS)
    weights.load_into(stage.loop.models, checkpoint.model_tensors(weights.read(path)), str(path))
    part = stage.data.parts["test"]
    if not any(len(next(iter(tensors.values()), ())) for tensors in part.values()):
        raise RunError("the run kept no test part", where=str(folder), remedy="Set the source's test part above 0")
    names = [objective.id for objective in stage.loop.objectives]
    losses, metrics, count = evaluate(
        stage.loop.models,
        part,
        stage.written.evaluate,
        stage.written.draw,
        names,
        metrics_of(stage.metrics),
        seed=plan.seed,
    )
    return Scores(objectives=losses, metrics=metrics, samples=count)
