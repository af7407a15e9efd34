"""Keys that stand twice in one object of a JSON text, as after a careless merge; it must not know projects."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from engine.project.records import Path


@dataclass(frozen=True, slots=True)
class _Repeat:
    key: str


def repeated_key(text: str) -> Path | None:
    """Give the path of the first key that stands twice in an object; None when there is none.

    Args:
        text: valid JSON.
    """
    repeats: list[str] = []

    def gather(pairs: list[tuple[str, Any]]) -> object:
        entries = dict(pairs)
        if len(entries) == len(pairs):
            return entries
        names = [name for name, _ in pairs]
        repeats.append(next(name for index, name in enumerate(names) if name in names[:index]))
        return _Repeat(repeats[-1])

    tree = json.loads(text, object_pairs_hook=gather)
    return _find(tree) if repeats else None


def _find(root: object) -> Path:
    front: list[tuple[Path, object]] = [((), root)]
    while front:
        path, value = front.pop()
        if isinstance(value, _Repeat):
            return (*path, value.key)
        if isinstance(value, dict):
            front += [((*path, key), item) for key, item in reversed(value.items())]
        elif isinstance(value, list):
            front += [((*path, index), item) for index, item in reversed(tuple(enumerate(value)))]
    return ()
