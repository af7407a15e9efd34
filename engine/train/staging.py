"""Everything one stage of a run computes with, built from the plan: modules, data, loop; it must not know threads or folders."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

import msgspec
import torch
from torch import nn

from engine.check.checker import check
from engine.check.report import Report
from engine.check.trained import errors_of_training
from engine.codegen.data import emit_data
from engine.codegen.networks import emit_networks
from engine.codegen.source import Source
from engine.codegen.training import emit_training
from engine.errors import RunError
from engine.feed.dataset import Batch, Data, Models
from engine.feed.prepare import prepare
from engine.graph.types import Project
from engine.layers.emission import Variant
from engine.recipes.expand import expand
from engine.runs.events import Warned
from engine.runs.plan import Plan
from engine.runtime import devices
from engine.runtime.build import build
from engine.train.followers import Follower, begin
from engine.train.loop import Loop, Objective
from engine.train.metrics import Metrics
from engine.train.sightings import hashes

_PACKAGE: Final = "engine.train"


@dataclass(frozen=True, slots=True)
class Written:
    """A training graph as modules of Python."""

    training: ModuleType
    sources: Mapping[str, Source]
    """Emitted source by module name."""

    @property
    def build_models(self) -> Callable[[], dict[str, nn.Module]]:
        """Builds the models by id."""
        found: Callable[[], dict[str, nn.Module]] = self.training.build_models
        return found

    @property
    def evaluate(self) -> Callable[[Models, Batch], Mapping[str, Any]]:
        """Gives losses by objective and the inputs of each metric."""
        found: Callable[[Models, Batch], Mapping[str, Any]] = self.training.evaluate
        return found

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """In the order they run within a step."""
        found: tuple[Objective, ...] = self.training.OBJECTIVES
        return found

    @property
    def followers(self) -> tuple[Follower, ...]:
        """Models that follow others."""
        found: tuple[Follower, ...] = getattr(self.training, "FOLLOWERS", ())
        return found

    @property
    def chosen_by(self) -> str:
        """Id of the metric by which weights are chosen before the loss; empty where there is none."""
        found: str = self.training.CHOSEN_BY
        return found

    @property
    def draw(self) -> Callable[[Batch], Batch]:
        """Draws the noise of a step."""
        found: Callable[[Batch], Batch] = self.training.draw
        return found


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage, ready to run."""

    project: Project
    """Recipes written out."""
    report: Report
    training: str
    written: Written
    data: Data
    """On the device of the loop."""
    loop: Loop
    steps: int
    """How many steps the stage has."""
    metrics: Metrics
    """By metric id: its kind and its parameters."""
    carried: Models
    """Models of earlier stages that this one does not use, as they ended: later ones may."""
    steps_before: int = 0
    """Steps of the stages before this one: what a run says counts through."""
    epochs_before: int = 0

    @property
    def step(self) -> int:
        """Steps of the run so far."""
        return self.steps_before + self.loop.step_number

    @property
    def epoch(self) -> int:
        """Whole epochs of the run so far."""
        return self.epochs_before + self.loop.epoch

    @property
    def epochs(self) -> int:
        """How many epochs the stage has, a begun one counted."""
        return math.ceil(self.steps / self.loop.steps_per_epoch)


def resolved(plan: Plan) -> Plan:
    """Decide what the plan leaves open: device, threads, layout of images; add what is going to run, to read.

    Raises:
        RunError: there is no such device here, or the project has an error.
        DataError: a file of data cannot be read.
    """
    device = devices.resolve(plan.device)
    project, report = checked(plan.project, plan.trainings)
    return msgspec.structs.replace(
        plan,
        device=str(device),
        threads=plan.threads or devices.threads(),
        channels_last=report.has_filters and device.type in ("cpu", "cuda"),
        snapshots=hashes(project, plan),
        emitted=_emitted(plan, project, report),
    )


def rewritten(plan: Plan) -> Iterator[Warned]:
    """Say which source of a plan is written differently today; what is stored never runs, it is there to be read.

    Raises:
        RunError: the project has an error.
    """
    today = _emitted(plan, *checked(plan.project, plan.trainings))
    names = sorted(name for name, text in today.items() if plan.emitted.get(name, text) != text)
    names += sorted(plan.emitted.keys() - today.keys())
    if names:
        yield Warned(
            message=f"{', '.join(names)} of this run is not what its graph gives today: today's runs, not the stored one; "
            "from here on the curve may differ from an unbroken run"
        )


