"""What a stage has reached: losses, epochs, best weights, checkpoints; it must not know threads or commands."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter
from typing import Literal

import torch

from engine.errors import FileError
from engine.feed.dataset import Part
from engine.runs.events import CheckpointWritten, EpochDone, Event, Failed, Finished, Scores, StepsDone, Warned
from engine.runs.folder import CHECKPOINTS, RunFolder
from engine.runs.plan import Plan
from engine.runtime import weights
from engine.train import checkpoint
from engine.train.checkpoint import Place
from engine.train.loop import evaluate
from engine.train.metrics import load, metrics_of
from engine.train.staging import Stage


class Progress:
    """The state of a stage that is not in the loop.

    Args:
        plan: of the run.
        stage: what runs.
        folder: where it is recorded.
        number: of the stage.
        say: takes events.
    """

    def __init__(self, plan: Plan, stage: Stage, folder: RunFolder, number: int, say: Callable[[Event], None]) -> None:
        self._plan = plan
        self._stage = stage
        self._folder = folder
        self._number = number
        self._say = say
        self._epoch_losses: dict[str, list[float]] = {objective.id: [] for objective in stage.loop.objectives}
        self._best_epoch = 0
        self._best_value: float | None = None
        self._best_loss: float | None = None
        self._seconds = 0.0
        load(kind for kind, _ in stage.metrics.values())
        self._since: float | None = perf_counter()
        self._good_step = 0
        self._warned = False
        self._unsaved: dict[str, torch.Tensor] = {}
        """The best weights, while the disk refuses them."""

    @property
    def seconds(self) -> float:
        """Training time so far, pauses left out."""
        return self._seconds + (perf_counter() - self._since if self._since is not None else 0.0)

    def start(self, parent: str = "") -> None:
        """Begin with the weights as they are or those of another run, and write them down."""
        if parent:
            path = Path(parent, CHECKPOINTS, "last.safetensors")
            weights.load_into(self._stage.loop.models, checkpoint.model_tensors(weights.read(path)), str(path))
        self.save()

    def restore(self, place: Place) -> None:
        """Go on from where a checkpoint stood."""
        self._epoch_losses = {name: list(losses) for name, losses in place.epoch_losses.items()}
        self._best_epoch, self._best_value, self._best_loss = place.best_epoch, place.best_value, place.best_loss
        self._seconds = place.seconds
        self._good_step = place.step

    def pause(self) -> None:
        """Stop the clock."""
        self._seconds = self.seconds
        self._since = None

    def go_on(self) -> None:
        """Start the clock."""
        self._since = perf_counter()

    def fetch(self, probe_seconds: float) -> None:
        """Bring losses from the device and say them."""
        loop = self._stage.loop
        first, losses = loop.fetch()
        count = max((len(values) for values in losses.values()), default=0)
        if loop.flagged:
            count = min(count, max(0, loop.flagged - first))
        if not count:
            return
        kept = {name: values[:count] for name, values in losses.items()}
        for name, values in kept.items():
            self._epoch_losses[name] += values
        seconds = self.seconds
        self._say(
            StepsDone(
                first=self._stage.steps_before + first,
                losses=kept,
                epoch=self._stage.epoch,
                seconds=seconds,
                probe_share=probe_seconds / seconds if seconds > 0 else 0.0,
            )
        )

    def epoch_over(self) -> None:
        """Measure, remember the best weights, write a checkpoint, and say how the epoch went."""
        stage, loop = self._stage, self._stage.loop
        validation = self._measured(stage.data.parts["validation"])
        means = {name: math.fsum(losses) / max(len(losses), 1) for name, losses in self._epoch_losses.items()}
        most = validation.samples or next(iter(loop.sources.values())).num_samples
        sample = self._measured(_sample_of(stage.data.parts["train"], most)) if stage.metrics else Scores()
        epoch = stage.epochs_before + math.ceil(loop.step_number / loop.steps_per_epoch)
        best = self._is_best(validation)
        if best:
            self._best_epoch = epoch
            self._keep_best()
        self._epoch_losses = {name: [] for name in self._epoch_losses}
        train = Scores(objectives=_finite(means), metrics=sample.metrics, samples=sample.samples)
        self._say(
            EpochDone(epoch=epoch, step=stage.step, train=train, validation=validation, best=best, seconds=self.seconds)
        )
        self.save()

    def save(self) -> bool:
        """Write the last checkpoint, if the disk takes it; every loss of the steps so far has been fetched.

        It waits for best weights that are not on the disk yet, so that it never names some that are others there.
        """
        if self._unsaved and self._write("best"):
            self._unsaved = {}
        written = not self._unsaved and self._write("last")
        if written:
            self._good_step = self._stage.loop.step_number
        return written

    def _keep_best(self) -> None:
        """Write the best weights, or hold them until the disk takes them."""
        self._unsaved = {}
        if not self._write("best"):
            found = weights.state_of({**self._stage.carried, **self._stage.loop.models})
            self._unsaved = {key: tensor.clone() for key, tensor in found.items()}

    def keep_good(self) -> int:
        """After a value was not finite: write the masked weights if they are good, else take those written before.

        Returns:
            The step whose weights are kept.
        """
        loop = self._stage.loop
        tensors = weights.state_of(loop.models).values()
        if all(bool(torch.isfinite(tensor).all()) for tensor in tensors if tensor.is_floating_point()):
            loop.go_back()
            self.save()
        else:
            path = self._folder.checkpoints / "last.safetensors"
            weights.load_into(loop.models, checkpoint.model_tensors(weights.read(path)), str(path))
        return self._stage.steps_before + self._good_step

    def finish(self, reason: Literal["done", "stopped"]) -> Finished | Failed:
        """Write the last checkpoint, and measure the best weights on the test part.

        Returns:
            A failure when the disk refuses one of them: the run is not over then, and goes on from what it holds.
        """
        stage = self._stage
        loop = stage.loop
        best = self._folder.checkpoints / "best.safetensors"
        if not self.save():
            return _unsaved(stage.step, str(self._folder.checkpoints))
        if self._best_epoch and not best.exists():
            self._say(Warned(message=f"{best} is gone: the last weights stand in for the best"))
        if not best.exists():
            self._best_epoch = stage.epoch
            if not self._write("best"):
                return _unsaved(stage.step, str(best))
        else:
            weights.load_into(loop.models, checkpoint.model_tensors(weights.read(best)), str(best))
        test = self._measured(stage.data.parts["test"])
        return Finished(
            reason=reason,
            step=self._stage.step,
            epoch=self._stage.epoch,
            test=test,
            seconds=self.seconds,
            best_epoch=self._best_epoch,
        )

    def _measured(self, part: Part) -> Scores:
        first = next(iter(part.values()), {})
        if not first or not len(next(iter(first.values()))):
            return Scores()
        stage = self._stage
        names = [objective.id for objective in stage.loop.objectives]
        losses, metrics, count = evaluate(
            stage.loop.models,
            part,
            stage.written.evaluate,
            stage.written.draw,
            names,
            metrics_of(stage.metrics),
            seed=self._plan.seed,
        )
        return Scores(objectives=_finite(losses), metrics=_finite(metrics), samples=count)

    def _is_best(self, validation: Scores) -> bool:
        """Whether these weights are kept: by the metric that rises, then by the loss; where neither orders them, the last.

        Losses of several objectives compete (a critic does best against a generator that has learnt nothing), so that
        none of them says which weights are good.
        """
        alone = len(self._stage.loop.objectives) == 1
        if not validation.samples or not (alone or self._stage.written.chosen_by):
            return True
        loss = next(iter(validation.objectives.values()), None) if alone else None
        value = validation.metrics.get(self._stage.written.chosen_by)
        better = _better(value, loss, self._best_value, self._best_loss) or not self._best_epoch
        if better:
            self._best_value, self._best_loss = value, loss
        return better

    def _write(self, which: Literal["best", "last"]) -> bool:
        stage = self._stage
        loop = stage.loop
        place = Place(
            stage=self._number,
            step=loop.step_number,
            state=dict(loop.state),
            epoch=loop.epoch,
            epoch_losses=self._epoch_losses,
            best_epoch=self._best_epoch,
            best_value=self._best_value,
            best_loss=self._best_loss,
            seconds=self.seconds,
            learning_rates={name: optimizer.param_groups[0]["lr"] for name, optimizer in loop.optimizers.items()},
        )
        try:
            checkpoint.write(
                self._folder.checkpoints,
                which,
                loop,
                place,
                fitted=stage.data.fitted,
                carried=stage.carried,
                held=self._unsaved if which == "best" else {},
            )
        except (FileError, OSError) as error:
            if not self._warned:
                self._warned = True
                words = error.strerror if isinstance(error, OSError) else f"{error}"
                self._say(Warned(message=f"a checkpoint could not be written ({words}); training goes on"))
            return False
        self._say(CheckpointWritten(step=self._stage.step, which=which))
        return True


def _unsaved(step: int, where: str) -> Failed:
    return Failed(
        step=step,
        what="the weights could not be saved",
        address=where,
        remedy="Make room on the disk, then go on with the run: it takes up its last checkpoint",
    )


def _sample_of(part: Part, most: int) -> Part:
    """Take the first `most` samples of each source: a fixed sample, for the order of a part is random already."""
    return {name: {key: tensor[:most] for key, tensor in tensors.items()} for name, tensors in part.items()}


def _better(value: float | None, loss: float | None, best_value: float | None, best_loss: float | None) -> bool:
    if value is not None and best_value is not None and value != best_value:
        return value > best_value
    if value is not None and best_value is None:
        return True
    return loss is not None and (best_loss is None or loss < best_loss)


def _finite(values: Mapping[str, float]) -> dict[str, float]:
    """Leave out what is not finite: the record is JSON, and a number that is none is no number."""
    return {name: value for name, value in values.items() if math.isfinite(value)}
