"""Everything one stage of a run computes with, built from the plan: modules, data, loop; it must not know threads or folders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import msgspec
import torch
from torch import nn

from engine.check.checker import check
from engine.check.report import Report, Severity
from engine.codegen.networks import emit_networks
from engine.codegen.source import Source
from engine.codegen.training import emit_training
from engine.errors import RunError
from engine.feed.prepare import prepare
from engine.graph.types import Project
from engine.layers.emission import Variant
from engine.recipes.expand import expand
from engine.runs.plan import Plan
from engine.runtime import devices
from engine.runtime.build import build
from engine.train.loop import Batch, Data, Loop, Models


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
    loop: Loop
    steps: int
    """How many steps the stage has."""
    metrics: Mapping[str, str]
    """Metric kind by metric id."""


def resolved(plan: Plan) -> Plan:
    """Decide what the plan leaves open: device, threads, layout of images, kernels.

    Raises:
        RunError: there is no such device here.
    """
    device = devices.resolve(plan.device)
    convolves = any(
        node.kind.startswith("conv") for graph in plan.project.networks.values() for node in graph.nodes.values()
    )
    return msgspec.structs.replace(
        plan,
        device=str(device),
        threads=plan.threads or devices.threads(),
        channels_last=convolves and device.type in ("cpu", "cuda"),
    )


def checked(project: Project) -> tuple[Project, Report]:
    """Write recipes out and check.

    Raises:
        RunError: the project has an error; the first is named.
    """
    expanded = expand(project)
    report = check(expanded)
    for problem in report.problems:
        if problem.severity is Severity.ERROR:
            raise RunError(
                problem.message, where=problem.address, remedy=problem.fixes[0].title if problem.fixes else ""
            )
    return expanded, report


def write(project: Project, report: Report, training: str, variant: Variant = "model") -> Written:
    """Write a training graph and its networks, and make modules of them."""
    names = list(dict.fromkeys(model.network for model in project.training[training].models.values()))
    networks = emit_networks(project, report, names, variant)
    step = emit_training(project, report, training, "engine.train")
    module = build(step, "training", {"model": build(networks, "model")})
    return Written(module, {"model": networks, "training": step})


def staged(plan: Plan, number: int, carried: Mapping[str, nn.Module] | None = None) -> Stage:
    """Build a stage.

    Args:
        plan: resolved.
        number: which of its stages.
        carried: models of the stage before; those of the same id and shape go on.

    Raises:
        RunError: the project has an error.
        DataError: the data is not there or not what the graph says.
    """
    torch.set_num_threads(plan.threads)
    stage = plan.stages[number]
    project, report = checked(plan.project)
    written = write(project, report, stage.training)
    data, source = prepare(project, report, stage.training, seed=plan.seed, folder=plan.project_folder)
    _require_samples(data, stage.training)
    torch.manual_seed(plan.seed)
    models = written.build_models()
    for name, model in (carried or {}).items():
        if name in models and models[name].state_dict().keys() == model.state_dict().keys():
            models[name].load_state_dict(model.state_dict())
    loop = Loop(
        models,
        Data(parts=data.parts, batch_sizes=data.batch_sizes, fitted=data.fitted),
        written.training.OBJECTIVES,
        written.draw,
        seed=plan.seed,
        device=plan.device,
        fused=plan.fused,
        channels_last=plan.channels_last,
    )
    steps = stage.steps or stage.epochs * loop.steps_per_epoch
    full = Written(written.training, {**written.sources, "data": source})
    metrics = dict(written.training.METRICS)
    prepared = Data(parts=data.parts, batch_sizes=data.batch_sizes, fitted=data.fitted)
    return Stage(project, report, stage.training, full, prepared, loop, steps, metrics)


def _require_samples(data: Any, training: str) -> None:
    for source, tensors in data.parts["train"].items():
        if not len(next(iter(tensors.values()), ())):
            raise RunError(
                "there are no samples to train on", where=f"training.{training}.{source}", remedy="Choose data"
            )
