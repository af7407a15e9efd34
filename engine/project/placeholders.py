"""Nodes of kinds unknown here: what a file says beyond the fields we have is kept; it must not know JSON's text.

A kind is unknown when the catalogue has no such key, or only older versions of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from engine.graph.types import Node, Value
from engine.layers.catalogue import kind_of
from engine.project.migrations import Record

Knows = Callable[[str, int], bool]
"""Says whether a kind is known in a version."""

_FIELDS: Final = {field.name: field.type for field in msgspec.structs.fields(Node) if field.name != "kept"}


def set_aside(record: Record, knows: Knows) -> Record:
    """Give a project's record whose unknown nodes fit the fields of a node.

    Args:
        record: the record as the file has it, of any shape.
        knows: whether a kind is known in a version.
    """
    return _map_nodes(record, lambda node: node if _is_known(node, knows) else _placeholder(node))


def knows_kind(key: str, version: int) -> bool:
    """Say whether the catalogue has a kind in this version or a later one."""
    kind = kind_of(key)
    return kind is not None and version <= kind.version


def _map_nodes(record: Record, change: Callable[[Record], Record]) -> Record:
    changed = dict(record)
    for space in ("networks", "training"):
        graphs = record.get(space)
        if isinstance(graphs, dict):
            changed[space] = {name: _map_graph(graph, change) for name, graph in graphs.items()}
    return changed


def _map_graph(graph: Any, change: Callable[[Record], Record]) -> Any:  # Any: JSON of any shape
    if not isinstance(graph, dict):
        return graph
    changed = _map_list(graph, "nodes", change)
    if isinstance(graph.get("recipe"), dict):
        changed["recipe"] = _map_list(graph["recipe"], "sources", change)
    return changed


def _map_list(record: Record, field: str, change: Callable[[Record], Record]) -> Record:
    rows = record.get(field)
    if not isinstance(rows, list):
        return dict(record)
    return {**record, field: [change(row) if isinstance(row, dict) else row for row in rows]}


def _is_known(node: Record, knows: Knows) -> bool:
    kind, version = node.get("kind"), node.get("version", 1)
    return not isinstance(kind, str) or not isinstance(version, int) or knows(kind, version)


def _placeholder(node: Record) -> Record:
    known: Record = {}
    kept: Record = {}
    for name, value in node.items():
        if name == "parameters" and isinstance(value, dict):
            known[name] = dict(_fitting(value))
            rest = {key: item for key, item in value.items() if key not in known[name]}
            kept.update({name: rest} if rest else {})
        elif name in ("id", "kind", "version") or (name in _FIELDS and _fits(value, _FIELDS[name])):
            known[name] = value
        else:
            kept[name] = value
    return {**known, "kept": msgspec.json.encode(kept, order="sorted").decode()} if kept else known


def _fitting(parameters: Record) -> Iterator[tuple[str, Value]]:
    return ((name, value) for name, value in parameters.items() if _fits(value, Value))


def _fits(value: object, model: object) -> bool:
    try:
        msgspec.convert(value, model)
    except msgspec.ValidationError:
        return False
    return True
