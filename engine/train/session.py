"""A run from its plan to its end: the thread that trains, what it is told between steps, and what it says.

The loop is fixed; here stand the boundaries: pause, stop, checkpoints, epochs, failures. It must not know processes.
"""

from __future__ import annotations

import logging
import queue
import threading
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import torch

from engine.errors import FileError, NetwrightError, RunError
from engine.recipes.expand import expand
from engine.runs.commands import Command, Pause, Recorded, Resume, SetLearningRate, StepOnce, Stop, Watch
from engine.runs.events import Event, Failed, Finished, Paused, Resumed, Started, Warned
from engine.runs.folder import RunFolder, require_free
from engine.runs.plan import Plan
from engine.runs.record import gaps, read_commands, read_plan
from engine.runtime import devices
from engine.runtime.locate import locate
from engine.train import checkpoint
from engine.train.checkpoint import Place
from engine.train.environment import environment
from engine.train.failure import not_finite, words_of
from engine.train.probe import Probe
from engine.train.progress import Progress
from engine.train.sightings import outdated, require_unchanged
from engine.train.staging import Stage, resolved, rewritten, staged

_FETCH_SECONDS = 1 / 30
_SAVE_SECONDS = 30.0
_log = logging.getLogger(__name__)


class Turn(NamedTuple):
    """A change of a learning rate that was recorded before and will be made again."""

    step: int
    command: SetLearningRate


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
        self._replay: list[Turn] = []
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
            for number in range(len(plan.stages)):
                stage = staged(plan, number, stage)
                self._train(plan, stage, number)
                if self.end is not None:
                    break
        except NetwrightError as error:
            self._fail(
                Failed(step=stage.step if stage else 0, what=error.what, address=error.where, remedy=error.remedy)
            )
        except Exception as error:  # noqa: BLE001  # the thread's border: everything becomes one event
            _log.error("the run failed", exc_info=error)
            what, remedy = words_of(error)
            address = locate(error, stage.written.sources) if stage else ""
            log = "".join(traceback.format_exception(error))
            self._fail(Failed(step=stage.step if stage else 0, what=what, address=address, remedy=remedy, log=log))
        finally:
            self._folder.unlock()
        assert self.end is not None
        return self.end

    def _begin(self) -> Plan:
        if self._resume:
            plan = read_plan(self._folder.path)
            self._folder.lock()
            self._folder.checkpoints.mkdir(exist_ok=True)
            devices.resolve(plan.device)
            require_unchanged(expand(plan.project), plan)
            for warned in rewritten(plan):
                self._say(warned)
            return plan
        if self._plan is None:
            raise RunError("a run needs a plan")
        plan = resolved(self._plan)
        self._folder = RunFolder.create(self._folder.path, plan, environment(plan))
        self._folder.lock()
        for warned in outdated(expand(plan.project), plan):
            self._say(warned)
        return plan

    def _train(self, plan: Plan, stage: Stage, number: int) -> None:
        progress = Progress(plan, stage, self._folder, number, self._say)
        place = checkpoint.read_place(self._folder.checkpoints, "last") if self._resume else None
        if place is not None and place.stage > number:
            _require_stage(place, plan, self._folder.checkpoints)
            return
        if place is not None and place.stage == number:
            for missing in gaps(self._folder.path, stage.epochs_before + place.epoch):
                self._emit(missing)
            checkpoint.restore(self._folder.checkpoints, stage.loop, place, stage.carried)
            progress.restore(place)
            self._folder.cut(stage.step)
            self._replay = _turns(read_commands(self._folder.path), stage.step)
        else:
            if self._resume and place is None:
                self._folder.cut(0)
                self._say(Warned(message="there is no checkpoint to go on from: the run begins anew"))
            progress.start(plan.parent if number == 0 else "")
        self._say(_started(plan, stage))
        self._steps(stage, progress)
        last = number == len(plan.stages) - 1
        if self.end is None and (last or self._stopped):
            self.end = progress.finish("stopped" if self._stopped else "done")
            self._say(self.end)

    def _steps(self, stage: Stage, progress: Progress) -> None:
        loop = stage.loop
        probe = Probe(stage)
        probe.watch(self._watch)
        fetched = saved = perf_counter()
        self._obey(stage, progress, probe)
        while loop.step_number < stage.steps and not self._stopped:
            loop.step()
            now = perf_counter()
            over = loop.step_number % loop.steps_per_epoch == 0 or loop.step_number == stage.steps
            save = over or now - saved >= _SAVE_SECONDS
            if loop.flagged or save or now - fetched >= _FETCH_SECONDS:
                progress.fetch(probe.seconds)
                fetched = now
            if loop.flagged:
                self._fail(not_finite(stage, probe, progress))
                return
            if save:
                progress.epoch_over() if over else progress.save()
                saved = now
            if probe.is_due(now, progress.seconds):
                self._look(probe)
            if self._replay or not self._commands.empty() or self._pause_after == loop.step_number:
                self._obey(stage, progress, probe)
        progress.fetch(probe.seconds)

    def _obey(self, stage: Stage, progress: Progress, probe: Probe) -> None:
        """Take what commands there are; wait for more while paused."""
        loop = stage.loop
        while self._replay and self._replay[0].step <= stage.step:
            self._turn(self._replay.pop(0).command, stage)
        while not self._commands.empty():
            self._take(self._commands.get(), stage, probe)
        if self._pause_after != loop.step_number or self._stopped:
            return
        progress.fetch(probe.seconds)
        progress.pause()
        progress.save()
        self._say(Paused(step=stage.step))
        while self._pause_after == loop.step_number and not self._stopped:
            if probe.is_behind:
                self._look(probe, paused=True)
            self._take(self._commands.get(), stage, probe)
        progress.go_on()
        if not self._stopped:
            self._say(Resumed(step=stage.step))

    def _look(self, probe: Probe, *, paused: bool = False) -> None:
        """Say what the probe sees; when it cannot see, watching ends and the run goes on."""
        try:
            probed = probe.take(paused=paused)
        except Exception as error:  # noqa: BLE001  # a border: what happens to those who watch is not the run's fate
            _log.warning("the probe failed", exc_info=error)
            self._watch = Watch()
            probe.watch(self._watch)
            self._say(Warned(message=f"nothing is watched any more, {words_of(error)[0]}; training goes on"))
            return
        self._say(probed)

    def _take(self, command: Command, stage: Stage, probe: Probe) -> None:
        step = stage.loop.step_number
        match command:
            case Pause():
                self._pause_after = step
            case Resume():
                self._pause_after = -1
            case StepOnce():
                self._pause_after = step + 1
            case Stop():
                self._stopped = True
            case Watch():
                self._watch = command
                probe.watch(command)
                return
            case SetLearningRate():
                if not self._turn(command, stage):
                    return
        self._folder.record_command(Recorded(step=stage.step, command=command))

    def _turn(self, command: SetLearningRate, stage: Stage) -> bool:
        known = command.objective in stage.loop.optimizers
        if known and 0 <= command.lr < float("inf"):
            stage.loop.set_learning_rate(command.objective, command.lr)
            return True
        what = f"{command.lr:g} is no learning rate" if known else f"there is no objective {command.objective!r}"
        self._say(Warned(message=f"the learning rate was not changed: {what}"))
        return False

    def _say(self, event: Event) -> None:
        if not self._folder.record(event) and not self._disk_said:
            self._disk_said = True
            self._emit(
                Warned(message="the run's record cannot be written: the disk is full or read-only; training goes on")
            )
        self._emit(event)

    def _fail(self, failed: Failed) -> None:
        self.end = failed
        if self._folder.is_locked:  # else it may be the record of another run
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

    Raises:
        UsageError: the folder of a new run holds something already.
    """
    if not resume:
        require_free(folder)
    threads = torch.get_num_threads()
    try:
        return Session(plan, folder, on_event, resume=resume).run()
    finally:
        torch.set_num_threads(threads)


def _started(plan: Plan, stage: Stage) -> Started:
    loop = stage.loop
    return Started(
        step=stage.step,
        epoch=stage.epoch,
        total_steps=stage.steps_before + stage.steps,
        steps_per_epoch=loop.steps_per_epoch,
        device=plan.device,
        threads=plan.threads,
        training_samples=next(iter(loop.sources.values())).num_samples,
        metrics={name: kind for name, (kind, _) in stage.metrics.items()},
    )


def _require_stage(place: Place, plan: Plan, folder: Path) -> None:
    if place.stage >= len(plan.stages):
        words = f"this checkpoint stands in stage {place.stage + 1} of a run of {len(plan.stages)}"
        raise FileError(words, where=str(folder / "last.safetensors"), remedy="Put the run's own in its place")


def _turns(commands: Iterable[Recorded], step: int) -> list[Turn]:
    """Give the changes of learning rates that lie ahead of a step, first ones first."""
    found = (Turn(row.step, row.command) for row in commands if isinstance(row.command, SetLearningRate))
    return sorted((turn for turn in found if turn.step >= step), key=lambda turn: turn.step)
