"""Numbers as people read them: 29.1 k, 1.2 M, 8 KiB, 11 s; it must not know where they come from."""

from __future__ import annotations

import math
from typing import Final

from engine.graph.dims import Dim

_THIN: Final = "\u202f"
_KILO: Final = 1000
_KIBI: Final = 1024


def count_text(number: Dim) -> str:
    """Write a count with three figures and k, M or G; exactly below 10 000 and where it depends on a symbol."""
    if isinstance(number, str):
        return number
    if number < 10 * _KILO:
        return exact_text(number)
    return _scaled(float(number), _KILO, ("k", "M", "G", "T"))


def exact_text(number: int) -> str:
    """Write a whole number with thousands apart."""
    return f"{number:,}".replace(",", _THIN)


def bytes_text(number: float) -> str:
    """Write an amount of memory with three figures: 512 B, 8 KiB, 3.1 MiB."""
    if number < _KIBI:
        return f"{round(number)} B"
    return _scaled(float(number), _KIBI, ("KiB", "MiB", "GiB", "TiB"))


def seconds_text(seconds: float) -> str:
    """Write a time that is left or past: 11 s, 2 min 05 s, 1 h 07 min."""
    if not math.isfinite(seconds):
        return "…"
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def counted(number: int, word: str) -> str:
    """Write a number with its word, plural where it is not one: `1 warning`, `2 warnings`."""
    return f"{exact_text(number)} {word}" if number == 1 else f"{exact_text(number)} {word}s"


def _scaled(value: float, step: int, units: tuple[str, ...]) -> str:
    """Write a value in the first unit in which it stays below a thousand."""
    for unit in units:
        value /= step
        if value < _KILO - 0.5 or unit == units[-1]:
            break
    return f"{_three_figures(value)} {unit}"


def _three_figures(value: float) -> str:
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    # Halves are written upwards, as people expect: 10.25 is 10.3.
    text = f"{value * (1 + 1e-12):.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
