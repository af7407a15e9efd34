"""The training loop: one fixed file that needs torch and the standard library only.

Netwright runs it, and every stand-alone project holds a copy of it, so both give the same losses. A step draws one
batch from every source, and lets each objective in turn compute its loss on the weights as they then are and update
what it may update:

    loop = Loop(models, sources, OBJECTIVES, draw, seed=0)
    loop.step()

Everything random in step n follows from the seed and n alone. A value that is not finite raises a flag that stays
up: from then on no weight, no optimiser state and no statistics change, so the last good weights survive.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Protocol

import torch
from torch import nn

from engine.feed.dataset import Batch, Models, Part, State, mixed
from engine.train.followers import Follower, Following

_EVALUATION_BATCH = 256


@dataclass(frozen=True)
class Objective:
    """A loss to minimise, what it updates and how."""

    id: str
    loss: Callable[[Models, Batch, Batch], torch.Tensor]
    """(models, batch, held) -> scalar; `held` carries detached values from one objective to later ones."""
    updates: tuple[str, ...] = ("*",)
    """Patterns over `MODEL.ADDRESS.PARAMETER`."""
    optimizer: str = "adamw"
    options: Mapping[str, Any] = field(default_factory=dict)  # numbers, switches and pairs, as torch.optim takes them
    steps: int = 1
    fresh: bool = False
    """Whether every inner step draws data and noise anew."""


class Source(Protocol):
    """What yields batches: a data set is the simple case, an environment that a model acts in the general one.

    All that may change from step to step stands in the state, which JSON can hold and nobody changes in place: equal
    state, models and random numbers of torch give an equal batch, whatever was drawn before. So a run resumes bitwise.
    """

    num_samples: int
    """Samples of one epoch."""
    steps_per_epoch: int

    def start(self) -> State:
        """Give the state of the first batch."""

    def draw(self, state: State, models: Models) -> tuple[Batch, State]:
        """Give the batch at a state, on the device of the loop, and the state of the next one."""


class Score(Protocol):
    """Measures over batches; `compute` gives a number or a tensor with one."""

    def update(self, *tensors: torch.Tensor) -> None: ...  # noqa: D102
    def compute(self) -> Any: ...  # noqa: D102


def reseed(device: torch.device, seed: int, number: int) -> None:
    """Start torch's random numbers on the CPU and on `device` from two numbers."""
    word = mixed(seed, number)
    torch.default_generator.manual_seed(word)
    if device.type == "cuda":
        torch.cuda.default_generators[device.index or 0].manual_seed(word)
    elif device.type == "mps":
        torch.mps.manual_seed(word)


