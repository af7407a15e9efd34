"""Following a run by its folder: for runs that go on by themselves, or were started elsewhere. No torch, no Qt."""

from __future__ import annotations

from pathlib import Path

from engine.runs.commands import Command
from engine.runs.control import Tail, post
from engine.runs.events import Event, Failed, Finished
from engine.runs.record import EVENTS, Reader, unreadable


class RunFollower:
    """A run seen through its record.

    Args:
        folder: the run folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._tail = Tail(folder / EVENTS)
        self._reader = Reader()
        self._lines = 0
        self.over = False

    def drain(self) -> list[Event]:
        """Give the events recorded since the last call; in place of a line that cannot be read stands a warning."""
        events: list[Event] = []
        for line in self._tail.lines():
            self._lines += 1
            if line:
                events.append(self._reader.read(line) or unreadable(self._lines))
        self.over = self.over or any(isinstance(event, Finished | Failed) for event in events)
        return events

    def command(self, command: Command) -> None:
        """Tell the run something.

        Raises:
            FileError: its folder cannot be written to.
        """
        post(self.folder, command)
