"""What is exported: a model with its transforms and weights, built from a run or from a project as drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import torch
from torch import nn

from engine.check.graphs import networks_beneath
from engine.check.report import Report
from engine.codegen.classes import constructors_of
from engine.codegen.export import Entry, emit_export, entries
from engine.codegen.networks import emit_networks
from engine.errors import DataError, ExportError
from engine.feed.prepare import prepare
from engine.feed.raw import raw_parts
from engine.graph.ids import NodeId
from engine.graph.specs import TensorSpec
from engine.graph.stages import stages_of
from engine.graph.types import GraphRef, Project
from engine.recipes.expand import expand, write_recipes
from engine.runs.folder import CHECKPOINTS
from engine.runs.plan import Plan
from engine.runs.record import read_plan
from engine.runtime import weights
from engine.runtime.build import build
from engine.train import checkpoint
from engine.train.sightings import require_unchanged
from engine.train.staging import checked

Weights = Literal["best", "last", "untrained"]
_MADE_UP: Final = 16
"""Samples where there is no data."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A model, ready to be exported."""

    project: Project
    report: Report
    training: str
    model: str
    module: nn.Module
    """In evaluation mode, transforms in front."""
    entries: tuple[Entry, ...]
    outputs: Mapping[str, TensorSpec]
    samples: tuple[torch.Tensor, ...]
    """Held samples for each input: the test part."""
    weights: Weights
    run: str
    tensors: Mapping[str, torch.Tensor]
    """Of the model, by key without the model's id."""
    classes: tuple[str, ...]
    note: str = ""
    """What people should know of the samples."""


def subject_of(
    project: Project, *, run: str, folder: str, raw_input: bool, model: str = "", seed: int | None = None
) -> Subject:
    """Build what is exported.

    Args:
        project: as drawn; a run has its own.
        run: run folder; empty for untrained weights.
        folder: where relative data paths start.
        raw_input: whether transforms are left out.
        model: id of the model; may be left out where there is only one.
        seed: of untrained weights and of the split; a run has its own.

    Raises:
        RunError: the project has an error.
        ExportError: there is no such model, or several and none is named.
        FileError: the run has no weights that fit.
    """
    seed, note = project.run.seed if seed is None else seed, ""
    if run:
        plan = read_plan(Path(run))
        project, folder, seed, note = plan.project, plan.project_folder, plan.seed, _lost(plan)
    training, model = _model(project, model)
    expanded, report = checked(project, [training])
    graph = expanded.training[training]
    exported = build(emit_export(expanded, report, training, model, raw_input), "export")
    torch.manual_seed(seed)
    bare = _bare(expanded, report, graph.models[model].network)
    which, found = _weights(run)
    fitted: Mapping[str, Mapping[str, torch.Tensor]]
    if run:
        weights.load_into({model: bare}, checkpoint.model_tensors(found), run)
        fitted = _nested(checkpoint.fitted_tensors(found))
    else:
        fitted = prepare(expanded, report, training, seed=seed, folder=folder)[0].fitted
    given = entries(expanded, report, training, model, raw_input)
    outputs = next(
        report.graphs[GraphRef("training", training)].nodes[node.id].outputs
        for node in graph.nodes.values()
        if node.parameters.get("model") == model
    )
    return Subject(
        project=expanded,
        report=report,
        training=training,
        model=model,
        module=exported.Exported(bare, fitted).eval(),
        entries=given,
        outputs=outputs,
        samples=_made_up(given) if note else _samples(expanded, report, training, given, seed=seed, folder=folder),
        weights=which,
        run=run,
        tensors=weights.own_tensors(bare),
        classes=_classes(report, training),
        note="; ".join(filter(None, (note, _bypassed(expanded, graph.models[model].network)))),
    )


def _bypassed(project: Project, network: str) -> str:
    """Name what is left out of the computation on purpose, so that nobody exports it unawares."""
    graphs = networks_beneath(project, [network])
    nodes = [f"{name}.{node.id}" for name, graph in graphs.items() for node in graph.nodes.values() if node.bypassed]
    return f"bypassed, as drawn: {', '.join(nodes)}" if nodes else ""


