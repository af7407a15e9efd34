"""Which ports a node has: its kind's, or those of the network it stands for. No torch in here."""

from __future__ import annotations

from typing import Final

import msgspec

from engine.errors import ExpressionError
from engine.graph.types import Graph, Node, Project
from engine.layers.catalogue import kind_of
from engine.layers.kind import LayerKind, Port, Role
from engine.layers.values import names_for, values_of

NEXT: Final = "_next"
"""What the id of an output ends with that goes into the input of that id at the next step."""
Ports = tuple[tuple[Port, ...], tuple[Port, ...]]
"""Inputs and outputs."""


def ports_of(project: Project, graph: Graph, node: Node) -> Ports | None:
    """Give the ports of a node, as far as its project tells.

    Args:
        project: holds the networks that nodes may stand for.
        graph: the graph of the node; its models name networks.
        node: any node.

    Returns:
        Inputs and outputs; None for an unknown kind.
    """
    kind = kind_of(node.kind)
    if kind is None:
        return None
    if kind.role is Role.NETWORK:
        return _ports_of_use(project.networks.get(str(node.parameters.get("network", ""))), node)
    if kind.role is Role.MODEL:
        model = graph.models.get(node.parameters.get("model", ""))  # type: ignore[call-overload]  # any value may stand there
        return network_ports(project.networks.get(model.network) if model else None)
    return _declared(kind, node, project, graph)


def network_ports(network: Graph | None) -> Ports:
    """Give the ports of a use of a network: its inputs and outputs in node order; none when it is not there."""
    if network is None:
        return (), ()
    kinds = [(node, kind_of(node.kind)) for node in network.nodes.values()]
    inputs = tuple(Port(node.id, node.title) for node, kind in kinds if kind and kind.role is Role.INPUT)
    outputs = tuple(Port(node.id, node.title) for node, kind in kinds if kind and kind.role is Role.OUTPUT)
    return inputs, outputs


def states_of(network: Graph) -> dict[str, str]:
    """Give what a network carries from step to step: for an input `hidden`, its output `hidden_next`."""
    inputs, outputs = network_ports(network)
    there = {port.id for port in outputs}
    return {port.id: f"{port.id}{NEXT}" for port in inputs if f"{port.id}{NEXT}" in there}


def _ports_of_use(network: Graph | None, node: Node) -> Ports:
    inputs, outputs = network_ports(network)
    if network is None or node.parameters.get("along", 0) == 0:
        return inputs, outputs
    states = states_of(network)
    return tuple(msgspec.structs.replace(port, optional=port.id in states) for port in inputs), outputs


def _declared(kind: LayerKind, node: Node, project: Project, graph: Graph) -> Ports:
    if isinstance(kind.inputs, tuple) and isinstance(kind.outputs, tuple):
        return kind.inputs, kind.outputs
    try:
        values = values_of(kind, node, names_for(project, graph))
    except ExpressionError:
        values = values_of(kind, Node(id=node.id, kind=node.kind), {})
    inputs = kind.inputs if isinstance(kind.inputs, tuple) else kind.inputs(values)
    outputs = kind.outputs if isinstance(kind.outputs, tuple) else kind.outputs(values)
    return inputs, outputs
