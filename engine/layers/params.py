"""Typed parameters of kinds: name, default, limits, unit, help; and the typed view of a node's values.

The inspector maps each class here to a widget, `fault_of` says in words what is wrong with a value. No torch, no Qt.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from engine.errors import ExpressionError
from engine.graph.dims import Dim, canonical
from engine.graph.types import Value


class _Param(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    title: str
    help: str = ""
    advanced: bool = False
    """Shown folded."""
    of_use: bool = False
    """Of a source: it says how samples are split and put into batches, not which they are; its own code takes it not."""


class IntParam(_Param, frozen=True, kw_only=True):
    """A whole number."""

    default: int
    low: int = 1
    high: int = 2**31 - 1
    unit: str = ""


class FloatParam(_Param, frozen=True, kw_only=True):
    """A real number; limits are inclusive unless `open_low`."""

    default: float
    low: float = float("-inf")
    high: float = float("inf")
    open_low: bool = False
    unit: str = ""


class BoolParam(_Param, frozen=True, kw_only=True):
    """A switch."""

    default: bool


class ChoiceParam(_Param, frozen=True, kw_only=True):
    """One of a few words."""

    default: str
    choices: tuple[str, ...]


class TextParam(_Param, frozen=True, kw_only=True):
    """Free text, a path, a column name."""

    default: str = ""
    form: Literal["text", "path", "folder", "column", "network", "model", "node", "equation"] = "text"


class TextsParam(_Param, frozen=True, kw_only=True):
    """A list of texts: target columns, address patterns."""

    default: tuple[str, ...] = ()


class SizeParam(_Param, frozen=True, kw_only=True):
    """One whole number for every spatial axis, or one number for all of them (kernel size, stride, padding)."""

    default: int | tuple[int, ...]
    axes: int
    low: int = 1
    high: int = 2**20
    unit: str = "px"
    words: tuple[str, ...] = ()
    """What may stand there instead of numbers, in torch's words (`same`)."""
    zero: str = ""
    """What 0 stands for, where it is no size; shown instead of it."""


class IntsParam(_Param, frozen=True, kw_only=True):
    """A list of whole numbers (axes of a permutation, normalised shape)."""

    default: tuple[int, ...]
    low: int = -(2**31)
    high: int = 2**31 - 1
    min_length: int = 1


class ShapeParam(_Param, frozen=True, kw_only=True):
    """A shape: dims as whole numbers or expressions over names, e.g. `B, 1, 28, 28`."""

    default: tuple[int | str, ...]
    min_length: int = 0


Param = IntParam | FloatParam | BoolParam | ChoiceParam | TextParam | TextsParam | SizeParam | IntsParam | ShapeParam

_MAX_RANK: Final = 12


class Values:
    """A node's parameter values with defaults filled in and expressions worked out; already valid."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = values

    @property
    def names(self) -> frozenset[str]:
        """Names of the parameters."""
        return frozenset(self._values)

    def raw(self, name: str) -> Value:
        """Give the value as it is."""
        return self._values[name]

    def integer(self, name: str) -> int:
        """Give a whole number."""
        value = self._values[name]
        assert isinstance(value, int), name
        return value

    def real(self, name: str) -> float:
        """Give a real number."""
        value = self._values[name]
        assert isinstance(value, int | float), name
        return float(value)

    def flag(self, name: str) -> bool:
        """Give a switch."""
        value = self._values[name]
        assert isinstance(value, bool), name
        return value

    def text(self, name: str) -> str:
        """Give a text or choice."""
        value = self._values[name]
        assert isinstance(value, str), name
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Give a list of texts."""
        value = self._values[name]
        assert isinstance(value, tuple), name
        return tuple(str(item) for item in value)

    def ints(self, name: str) -> tuple[int, ...]:
        """Give a list of whole numbers."""
        value = self._values[name]
        assert isinstance(value, tuple), name
        return tuple(item for item in value if isinstance(item, int))

    def size(self, name: str, axes: int) -> tuple[int, ...]:
        """Give one whole number per axis, spreading a single one."""
        value = self._values[name]
        if isinstance(value, int):
            return (value,) * axes
        return self.ints(name)

    def word(self, name: str) -> str:
        """Give the word that stands in the place of a size; empty when numbers do."""
        value = self._values[name]
        return value if isinstance(value, str) else ""

    def shape(self, name: str) -> tuple[Dim, ...]:
        """Give a shape in canonical dims."""
        value = self._values[name]
        assert isinstance(value, tuple), name
        return tuple(
            canonical(item) if isinstance(item, str) else item for item in value if isinstance(item, int | str)
        )


