"""The probe: what the nodes that are looked at compute, on a copy of the weights taken at a step's boundary.

It has modules of its own that the weights are copied into, so it can neither change the run nor its gradients; random
numbers start afresh at every step, so it cannot change those either. It must not know windows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from time import perf_counter
from typing import Final

import msgspec
import torch
from torch import nn

from engine.feed.batch import batch_at
from engine.feed.dataset import Batch
from engine.graph.address import address_of, key_of
from engine.graph.ids import NodeId
from engine.graph.instances import parts_of
from engine.graph.types import Graph, GraphRef
from engine.layers.catalogue import kind_of
from engine.layers.kind import LayerKind, Role
from engine.runs.commands import Watch
from engine.runs.events import Picture, Probed
from engine.train.loop import reseed, selects
from engine.train.pictures import What, filters_of, is_answer, picture_of
from engine.train.staging import Stage, Written, write
from engine.train.watching import Spot, Watching, uses_of

_MOST_SHARE: Final = 0.02
"""Part of the training time that watching may take."""


class Probe:
    """Takes pictures of a stage; it is written and built when somebody first looks.

    Args:
        stage: what runs.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._written: Written | None = None
        self._models: dict[str, nn.Module] = {}
        self._watching: dict[str, Watching] = {}
        self._watch = Watch()
        self._due = 0.0
        self._spent = 0.0
        self._before: dict[str, torch.Tensor] = {}
        self._before_step = 0
        self._shown: tuple[int, Watch] | None = None

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
    def is_behind(self) -> bool:
        """Whether the last pictures are of another step or of other nodes than those looked at."""
        return bool(self._watch.addresses) and self._shown != (self._stage.loop.step_number, self._watch)

    @property
    def seconds(self) -> float:
        """Training time spent so far."""
        return self._spent

    def take(self, *, paused: bool = False) -> Probed:
        """Copy the weights and see what flows.

        Args:
            paused: whether training waits anyway, so that the time costs it nothing.
        """
        begun = perf_counter()
        written = self._built()
        self._copy()
        seen, gradients = self._flow(written, self._batch(written))
        pictures = tuple(self._pictures(seen, gradients))
        norms, ratios = _norms(gradients), self._ratios()
        spent = perf_counter() - begun
        self._spent += 0.0 if paused else spent
        self._shown = (self._stage.loop.step_number, self._watch)
        self._due = perf_counter() + self._watch.interval_ms / 1000
        return Probed(
            step=self._stage.step,
            epoch=self._stage.epoch,
            pictures=pictures,
            gradient_norms=norms,
            update_ratios=ratios,
            milliseconds=spent * 1000,
            uses=tuple(watching.use for watching in self._watching.values()),
        )

    def first_not_finite(self, batch: Batch) -> tuple[str, str]:
        """Replay a batch in training mode and find the first value that is not finite.

        Args:
            batch: of the flagged step, with that step's random numbers started.

        Returns:
            What it is in words, and the address of its node in its model; empty when it shows nowhere any more.
        """
        written = self._built()
        self._copy()
        for model in self._models.values():
            model.train()
        sound = {key for key, buffer in self._buffers() if bool(torch.isfinite(buffer).all())}
        held: Batch = {}
        for objective in written.objectives:
            seen: dict[Spot, torch.Tensor] = {}
            loss = objective.loss(self._looking(seen), batch, held)
            for (use, node), tensor in seen.items():
                if not bool(torch.isfinite(tensor).all()):
                    return f"a value in {use.use}" if use.use else "a value", f"{use.model}.{node}"
            for key, buffer in self._buffers():
                if key in sound and not bool(torch.isfinite(buffer).all()):
                    return "a running statistic", _node_of(key)
            if not bool(torch.isfinite(loss)):
                return "the loss", f"{self._stage.training}.{objective.id}"
            # Backwards the last node comes first: what is not finite there spoils all before it.
            for key, gradient in reversed(self._gradients(loss, objective.updates).items()):
                if not bool(torch.isfinite(gradient).all()):
                    return "a gradient", _node_of(key)
        return "a value", ""

    def _built(self) -> Written:
        if self._written is None:
            stage = self._stage
            self._written = write(stage.project, stage.report, stage.training, "probe")
            for name, model in self._written.build_models().items():
                self._models[name] = model.to(stage.loop.device)
            for node, use in uses_of(stage.project.training[stage.training]).items():
                self._watching[node] = Watching(self._models[use.model], use)
        return self._written

    def _looking(self, seen: dict[Spot, torch.Tensor]) -> Mapping[str, nn.Module]:
        for watching in self._watching.values():
            watching.seen = seen
        return self._watching

    def _copy(self) -> None:
        with torch.no_grad():
            for name, model in self._models.items():
                live = self._stage.loop.models[name].state_dict()
                for key, tensor in model.state_dict().items():
                    tensor.copy_(live[key])

    def _batch(self, written: Written) -> Batch:
        loop = self._stage.loop
        batch, _ = batch_at(self._stage.data.parts, self._watch.sample)
        reseed(loop.device, loop.seed, -1)
        return {**batch, **written.draw(batch)}

    def _flow(self, written: Written, batch: Batch) -> tuple[dict[Spot, torch.Tensor], dict[str, torch.Tensor]]:
        """Give what every node gave in every use, and the gradient of every parameter by model and key."""
        for model in self._models.values():
            model.eval()
        held: Batch = {}
        seen: dict[Spot, torch.Tensor] = {}
        gradients: dict[str, torch.Tensor] = {}
        for objective in written.objectives:
            loss = objective.loss(self._looking(seen), batch, held)
            gradients |= self._gradients(loss, objective.updates)
        return {spot: tensor.detach() for spot, tensor in seen.items()}, gradients

    def _gradients(self, loss: torch.Tensor, updates: tuple[str, ...]) -> dict[str, torch.Tensor]:
        named = self._parameters(updates)
        found = torch.autograd.grad(loss, [parameter for _, parameter in named], allow_unused=True)
        return {key: grad for (key, _), grad in zip(named, found, strict=True) if grad is not None}

    def _buffers(self) -> Iterator[tuple[str, torch.Tensor]]:
        """Give statistics and other buffers by model and key."""
        for name, model in self._models.items():
            yield from ((f"{name}.{key}", buffer) for key, buffer in model.named_buffers())

    def _parameters(self, updates: tuple[str, ...] = ("*",)) -> list[tuple[str, nn.Parameter]]:
        """Give parameters by model and key, those that some patterns select."""
        return [
            (f"{name}.{key}", parameter)
            for name, model in self._models.items()
            for key, parameter in model.named_parameters()
            if selects(updates, f"{name}.{key}")
        ]

    def _ratios(self) -> dict[str, float]:
        steps = self._stage.loop.step_number - self._before_step
        now = {key: parameter.detach().clone() for key, parameter in self._parameters()}
        ratios: dict[str, float] = {}
        if self._before and steps > 0:
            moved = _norms({key: now[key] - self._before[key] for key in now})
            sizes = _norms(now)
            ratios = {address: size / steps / max(sizes[address], 1e-12) for address, size in moved.items()}
        self._before, self._before_step = now, self._stage.loop.step_number
        return ratios

    def _pictures(self, seen: Mapping[Spot, torch.Tensor], gradients: Mapping[str, torch.Tensor]) -> Iterator[Picture]:
        """Picture the nodes looked at: what each gave in every use, and once for every model its weights."""
        weights = dict(self._parameters())
        for address in self._watch.addresses:
            network, _, node = address.partition(".")
            models: dict[str, None] = {}
            for use in (watching.use for watching in self._watching.values() if watching.use.network == network):
                spot = Spot(use, node)
                if spot in seen:
                    models[use.model] = None
                    yield from self._activation(spot, seen[spot])
            for model in models:
                key = f"{model}.{key_of(node)}.weight"
                if key in weights:
                    yield from _named(model, filters_of(address, weights[key]))
                if key in gradients:
                    yield from _named(model, filters_of(address, gradients[key], "gradient"))

    def _activation(self, spot: Spot, values: torch.Tensor) -> Iterator[Picture]:
        kind = _kind(self._stage, spot)
        entry = kind is not None and kind.role is Role.INPUT
        flat = kind is not None and kind.family in ("normalisation", "activation")
        labels = _class_names(self._stage) if is_answer(_network(self._stage, spot), spot.node) else ()
        what: What = "input" if entry else "activation"
        yield from _named(
            spot.use.model, picture_of(spot.address, values, what=what, flat=flat, labels=labels), spot.use.use
        )


