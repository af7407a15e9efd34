"""The run folder: the record of a run, enough to open its graph with its weights years later. No torch, no processes.

plan.json, events.jsonl, commands.jsonl, graph.netwright, environment.json, source/, checkpoints/, lock.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from engine.errors import FileError, FormatError, UsageError
from engine.project.format import encode
from engine.runs.commands import Recorded
from engine.runs.events import EpochDone, Event, Failed, Finished, Probed
from engine.runs.plan import Plan

PLAN: Final = "plan.json"
EVENTS: Final = "events.jsonl"
COMMANDS: Final = "commands.jsonl"
GRAPH: Final = "graph.netwright"
CHECKPOINTS: Final = "checkpoints"
_LOCK: Final = "lock"
_Row = TypeVar("_Row")


def new_run_folder(project_file: Path | None, name: str, base: Path) -> Path:
    """Choose a folder for a new run: `NAME.runs/<time>-<name>` beside the project, else below `base`.

    Args:
        project_file: the saved project, if it is saved.
        name: of the run; letters, digits, - and _ are kept.
        base: where runs of unsaved projects live.
    """
    runs = project_file.with_suffix(".runs") if project_file else base
    word = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in name).strip("-") or "run"
    stamp = time.strftime("%Y%m%d-%H%M%S")
    folder = runs / f"{stamp}-{word}"
    number = 2
    while folder.exists():
        folder, number = runs / f"{stamp}-{word}-{number}", number + 1
    return folder


class RunFolder:
    """The record of one run, being written.

    Args:
        path: the folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checkpoints = path / CHECKPOINTS

    @classmethod
    def create(cls, path: Path, plan: Plan, environment: Mapping[str, str]) -> RunFolder:
        """Begin a record.

        Raises:
            UsageError: the folder holds something already.
            FileError: it cannot be written to.
        """
        folder = cls(path)
        try:
            if path.exists() and any(path.iterdir()):
                raise UsageError(
                    "the run folder is not empty", where=str(path), remedy="Choose another, or go on with --resume"
                )
            folder.checkpoints.mkdir(parents=True, exist_ok=True)
            (path / "source").mkdir(exist_ok=True)
            (path / PLAN).write_bytes(msgspec.json.format(msgspec.json.encode(plan), indent=1))
            (path / GRAPH).write_text(encode(plan.project), encoding="utf-8")
            (path / "environment.json").write_text(json.dumps(dict(environment), indent=1), encoding="utf-8")
            for name, text in plan.emitted.items():
                (path / "source" / name).write_text(text, encoding="utf-8")
        except OSError as error:
            raise FileError(
                f"the run folder cannot be written: {error.strerror}", where=str(path), remedy="Choose another place"
            ) from error
        return folder

    def lock(self) -> None:
        """Claim the folder for this process; a lock that a dead process left is taken over.

        Raises:
            FileError: a live process trains in it.
        """
        file = self.path / _LOCK
        try:
            owner = int(file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            owner = 0
        if owner and owner != os.getpid() and process_lives(owner):
            raise FileError(
                f"process {owner} trains in this folder", where=str(self.path), remedy="Wait for it, or stop it"
            )
        try:
            file.write_text(str(os.getpid()), encoding="ascii")
        except OSError as error:
            raise FileError(f"the run folder cannot be written: {error.strerror}", where=str(self.path)) from error

    def unlock(self) -> None:
        """Give the folder free."""
        (self.path / _LOCK).unlink(missing_ok=True)

    def record(self, event: Event) -> bool:
        """Append an event; False when the disk refuses it, which is said once by the caller."""
        if isinstance(event, Probed):
            return True
        return self._append(EVENTS, msgspec.json.encode(event))

    def record_command(self, recorded: Recorded) -> bool:
        """Append a command with the step it took effect at."""
        return self._append(COMMANDS, msgspec.json.encode(recorded))

    def _append(self, name: str, line: bytes) -> bool:
        try:
            with (self.path / name).open("ab") as file:
                file.write(line + b"\n")
        except OSError:
            return False
        return True

    def cut(self, step: int) -> None:
        """Forget what was recorded after a step: a run goes on from there."""
        kept = [
            event
            for event in read_events(self.path)
            if _step_of(event) <= step and not isinstance(event, Finished | Failed)
        ]
        lines = b"".join(msgspec.json.encode(event) + b"\n" for event in kept)
        temporary = self.path / f".{EVENTS}.tmp"
        temporary.write_bytes(lines)
        temporary.replace(self.path / EVENTS)


def _step_of(event: Event) -> int:
    step = getattr(event, "step", None)
    if isinstance(step, int):
        return step
    losses = getattr(event, "losses", {})
    longest = max((len(values) for values in losses.values()), default=0)
    return int(getattr(event, "first", 1)) + longest - 1


def process_lives(pid: int) -> bool:
    """Whether a process of that number runs."""
    if sys.platform == "win32":
        import ctypes  # only Windows needs it

        handle = ctypes.windll.kernel32.OpenProcess(0x1000, False, pid)
        if handle:
            ctypes.windll.kernel32.CloseHandle(handle)
        return bool(handle)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def running(path: Path) -> bool:
    """Whether a live process trains in a folder."""
    try:
        return process_lives(int((path / _LOCK).read_text(encoding="ascii")))
    except (OSError, ValueError):
        return False


def read_plan(path: Path) -> Plan:
    """Read the plan of a run.

    Raises:
        FormatError: the folder is no run.
    """
    try:
        return msgspec.json.decode((path / PLAN).read_bytes(), type=Plan)
    except FileNotFoundError:
        raise FormatError(
            "there is no run in this folder", where=str(path), remedy="Name a folder that holds plan.json"
        ) from None
    except (OSError, msgspec.DecodeError) as error:
        raise FormatError(f"the plan cannot be read: {error}", where=str(path / PLAN)) from error


def read_events(path: Path) -> Iterator[Event]:
    """Give the recorded events in order; a line torn by a crash is left out."""
    decoder = msgspec.json.Decoder(Event)
    yield from _decoded(path / EVENTS, decoder)


def read_commands(path: Path) -> tuple[Recorded, ...]:
    """Give the recorded commands in order."""
    return tuple(_decoded(path / COMMANDS, msgspec.json.Decoder(Recorded)))


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


def _decoded(file: Path, decoder: msgspec.json.Decoder[_Row]) -> Iterator[_Row]:
    try:
        content = file.read_bytes()
    except OSError:
        return
    for line in content.splitlines():
        try:
            yield decoder.decode(line)
        except msgspec.DecodeError:
            continue
