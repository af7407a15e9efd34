"""The probe: what the nodes that are looked at compute, on a copy of the weights taken at a step's boundary.

It has modules of its own that the weights are copied into, so it can neither change the run nor its gradients; random
numbers start afresh at every step, so it cannot change those either. It must not know windows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from time import perf_counter
from typing import Any, Final

import torch
from torch import nn

from engine.graph.types import GraphRef
from engine.layers.catalogue import kind_of
from engine.layers.kind import Role
from engine.runs.commands import Watch
from engine.runs.events import Picture, Probed
from engine.train.loop import Batch, reseed
from engine.train.pictures import picture_of
from engine.train.staging import Stage, write

_SAMPLES: Final = 32
_MOST_SHARE: Final = 0.02
"""Part of the training time that watching may take."""


class Watching(nn.Module):
    """A probe network in a model's place: gives its outputs and keeps what every node gave.

    Args:
        network: built from the probe variant.
        name: of the network.
    """

    def __init__(self, network: nn.Module, name: str) -> None:
        super().__init__()
        self.network = network
        self.name = name
        self.seen: dict[str, torch.Tensor] = {}

    def forward(self, *inputs: torch.Tensor) -> Any:  # a tensor or a tuple, as the network has it
        """Give the network's outputs."""
        outputs, watched = self.network(*inputs)
        self.seen = {f"{self.name}.{address}": tensor for address, tensor in watched.items()}
        return outputs