def _named(model: str, picture: Picture | None, use: str = "") -> Iterator[Picture]:
    if picture is not None:
        yield msgspec.structs.replace(picture, model=model, use=use)


def _norms(tensors: Mapping[str, torch.Tensor]) -> dict[str, float]:
    """Give the L2 norm over the tensors of each node, fetched from the device at once."""
    if not tensors:
        return {}
    squares = torch.stack([tensor.float().square().sum() for tensor in tensors.values()]).tolist()
    sums: dict[str, float] = {}
    for key, square in zip(tensors, squares, strict=True):
        address = _node_of(key)
        sums[address] = sums.get(address, 0.0) + square
    return {address: total**0.5 for address, total in sums.items()}


def _node_of(key: str) -> str:
    return address_of(key.rpartition(".")[0])


def _network(stage: Stage, spot: Spot) -> Graph:
    """Give the graph of a spot's network as its model has it: the drawn one, or an instance of it."""
    model = stage.project.training[stage.training].models[NodeId(spot.use.model)]
    return stage.project.networks[model.network]


def _kind(stage: Stage, spot: Spot) -> LayerKind | None:
    """Give the kind of a node, however deep in composites it stands."""
    graph: Graph | None = _network(stage, spot)
    kind: LayerKind | None = None
    for step in spot.node.split("."):
        node = graph.nodes.get(NodeId(step.partition("[")[0])) if graph else None
        if node is None:
            return None
        kind = kind_of(node.kind)
        # Where repeats differ they are instances of one network, of the same kinds.
        graph = stage.project.networks.get(parts_of(node.parameters.get("network", ""))[0])
    return kind


def _class_names(stage: Stage) -> tuple[str, ...]:
    report = stage.report.graphs[GraphRef("training", stage.training)]
    for node in report.nodes.values():
        for spec in node.outputs.values():
            if spec.classes:
                return spec.classes
    return ()
