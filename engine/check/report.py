"""What the check found: specs, costs and problems by node, all of it values; it must not compute anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

import msgspec

from engine.check.wiring import Wiring
from engine.graph.address import join
from engine.graph.dims import Dim
from engine.graph.edits import Edit
from engine.graph.ids import NodeId
from engine.graph.specs import TensorSpec
from engine.graph.types import Graph, GraphRef
from engine.layers.kind import Weight


class Severity(Enum):
    """How bad a problem is."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """One way out of a problem."""

    title: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with the user's graph, with where and what to do."""

    graph: GraphRef | None
    node: NodeId | None
    port: str | None = None
    severity: Severity
    code: str
    """Stable word, e.g. `unconnected`, `cycle`, `shape`, `activation-built-in`."""
    message: str
    expected: str = ""
    found: str = ""
    fixes: tuple[Fix, ...] = ()

    @property
    def address(self) -> str:
        """Address in the project: `networks.digits.conv1`; empty for the project itself."""
        if self.graph is None:
            return ""
        parts = (self.graph.space, self.graph.name) + ((str(self.node),) if self.node else ())
        return ".".join(parts)


class State(Enum):
    """What is known of a node's outputs."""

    KNOWN = "known"
    PROBLEM = "problem"
    PENDING = "pending"


class NodeReport(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the check knows of one node."""

    state: State
    inputs: Mapping[str, TensorSpec] = {}
    """Specs of connected inputs that are known, by port."""
    outputs: Mapping[str, TensorSpec] = {}
    """Specs of the outputs, by port; empty unless the state is KNOWN."""
    weights: tuple[Weight, ...] = ()
    """Own tensors; none for a network or model in use, whose signature tells them."""
    parameters: int = 0
    """Trainable numbers."""
    multiply_adds: Dim = 0
    """For one sample, in evaluation."""
    activations: Dim = 0
    """Bytes of the outputs for one sample."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a network is to those who use it: specs of its ports, and what it costs."""

    inputs: Mapping[str, TensorSpec]
    """Declared specs, by the id of the input node."""
    outputs: Mapping[str, TensorSpec]
    """Specs by the id of the output node."""
    tensors: Mapping[NodeId, tuple[Weight, ...] | NestedTensors]
    """What each node owns, in node order; nodes that own nothing are left out."""
    parameters: int
    multiply_adds: Dim
    activations: Dim
    whole: bool
    """Whether every output is known and nothing in it is wrong."""

    def weights(self, prefix: str = "") -> Iterator[Weight]:
        """Give every tensor in it, each once, under its address and name: `blocks[0].conv.weight`.

        Args:
            prefix: address to put before.
        """
        todo: list[tuple[str, tuple[Weight, ...] | NestedTensors]] = _placed(prefix, self.tensors)
        while todo:
            address, owned = todo.pop()
            if isinstance(owned, tuple):
                for weight in owned:
                    yield Weight(name=f"{address}.{weight.name}", shape=weight.shape, buffer=weight.buffer)
                continue
            for index in reversed(range(owned.repeat)):
                inner = address if owned.repeat == 1 else f"{address}[{index}]"
                todo += _placed(inner, owned.signatures[index % len(owned.signatures)].tensors)


@dataclass(frozen=True, slots=True, kw_only=True)
class NestedTensors:
    """What a node owns that stands for a network."""

    signatures: tuple[Signature, ...]
    """Of every repeat, or one where all are alike."""
    repeat: int = 1


def _placed(
    prefix: str, tensors: Mapping[NodeId, tuple[Weight, ...] | NestedTensors]
) -> list[tuple[str, tuple[Weight, ...] | NestedTensors]]:
    """Give tensors with their addresses, last first."""
    return [(join(prefix, node), owned) for node, owned in reversed(tuple(tensors.items()))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What a later check needs to reuse this one."""

    graph: Graph
    """The very graph that was checked."""
    variables: Mapping[str, int | float]
    wiring: Wiring
    batch: str
    """Symbol of the batch; empty when there is none."""
    nested: Mapping[str, Signature | None]
    """Signatures of the networks that stood in it; None for one that could not be used."""
    beneath: Mapping[str, Graph]
    """Every network in it, however deep: advice looks into them."""
    faults: Mapping[NodeId, tuple[Problem, ...]]
    """Problems of single nodes; nodes without any are left out."""
    live: frozenset[NodeId]
    """Nodes whose results are used."""
    sound: bool
    """Whether wires and ids are in order, so that the same ones need no second look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphReport:
    """What the check knows of one graph."""

    nodes: Mapping[NodeId, NodeReport]
    order: tuple[NodeId, ...]
    """Topological order; nodes of a cycle are left out."""
    problems: tuple[Problem, ...]
    parameters: int
    """Trainable numbers, shared ones once."""
    multiply_adds: Dim
    """For one sample, in evaluation; every use counts."""
    signature: Signature | None = None
    """Of a network; None for a training graph."""
    trace: Trace | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the check knows of a project."""

    graphs: Mapping[GraphRef, GraphReport]
    problems: tuple[Problem, ...]
    """All problems, those of the project itself first, then graph by graph in graph order."""

    @property
    def has_errors(self) -> bool:
        """Whether anything keeps the project from running."""
        return any(problem.severity is Severity.ERROR for problem in self.problems)

    @property
    def has_filters(self) -> bool:
        """Whether any node owns a tensor of four axes: filters over images, which may be laid out channels last."""
        nodes = (node for graph in self.graphs.values() for node in graph.nodes.values())
        return any(len(weight.shape) == 4 for node in nodes for weight in node.weights)