class Loop:
    """Models in training.

    Args:
        models: by id; they are moved to `device`.
        sources: by id; the first one counts the epochs.
        objectives: in the order they run within a step.
        draw: gives the random values of one step from its batch.
        followers: models that objectives do not train but that follow those they do.
        seed: of the order of samples and of everything random in a step.
        device: where to compute.
        fused: whether fused optimiser kernels are used.
        channels_last: whether images are laid out channels last.

    Attributes:
        flagged: number of the first step with a value that is not finite; 0 while there is none.
        steps_per_epoch: steps in which the first source gives each of its samples once.
    """

    def __init__(
        self,
        models: Models,
        sources: Mapping[str, Source],
        objectives: Sequence[Objective],
        draw: Callable[[Batch], Batch],
        *,
        followers: Sequence[Follower] = (),
        seed: int,
        device: torch.device | str = "cpu",
        fused: bool = True,
        channels_last: bool = False,
    ) -> None:
        self.device = torch.device(device)
        self.models = {name: _placed(model, self.device, channels_last) for name, model in models.items()}
        self.sources = dict(sources)
        self.objectives = tuple(objectives)
        self.seed = seed
        self.step_number = 0
        self.flagged = 0
        self.state = {name: source.start() for name, source in self.sources.items()}
        self._draws = 1 + sum(objective.steps - 1 for objective in objectives if objective.fresh)
        self.steps_per_epoch = math.ceil(next(iter(self.sources.values())).steps_per_epoch / self._draws)
        self._draw = draw
        following = [Following(follower, self.models) for follower in followers]
        own = {follower.model for follower in followers}
        self._parameters = _named_parameters({name: model for name, model in self.models.items() if name not in own})
        self._updates = [_Update(objective, self._parameters, self.device, fused) for objective in objectives]
        self._followed = [
            [one for one in following if update.trains(self.models[one.follower.follows])] for update in self._updates
        ]
        self._one_selection = all(len(update.chosen) == len(self._parameters) for update in self._updates)
        self._buffers = [buffer for model in self.models.values() for buffer in model.buffers()]
        self._kept = [buffer.clone() for buffer in self._buffers]
        # What is not finite before training is meant so, as in a mask.
        self._statistics = [b for b in self._buffers if b.is_floating_point() and bool(torch.isfinite(b).all())]
        self._found = torch.zeros((), device=self.device)
        self._one = torch.ones((), device=self.device)
        self._losses: list[list[torch.Tensor]] = [[] for _ in objectives]
        self._flags: list[torch.Tensor] = []
        self._states: list[Mapping[str, State]] = []
        self._before: Mapping[str, State] = {}
        self._first = 1

    @property
    def epoch(self) -> int:
        """Epochs finished so far."""
        return self.step_number // self.steps_per_epoch

    @property
    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        """The optimiser of each objective, by its id."""
        return {update.objective.id: update.optimizer for update in self._updates}

    def step(self) -> None:
        """Do one training step; nothing waits for the device."""
        reseed(self.device, self.seed, self.step_number)
        self._keep_buffers()
        before = dict(self.state)
        shared: tuple[Batch, Batch] = self._next_batch(), {}
        for index, update in enumerate(self._updates):
            seen = shared
            for inner in range(update.objective.steps):
                if inner and update.objective.fresh:
                    seen = self._next_batch(), {}
                loss = self._minimise(update, *seen)
            self._losses[index].append(loss)
            for following in self._followed[index]:
                following.update(self.step_number + 1, self._found)
        self.step_number += 1
        if self.device.type != "cpu":
            self._flags.append(self._found.clone())
            self._states.append(before)
        elif self._found.item():
            self._raise_flag(self.step_number, before)

    def fetch(self) -> tuple[int, dict[str, tuple[float, ...]]]:
        """Bring the losses since the last call from the device at once: the first step's number, and each objective's."""
        first, self._first = self._first, self.step_number + 1
        losses = {
            update.objective.id: tuple(torch.stack(kept).tolist()) if kept else ()
            for update, kept in zip(self._updates, self._losses, strict=True)
        }
        flags = torch.stack(self._flags).tolist() if self._flags else []
        if any(flags):
            index = next(index for index, flag in enumerate(flags) if flag)
            self._raise_flag(first + index, self._states[index])
        self._losses = [[] for _ in self._updates]
        self._flags, self._states = [], []
        return first, losses

    def set_learning_rate(self, objective: str, lr: float) -> None:
        """Change the learning rate of an objective from the next step on."""
        for group in self.optimizers[objective].param_groups:
            group["lr"] = lr

    def resume(self, step: int, state: Mapping[str, State]) -> None:
        """Go on after `step`; models and optimisers hold what they held then."""
        self.step_number = step
        self._first = step + 1
        self.state = dict(state)

    def go_back(self) -> None:
        """Take up the place before the flagged step was taken; models and optimisers are not touched."""
        self.resume(self.flagged - 1, self._before)

    def replay_batch(self) -> Batch:
        """Draw the first batch of the flagged step again and start its random numbers; the loop then stands before it."""
        self.go_back()
        reseed(self.device, self.seed, self.step_number)
        batch = self._next_batch()
        self.go_back()
        return batch

    def _next_batch(self) -> Batch:
        batch: Batch = {}
        with torch.no_grad():  # a source may ask the models
            for name, source in self.sources.items():
                tensors, self.state[name] = source.draw(self.state[name], self.models)
                batch.update(tensors)
        batch.update(self._draw(batch))
        return batch

    def _minimise(self, update: _Update, batch: Batch, held: Batch) -> torch.Tensor:
        if not self._one_selection:
            for parameter in self._parameters.values():
                parameter.requires_grad_(id(parameter) in update.ids)
        loss = update.objective.loss(self.models, batch, held)
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it open
        kept = loss.detach().clone()
        gradients = [parameter.grad for parameter in update.chosen if parameter.grad is not None]
        # One kernel over gradients and statistics; it raises the flag and never takes it down.
        torch._amp_foreach_non_finite_check_and_unscale_([kept, *gradients, *self._statistics], self._found, self._one)
        update.apply(self._found)
        return kept

    def _keep_buffers(self) -> None:
        if not self._buffers:
            return
        if self.device.type == "cpu":
            torch._foreach_copy_(self._kept, self._buffers)
            return
        for kept, buffer in zip(self._kept, self._buffers, strict=True):
            kept.copy_(torch.where(self._found > 0, kept, buffer))

    def _raise_flag(self, step: int, before: Mapping[str, State]) -> None:
        if not self.flagged:
            self.flagged, self._before = step, before
        for buffer, kept in zip(self._buffers, self._kept, strict=True):
            buffer.copy_(kept)


