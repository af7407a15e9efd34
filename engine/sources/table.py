"""Tables from text files: numbers as they are, words as one column per value; numpy only, copied into stand-alone projects.

A missing value (empty, NA, N/A, NaN, null, ?) is NaN among numbers and a value of its own among words.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
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
_LARGEST = 3.4028235e38  # of float32
_MOST_BYTES = 2**30
_SNIFFED = 65_536
_SNIFFED_ROWS = 20


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
    sheet = _sheet(Path(folder, path), delimiter, header)
    wanted = _targets(sheet, targets)
    for name in leave_out:
        if name not in sheet.columns:
            raise ValueError(f"{sheet.file} has no column {name!r} to leave out; it has {', '.join(sheet.columns)}")
    used = [name for name in sheet.columns if name not in wanted and name not in leave_out]
    if not used:
        raise ValueError(f"{sheet.file} has no column left to predict from")
    parts = [_encoded(sheet, name) for name in used]
    target, classes = _target(sheet, wanted, task)
    features = np.concatenate([part for part, _ in parts], axis=1).astype(np.float32)
    return Table(features, tuple(title for _, titles in parts for title in titles), target, classes)


@dataclass(frozen=True)
class _Sheet:
    """A file as columns of text."""

    file: Path
    columns: dict[str, list[str]]
    lines: list[int]
    """Number of the line that each row ends on."""
    is_named: bool

    def fault(self, row: int, name: str, words: str) -> ValueError:
        """Say what is wrong with a cell."""
        hint = "; or set the header to yes, if the first row holds names" if row == 0 and not self.is_named else ""
        return ValueError(f"{self.file}, row {self.lines[row]}, column {name!r}: {words}{hint}")


def _sheet(file: Path, delimiter: str, header: str) -> _Sheet:
    text = _text(file)
    mark = _DELIMITERS.get(delimiter) or _sniffed(text[:_SNIFFED])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, skipinitialspace=True)
    try:
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise ValueError(f"{file}, row {reader.line_num}: {error}") from error
    if mark == ";":  # where lists are written with semicolons, numbers are often written with commas
        rows = [(line, [_pointed(cell) for cell in row]) for line, row in rows]
    names = _names(rows[0][1], header) if rows else None
    is_named = names is not None
    first = rows[0][1] if rows else []
    rows = rows[is_named:]
    if len(rows) < 2:
        below = " below the names of its columns" if is_named else ""
        raise ValueError(
            f"{file} holds {len(rows)} row{'s' * (len(rows) != 1)}{below}; a table to learn from needs at least two"
        )
    names = names or [f"column{number}" for number in range(1, len(first) + 1)]
    for line, row in rows:
        if len(row) != len(names):
            raise ValueError(f"{file}, row {line}: {len(row)} cells where there are {len(names)} columns")
    columns = {name: [row[index].strip() for _, row in rows] for index, name in enumerate(names)}
    return _Sheet(file, columns, [line for line, _ in rows], is_named)


def _text(file: Path) -> str:
    if file.is_fifo() or file.is_char_device():
        raise ValueError(f"{file} is no file")  # a pipe keeps its reader waiting for ever
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
            raw = stream.read(_MOST_BYTES + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"{file} is broken off or no gzip file") from error
    if len(raw) > _MOST_BYTES:
        raise ValueError(f"{file} holds more than 1 GiB of text; give so many numbers as arrays (.npz)")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    if "\0" in text:
        raise ValueError(f"{file} is no text file")
    return text


def _sniffed(text: str) -> str:
    """Find the mark that cuts the first rows into equally many cells, most of them."""
    lines = [line for line in text.splitlines() if line.strip()][:_SNIFFED_ROWS]
    best, most = ",", 1
    for mark in _DELIMITERS.values():
        counts = {len(row) for row in csv.reader(lines, delimiter=mark, skipinitialspace=True)}
        if len(counts) == 1 and max(counts) > most:
            best, most = mark, max(counts)
    return best


def _pointed(cell: str) -> str:
    pointed = cell.replace(",", ".", 1)
    return pointed if _is_number(pointed) else cell


def _names(row: Sequence[str], header: str) -> list[str] | None:
    """Give unique names of columns; None when the first row holds data already."""
    if header == "no" or (header == "auto" and any(_is_number(cell) for cell in row)):
        return None
    seen: dict[str, int] = {}
    names: list[str] = []
    for number, cell in enumerate(row, start=1):
        name = cell.strip() or f"column{number}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return names


def _targets(sheet: _Sheet, targets: Sequence[str]) -> list[str]:
    for name in targets:
        if name not in sheet.columns:
            raise ValueError(f"{sheet.file} has no column {name!r} to predict; it has {', '.join(sheet.columns)}")
    return list(targets) or [list(sheet.columns)[-1]]


def _is_number(cell: str) -> bool:
    try:
        return abs(float(cell)) <= _LARGEST
    except ValueError:
        return False


def _is_too_large(cell: str) -> bool:
    try:
        return abs(float(cell)) > _LARGEST and any(map(str.isdigit, cell))
    except ValueError:
        return False


def _is_missing(cell: str) -> bool:
    return cell.lower() in _MISSING


def _numbers(cells: Sequence[str]) -> npt.NDArray[np.float64] | None:
    """Read numbers, NaN where one is missing; None when a cell is neither."""
    given = ["nan" if _is_missing(cell) else cell for cell in cells]
    try:
        numbers = np.array(given, dtype=np.float64)
    except ValueError:
        return None
    return None if np.isinf(numbers).any() else numbers


def _encoded(sheet: _Sheet, name: str) -> tuple[npt.NDArray[np.float64], tuple[str, ...]]:
    cells = sheet.columns[name]
    if all(map(_is_missing, cells)):
        raise ValueError(f"{sheet.file}: column {name!r} holds no value at all; leave it out")
    large = next((row for row, cell in enumerate(cells) if _is_too_large(cell)), None)
    if large is not None:
        raise sheet.fault(large, name, f"{cells[large]} is too large for a number of 32 bits")
    numbers = _numbers(cells)
    if numbers is not None:
        return numbers[:, None], (name,)
    _require_words(sheet, name, cells)
    words = sorted({"(missing)" if _is_missing(cell) else cell for cell in cells})
    if len(words) > _MOST_WORDS or len(words) > max(_MOST_CLASSES, len(cells) / 2):
        raise ValueError(
            f"{sheet.file}: column {name!r} holds {len(words):,} different words (such as {words[-1]!r}); leave it out"
        )
    place = {word: index for index, word in enumerate(words)}
    encoded = np.zeros((len(cells), len(words)))
    for row, cell in enumerate(cells):
        encoded[row, place["(missing)" if _is_missing(cell) else cell]] = 1.0
    return encoded, tuple(f"{name}={word}" for word in words)


def _require_words(sheet: _Sheet, name: str, cells: Sequence[str]) -> None:
    """Refuse a word among numbers: a slip of the pen would become a category."""
    given = [(row, cell) for row, cell in enumerate(cells) if not _is_missing(cell)]
    odd = [(row, cell) for row, cell in given if not _is_number(cell)]
    if odd and len(odd) < len(given) / 2:
        row, cell = odd[0]
        raise sheet.fault(row, name, f"{cell!r} where numbers are expected; mend it, or leave the column out")


def _target(sheet: _Sheet, names: Sequence[str], task: str) -> tuple[npt.NDArray[Any], tuple[str, ...]]:
    for name in names:
        for row, cell in enumerate(sheet.columns[name]):
            if _is_missing(cell):
                raise sheet.fault(row, name, "the target is missing; drop the row or fill it in")
    if task == "class" and len(names) > 1:
        raise ValueError(f"{sheet.file}: classes are predicted from one column, not from {', '.join(names)}")
    cells = sheet.columns[names[0]]
    if len(set(cells)) == 1:
        raise ValueError(
            f"{sheet.file}: the target {names[0]!r} is {cells[0]!r} in every row; there is nothing to learn"
        )
    if task == "class" or (task == "auto" and len(names) == 1 and _looks_like_classes(cells)):
        return _classes(cells)
    for name in names:
        for row, cell in enumerate(sheet.columns[name]):
            if not _is_number(cell):
                raise sheet.fault(row, name, f"the target is {cell!r} where a number is expected")
    return np.array([[float(cell) for cell in sheet.columns[name]] for name in names], np.float32).T.copy(), ()


def _looks_like_classes(cells: Sequence[str]) -> bool:
    numbers = sum(map(_is_number, cells))
    if numbers < len(cells):
        return numbers <= len(cells) / 2  # a word among numbers is a slip, not a class
    values = {float(cell) for cell in cells}
    return all(value.is_integer() for value in values) and len(values) <= min(_MOST_CLASSES, len(cells) // 2)


def _classes(cells: Sequence[str]) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
    numeric = all(_is_number(cell) for cell in cells)
    names = sorted(set(cells), key=lambda cell: (float(cell), cell) if numeric else (0.0, cell))
    place = {name: index for index, name in enumerate(names)}
    return np.array([place[cell] for cell in cells], np.int64), tuple(names)
