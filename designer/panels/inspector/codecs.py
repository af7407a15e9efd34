"""Parameter values as the text a person types and back; it must not know widgets or graphs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from engine.graph.types import Value
from engine.layers.params import (
    FloatParam,
    IntParam,
    IntsParam,
    Param,
    ShapeParam,
    SizeParam,
    TextParam,
    TextsParam,
)

_STEPS_PER_DECADE: Final = 10
_SEPARATOR: Final = re.compile(r"\s*[,;×x]\s*|\s+")
_COMMAS: Final = re.compile(r"\s*[,;×]\s*")


@dataclass(frozen=True, slots=True)
class Codec:
    """How one type of parameter is read, written and stepped."""

    write: Callable[[Value], str]
    read: Callable[[str], Value]
    """Gives the text itself where it cannot be read as a value; `fault_of` then says why."""
    step: Callable[[Value, int], Value] | None = None
    """The value some steps up or down; None where there is no order."""


def codec_of(param: Param) -> Codec:
    """Give the codec of a parameter typed as text.

    Raises:
        KeyError: the type of parameter is not typed as text, or is missing in the table.
    """
    return CODECS[type(param)]


def read_value(param: Param, text: str) -> Value:
    """Read what was typed: an expression starts with `=` and stays a text."""
    stripped = text.strip()
    if isinstance(param, SizeParam) and param.zero and stripped.casefold() == param.zero:
        return 0
    return stripped if stripped.startswith("=") else codec_of(param).read(stripped)


def write_value(param: Param, value: Value) -> str:
    """Write a value as people read it; an expression as it stands."""
    if isinstance(value, str) and value.startswith("="):
        return value
    return _write_size(param, value) if isinstance(param, SizeParam) else codec_of(param).write(value)


def _write_size(param: SizeParam, value: Value) -> str:
    """Write a size along every axis; a word as it stands, and the meaning of a 0 that is no size."""
    if isinstance(value, str):
        return value
    sizes = value if isinstance(value, tuple) else (value,) * param.axes
    return param.zero if param.zero and not any(sizes) else _write_dims(sizes)


def _read_int(text: str) -> Value:
    cleaned = text.replace("\u202f", "").replace(" ", "").replace("−", "-")
    return int(cleaned) if re.fullmatch(r"[+-]?\d{1,18}", cleaned, re.ASCII) else text


def _read_float(text: str) -> Value:
    cleaned = text.replace(" ", "").replace("−", "-")
    whole = _read_int(cleaned)
    if isinstance(whole, int):
        return float(whole)
    try:
        return float(cleaned)
    except ValueError:
        return text


def _write_float(value: Value) -> str:
    return f"{value:g}" if isinstance(value, int | float) and float(f"{value:g}") == value else repr(value)


def _step_int(value: Value, count: int) -> Value:
    return value + count if isinstance(value, int) else value


def _step_float(value: Value, count: int) -> Value:
    """Step by a tenth of the value's own decade, so that 1e-3 and 0.5 both turn usefully."""
    if not isinstance(value, int | float):
        return value
    size = 10.0 ** int(f"{abs(value) or 0.1:e}".split("e")[1])
    step = size / _STEPS_PER_DECADE if abs(value) <= size * 1.0001 and count < 0 else size
    return float(f"{value + count * step:.10g}")


def _read_size(text: str) -> Value:
    values = tuple(_read_int(part) for part in _SEPARATOR.split(text) if part)
    if any(not isinstance(value, int) for value in values) or not values:
        return text
    return values[0] if len(set(values)) == 1 else tuple(value for value in values if isinstance(value, int))


def _step_size(value: Value, count: int) -> Value:
    if isinstance(value, tuple):
        return tuple(size + count if isinstance(size, int) else size for size in value)
    return _step_int(value, count)


def _read_ints(text: str) -> Value:
    values = tuple(_read_int(part) for part in _SEPARATOR.split(text) if part)
    return (
        text
        if any(not isinstance(value, int) for value in values)
        else tuple(value for value in values if isinstance(value, int))
    )


def _read_dims(text: str) -> Value:
    parts = tuple(_read_int(part) for part in _COMMAS.split(text) if part)
    return tuple(part for part in parts if isinstance(part, int | str))


def _read_texts(text: str) -> Value:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _write_list(value: Value) -> str:
    return ", ".join(str(item) for item in value) if isinstance(value, tuple) else str(value)


def _write_dims(value: Value) -> str:
    return " × ".join(str(item) for item in value) if isinstance(value, tuple) else str(value)


CODECS: Final[Mapping[type, Codec]] = {
    IntParam: Codec(str, _read_int, _step_int),
    FloatParam: Codec(_write_float, _read_float, _step_float),
    TextParam: Codec(str, lambda text: text),
    TextsParam: Codec(_write_list, _read_texts),
    SizeParam: Codec(_write_dims, _read_size, _step_size),
    IntsParam: Codec(_write_list, _read_ints),
    ShapeParam: Codec(_write_dims, _read_dims),
}
"""By type of parameter; what is switched or chosen has no text."""
