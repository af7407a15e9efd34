"""A plain PyTorch project: everything that training needs, without Netwright; it must not know how source is run.

The emitted files stand beside copies of the loop, the scores, the transforms and one file per kind of source.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from engine.check.context import nodes_of_role
from engine.check.report import Report
from engine.codegen.data import emit_data
from engine.codegen.networks import emit_networks
from engine.codegen.texts import README, TRAIN
from engine.codegen.training import emit_training
from engine.errors import BuildError
from engine.graph.stages import stages_of
from engine.graph.types import Graph, Project, Stage
from engine.layers.catalogue import kind_of
from engine.layers.emission import literal
from engine.layers.kind import Role

_COPIED: Final = {"train": ("loop", "followers", "scores", "scores_of_numbers"), "feed": ("dataset", "transforms")}
"""Modules of `engine` that go along, by package."""


def standalone(project: Project, report: Report, folder: str = "") -> Mapping[str, str]:
    """Write a project that trains as the run says with torch, numpy and the libraries of its data alone.

    Args:
        project: recipes written out.
        report: what the check says of it.
        folder: where relative data paths start; empty for the folder of the written project itself.

    Returns:
        Text by path.

    Raises:
        BuildError: there is nothing to train, or something has an error.
    """
    stages = stages_of(project)
    trainings = list(dict.fromkeys(stage.training for stage in stages))
    if not trainings:
        raise BuildError("the project has nothing to train", remedy="Add a training graph: choose data for the network")
    graphs = {name: _graph(project, name) for name in trainings}
    networks = [model.network for graph in graphs.values() for model in graph.models.values()]
    written = {"model.py": emit_networks(project, report, list(dict.fromkeys(networks))).text}
    for name in trainings:
        written[f"{_module('training', name, trainings)}.py"] = emit_training(project, report, name, "").text
        written[f"{_module('data', name, trainings)}.py"] = emit_data(project, report, name, "").text
    written["train.py"] = _train(project, stages, trainings, folder, report.has_filters)
    for package, names in _COPIED.items():
        written |= {f"{name}.py": _copied(package, name) for name in names}
    modules = _source_modules(graphs)
    for name in ("__init__", "split", *modules):
        written[f"sources/{name}.py"] = _copied("sources", name)
    needs = ["torch", "numpy", *(["scikit-learn"] if "bundled" in modules else [])]
    written["requirements.txt"] = "\n".join(needs) + "\n"
    written["README.md"] = README.replace("@NETWORKS@", ", ".join(f"`{name}`" for name in dict.fromkeys(networks)))
    return written


def _graph(project: Project, name: str) -> Graph:
    if name not in project.training:
        raise BuildError(f"there is no training graph {name!r}", where="run.stages")
    return project.training[name]


def _module(word: str, training: str, trainings: list[str]) -> str:
    return word if len(trainings) == 1 else f"{word}_{training}"


def _train(project: Project, stages: tuple[Stage, ...], trainings: list[str], folder: str, filters: bool) -> str:
    imports = sorted(_module(word, name, trainings) for name in trainings for word in ("data", "training"))
    rows = "".join(f"    {_stage(stage, trainings)},\n" for stage in stages)
    places = {
        "@IMPORTS@": "\n".join(f"import {module}" for module in imports),
        "@SEED@": literal(project.run.seed).text,
        "@DEVICE@": literal(project.run.device).text,
        "@FILTERS@": literal(filters).text,
        "@FOLDER@": literal(folder).text,
        "@STAGES@": f"(\n{rows})",
    }
    text = TRAIN
    for place, value in places.items():
        text = text.replace(place, value)
    return text


def _stage(stage: Stage, trainings: list[str]) -> str:
    unit, count = ("steps", stage.length.steps) if stage.length.steps else ("epochs", max(stage.length.epochs, 1))
    training, data = (_module(word, stage.training, trainings) for word in ("training", "data"))
    return f'({training}, {data}, "{unit}", {literal(count).text})'


def _source_modules(graphs: Mapping[str, Graph]) -> list[str]:
    kinds = [kind_of(node.kind) for graph in graphs.values() for node in nodes_of_role(graph, Role.SOURCE)]
    return sorted({kind.code.module for kind in kinds if kind is not None and kind.code is not None})


def _copied(package: str, name: str) -> str:
    return (
        files("engine")
        .joinpath(package, f"{name}.py")
        .read_text(encoding="utf-8")
        .replace("from engine.train.", "from ")
        .replace("from engine.feed.", "from ")
    )
