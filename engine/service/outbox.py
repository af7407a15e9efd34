"""The bounded queue between whoever speaks and a pipe that may not be read: newest pictures replace older ones.

A window that sleeps must never stall training: `put` never waits. It must not know processes or torch.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

from engine.runs.events import Probed, StepsDone
from engine.service.messages import Answer, RunSaid

_MOST: Final = 4096
"""Messages kept for a reader that sleeps; losses are merged long before."""
_REST_SECONDS: Final = 0.012
"""What is said meanwhile goes out together: every message by itself would take the interpreter from the training thread."""
_MOST_LOSSES: Final = 50_000
"""Losses kept in one merged message; the whole record is in the run folder."""


class Outbox:
    """Messages on their way out, in order."""

    def __init__(self) -> None:
        self._waiting: deque[Answer] = deque()
        self._changed = threading.Condition()
        self._closed = False

    def put(self, message: Answer) -> None:
        """Add a message, merging it with what still waits where that loses nothing the reader needs."""
        with self._changed:
            if self._closed:
                return
            if isinstance(message, RunSaid) and self._merged(message):
                return
            if len(self._waiting) >= _MOST:
                self._waiting.popleft()
            self._waiting.append(message)
            self._changed.notify()

    def close(self) -> None:
        """Let `pump` end once everything that waits is written."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def pump(self, write: Callable[[Answer], None]) -> None:
        """Write messages until closed; runs in the writer's thread."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if not self._waiting:
                    return
                hurried = self._closed
            if not hurried:
                time.sleep(_REST_SECONDS)
            with self._changed:
                batch, self._waiting = self._waiting, deque()
            for message in batch:
                write(message)

    def _merged(self, message: RunSaid) -> bool:
        event = message.event
        if isinstance(event, Probed):
            return self._replaced(message)
        last = self._waiting[-1] if self._waiting else None
        if isinstance(event, StepsDone) and isinstance(last, RunSaid) and isinstance(last.event, StepsDone):
            merged = _joined(last.event, event)
            if merged is not None:
                self._waiting[-1] = RunSaid(event=merged)
                return True
        return False

    def _replaced(self, message: RunSaid) -> bool:
        for index, waiting in enumerate(self._waiting):
            if isinstance(waiting, RunSaid) and isinstance(waiting.event, Probed):
                self._waiting[index] = message
                return True
        return False


def _joined(earlier: StepsDone, later: StepsDone) -> StepsDone | None:
    if earlier.losses.keys() != later.losses.keys():
        return None
    losses = {key: values + later.losses[key] for key, values in earlier.losses.items()}
    if any(len(values) > _MOST_LOSSES for values in losses.values()):
        return None
    return msgspec.structs.replace(later, first=earlier.first, losses=losses)
