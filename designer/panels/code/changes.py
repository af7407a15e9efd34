"""The way from one text to another in small steps, line by line; it must not know what the text says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtGui import QTextBlock, QTextCursor, QTextDocument

STEP: Final = 50
"""Lines that are written in one turn: a few ms, colours included."""


@dataclass(frozen=True, slots=True)
class Change:
    """Some lines in the place of others.

    Attributes:
        at: number of the first line, from 0, after the changes before this one.
        count: how many lines go.
        lines: lines that come.
    """

    at: int
    count: int
    lines: tuple[str, ...]


def changes(old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    """Give the changes that make `new` of `old`; what both begin and end with is left alone."""
    shorter = min(len(old), len(new))
    head = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    room = shorter - head
    tail = next((i for i in range(room) if old[-1 - i] != new[-1 - i]), room)
    going, coming = old[head : len(old) - tail], new[head : len(new) - tail]
    at = head
    for start in range(0, max(len(going), len(coming)), STEP):
        here, there = going[start : start + STEP], tuple(coming[start : start + STEP])
        if tuple(here) != there:
            yield Change(at, len(here), there)
        at += len(there)


def write(document: QTextDocument, change: Change) -> None:
    """Make a change in a document that has at least one line beside those that go without others coming."""
    cursor = QTextCursor(document)
    text = "\n".join(change.lines)
    first = document.findBlockByNumber(change.at)
    if change.count and change.lines:
        _select(cursor, first.position(), _end(document.findBlockByNumber(change.at + change.count - 1)))
    elif change.lines and first.isValid():
        cursor.setPosition(first.position())
        text += "\n"
    elif change.lines:
        cursor.movePosition(QTextCursor.MoveOperation.End)
        text = f"\n{text}"
    elif (after := document.findBlockByNumber(change.at + change.count)).isValid():
        _select(cursor, first.position(), after.position())
    else:
        _select(cursor, first.position() - 1, _end(document.lastBlock()))
    cursor.insertText(text)


def _end(block: QTextBlock) -> int:
    return block.position() + block.length() - 1


def _select(cursor: QTextCursor, start: int, end: int) -> None:
    cursor.setPosition(start)
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
