"""What training a network takes of memory, part by part, from the check's figures; it must not know torch or widgets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from engine.check.context import nodes_of_role
from engine.check.report import GraphReport
from engine.errors import ExpressionError
from engine.graph.instances import origin_of
from engine.graph.types import Graph, Node, Project
from engine.layers.catalogue import kind_of
from engine.layers.kind import Role
from engine.layers.params import Values
from engine.layers.values import names_for, values_of

DEFAULT_BATCH: Final = 32
_BYTES: Final = 4
_DEFAULT_OPTIMIZER: Final = "adamw"
_MOMENTS: Final = {"adam": 2, "adamw": 2, "sgd": 0}
"""Numbers that an optimiser keeps for every parameter; SGD keeps one more with momentum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingMemory:
    """Bytes that training takes, as an estimate: without what single operations borrow."""

    parameters: int
    gradients: int
    optimizer_state: int
    activations: int
    """What every node gives for a batch: it is kept until its gradient is worked out."""
    optimizer: str
    """As torch calls it, in small letters."""
    batch: int
    """Samples in a step."""
    unknown: int = 0
    """Nodes whose activations are left out, for the length of what they give is open."""

    @property
    def total(self) -> int:
        """All of it."""
        return self.parameters + self.gradients + self.optimizer_state + self.activations


def training_memory(project: Project, report: GraphReport, network: str) -> TrainingMemory:
    """Estimate what training a network takes; one that nothing trains is told as if AdamW did, in batches of 32.

    Args:
        project: recipes written out.
        report: what the check knows of the network.
        network: its name.
    """
    uses = [graph for graph in project.training.values() if any(_models(graph, network))]
    rules = [rule for graph in uses for rule in _rules(project, graph, network)] or [(_DEFAULT_OPTIMIZER, 2)]
    optimizer, moments = max(rules, key=lambda rule: rule[1])
    batch = max((size for graph in uses for size in _batches(project, graph)), default=DEFAULT_BATCH)
    known = [node.activations for node in report.nodes.values() if isinstance(node.activations, int)]
    weights = report.parameters * _BYTES
    return TrainingMemory(
        parameters=weights,
        gradients=weights,
        optimizer_state=weights * moments,
        activations=sum(known) * batch,
        optimizer=optimizer,
        batch=batch,
        unknown=len(report.nodes) - len(known),
    )


def _models(graph: Graph, network: str) -> Iterator[str]:
    """Name the models of a network that learn by themselves."""
    for name, model in graph.models.items():
        if origin_of(model.network) == network and not model.follows:
            yield str(name)


def _rules(project: Project, graph: Graph, network: str) -> Iterator[tuple[str, int]]:
    """Give the optimisers that change a network, and how much each keeps."""
    models = tuple(_models(graph, network))
    for node in nodes_of_role(graph, Role.OBJECTIVE):
        values = _values(project, graph, node)
        patterns = [pattern.partition(".")[0] for pattern in values.texts("updates")]
        if any(fnmatchcase(model, pattern) for model in models for pattern in patterns):
            optimizer = values.text("optimizer")
            keeps = int(optimizer == "sgd" and values.real("momentum") > 0)
            yield optimizer, _MOMENTS.get(optimizer, 2) + keeps


def _batches(project: Project, graph: Graph) -> Iterator[int]:
    for node in nodes_of_role(graph, Role.SOURCE):
        values = _values(project, graph, node)
        size = values.raw("batch_size") if "batch_size" in values.names else DEFAULT_BATCH
        yield size if isinstance(size, int) else DEFAULT_BATCH


def _values(project: Project, graph: Graph, node: Node) -> Values:
    """Give a node's values; the defaults where an expression of it is at fault."""
    kind = kind_of(node.kind)
    assert kind is not None, node.kind
    try:
        return values_of(kind, node, names_for(project, graph))
    except ExpressionError:
        return Values(kind.defaults)
