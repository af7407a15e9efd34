"""From a data file to the source that reads it; it must not know what is in the file. No numpy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.graph.ids import free_id
from engine.graph.types import Node, Value
from engine.layers.catalogue import CATALOGUE
from engine.layers.kind import LayerKind


def kind_reading(path: Path) -> LayerKind | None:
    """Give the kind of source that reads a file, by the ending of its name; None where none does."""
    name = path.name.lower().removesuffix(".gz")
    for kind in CATALOGUE.values():
        if kind.code is not None and name.endswith(kind.code.endings):
            return kind
    return None


def node_reading(kind: LayerKind, path: Path, folder: Path | None = None) -> Node:
    """Make a source of a data file, and of those that belong to it, such as the labels beside the images.

    Args:
        kind: of source, as `kind_reading` gives it.
        path: of the data.
        folder: of the project: a file below it is kept as from there on; None to keep whole paths.
    """
    rules = kind.code.opens if kind.code is not None else {}
    parameters: Mapping[str, Value] = {
        name: _stored(path.with_name(rule(path.name)), folder) for name, rule in rules.items()
    }
    return Node(id=free_id(path.name.split(".")[0], ()), kind=kind.key, parameters=parameters)


def _stored(path: Path, folder: Path | None) -> str:
    whole = path.resolve()
    if folder is not None and whole.is_relative_to(folder.resolve()):
        return whole.relative_to(folder.resolve()).as_posix()
    return whole.as_posix()
