"""Letting one sample flow through a network, up to the first problem; it must not know processes or runs in progress."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import torch
from torch import nn

from engine.check.checker import check
from engine.codegen.names import class_names
from engine.codegen.networks import emit_networks
from engine.errors import DataError, NetwrightError
from engine.feed.batch import batch_at
from engine.feed.dataset import Batch, Data
from engine.feed.prepare import prepare
from engine.graph.ids import NodeId
from engine.graph.types import Graph, Node, Project
from engine.layers.catalogue import kind_of
from engine.layers.kind import Role
from engine.recipes.expand import expand
from engine.runs.events import Picture
from engine.runs.folder import CHECKPOINTS
from engine.runtime import weights
from engine.runtime.build import build
from engine.train import checkpoint
from engine.train.pictures import is_answer, picture_of

_KEPT: Final = 4
"""Data data sets that are kept for the next preview."""


@dataclass(frozen=True, slots=True)
class Flow:
    """What a preview saw."""

    pictures: tuple[Picture, ...]
    samples: int
    """How many there are to choose from."""
    target: str
    prediction: str
    trained: bool
    made_up: bool
    """Whether no data reaches an input, so that random numbers stand in for it."""


class Previewer:
    """Previews networks, and keeps prepared data from one to the next."""

    def __init__(self) -> None:
        self._data: OrderedDict[bytes, Data] = OrderedDict()

    def flow(
        self, project: Project, training: str, network: str, *, folder: str = "", sample: int = 0, run: str = ""
    ) -> Flow:
        """Let a sample of the validation part flow.

        Args:
            project: as drawn; it may have problems.
            training: training graph that the data comes from; empty for made-up data.
            network: whose nodes are pictured.
            folder: where relative data paths start.
            sample: number of the sample.
            run: run folder whose best weights are used; empty for the initial ones.

        Raises:
            DataError: the data is not there.
            BuildError: nothing of the network can be computed.
        """
        expanded = expand(project)
        report = check(expanded)
        source = emit_networks(expanded, report, [network], "probe")
        torch.manual_seed(expanded.run.seed)
        module: nn.Module = getattr(build(source, "preview"), class_names(expanded.networks)[network])()
        trained = bool(run) and _load(module, expanded, training, network, run)
        batch, samples = self._batch(expanded, training, folder, sample)
        inputs, made_up = _inputs(expanded, training, network, batch)
        with torch.no_grad():
            outputs, watched = module.eval()(*inputs)
        classes = _classes(expanded, training)
        graph = expanded.networks[network]
        pictures = [_picture(network, graph, address, values, classes) for address, values in watched.items()]
        return Flow(
            pictures=tuple(picture for picture in pictures if picture),
            samples=samples,
            target=_target(expanded, training, batch, classes),
            prediction=_prediction(outputs, classes),
            trained=trained,
            made_up=made_up,
        )

    def _batch(self, project: Project, training: str, folder: str, sample: int) -> tuple[Batch, int]:
        if training not in project.training:
            return {}, 0
        try:
            data = self._prepared(project, training, folder)
        except DataError:
            raise
        except NetwrightError:
            return {}, 0
        return batch_at(data.parts, sample)

    def _prepared(self, project: Project, training: str, folder: str) -> Data:
        """Prepare data, or give what was prepared for the same sources and transforms, also while the network is faulty."""
        graph = project.training[training]
        nodes = [node for node in graph.nodes.values() if _role(node) in (Role.SOURCE, Role.TRANSFORM)]
        key = msgspec.msgpack.encode((nodes, graph.wires, project.run.seed, folder))
        if key not in self._data:
            self._data[key] = prepare(project, check(project), training, seed=project.run.seed, folder=folder)[0]
            while len(self._data) > _KEPT:
                self._data.popitem(last=False)
        self._data.move_to_end(key)
        return self._data[key]


def _role(node: Node) -> Role | None:
    kind = kind_of(node.kind)
    return kind.role if kind else None


def _load(module: nn.Module, project: Project, training: str, network: str, run: str) -> bool:
    """Put a run's weights in, when they still fit the network as it is drawn now."""
    models = project.training[training].models if training in project.training else {}
    name = next((name for name, model in models.items() if model.network == network), None)
    _, path = checkpoint.chosen(Path(run, CHECKPOINTS))
    if name is None or not path.exists():
        return False
    try:
        weights.load_into({name: module}, checkpoint.model_tensors(weights.read(path)), str(path))
    except NetwrightError:
        return False
    return True


def _inputs(project: Project, training: str, network: str, batch: Batch) -> tuple[list[torch.Tensor], bool]:
    """Give what flows into each input of a network: data where the training graph wires some, else made-up numbers."""
    graph = project.training.get(training)
    feeds = _feeds(graph, network) if graph else {}
    found, made_up = [], False
    for node in project.networks[network].nodes.values():
        if _role(node) is not Role.INPUT:
            continue
        key = feeds.get(str(node.id), "")
        made_up = made_up or key not in batch
        found.append(batch[key] if key in batch else _made_up(node))
    return found, made_up


def _feeds(graph: Graph, network: str) -> Mapping[str, str]:
    models = {name for name, model in graph.models.items() if model.network == network}
    use = next((node.id for node in graph.nodes.values() if node.parameters.get("model") in models), None)
    return {wire.input: f"{wire.source}.{wire.output}" for wire in graph.wires if wire.target == use}


def _made_up(node: Node) -> torch.Tensor:
    kind = kind_of(node.kind)
    given: Any = node.parameters.get("shape", kind.defaults["shape"] if kind else ("B",))
    sizes = [size if isinstance(size, int) else 2 for size in given]
    if (dtype := node.parameters.get("dtype")) in ("int64", "bool"):
        return torch.zeros(sizes, dtype=torch.int64 if dtype == "int64" else torch.bool)
    return torch.randn(sizes)


def _picture(
    network: str, graph: Graph, address: str, values: torch.Tensor, classes: tuple[str, ...]
) -> Picture | None:
    node = graph.nodes.get(NodeId(address))
    kind = kind_of(node.kind) if node else None
    labels = classes if is_answer(graph, address) else ()
    flat = kind is not None and kind.family in ("normalisation", "activation")
    is_input = kind is not None and kind.role is Role.INPUT
    return picture_of(
        f"{network}.{address}", values, what="input" if is_input else "activation", flat=flat, labels=labels
    )


def _classes(project: Project, training: str) -> tuple[str, ...]:
    nodes = project.training[training].nodes.values() if training in project.training else ()
    specs = [spec for node in nodes if node.snapshot for spec in node.snapshot.outputs.values()]
    return next((spec.classes for spec in specs if spec.classes), ())


def _target(project: Project, training: str, batch: Batch, classes: tuple[str, ...]) -> str:
    graph = project.training.get(training)
    for node in graph.nodes.values() if graph else ():
        for port, spec in (node.snapshot.outputs if node.snapshot else {}).items():
            values = batch.get(f"{node.id}.{port}")
            if values is not None and spec.classes and spec.classes == classes:
                return classes[int(values[0])]
            if values is not None and values.is_floating_point() and values[0].numel() == 1 and not classes:
                return f"{float(values[0]):.4g}"
    return ""


def _prediction(outputs: Any, classes: tuple[str, ...]) -> str:
    first = outputs[0] if isinstance(outputs, tuple) and outputs else outputs
    if not isinstance(first, torch.Tensor) or first.dim() != 2:
        return ""
    if classes and first.shape[1] == len(classes):
        return classes[int(first[0].argmax())]
    return f"{float(first[0, 0]):.4g}" if first.shape[1] == 1 else ""
