"""Migrations: how a record of an older format becomes one of the next; it must not know projects, only records.

A record is what JSON gives: dictionaries, lists, texts, numbers. A migration is pure and gives a new record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from engine.errors import FormatError, NewerFormatError

Record = dict[str, Any]  # Any: a record is JSON of any shape until it is decoded
Migration = Callable[[Record], Record]

FORMAT: Final = 1
"""The format that this version writes."""

MIGRATIONS: Final[Mapping[int, Migration]] = {}
"""From each older format to the next one, by the older number."""


def migrate(record: Record, number: int, *, to: int = FORMAT, steps: Mapping[int, Migration] = MIGRATIONS) -> Record:
    """Give the record in format `to`.

    Args:
        record: the record as the file has it.
        number: the format that the file states.
        to: the format wanted.
        steps: migration from each older format to the next.

    Raises:
        NewerFormatError: the file is newer than `to`.
        FormatError: there is no way from its format.
    """
    if number > to:
        raise newer(number, str(record.get("app", "")))
    while number < to:
        step = steps.get(number)
        if step is None:
            raise FormatError(f"format {number} is no format of a project", where="$.format")
        number += 1
        record = {**step(record), "format": number}
    return record


def newer(number: int, app: str = "") -> NewerFormatError:
    """Give the words for a file that a newer version has written."""
    writer = f" by {app}" if app else ""
    return NewerFormatError(
        f"the file has format {number}, written{writer}; this version reads up to format {FORMAT}",
        where="$.format",
        remedy="Update Netwright to open it",
    )
