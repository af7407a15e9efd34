"""Ctrl+C while a run trains: the first one lets it write a checkpoint and end, a second one ends it at once."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

from engine.runs.commands import Pause
from engine.runs.control import Commanded

_WORDS = b"\nWriting a checkpoint; Ctrl+C again leaves at once.\n"


@contextlib.contextmanager
def saved_first(session: Commanded) -> Iterator[None]:
    """Turn the first Ctrl+C into a pause of the session, which writes its checkpoint; the next one interrupts.

    Where Ctrl+C is not Python's own (in the background of a shell, off the main thread) nothing changes.
    """
    before = signal.getsignal(signal.SIGINT)

    def pause(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        if sys.stderr.isatty():
            os.write(sys.stderr.fileno(), _WORDS)  # print may be under way already, and takes no second call
        session.command(Pause())

    if before is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, pause)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
