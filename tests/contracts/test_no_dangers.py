"""No pickle, no eval, no shell, one exec, and colours, sizes and fonts only in the token file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
ONLY_EXEC: Final = "engine/runtime/build.py"
SAFE_LOADS: Final = {
    "torch.load": {"weights_only": True},
    "np.load": {"allow_pickle": False},
    "numpy.load": {"allow_pickle": False},
}
LOOKS: Final = {
    "a colour": re.compile(
        r"""["']#[0-9a-fA-F]{3,8}["']|\brgba?\(\s*\d|QColor\(\s*[\d"']|QColor\.from\w+\(\s*[\d"']"""
        r"""|Qt\.GlobalColor\.(?!transparent)|\bQt\.(dark|light)?([rR]ed|[gG]reen|[bB]lue|[gG]r[ae]y|black|white)\b"""
    ),
    "a font size": re.compile(r"setP(ixel|oint)Size(F)?\(\s*[\d.]+\s*\)|font-size\s*:\s*\d|QFont\([^)]*,\s*\d"),
}


def _sources(*packages: str) -> Iterator[tuple[str, str]]:
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def _calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def _says(call: ast.Call, words: dict[str, bool]) -> bool:
    """Say whether a call gives these keywords, as constants."""
    given = {word.arg: word.value.value for word in call.keywords if isinstance(word.value, ast.Constant)}
    return all(given.get(name) is value for name, value in words.items())


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
        for name, text in _sources("engine", "designer", "resources", "examples")
        if re.search(r"^\s*(import|from)\s+(pickle|dill|cloudpickle|joblib|shelve|marshal)\b", text, re.MULTILINE)
    ]
    loads = [
        f"{name}: {call}"
        for name, text in _sources("engine", "designer", "resources", "examples")
        for call, node in _calls(ast.parse(text))
        if not _says(node, SAFE_LOADS.get(call, {}))
    ]

    assert imports == []
    assert loads == []


def test_no_shell_is_started() -> None:
    found = [
        f"{name}: {call}"
        for name, text in _sources("engine", "designer")
        for call, node in _calls(ast.parse(text))
        if call in ("os.system", "os.popen") or any(word.arg == "shell" for word in node.keywords)
    ]

    assert found == []


def test_colours_and_font_sizes_stand_in_the_token_file_only() -> None:
    found = [
        f"{name}: {what}: {match.group()}"
        for name, text in _sources("designer")
        for what, pattern in LOOKS.items()
        for match in pattern.finditer(text)
    ]

    assert found == []
