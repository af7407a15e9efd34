"""Where a file is wrong: the path of the value, its line, and what was expected, in words; it must not know kinds."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, Final

import msgspec

from engine.errors import FormatError
from engine.graph.specs import Snapshot, TensorSpec
from engine.graph.types import Frame, GraphLayout, Layout, Length, Model, Node, Recipe, RunSettings, Stage
from engine.project.records import GraphRecord, Path, ProjectRecord

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s"\[\]{},:]+')
_NUMBER: Final = re.compile(r"(?<=[\s:,\[])-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_SURROGATE: Final = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}")
_AT: Final = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?$", re.DOTALL)
_PART: Final = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[(\d+)\]|(\[\.\.\.\])")
_LONGEST: Final = 2**23
"""Characters up to which the line of a fault is looked for."""
_MODELS: Final = (ProjectRecord, GraphRecord, Node, Model, Recipe, RunSettings, Stage, Length)
_MODELS_BESIDE: Final = (Layout, GraphLayout, Frame, Snapshot, TensorSpec)
_TYPES: Final = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def path_text(path: Path) -> str:
    """Write a path: `$.networks.digits.nodes[3].id`."""
    parts = []
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        else:
            shown = step if len(step) <= 80 else step[:80] + "…"
            parts.append(f".{shown}" if _PLAIN.fullmatch(shown) else f"[{json.dumps(shown)}]")
    return "$" + "".join(parts)


def fault_at(path: Path, what: str, text: str, remedy: str = "") -> FormatError:
    """Give the error for a value of a file.

    Args:
        path: the way to the value.
        what: what is wrong.
        text: the whole file, to find the line.
        remedy: what to do.
    """
    line = line_of(text, path)
    where = path_text(path) + (f" (line {line})" if line else "")
    return FormatError(what, where=where, remedy=remedy)


def fault_in_record(error: msgspec.ValidationError, record: object, model: type[object], text: str) -> FormatError:
    """Give the error for a record that does not fit its type, with the exact path.

    Args:
        error: what the decoder said; it writes `[...]` for the keys of mappings.
        record: the record, as JSON gives it.
        model: the type it should have.
        text: the whole file, to find the line.
    """
    match = _AT.match(str(error))
    assert match is not None
    steps: list[str | int | None] = [
        name or (int(index) if index else None) for name, index, _ in _PART.findall(match["path"] or "")
    ]
    path = _resolved(steps, record, model)
    value = _value_at(record, path)
    unknown = re.search(r"unknown field `(.*)`", match["what"], re.DOTALL)
    if unknown:
        return fault_at((*path, unknown[1]), f"there is no field {unknown[1]!r}", text, _near(unknown[1]))
    return fault_at(path, _words(match["what"], value), text)


def syntax_fault(error: Exception, data: bytes) -> FormatError:
    """Give the error for a file that is no JSON at all."""
    if isinstance(error, RecursionError):
        return FormatError("the file is nested too deeply to be a project")
    if isinstance(error, UnicodeDecodeError):
        return FormatError("the file is no text in UTF-8, so it is no project")
    if not data.lstrip().startswith(b"{"):
        return FormatError("the file is no Netwright project", remedy="A project is JSON text that starts with {")
    offset = re.search(r"\(byte (\d+)\)", str(error))
    if offset is None:
        lines = data.count(b"\n") + 1
        if data.rstrip().endswith(b"}") and _SURROGATE.search(data):
            return FormatError("a text of the file holds half a character (a lone surrogate)")
        return FormatError("the file breaks off before its end", where=f"line {lines}")
    line = data.count(b"\n", 0, int(offset[1])) + 1
    return FormatError("the text is not JSON here", where=f"line {line}", remedy="Check commas, quotes and brackets")


def number_fault(text: str) -> FormatError:
    """Give the error for a file with a number that no computer holds."""
    for token in _NUMBER.finditer(text):
        if not math.isfinite(float(token[0])):
            line = text.count("\n", 0, token.start()) + 1
            return FormatError("a number is too large", where=f"line {line}")
    return FormatError("the file is nested too deeply to be a project")


def line_of(text: str, path: Path) -> int | None:
    """Give the line of a value in a file's text; of the nearest value around it that is there.

    Returns:
        The line, counted from 1, or None when the text is too long to be searched.
    """
    if len(text) > _LONGEST:
        return None
    start = 0
    for step in path:
        inner = _enter(text, start, step)
        if inner is None:
            break
        start = inner
    return text.count("\n", 0, _after_space(text, start)) + 1


def _enter(text: str, start: int, step: str | int) -> int | None:
    opening = _TOKEN.match(text, _after_space(text, start))
    if opening is None or opening[0] != ("[" if isinstance(step, int) else "{"):
        return None
    if step == 0:
        return opening.end()
    index, key = 0, ""
    for token in _top_level(text, opening.end()):
        mark = token[0]
        if mark == ",":
            index += 1
        elif mark[0] == '"':
            key = _text(mark)
        if (mark == "," and index == step) or (mark == ":" and key == step):
            return token.end()
    return None


def _top_level(text: str, start: int) -> Iterator[re.Match[str]]:
    depth = 0
    for token in _TOKEN.finditer(text, start):
        if token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
            if depth < 0:
                return
        elif depth == 0:
            yield token


def _after_space(text: str, start: int) -> int:
    while start < len(text) and text[start].isspace():
        start += 1
    return start


def _text(token: str) -> str:
    try:
        return str(json.loads(token))
    except ValueError:
        return token[1:-1]


def _resolved(steps: list[str | int | None], record: object, model: type[object]) -> Path:
    path: Path = ()
    for step in steps:
        path += (step,) if step is not None else (_failing_key(path, record, model),)
    return path


def _failing_key(path: Path, record: object, model: type[object]) -> str:
    # The decoder names no key: of all entries the culprit is the first that fails when it stands there alone.
    entries = _value_at(record, path)
    assert isinstance(entries, dict)
    for key, value in entries.items():
        try:
            msgspec.convert(_with_value(record, path, {key: value}), model)
        except msgspec.ValidationError:
            return str(key)
    return "?"


def _value_at(record: Any, path: Path) -> Any:  # Any: JSON of any shape
    for step in path:
        if isinstance(record, dict):
            record = record.get(step)
        elif isinstance(record, list) and isinstance(step, int) and step < len(record):
            record = record[step]
        else:
            return None
    return record


def _with_value(record: Any, path: Path, value: object) -> Any:  # Any: JSON of any shape
    if not path:
        return value
    inner = _with_value(record[path[0]], path[1:], value)
    if isinstance(record, list):
        assert isinstance(path[0], int)
        return [*record[: path[0]], inner, *record[path[0] + 1 :]]
    return {**record, path[0]: inner}


def _near(name: str) -> str:
    known = {field.name for model in _MODELS + _MODELS_BESIDE for field in msgspec.structs.fields(model)} - {name}
    near = get_close_matches(name, sorted(known), n=1)
    return f"Did you mean {near[0]!r}?" if near else ""


def _words(what: str, value: object) -> str:
    found = json.dumps(value, ensure_ascii=False, default=str)
    shown = found if len(found) <= 60 else found[:60] + "…"
    expected = re.fullmatch(r"Expected `([^`]*)`, got `[^`]*`", what)
    if expected:
        return f"expected {_type_words(expected[1].split(' | '))}, found {shown}"
    if re.fullmatch(r"Expected `array` of .*length.*", what):
        return f"the list has another length than expected, found {shown}"
    missing = re.fullmatch(r"Object missing required field `(.*)`", what)
    if missing:
        return f"the field {missing[1]!r} is missing"
    return (what[:1].lower() + what[1:]).replace("`", "'")


def _type_words(names: list[str]) -> str:
    if {"bool", "str", "array"} <= set(names):
        return "a number, a text, true, false, or a list of these"
    words = [_TYPES.get(name, name) for name in names if not (name == "int" and "float" in names)]
    return " or ".join(words)