class Probe:
    """Takes pictures of a stage.

    Args:
        stage: what runs.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._written = write(stage.project, stage.report, stage.training, "probe")
        models = stage.project.training[stage.training].models
        built = {name: model.to(stage.loop.device) for name, model in self._written.build_models().items()}
        self._models = {name: Watching(model, models[name].network) for name, model in built.items()}  # type: ignore[index]  # ids
        self._watch = Watch()
        self._due = 0.0
        self._spent = 0.0
        self._before: dict[str, torch.Tensor] = {}
        self._before_step = 0
        self._flat = {address for address in _addresses(stage) if _is_flat(stage, address)}
        self._labels = _class_names(stage)

    def watch(self, watch: Watch) -> None:
        """Choose what is looked at."""
        self._watch = watch
        self._due = 0.0

    def is_due(self, now: float, training_seconds: float) -> bool:
        """Whether it is time for pictures: often enough to see, and cheap enough to train."""
        if not self._watch.addresses or now < self._due:
            return False
        return self._spent <= _MOST_SHARE * training_seconds or self._spent == 0.0

    @property
    def seconds(self) -> float:
        """Time spent so far."""
        return self._spent

    def take(self, epoch: int) -> Probed:
        """Copy the weights and see what flows."""
        begun = perf_counter()
        self._copy()
        batch = self._batch()
        seen, norms = self._flow(batch)
        wanted = [address for address in self._watch.addresses if address in seen]
        pictures = [self._picture(address, seen[address]) for address in wanted]
        ratios = self._ratios()
        spent = perf_counter() - begun
        self._spent += spent
        self._due = perf_counter() + self._watch.interval_ms / 1000
        return Probed(
            step=self._stage.loop.step_number,
            epoch=epoch,
            pictures=tuple(picture for picture in pictures if picture),
            gradient_norms=norms,
            update_ratios=ratios,
            milliseconds=spent * 1000,
        )

    def first_not_finite(self, batch: Batch) -> str:
        """Replay a batch in training mode and name the first node that gives a value that is not finite."""
        self._copy()
        for model in self._models.values():
            model.train()
        held: Batch = {}
        for objective in self._stage.loop.objectives:
            for model in self._models.values():
                model.seen = {}
            loss = objective.loss(self._models, batch, held)
            for model in self._models.values():
                for address, tensor in model.seen.items():
                    if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
                        return address
            if not bool(torch.isfinite(loss)):
                return f"{self._stage.training}.{objective.id}"
        return ""

    def _copy(self) -> None:
        with torch.no_grad():
            for name, model in self._models.items():
                live = self._stage.loop.models[name].state_dict()
                for key, tensor in model.network.state_dict().items():
                    tensor.copy_(live[key])

    def _batch(self) -> Batch:
        loop = self._stage.loop
        part = loop.parts["validation"]
        first = next(iter(part.values()), {})
        if not first or not len(next(iter(first.values()))):
            part = loop.parts["train"]
        batch: Batch = {}
        for tensors in part.values():
            count = len(next(iter(tensors.values())))
            chosen = [(self._watch.sample + offset) % count for offset in range(min(_SAMPLES, count))]
            batch |= {key: tensor[chosen] for key, tensor in tensors.items()}
        reseed(loop.device, loop.seed, -1)
        return {**batch, **self._written.draw(batch)}

    def _flow(self, batch: Batch) -> tuple[dict[str, torch.Tensor], dict[str, float]]:
        for model in self._models.values():
            model.eval()
        held: Batch = {}
        norms: dict[str, float] = {}
        seen: dict[str, torch.Tensor] = {}
        for objective in self._stage.loop.objectives:
            loss = objective.loss(self._models, batch, held)
            seen |= {
                address: tensor.detach() for model in self._models.values() for address, tensor in model.seen.items()
            }
            named = [(key, p) for key, p in self._parameters() if p.requires_grad]
            gradients = torch.autograd.grad(loss, [p for _, p in named], allow_unused=True)
            norms |= _norms(zip((key for key, _ in named), gradients, strict=True))
        return seen, norms

    def _parameters(self) -> list[tuple[str, nn.Parameter]]:
        return [
            (f"{model.name}.{key}", parameter)
            for model in self._models.values()
            for key, parameter in model.network.named_parameters()
        ]

    def _ratios(self) -> dict[str, float]:
        step = self._stage.loop.step_number
        steps = step - self._before_step
        now = {key: parameter.detach().clone() for key, parameter in self._parameters()}
        ratios: dict[str, float] = {}
        for address in {key.rsplit(".", 1)[0] for key in now} if steps > 0 and self._before else ():
            keys = [key for key in now if key.rsplit(".", 1)[0] == address]
            moved = sum(float((now[key] - self._before[key]).square().sum()) for key in keys) ** 0.5
            size = sum(float(now[key].square().sum()) for key in keys) ** 0.5
            ratios[address] = moved / steps / max(size, 1e-12)
        self._before, self._before_step = now, step
        return ratios

    def _picture(self, address: str, values: torch.Tensor) -> Picture | None:
        what = "input" if _role(self._stage, address) is Role.INPUT else "activation"
        return picture_of(
            address,
            values,
            what="input" if what == "input" else "activation",
            flat=address in self._flat,
            labels=self._labels,
        )


def _norms(gradients: Iterable[tuple[str, torch.Tensor | None]]) -> Mapping[str, float]:
    squares: dict[str, float] = {}
    for key, gradient in gradients:
        if gradient is not None:
            address = key.rsplit(".", 1)[0]
            squares[address] = squares.get(address, 0.0) + float(gradient.square().sum())
    return {address: square**0.5 for address, square in squares.items()}


def _addresses(stage: Stage) -> list[str]:
    return [f"{name}.{node}" for name, graph in stage.project.networks.items() for node in graph.nodes]


def _role(stage: Stage, address: str) -> Role | None:
    network, _, node = address.partition(".")
    graph = stage.project.networks.get(network)
    found = next((n for key, n in graph.nodes.items() if key == node), None) if graph else None
    kind = kind_of(found.kind) if found else None
    return kind.role if kind else None


def _is_flat(stage: Stage, address: str) -> bool:
    network, _, node = address.partition(".")
    found = next((n for key, n in stage.project.networks[network].nodes.items() if key == node), None)
    kind = kind_of(found.kind) if found else None
    return kind is not None and kind.family in ("normalisation", "activation")


def _class_names(stage: Stage) -> tuple[str, ...]:
    report = stage.report.graphs[GraphRef("training", stage.training)]
    for node in report.nodes.values():
        for spec in node.outputs.values():
            if spec.classes:
                return spec.classes
    return ()
