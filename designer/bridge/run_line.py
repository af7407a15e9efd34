"""The two ways to a run: a process of ours, or the folder of one that goes on by itself. No Qt, no widgets."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Protocol

from engine.errors import FileError
from engine.runs.commands import Command
from engine.runs.events import Event, Failed, Finished
from engine.runs.folder import running
from engine.service.attach import RunFollower
from engine.service.client import EngineClient
from engine.service.messages import Answer, Instruct, RunSaid, Welcome

_log = logging.getLogger(__name__)


class RunLine(Protocol):
    """Hears what a run says and tells it what to do."""

    @property
    def over(self) -> bool:
        """Whether the run has said its last word."""

    @property
    def broken(self) -> str:
        """Why nothing more will come although the run is not over; empty while the line holds."""

    def drain(self) -> tuple[list[Event], list[Answer]]:
        """Give what the run has said since the last call, and every other answer on its line."""

    def command(self, command: Command) -> None:
        """Tell the run something."""

    def close(self) -> None:
        """Let the run go."""


class ProcessLine:
    """A run in a process that we started."""

    def __init__(self, client: EngineClient) -> None:
        """Hold the process's client."""
        self._client = client
        self._was_alive = True
        self.over = False

    @property
    def broken(self) -> str:
        """Why the process is gone before the run was over; known after what it said last was drained."""
        return "" if self.over or self._was_alive else self._client.exit_words()

    def drain(self) -> tuple[list[Event], list[Answer]]:
        """Give events and other answers."""
        self._was_alive = self._client.alive
        events: list[Event] = []
        others: list[Answer] = []
        for answer in self._client.drain():
            if isinstance(answer, RunSaid):
                events.append(answer.event)
            elif not isinstance(answer, Welcome):
                others.append(answer)
        self.over = self.over or any(isinstance(event, Finished | Failed) for event in events)
        return events, others

    def command(self, command: Command) -> None:
        """Send a command."""
        self._client.send(Instruct(command=command))

    def close(self) -> None:
        """Say goodbye; the run does what it was told to do when nobody listens."""
        self._client.close(wait=False)


class FolderLine:
    """A run that goes on by itself, seen through its folder."""

    def __init__(self, folder: Path) -> None:
        """Follow a folder from its first event."""
        self._folder = folder
        self._follower = RunFollower(folder)
        self._runs = True
        self._is_read = False

    @property
    def over(self) -> bool:
        """Whether the record has an end."""
        return self._follower.over

    @property
    def broken(self) -> str:
        """Say that the process is gone without an end in the record."""
        return "" if self.over or self._runs or not self._is_read else "Its process is gone"

    def drain(self) -> tuple[list[Event], list[Answer]]:
        """Give what was recorded since the last call."""
        self._runs = running(self._folder)
        events = self._follower.drain()
        self._is_read = not events
        return events, []

    def command(self, command: Command) -> None:
        """Leave a command in the folder; the run looks there a few times a second."""
        try:
            self._follower.command(command)
        except FileError as error:
            _log.warning("the run was not told: %s", error)

    def close(self) -> None:
        """Stop looking; the run goes on."""
