"""Reaching a run that has no line to us any more: commands through a file in its folder. No torch, no processes.

Whoever re-attaches appends commands to `inbox.jsonl`; the run's process looks at it a few times a second.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Final, Protocol

import msgspec

from engine.errors import FileError
from engine.runs.commands import Command

INBOX: Final = "inbox.jsonl"
_POLL_SECONDS: Final = 0.1
_MOST_BYTES: Final = 2**20
"""Read at a time, so that whoever looks at a long record stays awake."""
_log = logging.getLogger(__name__)


class Commanded(Protocol):
    """Whatever takes commands: the session of a run."""

    def command(self, command: Command) -> None:
        """Take a command."""


class Tail:
    """The complete lines that were appended to a file since the last look.

    Args:
        path: the file; it may not exist yet.
    """

    def __init__(self, path: Path, *, from_end: bool = False) -> None:
        self._path = path
        self._offset = path.stat().st_size if from_end and path.exists() else 0

    def lines(self) -> list[bytes]:
        """Give new lines, without their ends, some at a time; a line still being written waits for the next call."""
        text = b""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                while b"\n" not in text and (more := file.read(_MOST_BYTES)):
                    text += more
        except OSError:
            return []
        complete = text.rfind(b"\n") + 1
        self._offset += complete
        return text[:complete].splitlines()


def post(folder: Path, command: Command) -> None:
    """Leave a command for the run of a folder.

    Raises:
        FileError: the folder cannot be written to.
    """
    try:
        with (folder / INBOX).open("ab") as file:
            file.write(msgspec.json.encode(command) + b"\n")
    except OSError as error:
        raise FileError(f"the run cannot be reached: {error.strerror}", where=str(folder)) from error


def listen(folder: Path, session: Commanded, stop: threading.Event) -> None:
    """Hand commands from the inbox to a session until `stop` is set; runs in a thread of its own."""
    tail = Tail(folder / INBOX, from_end=True)
    decoder = msgspec.json.Decoder(Command)
    while not stop.wait(_POLL_SECONDS):
        for line in tail.lines():
            try:
                session.command(decoder.decode(line))
            except msgspec.DecodeError as error:
                _log.warning("a line of the inbox is no command: %s", error)