def _emitted(plan: Plan, project: Project, report: Report) -> dict[str, str]:
    trainings = plan.trainings
    texts: dict[str, str] = {}
    for training in trainings:
        written = write(project, report, training)
        data = emit_data(project, report, training, "engine.feed")
        suffix = "" if len(trainings) == 1 else f"_{training}"
        texts |= {f"{name}{suffix}.py": source.text for name, source in {**written.sources, "data": data}.items()}
    return texts


def checked(project: Project, trainings: Iterable[str]) -> tuple[Project, Report]:
    """Write a project out and check what training graphs need.

    Args:
        project: as drawn.
        trainings: names of the graphs that are trained; errors elsewhere keep nothing back.

    Raises:
        RunError: there are errors; the first is named, and the others counted.
    """
    expanded = expand(project)
    report = check(expanded)
    errors = errors_of_training(expanded, report, trainings)
    if errors:
        first, others = errors[0], len(errors) - 1
        remedy = first.fixes[0].title if first.fixes else ""
        more = f"{others} more {'error' if others == 1 else 'errors'}: netwright check lists them" if others else ""
        raise RunError(first.message, where=first.address, remedy=". ".join(filter(None, (remedy, more))))
    return expanded, report


def write(project: Project, report: Report, training: str, variant: Variant = "model") -> Written:
    """Write a training graph and its networks, and make modules of them.

    A variant is built under a name of its own, so that tracebacks show its lines and never those of the model.
    """
    names = list(dict.fromkeys(model.network for model in project.training[training].models.values()))
    networks = emit_networks(project, report, names, variant)
    step = emit_training(project, report, training, _PACKAGE, variant)
    suffix = "" if variant == "model" else f" ({variant})"
    model = build(networks, f"model{suffix}")
    module = build(step, f"training{suffix}", {"model": model})
    return Written(module, {"model": networks, "training": step})


def staged(plan: Plan, number: int, before: Stage | None = None) -> Stage:
    """Build a stage.

    Args:
        plan: resolved.
        number: which of its stages.
        before: the stage before; the models so far go on where id and network are the same.

    Raises:
        RunError: the project has an error.
        DataError: the data is not there or not what the graph says.
    """
    torch.set_num_threads(plan.threads or devices.threads())
    stage = plan.stages[number]
    project, report = checked(plan.project, plan.trainings)
    written = write(project, report, stage.training)
    prepared, source = prepare(project, report, stage.training, seed=plan.seed, folder=plan.project_folder)
    data = prepared.on(plan.device)
    _require_samples(data, stage.training)
    earlier = {**before.carried, **before.loop.models} if before else {}
    loop = Loop(
        _models(written, plan.seed, earlier),
        data.sources(plan.seed),
        written.objectives,
        written.draw,
        followers=written.followers,
        seed=plan.seed,
        device=plan.device,
        fused=plan.fused,
        channels_last=plan.channels_last,
    )
    return Stage(
        project=project,
        report=report,
        training=stage.training,
        written=Written(written.training, {**written.sources, "data": source}),
        data=data,
        loop=loop,
        steps=stage.steps or stage.epochs * loop.steps_per_epoch,
        metrics=dict(written.training.METRICS),
        carried={name: model for name, model in earlier.items() if name not in loop.models},
        steps_before=before.steps_before + before.steps if before else 0,
        epochs_before=before.epochs_before + before.epochs if before else 0,
    )


def _models(written: Written, seed: int, earlier: Models) -> dict[str, nn.Module]:
    torch.manual_seed(seed)
    models = written.build_models()
    for name, model in earlier.items():
        if name in models and _shapes(models[name]) == _shapes(model):
            models[name].load_state_dict(model.state_dict())
    begin(models, written.followers, kept=earlier)
    return models


def _shapes(model: nn.Module) -> dict[str, torch.Size]:
    return {key: tensor.shape for key, tensor in model.state_dict().items()}


def _require_samples(data: Data, training: str) -> None:
    for source, tensors in data.parts["train"].items():
        if not len(next(iter(tensors.values()), ())):
            where = f"training.{training}.{source}"
            raise RunError("there are no samples to train on", where=where, remedy="Choose data")
