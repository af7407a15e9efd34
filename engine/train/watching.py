"""Which uses of models there are to see, and networks that keep what their nodes give; it must not know pictures or runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import nn

from engine.check.context import nodes_of_role
from engine.graph.ids import NodeId
from engine.graph.instances import origin_of
from engine.graph.queries import upstream
from engine.graph.types import Graph
from engine.layers.kind import Role
from engine.runs.events import Use


class Spot(NamedTuple):
    """A node in one use of a model."""

    use: Use
    node: str
    """Address within the network."""

    @property
    def address(self) -> str:
        """Where it stands in the drawn network."""
        return f"{self.use.network}.{self.node}"


class Watching(nn.Module):
    """A probe network in the place of one use of a model: gives its outputs and keeps what every node gave.

    Args:
        network: built from the probe variant; all uses of a model hold the same.
        use: which one.

    Attributes:
        seen: where it keeps that; several may share it.
    """

    def __init__(self, network: nn.Module, use: Use) -> None:
        super().__init__()
        self.network = network
        self.use = use
        self.seen: dict[Spot, torch.Tensor] = {}

    def forward(self, *inputs: torch.Tensor) -> Any:  # a tensor or a tuple, as the network has it
        """Give the network's outputs."""
        outputs, watched = self.network(*inputs)
        for node, tensor in watched.items():
            self.seen[Spot(self.use, node)] = tensor
        return outputs


def uses_of(graph: Graph) -> Mapping[NodeId, Use]:
    """Give what objectives see of models, by the node that uses one: models as declared, the uses of each as drawn.

    Args:
        graph: a training graph, its recipe written out.
    """
    needed = upstream(graph, [node.id for node in nodes_of_role(graph, Role.OBJECTIVE)])
    found: dict[NodeId, Use] = {}
    for name, model in graph.models.items():
        nodes = [
            node.id
            for node in nodes_of_role(graph, Role.MODEL)
            if node.id in needed and node.parameters.get("model") == name and not node.bypassed
        ]
        for node in nodes:
            use = str(node) if len(nodes) > 1 else ""
            found[node] = Use(network=origin_of(model.network), model=str(name), use=use)
    return found
