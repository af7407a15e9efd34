"""The repository as a whole: what stands at its top, and a lock that names everything the program and its checks need."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).parents[2]
TOP: Final = {
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "designer",
    "engine",
    "examples",
    "pyproject.toml",
    "requirements.lock",
    "resources",
    "setup_dev.py",
    "tests",
}
NOT_KEPT: Final = {"build", "dist", "__pycache__"}
CHECKS: Final = ("ruff check .", "ruff format --check .", "mypy", "lint-imports", "pytest -n auto")
CUDA: Final = ("nvidia-", "cuda-", "triton")


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _locked() -> dict[str, Requirement]:
    lines = (line for line in _read("requirements.lock").splitlines() if not line.startswith("#"))
    return {canonicalize_name(pin.name): pin for pin in map(Requirement, lines)}


def _declared() -> list[Requirement]:
    project = tomllib.loads(_read("pyproject.toml"))["project"]
    return [Requirement(text) for text in [*project["dependencies"], *project["optional-dependencies"]["dev"]]]


def _needed(requirements: list[Requirement]) -> set[str]:
    """Give the names of all that these requirements install here, each with what it needs itself."""
    names: set[str] = set()
    waiting = list(requirements)
    while waiting:
        name = canonicalize_name(waiting.pop().name)
        if name not in names and not name.startswith(CUDA):
            names.add(name)
            texts = (Requirement(text) for text in metadata.requires(name) or [])
            waiting += [text for text in texts if text.marker is None or text.marker.evaluate({"extra": ""})]
    return names


def test_only_what_is_agreed_stands_at_the_top() -> None:
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".") and path.suffix != ".egg-info"}

    assert found - NOT_KEPT == TOP


def test_the_lock_pins_each_dependency_within_the_declared_range() -> None:
    locked = _locked()
    wrong = [
        str(wanted)
        for wanted in _declared()
        if not wanted.specifier.contains(next(iter(locked[canonicalize_name(wanted.name)].specifier)).version)
    ]

    assert all(re.fullmatch(r"==[^*]+", str(pin.specifier)) for pin in locked.values())
    assert wrong == []


def test_the_lock_names_everything_that_is_installed_with_a_dependency() -> None:
    assert _needed(_declared()) - set(_locked()) == set()


def test_make_and_the_commit_hooks_run_the_same_five_checks() -> None:
    places = {name: _read(name) for name in ("Makefile", ".pre-commit-config.yaml", "CONTRIBUTING.md")}
    missing = [f"{name}: {check}" for name, text in places.items() for check in CHECKS if check not in text]

    assert missing == []
