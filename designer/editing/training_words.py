"""What trains a network, in a few words: `cross-entropy against digit · AdamW 1e-3`; it must not know widgets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from engine.graph.ids import NodeId
from engine.graph.queries import Wiring, upstream
from engine.graph.types import Graph, Node, Project, Value
from engine.layers.catalogue import kind_of
from engine.layers.kind import LayerKind, Role

_OPTIMISERS: Final = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW"}


def training_words(project: Project, network: str) -> str:
    """Say what trains a network; empty where nothing does.

    Args:
        project: With its recipes written out.
        network: Which of its networks.
    """
    for graph in project.training.values():
        for objective in nodes_of(graph, Role.OBJECTIVE):
            if network in _networks_behind(graph, objective.id):
                return _words(graph, objective)
    return ""


def nodes_of(graph: Graph, role: Role) -> Iterator[Node]:
    """Give the nodes of a role, in node order."""
    return (node for node in graph.nodes.values() if (kind := kind_of(node.kind)) and kind.role is role)


def value_of(node: Node, name: str) -> Value:
    """Give a parameter's value as it is stored, or its default."""
    kind = kind_of(node.kind)
    defaults: Mapping[str, Value] = kind.defaults if kind else {}
    return node.parameters.get(name, defaults.get(name))


def _networks_behind(graph: Graph, node: NodeId) -> set[str]:
    behind = upstream(graph, (node,))
    models = (value_of(use, "model") for use in nodes_of(graph, Role.MODEL) if use.id in behind)
    return {graph.models[NodeId(str(model))].network for model in models if model in graph.models}


def _words(graph: Graph, objective: Node) -> str:
    optimiser = _OPTIMISERS.get(str(value_of(objective, "optimizer")), str(value_of(objective, "optimizer")))
    head = _loss_words(graph, objective)
    rate = value_of(objective, "lr")
    return f"{head} · {optimiser} {_rate(rate)}" if head else f"{optimiser} {_rate(rate)}"


def _loss_words(graph: Graph, objective: Node) -> str:
    wiring = Wiring(graph)
    for wire in wiring.into(objective.id):
        loss = graph.nodes[wire.source]
        kind = kind_of(loss.kind)
        if kind is not None and kind.role is Role.LOSS:
            target = wiring.by_input(loss.id).get("target")
            return f"{_lower(kind)} against {target.output}" if target else _lower(kind)
        return loss.title or loss.id
    return ""


def _lower(kind: LayerKind) -> str:
    return kind.title if kind.title[:2].isupper() else kind.title[0].lower() + kind.title[1:]


def _rate(value: Value) -> str:
    if isinstance(value, int | float) and 0 < value < 0.01:
        mantissa, exponent = f"{value:.6e}".split("e")
        return f"{float(mantissa):g}e{int(exponent)}"
    return f"{value:g}" if isinstance(value, int | float) else str(value)
