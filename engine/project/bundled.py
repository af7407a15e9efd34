"""The examples and templates that come with the program; it must not know where the program is installed.

An example trains as it is; a template is an architecture of the literature, drawn as its paper draws it.
"""

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
    return _names(_examples())


def template_names() -> tuple[str, ...]:
    """Name every template, in alphabetical order."""
    return _names(_templates())


def example_text(name: str) -> str:
    """Give the text of the file of an example or a template.

    Raises:
        FileError: there is no such example.
    """
    for folder in (_examples(), _templates()):
        if name in _names(folder):
            return folder.joinpath(name + _ENDING).read_text(encoding="utf-8")
    remedy = f"There are {', '.join((*example_names(), *template_names()))}"
    raise FileError(f"there is no example {name!r}", where=name, remedy=remedy)


def read_example(name: str) -> Project:
    """Give an example or a template as a project.

    Raises:
        FileError: there is no such example.
    """
    return decode(example_text(name), name + _ENDING)


def _names(folder: Traversable) -> tuple[str, ...]:
    entries = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name.removesuffix(_ENDING) for name in entries if name.endswith(_ENDING)))


def _examples() -> Traversable:
    return files("examples")


def _templates() -> Traversable:
    return files("resources").joinpath("templates")
