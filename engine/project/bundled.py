"""The examples that come with the program; it must not know where the program is installed."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from engine.errors import FileError
from engine.graph.types import Project
from engine.project.format import decode

_ENDING: Final = ".netwright"


def example_names() -> tuple[str, ...]:
    """Name every example, in alphabetical order."""
    entries = (entry.name for entry in _folder().iterdir())
    return tuple(sorted(name.removesuffix(_ENDING) for name in entries if name.endswith(_ENDING)))


def example_text(name: str) -> str:
    """Give the text of an example's file.

    Raises:
        FileError: there is no such example.
    """
    if name not in example_names():
        remedy = f"There are {', '.join(example_names())}"
        raise FileError(f"there is no example {name!r}", where=name, remedy=remedy)
    return _folder().joinpath(name + _ENDING).read_text(encoding="utf-8")


def read_example(name: str) -> Project:
    """Give an example as a project.

    Raises:
        FileError: there is no such example.
    """
    return decode(example_text(name), name + _ENDING)


def _folder() -> Traversable:
    return files("examples")
