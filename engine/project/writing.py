"""How a project is written: the text of its file, made to be read and merged; it must not know files or kinds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from engine.errors import FormatError
from engine.graph.specs import Snapshot
from engine.graph.types import Frame, Graph, GraphLayout, Layout, Model, Node, Project, Recipe
from engine.project.migrations import FORMAT

_STEP = "  "


def write(project: Project, app: str) -> str:
    """Give the text of a project's file.

    Args:
        project: what is written.
        app: name and version of the program that writes.

    Raises:
        FormatError: a text or number of the project cannot be written.
    """
    try:
        return _write(project, app) + "\n"
    except UnicodeEncodeError:
        raise FormatError("a text of the project holds half a character (a lone surrogate)") from None


def _write(project: Project, app: str) -> str:
    layout = project.layout
    sections = {
        "format": str(FORMAT),
        "app": _line(app),
        "notes": _line(project.notes) if project.notes else "",
        "variables": _object({name: _line(value) for name, value in project.variables.items()}, 1),
        "networks": _object({name: _graph(graph, 2) for name, graph in project.networks.items()}, 1),
        "training": _object({name: _graph(graph, 2) for name, graph in project.training.items()}, 1),
        "run": _fields(project.run, 1, rows=("stages",)),
        "layout": _layout(layout, 1) if layout != Layout() else "",
    }
    return _object({name: text for name, text in sections.items() if text}, 0)


def _graph(graph: Graph, depth: int) -> str:
    sections = {
        "notes": _line(graph.notes) if graph.notes else "",
        "parameters": _in_order(graph.parameters),
        "ties": _in_order(graph.ties),
        "recipe": _recipe(graph.recipe, depth + 1) if graph.recipe else "",
        "models": _object({name: _model(model) for name, model in graph.models.items()}, depth + 1),
        "nodes": _rows(map(_node, graph.nodes.values()), depth + 1),
        "wires": _rows(map(_line, graph.wires), depth + 1),
        "objectives": _line(graph.objectives) if graph.objectives else "",
    }
    return _object({name: text for name, text in sections.items() if text}, depth) or "{}"


def _recipe(recipe: Recipe, depth: int) -> str:
    sections = {
        "name": _line(recipe.name),
        "version": _line(recipe.version) if recipe.version != 1 else "",
        "networks": _line(recipe.networks) if recipe.networks else "",
        "sources": _rows(map(_node, recipe.sources), depth + 1),
        "options": _line(recipe.options) if recipe.options else "",
    }
    return _object({name: text for name, text in sections.items() if text}, depth)


def _layout(layout: Layout, depth: int) -> str:
    spaces = {
        space: _object({name: _graph_layout(entry, depth + 2) for name, entry in layouts.items()}, depth + 1)
        for space, layouts in (("networks", layout.networks), ("training", layout.training))
    }
    return _object({space: text for space, text in spaces.items() if text}, depth)


def _graph_layout(layout: GraphLayout, depth: int) -> str:
    sections = {
        "nodes": _object({node: _line([_number(at.x), _number(at.y)]) for node, at in layout.nodes.items()}, depth + 1),
        "frames": _rows(map(_frame, layout.frames), depth + 1),
    }
    return _object({name: text for name, text in sections.items() if text}, depth) or "{}"


def _frame(frame: Frame) -> str:
    fields = msgspec.structs.asdict(frame)
    return _line({name: _number(value) if name != "title" else value for name, value in fields.items()})


def _number(value: float) -> float:
    return int(value) if abs(value) < 2**53 and value == int(value) else value


def _model(model: Model) -> str:
    return _line(msgspec.structs.replace(model, decay=float(model.decay)))


def _node(node: Node) -> str:
    if node.snapshot is not None:
        # A whole number given where a float is meant is written as a float, as it will be read.
        snapshot = msgspec.convert(msgspec.to_builtins(node.snapshot), Snapshot)
        node = msgspec.structs.replace(node, snapshot=snapshot)
    if not node.kept:
        return _line(node)
    fields: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(msgspec.structs.replace(node, kept="")))
    for name, value in msgspec.json.decode(node.kept, type=dict[str, Any]).items():
        both = name == "parameters" and isinstance(value, dict)
        fields[name] = {**fields.get(name, {}), **value} if both else value
    return _line(fields)


def _fields(value: msgspec.Struct, depth: int, rows: tuple[str, ...]) -> str:
    fields: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(value))
    texts = {
        name: _rows(map(_line, field), depth + 1) if name in rows else _line(field) for name, field in fields.items()
    }
    return _object(texts, depth)


def _line(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=0).decode()


def _in_order(entries: Mapping[str, object]) -> str:
    """Write a mapping on one line in the order it has, which says something."""
    return f"{{{', '.join(f'{_line(key)}: {_line(value)}' for key, value in entries.items())}}}" if entries else ""


def _object(entries: Mapping[str, str], depth: int) -> str:
    if not entries:
        return ""
    edge = _STEP * (depth + 1)
    return "{\n" + ",\n".join(f"{edge}{_line(key)}: {text}" for key, text in entries.items()) + f"\n{_STEP * depth}}}"


def _rows(rows: Iterable[str], depth: int) -> str:
    edge = _STEP * (depth + 1)
    lines = [f"{edge}{row}" for row in rows]
    return "[\n" + ",\n".join(lines) + f"\n{_STEP * depth}]" if lines else ""
