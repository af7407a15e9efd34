"""What the command line prints: one JSON document and nothing else on standard output, or lines for people."""

from __future__ import annotations

import contextlib
import io
import math
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from engine.errors import NetwrightError

Json = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None
_GAP: Final = "  "


class Output:
    """Where a verb says what it found.

    Args:
        json: whether people or a program will read it.
    """

    def __init__(self, *, json: bool) -> None:
        self.json = json
        self.is_lost = False
        """Whether standard output took no more; the work goes on all the same."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # a terminal may not know every character of ours
                stream.reconfigure(errors="backslashreplace")

    def line(self, text: str = "") -> None:
        """Print a line for people."""
        if not self.json:
            self._write(text)

    def table(self, rows: Iterable[Sequence[str]]) -> None:
        """Print rows with their columns aligned; the last column is not padded."""
        cells = [[*row] for row in rows]
        if self.json or not cells:
            return
        widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
        for row in cells:
            self._write(_GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())

    def document(self, value: Json) -> None:
        """Print the one JSON document; a number that is not finite becomes null."""
        if self.json:
            self._write(msgspec.json.encode(finite(value)).decode())

    def error(self, error: NetwrightError) -> None:
        """Print an error as one line on standard error, also with --json."""
        print(f"netwright: {error}", file=sys.stderr)

    def _write(self, text: str) -> None:
        """Print a line; a reader that has left (`| head -1`) or a full disk ends the printing, not the work."""
        if self.is_lost:
            return
        try:
            print(text, flush=True)
        except OSError as error:
            self.is_lost = True
            if not isinstance(error, BrokenPipeError):
                print(f"netwright: standard output cannot be written: {error.strerror}", file=sys.stderr)
            with contextlib.suppress(OSError):  # else Python fails again when it flushes at its end
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def finite(value: Json) -> Json:
    """Put null in the place of every number that is not finite."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [finite(item) for item in value]
    return value


def counted(number: int, word: str) -> str:
    """Write a count with its word: `1 problem`, `12 problems`."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
