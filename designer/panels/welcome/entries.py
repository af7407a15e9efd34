"""What the welcome page offers: examples with their words, and data to start from; values only, no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.errors import FileError
from engine.graph.types import Project
from engine.project.bundled import example_names, read_example

PROJECT_ENDING: Final = ".netwright"
_ABBREVIATIONS: Final = ("cnn", "mlp", "gan", "vae", "gcn", "gat", "gpt", "vit", "lm")
_FIRST: Final = "digits_cnn"
"""The example a newcomer sees first."""


@dataclass(frozen=True, slots=True)
class Example:
    """One project of the gallery.

    Attributes:
        name: of its file.
        title: in words.
        caption: what it shows.
        reached: what it reaches; empty where its notes do not say.
        project: the whole, for its drawing.
    """

    name: str
    title: str
    caption: str
    reached: str
    project: Project


@dataclass(frozen=True, slots=True)
class DataChoice:
    """Data to start a new project from.

    Attributes:
        kind: key of the source kind; empty for a project without data.
        title: in words.
        words: what there is in it, and the recipe that is proposed.
        icon: name of its icon.
    """

    kind: str
    title: str
    words: str
    icon: str


DATA: Final = (
    DataChoice("digits", "Digits", "1\u202f797 images of 8 × 8 · classification", "image"),
    DataChoice("wine", "Wine", "178 rows, 13 measures · classification", "data_table"),
    DataChoice("breast_cancer", "Breast cancer", "569 rows, 30 measures · classification", "data_table"),
    DataChoice("iris", "Iris", "150 rows, 4 lengths · classification", "data_table"),
    DataChoice("diabetes", "Diabetes", "442 rows, 10 measures · regression", "data_table"),
)
"""The sets that come with the program."""

FROM_FILE: Final = DataChoice("file", "A file of yours", "CSV, NPZ or IDX; or drop it on this page", "folder")
LATER: Final = DataChoice("", "Choose data later", "an empty network", "new")


def examples() -> tuple[Example, ...]:
    """Read the gallery; an example that cannot be read is left out."""
    found = []
    for name in sorted(example_names(), key=lambda name: (name != _FIRST, name)):
        try:
            project = read_example(name)
        except FileError:
            continue
        caption, reached = split_notes(project.notes)
        found.append(Example(name, title_of(name), caption, reached, project))
    return tuple(found)


def title_of(name: str) -> str:
    """Write an example's name as a title: `digits_cnn` becomes `Digits CNN`."""
    words = [word.upper() if word in _ABBREVIATIONS else word for word in name.split("_")]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def split_notes(notes: str) -> tuple[str, str]:
    """Split an example's notes into the caption, its first paragraph, and what it reaches, the second."""
    paragraphs = [" ".join(part.split()) for part in notes.strip().split("\n\n")]
    return paragraphs[0], paragraphs[1] if len(paragraphs) > 1 else ""


def is_project(path: str) -> bool:
    """Say whether a file is named like a project."""
    return path.lower().endswith(PROJECT_ENDING)