def _lost(plan: Plan) -> str:
    """Say why a run's data is not there any more: its weights can be exported all the same."""
    try:
        require_unchanged(expand(plan.project), plan)
    except DataError as error:
        return f"{error.what} ({error.where}): compared on random numbers instead"
    return ""


def _bare(project: Project, report: Report, network: str) -> nn.Module:
    """Make a network in the variant that exports, with initial weights."""
    source = build(emit_networks(project, report, [network], "export"), "export_model")
    maker = constructors_of(project, report, [network])[network]
    module: nn.Module = getattr(source, maker.title)(**maker.arguments)
    return module


def _model(project: Project, wanted: str) -> tuple[str, NodeId]:
    """Choose the model, and the last stage that trains it."""
    graphs = write_recipes(project).training
    trainings = [stage.training for stage in stages_of(project) if stage.training in graphs]
    if not trainings:
        raise ExportError(
            "the project has no training graph to take data and weights from", remedy="Choose data for the network"
        )
    owners = {model: training for training in trainings for model in graphs[training].models}
    found = [model for model in owners if model == wanted] if wanted else list(graphs[trainings[-1]].models)
    if len(found) == 1:
        return owners[found[0]], found[0]
    listed = ", ".join(owners)
    if wanted or not found:
        raise ExportError(f"there is no model {wanted!r}", remedy=f"There are {listed}")
    raise ExportError(
        f"there are several models: {listed}", remedy="Say which: --model NAME, or open its network in the window"
    )


def _weights(run: str) -> tuple[Weights, dict[str, torch.Tensor]]:
    if not run:
        return "untrained", {}
    which, path = checkpoint.chosen(Path(run, CHECKPOINTS))
    return which, weights.read(path)


def _nested(flat: Mapping[str, torch.Tensor]) -> dict[str, dict[str, torch.Tensor]]:
    nested: dict[str, dict[str, torch.Tensor]] = {}
    for key, tensor in flat.items():
        node, name = key.rsplit(".", 1)
        nested.setdefault(node, {})[name] = tensor
    return nested


def _samples(
    project: Project, report: Report, training: str, given: tuple[Entry, ...], *, seed: int, folder: str
) -> tuple[torch.Tensor, ...]:
    graph = project.training[training]
    prepared = None
    found: list[torch.Tensor] = []
    for entry in given:
        node, _, port = entry.key.partition(".")
        source = graph.nodes.get(NodeId(node))
        if source is None:
            found += _made_up((entry,))
        elif source.snapshot is not None:
            parts = raw_parts(project, source, seed=seed, folder=folder)
            found.append(parts["test" if len(next(iter(parts["test"].values()))) else "train"][port])
        else:
            prepared = prepared or prepare(project, report, training, seed=seed, folder=folder)[0]
            part = prepared.parts["test"] if prepared.parts["test"] else prepared.parts["train"]
            found.append(next(tensors[entry.key] for tensors in part.values() if entry.key in tensors))
    return tuple(found)


def _made_up(given: tuple[Entry, ...]) -> tuple[torch.Tensor, ...]:
    """Draw samples within the range of each input."""
    sizes = [[dim if isinstance(dim, int) else _MADE_UP for dim in entry.spec.shape] for entry in given]
    return tuple(_drawn(entry.spec, size) for entry, size in zip(given, sizes, strict=True))


def _drawn(spec: TensorSpec, size: list[int]) -> torch.Tensor:
    low = spec.low or 0.0
    if spec.dtype == "bool":
        return torch.rand(size) < 0.5
    if spec.dtype == "int64":
        return torch.randint(int(low), int(spec.high or low) + 1, size)
    return torch.randn(size) if spec.high is None else low + (spec.high - low) * torch.rand(size)


def _classes(report: Report, training: str) -> tuple[str, ...]:
    for node in report.graphs[GraphRef("training", training)].nodes.values():
        for spec in node.outputs.values():
            if spec.classes:
                return spec.classes
    return ()