def fault_of(param: Param, value: Value) -> str:
    """Say in words why `value` is no value of `param`; empty when it is one."""
    match param:
        case BoolParam():
            return "" if isinstance(value, bool) else "expected on or off"
        case IntParam():
            return _number_fault(value, param.low, param.high, whole=True)
        case FloatParam():
            closed = not (param.open_low and value == param.low)
            fault = f"expected more than {param.low:g}"
            return _number_fault(value, param.low, param.high, whole=False) if closed else fault
        case ChoiceParam():
            return "" if value in param.choices else f"expected one of {', '.join(param.choices)}"
        case TextParam():
            return "" if isinstance(value, str) else "expected a text"
        case TextsParam():
            fits = isinstance(value, tuple) and all(isinstance(item, str) for item in value)
            return "" if fits else "expected a list of texts"
        case SizeParam():
            return _size_fault(param, value)
        case IntsParam() | ShapeParam():
            return _list_fault(param, value)


def _list_fault(param: IntsParam | ShapeParam, value: Value) -> str:
    if isinstance(param, ShapeParam):
        return _shape_fault(param, value)
    return _ints_fault(value, param.low, param.high, param.min_length)


def _number_fault(value: Value, low: float, high: float, *, whole: bool) -> str:
    word = "a whole number" if whole else "a number"
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        return f"expected {word}"
    if not low <= value <= high:
        return f"expected {word} {_range(low, high, is_low=value < low)}"
    return ""


def _range(low: float, high: float, *, is_low: bool) -> str:
    if is_low and high in (float("inf"), 2**31 - 1, 2**20):
        return f"of at least {_written(low)}"
    if low == float("-inf") or (not is_low and high in (2**31 - 1, 2**20)):
        return f"of at most {_written(high)}"
    return f"from {_written(low)} to {_written(high)}"


def _written(number: float) -> str:
    return f"{number:,}" if isinstance(number, int) else f"{number:g}"


def _ints_fault(value: Value, low: int, high: int, min_length: int) -> str:
    if not isinstance(value, tuple) or any(isinstance(item, bool) or not isinstance(item, int) for item in value):
        return "expected a list of whole numbers"
    if not min_length <= len(value) <= _MAX_RANK:
        return f"expected {min_length} to {_MAX_RANK} numbers"
    faults = (_number_fault(item, low, high, whole=True) for item in value)
    return next(filter(None, faults), "")


def _size_fault(param: SizeParam, value: Value) -> str:
    if isinstance(value, str) and value in param.words:
        return ""
    if isinstance(value, tuple):
        if len(value) != param.axes:
            return f"expected one number, or {param.axes}"
        return _ints_fault(value, param.low, param.high, param.axes)
    return _number_fault(value, param.low, param.high, whole=True)


def _shape_fault(param: ShapeParam, value: Value) -> str:
    if not isinstance(value, tuple) or not param.min_length <= len(value) <= _MAX_RANK:
        return f"expected a shape of {param.min_length} to {_MAX_RANK} sizes"
    for item in value:
        if isinstance(item, bool) or not isinstance(item, int | str):
            return "a size is a whole number or an expression such as B"
        try:
            if isinstance(item, str):
                canonical(item)
        except ExpressionError as error:
            return error.what
        if isinstance(item, int) and item < 0:
            return "a size is not negative"
    return ""
