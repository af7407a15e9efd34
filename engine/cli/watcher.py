"""What the command line shows of a run while it trains; it must not know torch."""

from __future__ import annotations

import sys
from typing import NoReturn

from tqdm import tqdm

from engine.cli.output import Output
from engine.runs.events import CheckpointWritten, EpochDone, Event, Paused, Started, StepsDone, Warned
from engine.runs.plan import Plan


class Watcher:
    """Shows how a run goes, on standard error where a bar is, else as lines.

    Attributes:
        saved: step of the last checkpoint; -1 before there is one.
    """

    def __init__(self, plan: Plan, output: Output) -> None:
        self.saved = -1
        self._output = output
        self._plan = plan
        self._bar: tqdm[NoReturn] | None = None
        self._is_terminal = sys.stderr.isatty() and not output.json

    def take(self, event: Event) -> None:
        """Show an event.

        Raises:
            KeyboardInterrupt: the run has paused, which it does here on Ctrl+C alone.
        """
        match event:
            case Started():
                self._start(event)
            case StepsDone(losses=losses) if self._bar is not None:
                self._bar.update(max(len(values) for values in losses.values()))
            case EpochDone():
                self._epoch(event)
            case CheckpointWritten(which="last", step=step):
                self.saved = step
            case Warned(message=message):
                print(f"netwright: {message}", file=sys.stderr)
            case Paused():
                raise KeyboardInterrupt

    def close(self) -> None:
        """Leave the bar."""
        if self._bar is not None:
            self._bar.close()

    def _start(self, event: Started) -> None:
        self._output.line(
            f"{self._plan.name}: {event.training_samples:,} samples, {event.total_steps:,} steps on {event.device}"
        )
        if event.step:
            self.saved = event.step
        if self._is_terminal:
            self._bar = tqdm(total=event.total_steps, initial=event.step, unit="step", leave=False, file=sys.stderr)

    def _epoch(self, event: EpochDone) -> None:
        losses = " ".join(f"{name} {value:.4f}" for name, value in event.train.objectives.items())
        metrics = " ".join(f"{name} {value:.4f}" for name, value in event.validation.metrics.items())
        words = f"epoch {event.epoch:>3}  train {losses}  validation {metrics}{'  best' if event.best else ''}"
        if self._bar is not None:
            self._bar.write(words, file=sys.stdout)
        else:
            self._output.line(words)
