"""Verbs about projects as they are drawn: new, gallery, check, code, kinds. Nothing here needs torch."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from engine.check.checker import check as check_project
from engine.check.receptive import ReceptiveField, receptive_fields
from engine.check.report import GraphReport, NodeReport, Problem, Report
from engine.cli.output import Json, Output, counted
from engine.codegen.standalone import standalone
from engine.errors import FileError, UsageError
from engine.graph.ids import NodeId
from engine.graph.specs import shape_text
from engine.graph.types import Node, Project, Value
from engine.layers.catalogue import CATALOGUE, kind_of
from engine.layers.kind import LayerKind, Port, PortRule
from engine.project.bundled import example_names, read_example, template_names
from engine.project.folders import write_folder
from engine.project.store import load, save
from engine.recipes.expand import expand
from engine.recipes.new import new_project
from engine.sources.describe import SNAPSHOTS, describe
from engine.sources.files import kind_reading, node_reading
from engine.sources.outdated import Outdated, outdated


def new(options: argparse.Namespace, output: Output) -> int:
    """Make a project from a recipe and a source."""
    target = Path(options.out)
    source = source_node(options.data or "digits", options.target, target.parent)
    project = new_project(options.recipe, source)
    _write(project, target)
    networks = ", ".join(project.networks)
    output.line(f"{target}: {networks} on {options.data or 'digits'}. Train it with: netwright train {target}")
    output.document({"file": str(target), "networks": list(project.networks)})
    return 0


def source_node(data: str, targets: Sequence[str], folder: Path) -> Node:
    """Make the source node for a bundled name or a path.

    Raises:
        UsageError: it is neither.
        DataError: the file is not what its ending says.
    """
    if data in SNAPSHOTS:
        return Node(id=NodeId(data), kind=data, snapshot=SNAPSHOTS[data])
    path = Path(data)
    kind = kind_reading(path)
    if kind is None:
        bundled = ", ".join(SNAPSHOTS)
        raise UsageError(
            f"{data!r} is no data source", remedy=f"Name one of {bundled}, or a .csv, .npz or idx3-ubyte file"
        )
    node = node_reading(kind, path, folder)
    if targets and "targets" in kind.named:
        node = msgspec.structs.replace(node, parameters={**node.parameters, "targets": tuple(targets)})
    return msgspec.structs.replace(node, snapshot=describe(node, folder))


def _write(project: Project, target: Path) -> None:
    if target.exists():
        raise FileError("there is a file already", where=str(target), remedy="Choose another name")
    save(project, target)


def gallery(options: argparse.Namespace, output: Output) -> int:
    """List the examples and templates, or copy one."""
    shelves = {"examples": example_names(), "templates": template_names()}
    if not options.name:
        captions = {name: read_example(name).notes for names in shelves.values() for name in names}
        output.table(list(captions.items()))
        output.document(
            {shelf: [{"name": name, "caption": captions[name]} for name in names] for shelf, names in shelves.items()}
        )
        return 0
    there = [name for names in shelves.values() for name in names]
    if options.name not in there:
        raise UsageError(f"there is no example {options.name!r}", remedy=f"Choose one of {', '.join(there)}")
    if not options.out:
        raise UsageError("say where to", remedy=f"netwright gallery {options.name} OUT.netwright")
    target = Path(options.out)
    _write(read_example(options.name), target)
    output.line(f"{target}")
    output.document({"file": str(target)})
    return 0


def check(options: argparse.Namespace, output: Output) -> int:
    """List problems, shapes and costs; 1 only if there is an error."""
    project = expand(load(Path(options.file)))
    report = check_project(project)
    for name in project.networks:
        _print_network(project, name, _graph(report, "networks", name), output)
    for problem in report.problems:
        words = f"{problem.severity.value}: {problem.address or options.file}: {problem.message}"
        found = f" (expected {problem.expected}, found {problem.found})" if problem.expected and problem.found else ""
        fix = f" Fix: {problem.fixes[0].title}." if problem.fixes else ""
        output.line(words + found + fix)
    data = list(outdated(project, Path(options.file).parent))
    for source in data:
        output.line(f"warning: {source.address}: {source.message}. Fix: {source.remedy}.")
    count = len(report.problems) + len(data)
    output.line(counted(count, "problem") if count else "No problems.")
    output.document(check_document(project, report, data))
    return 1 if report.has_errors else 0


def check_document(project: Project, report: Report, data: Sequence[Outdated] = ()) -> Json:
    """Give the document that `check --json` prints."""
    networks = {}
    for name, graph in project.networks.items():
        found, fields = _graph(report, "networks", name), receptive_fields(project, report, name)
        networks[name] = {
            "parameters": found.parameters,
            "multiply_adds": found.multiply_adds,
            "nodes": [_node_document(node, found.nodes[node.id], fields.get(node.id)) for node in graph.nodes.values()],
        }
    problems = [_problem_document(problem) for problem in report.problems]
    return {"problems": [*problems, *map(_data_document, data)], "networks": networks}


def _node_document(node: Node, found: NodeReport, field: ReceptiveField | None) -> Json:
    outputs = {port: list(spec.shape) for port, spec in found.outputs.items()}
    return {
        "address": str(node.id),
        "kind": node.kind,
        "outputs": outputs,
        "parameters": found.parameters,
        "multiply_adds": found.multiply_adds,
        "activation_bytes": found.activations,
        "receptive_field": None if field is None else "whole" if field.is_whole else list(field.shown),
    }


def _problem_document(problem: Problem) -> Json:
    return {
        "address": problem.address,
        "port": problem.port,
        "severity": problem.severity.value,
        "code": problem.code,
        "message": problem.message,
        "expected": problem.expected,
        "found": problem.found,
        "fixes": [fix.title for fix in problem.fixes],
    }


def _data_document(source: Outdated) -> Json:
    said = {"address": source.address, "code": source.code, "message": source.message, "fixes": [source.remedy]}
    return {**said, "severity": "warning", "port": "", "expected": "", "found": ""}


def _graph(report: Report, space: str, name: str) -> GraphReport:
    return next(found for ref, found in report.graphs.items() if ref.space == space and ref.name == name)


def _print_network(project: Project, name: str, found: GraphReport, output: Output) -> None:
    output.line(f"{name}: {found.parameters:,} parameters, {_count(found.multiply_adds)} multiply-adds")
    output.table(_rows(project, name, found))
    output.line()


def _rows(project: Project, name: str, found: GraphReport) -> Iterator[tuple[str, str, str, str]]:
    for node in project.networks[name].nodes.values():
        state = found.nodes[node.id]
        kind = kind_of(node.kind)
        shapes = ", ".join(shape_text(spec) for spec in (state.outputs or state.inputs).values()) or "…"
        yield (
            f"  {node.id}",
            kind.title if kind else node.kind,
            shapes,
            f"{state.parameters:,}" if state.parameters else "",
        )


def _count(number: int | str) -> str:
    return f"{number:,}" if isinstance(number, int) else number


def code(options: argparse.Namespace, output: Output) -> int:
    """Write the plain PyTorch project."""
    file = Path(options.file)
    project = expand(load(file))
    report = check_project(project)
    target = Path(options.out) if options.out else file.with_name(f"{file.stem}_code")
    files = standalone(project, report, str(file.parent.resolve()))
    write_folder(target, files)
    output.line(f"{counted(len(files), 'file')} in {target}. Train with: cd {target} && python train.py")
    output.document({"folder": str(target), "files": sorted(files)})
    return 0


def kinds(options: argparse.Namespace, output: Output) -> int:
    """List kinds, or explain one."""
    if not options.kind:
        output.table([(kind.key, kind.title, kind.group, kind.help.what) for kind in CATALOGUE.values()])
        output.document({"kinds": [_kind_document(kind) for kind in CATALOGUE.values()]})
        return 0
    kind = kind_of(options.kind)
    if kind is None:
        near = [k.key for k in CATALOGUE.values() if options.kind.lower() in (k.title.lower(), *k.aliases)]
        raise UsageError(
            f"there is no kind {options.kind!r}", remedy=f"Did you mean {near[0]}?" if near else "See netwright kinds"
        )
    output.line(f"{kind.title} ({kind.key})")
    for words in (kind.help.what, kind.help.formula, kind.help.shapes, kind.help.when, kind.help.source):
        if words:
            output.line(f"  {words}")
    output.table([(f"  {p.name}", f"= {_value(p.default)}", p.help) for p in kind.parameters])
    output.document(_kind_document(kind))
    return 0


def _kind_document(kind: LayerKind) -> Json:
    return {
        "key": kind.key,
        "title": kind.title,
        "group": kind.group,
        "aliases": list(kind.aliases),
        "what": kind.help.what,
        "formula": kind.help.formula,
        "shapes": kind.help.shapes,
        "source": kind.help.source,
        "inputs": _ports(kind.inputs),
        "outputs": _ports(kind.outputs),
        "parameters": [{"name": p.name, "default": _value(p.default), "help": p.help} for p in kind.parameters],
    }


def _ports(ports: tuple[Port, ...] | PortRule) -> Json:
    return [port.id for port in ports] if isinstance(ports, tuple) else None


def _value(value: Value) -> Json:
    return list(value) if isinstance(value, tuple) else value
