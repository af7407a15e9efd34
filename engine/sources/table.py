"""Tables from text files: numbers as they are, words as one column per value; numpy only, copied into stand-alone projects.

A missing value (empty, NA, N/A, NaN, null, ?) is NaN among numbers and a value of its own among words.
"""

from __future__ import annotations

import csv
import gzip
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

_MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "-"})
_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "space": " "}
_MOST_CLASSES = 20
_MOST_WORDS = 200
_SNIFFED = 20


@dataclass(frozen=True)
class Table:
    """A table split into what goes in and what is predicted."""

    features: npt.NDArray[np.float32]
    columns: tuple[str, ...]
    target: npt.NDArray[Any]
    classes: tuple[str, ...]
    """Class names when the target is a class."""


def load(
    folder: str = "",
    path: str = "",
    targets: Sequence[str] = (),
    leave_out: Sequence[str] = (),
    task: str = "auto",
    delimiter: str = "auto",
    header: str = "auto",
) -> dict[str, npt.NDArray[Any]]:
    """Give `features` (float32, B x columns) and `target` (class numbers B, or float32 B x targets).

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no such table; the message names file, row and column.
    """
    table = read(folder, path, targets, leave_out, task, delimiter, header)
    return {"features": table.features, "target": table.target}


def read(
    folder: str = "",
    path: str = "",
    targets: Sequence[str] = (),
    leave_out: Sequence[str] = (),
    task: str = "auto",
    delimiter: str = "auto",
    header: str = "auto",
) -> Table:
    """Read a table with the names of its columns and classes; see `load`."""
    file = Path(folder, path)
    rows = _rows(file, delimiter)
    names, rows, first_row = _named(rows, header)
    _require_even(rows, names, file, first_row)
    columns = {name: [row[index].strip() for row in rows] for index, name in enumerate(names)}
    wanted = _targets(names, targets, file)
    for name in leave_out:
        if name not in columns:
            raise ValueError(f"{file} has no column {name!r} to leave out; it has {', '.join(names)}")
    used = [name for name in names if name not in wanted and name not in leave_out]
    if not used:
        raise ValueError(f"{file} has no column left to predict from")
    parts = [_encoded(name, columns[name], file) for name in used]
    target, classes = _target([(name, columns[name]) for name in wanted], task, file, first_row)
    features = np.concatenate([part for part, _ in parts], axis=1).astype(np.float32)
    return Table(features, tuple(title for _, titles in parts for title in titles), target, classes)


def _rows(file: Path, delimiter: str) -> list[list[str]]:
    raw = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    if "\0" in text:
        raise ValueError(f"{file} is no text file")
    lines = text.splitlines()
    mark = _DELIMITERS.get(delimiter) or _sniffed(lines)
    try:
        rows = [
            row for row in csv.reader(lines, delimiter=mark, skipinitialspace=True) if any(cell.strip() for cell in row)
        ]
    except csv.Error as error:
        raise ValueError(f"{file} is no table: {error}") from error
    if len(rows) < 2:
        raise ValueError(
            f"{file} holds {len(rows)} row{'s' * (len(rows) != 1)}; a table to learn from needs at least two"
        )
    return rows


def _sniffed(lines: Sequence[str]) -> str:
    sample = [line for line in lines[:_SNIFFED] if line.strip()]
    counts = {mark: [line.count(mark) for line in sample] for mark in _DELIMITERS.values()}
    steady = [mark for mark, found in counts.items() if found and min(found) == max(found) > 0]
    return max(steady or [","], key=lambda mark: counts[mark][0] if counts[mark] else 0)


def _named(rows: list[list[str]], header: str) -> tuple[list[str], list[list[str]], int]:
    has_header = header == "yes" or (header == "auto" and not any(_is_number(cell) for cell in rows[0]))
    names = [cell.strip() for cell in rows[0]] if has_header else [f"column{i + 1}" for i in range(len(rows[0]))]
    seen: dict[str, int] = {}
    for index, name in enumerate(names):
        name = name or f"column{index + 1}"
        seen[name] = seen.get(name, 0) + 1
        names[index] = name if seen[name] == 1 else f"{name}_{seen[name]}"
    return names, rows[1:] if has_header else rows, 2 if has_header else 1


def _require_even(rows: list[list[str]], names: list[str], file: Path, first_row: int) -> None:
    for number, row in enumerate(rows, start=first_row):
        if len(row) != len(names):
            raise ValueError(f"{file}, row {number}: {len(row)} cells where there are {len(names)} columns")


def _targets(names: Sequence[str], targets: Sequence[str], file: Path) -> list[str]:
    if not targets:
        return [names[-1]]
    for name in targets:
        if name not in names:
            raise ValueError(f"{file} has no column {name!r} to predict; it has {', '.join(names)}")
    return list(targets)


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


def _is_missing(cell: str) -> bool:
    return cell.lower() in _MISSING


def _encoded(name: str, cells: Sequence[str], file: Path) -> tuple[npt.NDArray[np.float64], tuple[str, ...]]:
    if all(_is_number(cell) or _is_missing(cell) for cell in cells):
        numbers = [math.nan if _is_missing(cell) else float(cell) for cell in cells]
        return np.array(numbers)[:, None], (name,)
    words = sorted({"(missing)" if _is_missing(cell) else cell for cell in cells})
    if len(words) > _MOST_WORDS:
        odd = next((i for i, cell in enumerate(cells) if not _is_number(cell) and not _is_missing(cell)), 0)
        raise ValueError(
            f"{file}: column {name!r} holds {len(words):,} different words (such as {cells[odd]!r}); "
            "leave it out, or mend it if it should be numbers"
        )
    place = {word: index for index, word in enumerate(words)}
    encoded = np.zeros((len(cells), len(words)))
    for row, cell in enumerate(cells):
        encoded[row, place["(missing)" if _is_missing(cell) else cell]] = 1.0
    return encoded, tuple(f"{name}={word}" for word in words)


def _target(
    columns: Sequence[tuple[str, Sequence[str]]], task: str, file: Path, first_row: int
) -> tuple[npt.NDArray[Any], tuple[str, ...]]:
    for name, cells in columns:
        for row, cell in enumerate(cells, start=first_row):
            if _is_missing(cell):
                raise ValueError(f"{file}, row {row}: the target {name!r} is missing; drop the row or fill it in")
    name, cells = columns[0]
    if task == "class" or (task == "auto" and len(columns) == 1 and _looks_like_classes(cells)):
        return _classes(cells)
    for name, cells in columns:
        for row, cell in enumerate(cells, start=first_row):
            if not _is_number(cell):
                raise ValueError(f"{file}, row {row}: the target {name!r} holds {cell!r} where a number is expected")
    return np.array([[float(cell) for cell in cells] for _, cells in columns], np.float32).T.copy(), ()


def _looks_like_classes(cells: Sequence[str]) -> bool:
    if not all(_is_number(cell) for cell in cells):
        return True
    values = {float(cell) for cell in cells}
    return all(value.is_integer() for value in values) and len(values) <= min(_MOST_CLASSES, len(cells) // 2)


def _classes(cells: Sequence[str]) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
    numeric = all(_is_number(cell) for cell in cells)
    names = sorted(set(cells), key=lambda cell: (float(cell), cell) if numeric else (0.0, cell))
    place = {name: index for index, name in enumerate(names)}
    return np.array([place[cell] for cell in cells], np.int64), tuple(names)
