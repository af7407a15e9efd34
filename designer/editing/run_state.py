"""How a run stands, from what it has said so far; it must not know processes, widgets or the document."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from engine.runs.events import (
    EpochDone,
    Event,
    Failed,
    Finished,
    Paused,
    Resumed,
    Started,
    StepsDone,
)

Mode = Literal["idle", "starting", "running", "paused", "stopping"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """Where a run is; the state before any run is the one with number 0."""

    mode: Mode = "idle"
    number: int = 0
    """Which run of the project it is, from 1."""
    step: int = 0
    total_steps: int = 0
    steps_per_epoch: int = 0
    epoch: int = 0
    """Epochs that are over."""
    seconds: float = 0.0
    """Training time, pauses left out."""
    first_step: int = 0
    """Step this process started after; more than 0 for a resumed run."""
    outcome: Literal["", "done", "stopped", "failed", "lost"] = ""
    device: str = ""
    threads: int = 0
    result: str = ""
    """What came out, in a few words: `accuracy 0.987 on the test part`, or what went wrong."""

    @property
    def is_active(self) -> bool:
        """Whether a run is going."""
        return self.mode != "idle"

    @property
    def done(self) -> float:
        """Part that is behind us, 0 to 1."""
        if self.outcome == "done":
            return 1.0
        return min(1.0, self.step / self.total_steps) if self.total_steps else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Estimate of the training time left; None before it can be told."""
        taken = self.step - self.first_step
        if taken < 2 or not self.total_steps or not self.seconds:
            return None
        return self.seconds / taken * (self.total_steps - self.step)


def after_events(state: RunState, events: Iterable[Event]) -> RunState:
    """Give the state after some events."""
    for event in events:
        state = _after(state, event)
    return state


def _after(state: RunState, event: Event) -> RunState:
    match event:
        case Started():
            return replace(
                state,
                mode="running",
                step=event.step,
                first_step=event.step,
                epoch=event.epoch,
                total_steps=event.total_steps,
                steps_per_epoch=event.steps_per_epoch,
                device=event.device,
                threads=event.threads,
            )
        case StepsDone():
            num_steps = max((len(losses) for losses in event.losses.values()), default=1)
            return replace(state, step=event.first + num_steps - 1, epoch=event.epoch, seconds=event.seconds)
        case EpochDone():
            return replace(state, step=event.step, epoch=event.epoch, seconds=event.seconds)
        case Paused():
            return replace(state, mode="paused", step=event.step)
        case Resumed():
            return replace(state, mode="running")
        case Failed():
            return replace(state, mode="idle", step=event.step, outcome="failed", result=_failure(event))
        case Finished():
            return _finished(state, event)
        case _:
            return state


def _finished(state: RunState, event: Finished) -> RunState:
    metrics = ", ".join(f"{name} {value:.3f}" for name, value in event.test.metrics.items())
    losses = ", ".join(f"loss {value:.3g}" for value in event.test.objectives.values())
    result = f"{metrics or losses} on {event.test.samples} test samples" if metrics or losses else ""
    return replace(
        state,
        mode="idle",
        outcome=event.reason,
        step=event.step,
        epoch=event.epoch,
        seconds=event.seconds,
        result=result,
    )


def _failure(event: Failed) -> str:
    head = f"{event.address}: {event.what}" if event.address else event.what
    return f"{head}. {event.remedy}" if event.remedy else head
