"""Files, classes and functions stay small enough to read at once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
MAX_FILE: Final = 400
MAX_CLASS: Final = 250
MAX_FUNCTION: Final = 40


def _files() -> list[Path]:
    return sorted(path for package in ("engine", "designer", "tests") for path in (ROOT / package).rglob("*.py"))


def _too_long(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None and len(node.body) > 1 else node.body
            length = (body[-1].end_lineno or 0) - body[0].lineno + 1
            if length > MAX_FUNCTION:
                yield f"function {node.name} ({length} lines)"
        elif isinstance(node, ast.ClassDef) and (node.end_lineno or 0) - node.lineno + 1 > MAX_CLASS:
            yield f"class {node.name} ({(node.end_lineno or 0) - node.lineno + 1} lines)"


@pytest.mark.parametrize("package", ["engine", "designer", "tests"])
def test_files_classes_and_functions_stay_within_their_limits(package: str) -> None:
    faults = []
    for path in (file for file in _files() if file.relative_to(ROOT).parts[0] == package):
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(ROOT).as_posix()
        if text.count("\n") > MAX_FILE:
            faults.append(f"{name} ({text.count(chr(10))} lines)")
        faults += [f"{name}: {fault}" for fault in _too_long(ast.parse(text))]

    assert faults == []


def test_every_module_says_what_it_holds() -> None:
    silent = [
        path.relative_to(ROOT).as_posix()
        for path in _files()
        if path.read_text(encoding="utf-8").strip()
        and ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) is None
    ]

    assert silent == []
