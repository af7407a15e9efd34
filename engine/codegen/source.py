"""Emitted source with its line table, and a writer that lays lines out as `ruff format` would; it must not know graphs."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from typing import Final

import msgspec

WIDTH: Final = 110
"""Longest line of emitted source."""
_INDENT: Final = "    "
_COMMENT: Final = re.compile(r"[^\w ×…*+\-/().,:→<>=]", re.ASCII)


class Source(msgspec.Struct, frozen=True):
    """A file of emitted source."""

    text: str
    lines: Mapping[int, str] = {}
    """Address (`NETWORK.node`, `TRAINING.node`) by line, counted from 1."""

    def line_of(self, address: str) -> int | None:
        """Give the last line that belongs to an address: where it is computed."""
        return max((line for line, other in self.lines.items() if other == address), default=None)

    def lines_of(self, address: str) -> tuple[int, ...]:
        """Give the lines that belong to an address."""
        return tuple(line for line, other in sorted(self.lines.items()) if other == address)


class Writer:
    """Collects lines of source."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._addresses: dict[int, str] = {}

    def line(self, text: str = "", *, level: int = 0, address: str = "") -> None:
        """Write one line as it stands."""
        self._lines.append(f"{_INDENT * level}{text}" if text else "")
        if address:
            self._addresses[len(self._lines)] = address

    def statement(self, text: str, *, level: int, comment: str = "", address: str = "") -> None:
        """Write a statement, on several lines where it is too long for one.

        Args:
            text: the statement on one line.
            level: how far it is indented, in steps.
            comment: words behind it; before it where there is no room.
            address: node it belongs to.
        """
        words = _COMMENT.sub("?", comment)
        room = WIDTH - len(_INDENT) * level
        if words and len(text) + len(words) + 4 <= room:
            self.line(f"{text}  # {words}", level=level, address=address)
            return
        if words:
            self.line(f"# {words}"[:room], level=level, address=address)
        for line in wrapped(text, room):
            self.line(line, level=level, address=address)

    def docstring(self, text: str, *, level: int) -> None:
        """Write a docstring; whatever the text says, it stays one."""
        lines = docstring_lines(text, WIDTH - len(_INDENT) * level)
        if len(lines) == 1:
            self.line(f'"""{lines[0]}"""', level=level)
            return
        self.line(f'"""{lines[0]}', level=level)
        for line in lines[1:]:
            self.line(line, level=level)
        self.line('"""', level=level)

    def source(self) -> Source:
        """Give what has been written."""
        return Source("\n".join(self._lines).rstrip("\n") + "\n", dict(self._addresses))


def docstring_lines(text: str, room: int) -> list[str]:
    """Make lines of a docstring out of any text: wrapped, escaped so that nothing in it ends the docstring."""
    lines: list[str] = []
    for line in text.strip().splitlines():
        shown = _escaped(" ".join(line.split()))
        lines += textwrap.wrap(shown, room - 8, break_on_hyphens=False, break_long_words=False) or [""]
    while lines and not lines[-1]:
        lines.pop()
    lines = lines or ["Nothing is said."]
    if len(lines) > 1 and lines[1]:
        lines.insert(1, "")
    before = lines[-1].removesuffix('"')
    escaped = (len(before) - len(before.rstrip("\\"))) % 2 == 1  # an even number of backslashes stands for backslashes
    if lines[-1].endswith('"') and not escaped:
        lines[-1] = f'{lines[-1][:-1]}\\"'
    if lines[0].startswith('"'):
        lines[0] = f"\\{lines[0]}"
    return lines


def _escaped(text: str) -> str:
    shown = "".join(_shown(letter) for letter in text)
    return shown.replace('"""', '\\"\\"\\"')


def _shown(letter: str) -> str:
    if letter == "\\":
        return "\\\\"
    if letter.isprintable():
        return letter
    code = ord(letter)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def wrapped(text: str, room: int) -> list[str]:
    """Lay a statement out on several lines where it is too long for one.

    Args:
        text: the statement on one line.
        room: columns there are.
    """
    if len(text) <= room:
        return [text]
    opening, closing = _bracket(text)
    if opening < 0:
        return [text]
    head, body, tail = text[: opening + 1], text[opening + 1 : closing], text[closing:]
    if len(body) + len(_INDENT) <= room and not body.endswith(","):
        return [head, f"{_INDENT}{body}", tail]
    if each := _comprehends(body):  # commas in it part nothing, and none may end it
        halves = (body[:each], body[each:].lstrip())
        return [head, *(f"{_INDENT}{line}" for half in halves for line in wrapped(half, room - len(_INDENT))), tail]
    lines = [head]
    parts = _parts(body)
    if len(parts) == 1 and _groups(head):  # a comma would make it a tuple
        return [head, *(f"{_INDENT}{line}" for line in wrapped(body, room - len(_INDENT))), tail]
    for part in parts:
        lines += [f"{_INDENT}{line}" for line in wrapped(f"{part},", room - len(_INDENT))]
    return [*lines, tail]


def _bracket(text: str) -> tuple[int, int]:
    """Find the pair of outermost brackets to break at: a function's parameters, else the last that holds something."""
    found = (-1, -1)
    depth = 0
    start = 0
    for index, letter in _outside_strings(text):
        if letter in "([{":
            start = index if depth == 0 else start
            depth += 1
        elif letter in ")]}":
            depth -= 1
            if depth == 0 and index > start + 1:
                found = (start, index)
                if text.startswith("def "):
                    return found
    return found


def _groups(head: str) -> bool:
    """Say whether the bracket at the end of `head` groups an expression: nothing is called or indexed before it."""
    return head.endswith("(") and not head[:-1].endswith((")", "]", "_")) and not head[-2:-1].isalnum()


def _comprehends(body: str) -> int:
    """Find where a comprehension says what it runs over; 0 where `body` is none."""
    depth = 0
    for index, letter in _outside_strings(body):
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0 and body.startswith(" for ", index):
            return index
    return 0


def _parts(body: str) -> list[str]:
    parts: list[str] = []
    depth = start = 0
    for index, letter in _outside_strings(body):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            parts.append(body[start:index].strip())
            start = index + 1
    return [part for part in (*parts, body[start:].strip()) if part]


def _outside_strings(text: str) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    quote = ""
    index = 0
    while index < len(text):
        letter = text[index]
        if quote:
            index += letter == "\\"
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        else:
            found.append((index, letter))
        index += 1
    return found
