"""Reading the record of a run, and saying what of it cannot be read. No torch, no processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from engine.errors import FormatError
from engine.project.upgrades import upgraded
from engine.runs.commands import Recorded
from engine.runs.events import EpochDone, Event, Failed, Finished, Started, StepsDone, Warned
from engine.runs.plan import Plan

PLAN: Final = "plan.json"
EVENTS: Final = "events.jsonl"
COMMANDS: Final = "commands.jsonl"
_EVENT: Final = msgspec.json.Decoder(Event)
_COMMAND: Final = msgspec.json.Decoder(Recorded)


def read_plan(path: Path) -> Plan:
    """Read the plan of a run.

    Raises:
        FormatError: the folder is no run.
    """
    try:
        plan = msgspec.json.decode((path / PLAN).read_bytes(), type=Plan)
        return msgspec.structs.replace(plan, project=upgraded(plan.project))
    except FileNotFoundError:
        raise FormatError(
            "there is no run in this folder", where=str(path), remedy="Name a folder that holds plan.json"
        ) from None
    except (OSError, msgspec.DecodeError) as error:
        raise FormatError(f"the plan cannot be read: {error}", where=str(path / PLAN)) from error


def read_events(path: Path) -> Iterator[Event]:
    """Give the recorded events in order; in place of a line that cannot be read stands a warning.

    A last line that a crash has torn is left out: what it said is said again when the run goes on.
    """
    reader = Reader()
    for number, line, is_last in _lines(path / EVENTS):
        event = reader.read(line)
        if event is not None:
            yield event
        elif not is_last:
            yield unreadable(number)


class Reader:
    """Reads a record line by line."""

    def __init__(self) -> None:
        self._total: int | None = None

    def read(self, line: bytes) -> Event | None:
        """Give what a line says; None when it cannot be read or speaks of steps that the run does not have."""
        try:
            event: Event = _EVENT.decode(line)
        except msgspec.DecodeError:
            return None
        if isinstance(event, Started):
            self._total = event.total_steps
        if isinstance(event, StepsDone) and self._total is not None and not 1 <= event.first <= self._total:
            return None
        return event


def unreadable(number: int) -> Warned:
    """Say that a line of the record cannot be read."""
    return Warned(message=f"line {number} of the record cannot be read; what it said is missing", address=EVENTS)


def read_commands(path: Path) -> tuple[Recorded, ...]:
    """Give the recorded commands in order.

    Raises:
        FormatError: one cannot be read, so that they cannot be given again.
    """
    found = []
    for number, line, is_last in _lines(path / COMMANDS):
        try:
            found.append(_COMMAND.decode(line))
        except msgspec.DecodeError as error:
            if not is_last:
                raise FormatError(
                    f"line {number} cannot be read: {error}",
                    where=str(path / COMMANDS),
                    remedy="Remove the line to go on without what it told the run",
                ) from error
    return tuple(found)


def read_epochs(path: Path) -> tuple[EpochDone, ...]:
    """Give the epochs of a run; of one trained twice after a resume, the last."""
    epochs = {event.epoch: event for event in read_events(path) if isinstance(event, EpochDone)}
    return tuple(epochs[number] for number in sorted(epochs))


def read_end(path: Path) -> Finished | Failed | None:
    """Give how a run ended; None while it has not."""
    end: Finished | Failed | None = None
    for event in read_events(path):
        if isinstance(event, Finished | Failed):
            end = event
    return end


def gaps(path: Path, epochs: int) -> Iterator[Warned]:
    """Say what the record of a run should hold and does not.

    Args:
        path: the run folder.
        epochs: how many were finished, as its weights or its end say.
    """
    yield from (event for event in read_events(path) if isinstance(event, Warned) and event.address == EVENTS)
    known = {event.epoch for event in read_epochs(path)}
    missing = [number for number in range(1, epochs + 1) if number not in known]
    if missing:
        several = len(missing) > 1
        which = f"epochs {missing[0]} to {missing[-1]}" if several else f"epoch {missing[0]}"
        yield Warned(message=f"{which} {'are' if several else 'is'} missing from the record", address=EVENTS)


def _lines(file: Path) -> Iterator[tuple[int, bytes, bool]]:
    """Give number and text of every line, and whether it is the last."""
    try:
        lines = file.read_bytes().splitlines()
    except OSError:
        return
    for number, line in enumerate(lines, 1):
        if line:
            yield number, line, number == len(lines)
