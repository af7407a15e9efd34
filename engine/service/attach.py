"""Following a run by its folder: for runs that go on by themselves, or were started elsewhere. No torch, no Qt."""

from __future__ import annotations

from pathlib import Path

import msgspec

from engine.runs.commands import Command
from engine.runs.control import Tail, post
from engine.runs.events import Event, Failed, Finished


class RunFollower:
    """A run seen through its record.

    Args:
        folder: the run folder.
        whole: whether to begin with the first event ever recorded, or with what comes from now on.
    """

    def __init__(self, folder: Path, *, whole: bool = True) -> None:
        self.folder = folder
        self._tail = Tail(folder / "events.jsonl", from_end=not whole)
        self._decoder = msgspec.json.Decoder(Event)
        self.over = False

    def drain(self) -> list[Event]:
        """Give the events recorded since the last call; a torn line is left out."""
        events: list[Event] = []
        for line in self._tail.lines():
            try:
                events.append(self._decoder.decode(line))
            except msgspec.DecodeError:
                continue
        self.over = self.over or any(isinstance(event, Finished | Failed) for event in events)
        return events

    def command(self, command: Command) -> None:
        """Tell the run something.

        Raises:
            FileError: its folder cannot be written to.
        """
        post(self.folder, command)
