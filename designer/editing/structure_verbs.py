"""Verbs that restructure: rename an id, make a network of nodes, unpack one, open a recipe as a graph; no views in here."""

from __future__ import annotations

from designer.editing.desk import Desk
from designer.editing.layout import arranged
from engine.errors import UsageError
from engine.graph.edits import GroupNodes, MoveNodes, OpenRecipe, RenameNode, UnpackNetwork
from engine.graph.ids import NodeId, free_id
from engine.graph.types import Graph, GraphRef, Project, Value, graph_of
from engine.layers.catalogue import kind_of
from engine.layers.kind import Role
from engine.recipes.expand import opened_graph


class StructureVerbs(Desk):
    """What changes how graphs are built up; weights follow by the edits' address maps."""

    def rename(self, node: NodeId, to: str) -> bool:
        """Give a node another id; the selection follows."""
        if self._ref is None or not self.perform(RenameNode(ref=self._ref, id=node, to=to)):
            return False
        self.selection.set((NodeId(to),))
        return True

    def group(self) -> bool:
        """Make a network of the selected nodes and put a use of it in their place."""
        graph = self.own_graph()
        if self._ref is None or graph is None or not self.selection.ids:
            return False
        before = set(graph.nodes)
        name = free_id("block", self.project.networks)
        edit = GroupNodes(ref=self._ref, ids=self.selection.ids, name=name, inputs=self._input_values(graph))
        if not self.perform(edit):
            return False
        self.selection.set(node for node in self.graph.nodes if node not in before) if self.graph else None
        return True

    def unpack(self) -> bool:
        """Put what is in the selected network in the place of its use."""
        graph, node = self.own_graph(), self.selection.current
        if self._ref is None or graph is None or node is None:
            return False
        before = set(graph.nodes)
        if not self.perform(UnpackNetwork(ref=self._ref, id=node)):
            return False
        self.selection.set(fresh for fresh in self.graph.nodes if fresh not in before) if self.graph else None
        return True

    def enter(self, node: NodeId | None = None) -> bool:
        """Open the network that a node stands for, the selected one's when left out."""
        ref = self.network_behind(node or self.selection.current)
        if ref is None:
            return False
        self.open_graph(ref)
        return True

    def network_behind(self, node: NodeId | None) -> GraphRef | None:
        """Name the network that a node of the open graph stands for, if it stands for one."""
        return _network_behind(self.shown, self.graph, node) if self.graph and node else None

    def shows(self, ref: GraphRef, node: NodeId, network: GraphRef) -> bool:
        """Say whether a node of any graph stands for a network."""
        graph = graph_of(self.shown, ref)
        return graph is not None and _network_behind(self.shown, graph, node) == network

    def open_as_graph(self) -> bool:
        """Make the graph that a recipe writes the user's own."""
        if self._ref is None:
            return False
        try:
            graph = opened_graph(self.project, self._ref.name)
        except UsageError as error:
            self.refused.emit(str(error))
            return False
        return self.perform(OpenRecipe(ref=self._ref, graph=graph))

    def arrange(self, *, everything: bool) -> bool:
        """Lay the selected nodes out, or all of them."""
        if self._ref is None or self.graph is None:
            return False
        ids = tuple(self.graph.nodes) if everything else self.selection.ids
        return bool(ids) and self.perform(
            MoveNodes(ref=self._ref, places=arranged(self.shown, self._ref, self.graph, ids))
        )

    def _input_values(self, graph: Graph) -> dict[str, dict[str, Value]]:
        """Give what flows into the selection from outside, as the parameters of the inputs that will declare it."""
        report = self.report.graphs.get(self._ref) if self._ref else None
        chosen = set(self.selection.ids)
        values: dict[str, dict[str, Value]] = {}
        for wire in graph.wires:
            known = report.nodes.get(wire.source) if report else None
            spec = known.outputs.get(wire.output) if known else None
            if spec is not None and wire.source not in chosen and wire.target in chosen:
                values[f"{wire.source}.{wire.output}"] = {"shape": spec.shape, "dtype": spec.dtype}
        return values


def _network_behind(project: Project, graph: Graph, node: NodeId) -> GraphRef | None:
    found = graph.nodes.get(node)
    kind = kind_of(found.kind) if found else None
    if found is None or kind is None or kind.role not in (Role.NETWORK, Role.MODEL):
        return None
    name = str(found.parameters.get("network", ""))
    if kind.role is Role.MODEL:
        model = graph.models.get(NodeId(str(found.parameters.get("model", ""))))
        name = model.network if model else ""
    return GraphRef("networks", name) if name in project.networks else None
