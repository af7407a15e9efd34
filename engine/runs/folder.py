"""The run folder, being written: enough to open a run's graph with its weights years later. No torch, no processes.

plan.json, events.jsonl, commands.jsonl, graph.netwright, environment.json, source/, checkpoints/, lock.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from engine.errors import FileError, UsageError
from engine.project.format import encode
from engine.runs.commands import Recorded
from engine.runs.events import Event, Failed, Finished, Probed, StepsDone
from engine.runs.plan import Plan
from engine.runs.record import COMMANDS, EVENTS, PLAN, read_events

GRAPH: Final = "graph.netwright"
CHECKPOINTS: Final = "checkpoints"
_SOURCE: Final = "source"
_ENVIRONMENT: Final = "environment.json"
_DRAFT: Final = f".{PLAN}.tmp"
_BEGUN: Final = {CHECKPOINTS, _SOURCE, _ENVIRONMENT, GRAPH, _DRAFT}
"""What is in a folder before its plan is."""
_LOCK: Final = "lock"
_STEPS_SECONDS: Final = 0.25
"""How often steps are written down."""


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
        self.is_locked = False
        """Whether this object holds the folder's lock."""
        self._steps: StepsDone | None = None
        self._written = 0.0
        self._torn = False

    @classmethod
    def create(cls, path: Path, plan: Plan, environment: Mapping[str, str]) -> RunFolder:
        """Begin a record.

        Raises:
            UsageError: the folder holds something already.
            FileError: it cannot be written to.
        """
        folder = cls(path)
        require_free(path)
        try:
            folder.checkpoints.mkdir(parents=True, exist_ok=True)
            (path / _SOURCE).mkdir(exist_ok=True)
            (path / GRAPH).write_text(encode(plan.project), encoding="utf-8")
            (path / _ENVIRONMENT).write_text(json.dumps(dict(environment), indent=1), encoding="utf-8")
            for name, text in plan.emitted.items():
                (path / _SOURCE / name).write_text(text, encoding="utf-8")
            # Last and at once: a folder with a plan is a whole one.
            (path / _DRAFT).write_bytes(msgspec.json.format(msgspec.json.encode(plan), indent=1))
            (path / _DRAFT).replace(path / PLAN)
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
        owner = _owner(self.path)
        if owner and owner != os.getpid():
            raise FileError(
                f"process {owner} trains in this folder", where=str(self.path), remedy="Wait for it, or stop it"
            )
        try:
            (self.path / _LOCK).write_text(f"{os.getpid()} {_birth(os.getpid())}".strip(), encoding="ascii")
        except OSError as error:
            raise FileError(f"the run folder cannot be written: {error.strerror}", where=str(self.path)) from error
        self.is_locked = True

    def unlock(self) -> None:
        """Give the folder free, if it is ours."""
        if self.is_locked:
            self.is_locked = False
            (self.path / _LOCK).unlink(missing_ok=True)

    def record(self, event: Event) -> bool:
        """Append an event; False when the disk refuses it, which is said once by the caller.

        Steps wait until a quarter of a second of them has come together, or something else is recorded.
        """
        if isinstance(event, Probed):
            return True
        if isinstance(event, StepsDone):
            self._steps = _merged(self._steps, event)
            return time.monotonic() - self._written < _STEPS_SECONDS or self._flush()
        return self._flush() and self._append(EVENTS, msgspec.json.encode(event))

    def _flush(self) -> bool:
        steps, self._steps = self._steps, None
        self._written = time.monotonic()
        return steps is None or self._append(EVENTS, msgspec.json.encode(steps))

    def record_command(self, recorded: Recorded) -> bool:
        """Append a command with the step it took effect at."""
        return self._append(COMMANDS, msgspec.json.encode(recorded))

    def _append(self, name: str, line: bytes) -> bool:
        # What a full disk has torn off must not swallow the next line too.
        start, self._torn = b"\n" if self._torn else b"", True
        try:
            with (self.path / name).open("ab") as file:
                file.write(start + line + b"\n")
        except OSError:
            return False
        self._torn = False
        return True

    def cut(self, step: int) -> None:
        """Forget what was recorded after a step: a run goes on from there.

        Raises:
            FileError: the folder cannot be written to.
        """
        kept = (_until(event, step) for event in read_events(self.path))
        lines = b"".join(msgspec.json.encode(event) + b"\n" for event in kept if event is not None)
        temporary = self.path / f".{EVENTS}.tmp"
        try:
            temporary.write_bytes(lines)
            temporary.replace(self.path / EVENTS)
        except OSError as error:
            raise FileError(f"the run folder cannot be written: {error.strerror}", where=str(self.path)) from error


def require_free(path: Path) -> None:
    """Refuse a run folder that holds something already.

    Raises:
        UsageError: it does.
        FileError: it cannot be looked into.
    """
    if not is_free(path):
        raise UsageError(
            "the run folder is not empty", where=str(path), remedy="Choose another, or go on with --resume"
        )


def is_free(path: Path) -> bool:
    """Whether a run may begin in a folder: it is not there, empty, or a run was killed while it made it.

    Raises:
        FileError: it cannot be looked into.
    """
    try:
        names = {entry.name for entry in path.iterdir()} if path.exists() else set()
        return names <= _BEGUN and not any((path / CHECKPOINTS).glob("*"))
    except OSError as error:
        raise FileError(f"this is no folder for a run: {error.strerror}", where=str(path)) from error


def _merged(before: StepsDone | None, event: StepsDone) -> StepsDone:
    """Join two stretches of steps; of what is not per step the later one speaks."""
    if before is None:
        return event
    losses = {name: (*before.losses.get(name, ()), *values) for name, values in event.losses.items()}
    return msgspec.structs.replace(event, first=before.first, losses=losses)


def _until(event: Event, step: int) -> Event | None:
    """Give what an event says up to a step; None when nothing is left."""
    if isinstance(event, Finished | Failed):
        return None
    if not isinstance(event, StepsDone):
        return event if getattr(event, "step", 0) <= step else None
    count = step - event.first + 1
    losses = {name: values[:count] for name, values in event.losses.items()}
    return msgspec.structs.replace(event, losses=losses) if count > 0 else None


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
    return bool(_owner(path))


def has_weights(path: Path) -> bool:
    """Whether a run has written a checkpoint."""
    return (path / CHECKPOINTS / "last.json").exists()


def _owner(path: Path) -> int:
    """Give the number of the live process that holds a folder's lock; 0 when there is none."""
    try:
        number, _, birth = (path / _LOCK).read_text(encoding="ascii").partition(" ")
        pid = int(number)
    except (OSError, ValueError):
        return 0
    return pid if pid > 0 and process_lives(pid) and birth in ("", _birth(pid)) else 0


def _birth(pid: int) -> str:
    """Tell a process from a later one of the same number by when it began; empty where the system does not say."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
