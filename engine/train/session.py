"""A run from its plan to its end: the thread that trains, what it is told between steps, and what it says.

The loop is fixed; here stand the boundaries: pause, stop, checkpoints, epochs, failures. It must not know processes.
"""

from __future__ import annotations

import logging
import queue
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import torch

from engine.errors import NetwrightError, RunError
from engine.runs.commands import Command, Pause, Recorded, Resume, SetLearningRate, StepOnce, Stop, Watch
from engine.runs.events import Event, Failed, Finished, Paused, Resumed, Started, Warned
from engine.runs.folder import RunFolder, read_plan
from engine.runs.plan import Plan
from engine.runtime.locate import locate
from engine.train import checkpoint
from engine.train.environment import environment
from engine.train.failure import not_finite, words_of
from engine.train.probe import Probe
from engine.train.progress import Progress
from engine.train.staging import Stage, resolved, staged

_FETCH_SECONDS = 1 / 30
_SAVE_SECONDS = 30.0
_log = logging.getLogger(__name__)


class Session:
    """One run.

    Args:
        plan: of the run; with `resume` the folder's own plan is used.
        folder: the run folder.
        emit: takes every event, in the training thread.
        resume: whether to go on from the folder's last checkpoint.
    """

    def __init__(self, plan: Plan | None, folder: Path, emit: Callable[[Event], None], *, resume: bool = False) -> None:
        self._plan = plan
        self._folder = RunFolder(folder)
        self._emit = emit
        self._resume = resume
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self.run, name="training", daemon=True)
        self._stopped = False
        self._pause_after = -1
        self._watch = Watch()
        self._disk_said = False
        self.end: Finished | Failed | None = None

    def start(self) -> None:
        """Train in a thread of its own."""
        self._thread.start()

    def join(self, seconds: float | None = None) -> None:
        """Wait for the end."""
        if self._thread.is_alive():
            self._thread.join(seconds)

    def command(self, command: Command) -> None:
        """Tell the run something; it takes effect at the next step's boundary."""
        self._commands.put(command)

    def run(self) -> Finished | Failed:
        """Train until the end; failures become an event, never an exception."""
        stage: Stage | None = None
        try:
            plan = self._begin()
            carried = None
            for number in range(len(plan.stages)):
                stage = staged(plan, number, carried)
                self._train(plan, stage, number, last=number == len(plan.stages) - 1)
                carried = stage.loop.models
                if self.end is not None:
                    break
        except NetwrightError as error:
            self._fail(Failed(step=_step(stage), what=error.what, address=error.where, remedy=error.remedy))
        except Exception as error:  # noqa: BLE001  # the thread's border: everything becomes one event
            _log.error("the run failed", exc_info=error)
            what, remedy = words_of(error)
            address = locate(error, stage.written.sources) if stage else ""
            log = "".join(traceback.format_exception(error))
            self._fail(Failed(step=_step(stage), what=what, address=address, remedy=remedy, log=log))
        finally:
            self._folder.unlock()
        assert self.end is not None
        return self.end

    def _begin(self) -> Plan:
        if self._resume:
            self._folder.lock()
            return read_plan(self._folder.path)
        if self._plan is None:
            raise RunError("a run needs a plan")
        plan = resolved(self._plan)
        self._folder = RunFolder.create(self._folder.path, plan, environment(plan))
        self._folder.lock()
        return plan

    def _train(self, plan: Plan, stage: Stage, number: int, *, last: bool) -> None:
        progress = Progress(plan, stage, self._folder, number, self._say)
        place = checkpoint.read_place(self._folder.checkpoints, "last") if self._resume else None
        if place is not None and place.stage > number:
            return
        if place is not None and place.stage == number:
            checkpoint.restore(self._folder.checkpoints, stage.loop, place)
            progress.restore(place)
            self._folder.cut(place.step)
        else:
            progress.start(plan.parent)
        self._say(self._started(plan, stage))
        self._steps(stage, progress)
        if self.end is None and (last or self._stopped):
            self.end = progress.finish("stopped" if self._stopped else "done")
            self._say(self.end)

    def _started(self, plan: Plan, stage: Stage) -> Started:
        loop = stage.loop
        return Started(
            step=loop.step_number,
            epoch=loop.epoch,
            total_steps=stage.steps,
            steps_per_epoch=loop.steps_per_epoch,
            device=plan.device,
            threads=plan.threads,
            training_samples=next(iter(loop.sources.values())).num_samples,
        )

    def _steps(self, stage: Stage, progress: Progress) -> None:
        loop = stage.loop
        probe = Probe(stage)
        probe.watch(self._watch)
        fetched = saved = perf_counter()
        self._obey(stage, progress, probe)
        while loop.step_number < stage.steps and not self._stopped:
            epoch = loop.epoch
            loop.step()
            now = perf_counter()
            over = loop.epoch > epoch or loop.step_number == stage.steps
            if loop.flagged or over or now - fetched >= _FETCH_SECONDS:
                progress.fetch(probe.seconds)
                fetched = now
            if loop.flagged:
                self._fail(not_finite(stage, probe, progress))
                return
            if over:
                progress.epoch_over()
                saved = now
            elif now - saved >= _SAVE_SECONDS:
                progress.save()
                saved = now
            if probe.is_due(now, progress.seconds):
                self._say(probe.take(loop.epoch))
            if not self._commands.empty() or self._pause_after == loop.step_number:
                self._obey(stage, progress, probe)
        progress.fetch(probe.seconds)

    def _obey(self, stage: Stage, progress: Progress, probe: Probe) -> None:
        """Take what commands there are; wait for more while paused."""
        loop = stage.loop
        while not self._commands.empty():
            self._take(self._commands.get(), stage, probe)
        if self._pause_after != loop.step_number or self._stopped:
            return
        progress.fetch(probe.seconds)
        progress.pause()
        progress.save()
        self._say(Paused(step=loop.step_number))
        while self._pause_after == loop.step_number and not self._stopped:
            self._take(self._commands.get(), stage, probe)
            if probe.is_due(perf_counter(), float("inf")):
                self._say(probe.take(loop.epoch))
        progress.go_on()
        if not self._stopped:
            self._say(Resumed(step=loop.step_number))

    def _take(self, command: Command, stage: Stage, probe: Probe) -> None:
        step = stage.loop.step_number
        paused = self._pause_after == step
        match command:
            case Pause():
                self._pause_after = step
            case Resume():
                self._pause_after = -1
            case StepOnce():
                self._pause_after = step + 1 if paused else step
            case Stop():
                self._stopped = True
            case Watch():
                self._watch = command
                probe.watch(command)
                return
            case SetLearningRate(objective=objective, lr=lr):
                if objective not in stage.loop.optimizers or not 0 <= lr < float("inf"):
                    self._say(Warned(message=f"there is no objective {objective!r} to set to {lr:g}"))
                    return
                stage.loop.set_learning_rate(objective, lr)
        self._folder.record_command(Recorded(step=step, command=command))

    def _say(self, event: Event) -> None:
        if not self._folder.record(event) and not self._disk_said:
            self._disk_said = True
            self._emit(
                Warned(message="the run's record cannot be written: the disk is full or read-only; training goes on")
            )
        self._emit(event)

    def _fail(self, failed: Failed) -> None:
        self.end = failed
        if self._folder.path.is_dir():
            self._folder.record(failed)
        self._emit(failed)


def run_plan(
    plan: Plan | None, folder: Path, on_event: Callable[[Event], None], *, resume: bool = False
) -> Finished | Failed:
    """Train in the calling thread.

    Args:
        plan: of the run; not needed to resume.
        folder: the run folder.
        on_event: takes every event.
        resume: whether to go on from the last checkpoint.
    """
    threads = torch.get_num_threads()
    try:
        return Session(plan, folder, on_event, resume=resume).run()
    finally:
        torch.set_num_threads(threads)


def _step(stage: Stage | None) -> int:
    return stage.loop.step_number if stage else 0
