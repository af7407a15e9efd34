"""No pickle, no eval, one exec, and colours, sizes and fonts only in the token file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
ONLY_EXEC: Final = "engine/runtime/build.py"
LOOKS: Final = {
    "a colour": re.compile(
        r"""["']#[0-9a-fA-F]{3,8}["']|\brgba?\(\s*\d|Qt\.GlobalColor\.(?!transparent)|QColor\(\s*[\d"']"""
    ),
    "a font size": re.compile(r"setP(ixel|oint)Size(F)?\(\s*[\d.]+\s*\)|font-size\s*:\s*\d"),
}


def _sources(*packages: str) -> Iterator[tuple[str, str]]:
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def _calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def test_nothing_is_evaluated_and_one_place_executes() -> None:
    found = {
        f"{name}: {call}"
        for name, text in _sources("engine", "designer", "resources")
        for call, _node in _calls(ast.parse(text))
        if call in ("eval", "exec", "builtins.eval", "builtins.exec", "__import__")
    }

    assert found == {f"{ONLY_EXEC}: exec"}


def test_nothing_is_pickled() -> None:
    imports = [
        name
        for name, text in _sources("engine", "designer")
        if re.search(r"^\s*(import|from)\s+(pickle|dill|cloudpickle|joblib|shelve|marshal)\b", text, re.MULTILINE)
    ]
    loads = [
        name
        for name, text in _sources("engine", "designer")
        for call, node in _calls(ast.parse(text))
        if (call == "torch.load" and not any(word.arg == "weights_only" for word in node.keywords))
        or (call in ("np.load", "numpy.load") and not any(word.arg == "allow_pickle" for word in node.keywords))
    ]

    assert imports == []
    assert loads == []


def test_colours_and_font_sizes_stand_in_the_token_file_only() -> None:
    found = [
        f"{name}: {what}: {match.group()}"
        for name, text in _sources("designer")
        for what, pattern in LOOKS.items()
        for match in pattern.finditer(text)
    ]

    assert found == []
