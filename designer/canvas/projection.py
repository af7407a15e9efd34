"""What of a project the canvas shows: the open graph with report, pictures' places, frozen nodes and words on cards.

It must not know painters or widgets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from designer.canvas.drawing import Shown
from designer.editing.training_words import nodes_of, training_words, value_of
from engine.check.report import GraphReport, NodeReport, Report, State
from engine.graph.address import key_of, matches
from engine.graph.ids import NodeId
from engine.graph.queries import upstream
from engine.graph.rewriting import INPUT, OUTPUT
from engine.graph.types import Graph, GraphRef, Project, Value, graph_of
from engine.layers.catalogue import kind_of
from engine.layers.kind import Role

_NOTHING = GraphReport(nodes={}, order=(), problems=(), parameters=0, multiply_adds=0)


class Projection:
    """Gathers what is told from different sides into one value to draw."""

    def __init__(self) -> None:
        """Start with nothing open."""
        self._tall: set[NodeId] = set()
        self._ref: GraphRef | None = None
        self.stale: frozenset[NodeId] = frozenset()
        """Nodes that the watched run has not, or has otherwise."""
        self.sample = ""
        """Which sample flows, in words."""

    def shown(
        self, project: Project, ref: GraphRef | None, report: Report, pictured: Iterable[NodeId] = ()
    ) -> Shown | None:
        """Gather what is to be drawn.

        Args:
            project: With its recipes written out.
            ref: The open graph.
            report: What the check says of the project.
            pictured: Nodes that have a picture now.

        Returns:
            The value; None where no graph is open.
        """
        graph = graph_of(project, ref) if ref else None
        if ref is None or graph is None:
            self._ref = None
            return None
        if ref != self._ref:
            self._ref = ref
            self._tall.clear()
        found = report.graphs.get(ref, _NOTHING)
        self._keep_tall(graph, found, pictured)
        is_network = ref.space == "networks"
        inputs, outputs = _ends(graph) if is_network else ((), ())
        return Shown(
            project=project,
            ref=ref,
            graph=graph,
            report=found,
            tall=frozenset(self._tall),
            stale=self.stale,
            frozen=frozen_nodes(project, ref.name, found.nodes) if is_network else frozenset(),
            chips=_chips(project, ref.name, outputs),
            captions=self._captions(project, ref.name, inputs),
        )

    def grows(self, pictured: Iterable[NodeId]) -> bool:
        """Say whether a card becomes taller when these nodes have a picture."""
        return not self._tall.issuperset(pictured)

    def _keep_tall(self, graph: Graph, report: GraphReport, pictured: Iterable[NodeId]) -> None:
        """Once a card has had a picture it stays tall while something flows: nothing jumps between two pictures."""
        self._tall.update(node for node in pictured if node in graph.nodes)
        for node in list(self._tall):
            known = report.nodes.get(node)
            if node not in graph.nodes or (known is not None and known.state is State.PROBLEM):
                self._tall.discard(node)

    def _captions(self, project: Project, network: str, inputs: tuple[NodeId, ...]) -> dict[NodeId, str]:
        source = source_words(project, network) if inputs else ""
        text = "\n".join(filter(None, (source, self.sample)))
        return dict.fromkeys(inputs, text) if text else {}


def frozen_nodes(project: Project, network: str, reports: Mapping[NodeId, NodeReport]) -> frozenset[NodeId]:
    """Name the nodes of a network that have weights no objective of any training graph updates.

    Args:
        project: With its recipes written out.
        network: Which network.
        reports: What is known of its nodes.
    """
    models: set[str] = set()
    patterns: list[str] = []
    for graph in project.training.values():
        models |= {name for name, model in graph.models.items() if model.network == network}
        for objective in nodes_of(graph, Role.OBJECTIVE):
            patterns += _texts(value_of(objective, "updates"))
    if not models or not patterns or any(f"{model}.*" in patterns or "*" in patterns for model in models):
        return frozenset()
    return frozenset(
        node
        for node, report in reports.items()
        if report.parameters and report.weights and not _is_updated(node, report, models, patterns)
    )


def source_words(project: Project, network: str) -> str:
    """Name what feeds a network in training; empty where nothing does."""
    for graph in project.training.values():
        for use in nodes_of(graph, Role.MODEL):
            model = graph.models.get(NodeId(str(value_of(use, "model"))))
            if model is None or model.network != network:
                continue
            behind = upstream(graph, (use.id,))
            source = next((node for node in nodes_of(graph, Role.SOURCE) if node.id in behind), None)
            if source is not None:
                kind = kind_of(source.kind)
                return source.title or (kind.title if kind else source.kind)
    return ""


def _ends(graph: Graph) -> tuple[tuple[NodeId, ...], tuple[NodeId, ...]]:
    """Name the inputs and the outputs of a network, in one pass."""
    inputs = tuple(node.id for node in graph.nodes.values() if node.kind == INPUT)
    outputs = tuple(node.id for node in graph.nodes.values() if node.kind == OUTPUT)
    return inputs, outputs


def _chips(project: Project, network: str, outputs: tuple[NodeId, ...]) -> dict[NodeId, tuple[str, ...]]:
    words = training_words(project, network) if outputs else ""
    loss, _, rest = words.replace(" against ", " · ").partition(" · ")
    return {outputs[0]: (loss, rest)} if words else {}


def _is_updated(node: NodeId, report: NodeReport, models: set[str], patterns: list[str]) -> bool:
    keys = [key_of(f"{model}.{node}", weight.name) for model in models for weight in report.weights]
    return any(matches(pattern, key) for key in keys for pattern in patterns)


def _texts(value: Value) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, tuple) else ()