class _Update:
    """The optimiser of one objective and the parameters it may change."""

    def __init__(
        self, objective: Objective, parameters: Mapping[str, nn.Parameter], device: torch.device, fused: bool
    ) -> None:
        self.objective = objective
        self.chosen = [p for name, p in parameters.items() if selects(objective.updates, name)]
        if not self.chosen:
            raise ValueError(f"objective {objective.id} updates nothing: no parameter matches {objective.updates}")
        self.ids = {id(parameter) for parameter in self.chosen}
        kernels = {"fused": True} if fused and device.type in ("cpu", "cuda", "mps") else {"foreach": True}
        kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[objective.optimizer]
        self.optimizer: torch.optim.Optimizer = kind(self.chosen, **objective.options, **kernels)
        self._fused = "fused" in kernels

    def trains(self, model: nn.Module) -> bool:
        """Whether it may change a model."""
        return any(id(parameter) in self.ids for parameter in model.parameters())

    def apply(self, found: torch.Tensor) -> None:
        """Update, unless the flag is up; then forget the gradients."""
        if found.device.type != "cpu":
            self.apply_masked(found)
        elif not found.item():
            self.optimizer.step()
        for parameter in self.chosen:  # what zero_grad does, without its hooks
            parameter.grad = None

    def apply_masked(self, found: torch.Tensor) -> None:
        """Update, unless the flag is up, without asking the device whether it is."""
        if self._fused:
            self.optimizer.found_inf = found  # type: ignore[attr-defined]  # how torch's own GradScaler tells the kernel
            self.optimizer.step()
            return
        state = [tensor for state in self.optimizer.state.values() for tensor in state.values()]
        tensors = [*self.chosen, *(tensor for tensor in state if isinstance(tensor, torch.Tensor))]
        before = [tensor.detach().clone() for tensor in tensors]
        self.optimizer.step()
        with torch.no_grad():
            for tensor, old in zip(tensors, before, strict=True):
                tensor.copy_(torch.where((found > 0).to(tensor.device), old, tensor))


def evaluate(
    models: Models,
    part: Part,
    values_of: Callable[[Models, Batch], Mapping[str, Any]],
    draw: Callable[[Batch], Batch],
    objectives: Sequence[str],
    metrics: Mapping[str, Score],
    *,
    seed: int = 0,
) -> tuple[dict[str, float], dict[str, float], int]:
    """Measure models on one part of the data, in evaluation mode.

    Args:
        models: by id, on the device of `part`.
        part: tensors of each source; the first source counts the samples.
        values_of: the emitted `evaluate`: losses by objective and the inputs of each metric.
        draw: random values of a batch.
        objectives: ids of the objectives.
        metrics: by id; fresh ones.
        seed: of the random values.

    Returns:
        Mean loss by objective, value by metric, number of samples.
    """
    sums = dict.fromkeys(objectives, 0.0)
    count = 0
    was_training = [(model, model.training) for model in models.values()]
    for model in models.values():
        model.eval()
    with torch.no_grad():
        for number, batch in enumerate(_in_order(part)):
            device = next(iter(batch.values())).device
            reseed(device, seed, -2 - number)
            values = values_of(models, {**batch, **draw(batch)})
            size = len(next(iter(batch.values())))
            count += size
            for objective in objectives:
                sums[objective] += float(values[objective]) * size
            for name, metric in metrics.items():
                metric.update(*values[name])
    for model, mode in was_training:
        model.train(mode)
    means = {objective: total / max(count, 1) for objective, total in sums.items()}
    return means, {name: float(metric.compute()) for name, metric in metrics.items() if count}, count


def _in_order(part: Part) -> Iterator[Batch]:
    lengths = {name: len(next(iter(tensors.values()))) for name, tensors in part.items()}
    for start in range(0, next(iter(lengths.values()), 0), _EVALUATION_BATCH):
        batch: Batch = {}
        for name, tensors in part.items():
            first = start % max(lengths[name], 1)
            batch.update({key: tensor[first : first + _EVALUATION_BATCH] for key, tensor in tensors.items()})
        yield batch


def _named_parameters(models: Models) -> dict[str, nn.Parameter]:
    named: dict[str, nn.Parameter] = {}
    seen: set[int] = set()
    for model_id, model in models.items():
        for key, parameter in model.named_parameters():
            if id(parameter) not in seen:
                seen.add(id(parameter))
                named[f"{model_id}.{key}"] = parameter
    return named


def selects(patterns: Sequence[str], name: str) -> bool:
    """Whether one of the patterns names a parameter, or the node or model it belongs to."""
    return any(fnmatchcase(name, pattern) or fnmatchcase(name, f"{pattern}.*") for pattern in patterns)


def _placed(model: nn.Module, device: torch.device, channels_last: bool) -> nn.Module:
    if channels_last:
        model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub leaves it out
    return model.to(device).train()
