"""Real engine processes for tests: started, asked, waited for, and never left behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from engine.runs.events import Event
from engine.service.client import EngineClient
from engine.service.messages import Answer, Request, RunSaid

PATIENCE = 30.0
"""Seconds until a test gives up; the machine may be busy."""
_tick = threading.Event()


def until(condition: Callable[[], bool], what: str) -> None:
    """Look until something holds.

    Raises:
        AssertionError: it did not in time.
    """
    end = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < end, f"{what} did not happen"
        _tick.wait(0.01)


class Talk:
    """A client and everything its engine has answered."""

    def __init__(self, client: EngineClient) -> None:
        self.client = client
        self.answers: list[Answer] = []

    def ask(self, request: Request) -> Answer:
        """Send a request and wait for its answer."""
        self.client.send(request)
        number = getattr(request, "id", None)
        return self.answer(lambda answer: getattr(answer, "id", None) == number)

    def answer(self, suits: Callable[[Answer], bool]) -> Answer:
        """Wait for an answer, now or among those that came before."""
        until(lambda: self._look(suits) or not self.client.alive, "the answer")
        found = next((answer for answer in self.answers if suits(answer)), None)
        assert found is not None, self.client.exit_words()
        return found

    def event(self, kind: type[Event]) -> Event:
        """Wait for an event of the run."""
        found = self.answer(lambda answer: isinstance(answer, RunSaid) and isinstance(answer.event, kind))
        assert isinstance(found, RunSaid)
        return found.event

    @property
    def events(self) -> list[Event]:
        """What the run has said so far."""
        self.answers += self.client.drain()
        return [answer.event for answer in self.answers if isinstance(answer, RunSaid)]

    def _look(self, suits: Callable[[Answer], bool]) -> bool:
        self.answers += self.client.drain()
        return any(suits(answer) for answer in self.answers)


@contextmanager
def engine() -> Iterator[Talk]:
    """An engine process, killed at the end whatever happens."""
    client = EngineClient(version="test")
    try:
        yield Talk(client)
    finally:
        client.kill()
