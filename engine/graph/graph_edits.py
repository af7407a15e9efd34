"""Edits of wires, graphs, models, recipes, run and variables; they must not know kinds or the interface."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from engine.errors import EditRefused
from engine.graph.ids import NodeId, fault_of
from engine.graph.instances import parameter_fault
from engine.graph.node_edits import add_wires
from engine.graph.rewriting import (
    NETWORK,
    graphs_of,
    layout_of,
    rename_key,
    require_graph,
    require_id,
    require_node_value,
    require_open,
    require_text,
    require_values,
    require_wire,
    tie_fault,
    value_fault,
    where_of,
    with_graph,
    with_graphs,
    with_layout,
    with_layouts,
)
from engine.graph.types import (
    Frame,
    Graph,
    GraphLayout,
    GraphRef,
    Model,
    Node,
    Project,
    Recipe,
    Wire,
    graph_refs,
)


class Connect(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Draw a wire; it takes the place of one into the same input port."""

    ref: GraphRef
    wire: Wire

    @property
    def label(self) -> str:
        """Words for the history."""
        return f"Connect {self.wire.source} to {self.wire.target}"

    def apply(self, project: Project) -> Project:
        """Give the project with the wire in it."""
        graph = require_open(project, self.ref)
        return with_graph(project, self.ref, add_wires(graph, self.ref, (self.wire,)))


class Disconnect(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Take wires away."""

    ref: GraphRef
    wires: tuple[Wire, ...]

    @property
    def label(self) -> str:
        """Words for the history."""
        if len(self.wires) == 1:
            return f"Disconnect {self.wires[0].source} from {self.wires[0].target}"
        return f"Disconnect {len(self.wires)} wires"

    def apply(self, project: Project) -> Project:
        """Give the project without the wires."""
        graph = require_open(project, self.ref)
        gone = frozenset(self.wires)
        if not gone <= frozenset(graph.wires):
            raise EditRefused("there is no such wire", where=where_of(self.ref))
        kept = tuple(wire for wire in graph.wires if wire not in gone)
        return with_graph(project, self.ref, msgspec.structs.replace(graph, wires=kept))


class AddGraph(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Add a network or training graph."""

    ref: GraphRef
    graph: Graph = Graph()
    layout: GraphLayout = GraphLayout()

    @property
    def label(self) -> str:
        """Words for the history."""
        return f"Add {_word(self.ref)} {self.ref.name}"

    def apply(self, project: Project) -> Project:
        """Give the project with the graph in it."""
        graphs = graphs_of(project, self.ref)
        require_id(self.ref.name, graphs, where_of(self.ref))
        require_graph_value(self.ref, self.graph)
        added = with_graphs(project, self.ref, {**graphs, self.ref.name: self.graph})
        return with_layout(added, self.ref, self.layout)


class RemoveGraph(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Take away a graph that nothing uses; a training graph leaves the run's stages too."""

    ref: GraphRef

    @property
    def label(self) -> str:
        """Words for the history."""
        return f"Delete {_word(self.ref)} {self.ref.name}"

    def apply(self, project: Project) -> Project:
        """Give the project without the graph."""
        require_graph(project, self.ref)
        users = uses_of(project, self.ref.name) if self.ref.space == "networks" else ()
        if users:
            raise EditRefused(
                f"the network is used by {', '.join(users[:3])}",
                where=where_of(self.ref),
                remedy="Take it out there first",
            )
        graphs = {name: graph for name, graph in graphs_of(project, self.ref).items() if name != self.ref.name}
        after = with_layout(with_graphs(project, self.ref, graphs), self.ref, GraphLayout())
        if self.ref.space == "networks":
            return after
        stages = tuple(stage for stage in project.run.stages if stage.training != self.ref.name)
        return msgspec.structs.replace(after, run=msgspec.structs.replace(project.run, stages=stages))


class RenameGraph(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Give a graph another name; everything that uses it follows. No weight changes its address."""

    ref: GraphRef
    to: str

    @property
    def label(self) -> str:
        """Words for the history."""
        return f"Rename {self.ref.name} to {self.to}"

    def apply(self, project: Project) -> Project:
        """Give the project with the graph renamed."""
        require_graph(project, self.ref)
        if self.to == self.ref.name:
            return project
        graphs = graphs_of(project, self.ref)
        require_id(self.to, graphs, where_of(self.ref))
        after = with_graphs(project, self.ref, rename_key(graphs, self.ref.name, self.to))
        layouts = after.layout.networks if self.ref.space == "networks" else after.layout.training
        if self.ref.name in layouts:
            after = with_layouts(after, self.ref, rename_key(layouts, self.ref.name, self.to))
        if self.ref.space == "training":
            return _rename_stages(after, self.ref.name, self.to)
        for ref in graph_refs(after):
            old = require_graph(after, ref)
            new = _rename_network(old, self.ref.name, self.to)
            after = after if new is old else with_graph(after, ref, new)
        return after


class SetGraphParameters(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Give a network other parameters, in place of those it had; uses that name one that is gone say so in the check."""

    ref: GraphRef
    parameters: Mapping[str, bool | int | float]

    @property
    def label(self) -> str:
        """Words for the history."""
        return f"Change parameters of {self.ref.name}"

    def apply(self, project: Project) -> Project:
        """Give the project with the parameters."""
        graph = require_graph(project, self.ref)
        changed = msgspec.structs.replace(graph, parameters=dict(self.parameters))
        _require_parameters(self.ref, changed)
        return with_graph(project, self.ref, changed)


class SetTies(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Give a network other ties between parameters, in place of those it had."""

    ref: GraphRef
    ties: Mapping[str, str]

    @property
    def label(self) -> str:
        """Words for the history."""
        return f"Change ties of {self.ref.name}"

    def apply(self, project: Project) -> Project:
        """Give the project with the ties."""
        changed = msgspec.structs.replace(require_graph(project, self.ref), ties=dict(self.ties))
        _require_ties(self.ref, changed)
        return with_graph(project, self.ref, changed)


class SetFrames(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Change the frames and comments behind the nodes of a graph."""

    ref: GraphRef
    frames: tuple[Frame, ...]

    @property
    def label(self) -> str:
        """Words for the history."""
        return "Change frames"

    def apply(self, project: Project) -> Project:
        """Give the project with other frames."""
        require_graph(project, self.ref)
        for frame in self.frames:
            require_values(msgspec.structs.asdict(frame), where_of(self.ref))
        layout = GraphLayout(nodes=layout_of(project, self.ref).nodes, frames=self.frames)
        return with_layout(project, self.ref, layout)


def uses_of(project: Project, network: str) -> tuple[str, ...]:
    """Give the addresses of everything that uses a network: nodes, models, recipes."""
    uses: list[str] = []
    for ref in graph_refs(project):
        graph = require_graph(project, ref)
        uses += [where_of(ref, node.id) for node in graph.nodes.values() if _names_network(node, network)]
        uses += [where_of(ref, name) for name, model in graph.models.items() if model.network == network]
        uses += [where_of(ref)] if graph.recipe and network in graph.recipe.networks else []
    return tuple(uses)


def require_graph_value(ref: GraphRef, graph: Graph) -> Graph:
    """Give a graph back if it is sound by itself."""
    where = where_of(ref)
    if ref.space == "networks" and (graph.recipe or graph.models or graph.objectives):
        raise EditRefused("a network has no recipe, models or objectives", where=where)
    if graph.recipe is not None and (graph.nodes or graph.models or graph.wires or graph.objectives):
        raise EditRefused("a training graph has a recipe or nodes, never both", where=where)
    for key, node in graph.nodes.items():
        if key != node.id:
            raise EditRefused(f"node {node.id!r} is filed under {key!r}", where=where)
        require_node_value(node, (), ref)
    for wire in graph.wires:
        require_wire(graph, ref, wire)
    for name, model in graph.models.items():
        require_model(ref, name, model)
    if not set(graph.objectives) <= set(graph.nodes):
        raise EditRefused("an objective is not among the nodes", where=where)
    _require_parameters(ref, graph)
    _require_ties(ref, graph)
    require_text(graph.notes, where)
    if graph.recipe is not None:
        _require_recipe(ref, graph.recipe)
    return graph


def _require_parameters(ref: GraphRef, graph: Graph) -> None:
    if graph.parameters and ref.space != "networks":
        raise EditRefused("only a network has parameters", where=where_of(ref))
    for name, default in graph.parameters.items():
        fault = parameter_fault(name) or value_fault(default)
        if fault:
            raise EditRefused(fault, where=where_of(ref))


def _require_ties(ref: GraphRef, graph: Graph) -> None:
    if graph.ties and ref.space != "networks":
        raise EditRefused("only parameters of a network can be tied", where=where_of(ref))
    for tied, owner in graph.ties.items():
        if fault := tie_fault(tied, owner):
            raise EditRefused(fault, where=where_of(ref))


def require_model(ref: GraphRef, name: NodeId, model: Model) -> None:
    """Raise unless a model can be declared under this name."""
    fault = fault_of(name) or fault_of(model.network) or (fault_of(model.follows) if model.follows else "")
    require_values(model.parameters, where_of(ref, name))
    if fault or value_fault(model.decay):
        raise EditRefused(fault or value_fault(model.decay), where=where_of(ref, name))


def _require_recipe(ref: GraphRef, recipe: Recipe) -> None:
    require_text(recipe.name, where_of(ref))
    require_values(recipe.options, where_of(ref))
    seen: set[str] = set()
    for source in recipe.sources:
        require_node_value(source, seen, ref)
        seen.add(source.id)


def _names_network(node: Node, network: str) -> bool:
    return node.kind == NETWORK and node.parameters.get(NETWORK) == network


def _rename_network(graph: Graph, old: str, new: str) -> Graph:
    nodes = {
        key: msgspec.structs.replace(node, parameters={**node.parameters, NETWORK: new})
        if _names_network(node, old)
        else node
        for key, node in graph.nodes.items()
    }
    models = {
        key: msgspec.structs.replace(model, network=new) if model.network == old else model
        for key, model in graph.models.items()
    }
    recipe = graph.recipe
    if recipe is not None and old in recipe.networks:
        names = tuple(new if name == old else name for name in recipe.networks)
        recipe = msgspec.structs.replace(recipe, networks=names)
    if recipe is graph.recipe and models == graph.models and nodes == graph.nodes:
        return graph
    return msgspec.structs.replace(graph, nodes=nodes, models=models, recipe=recipe)


def _rename_stages(project: Project, old: str, new: str) -> Project:
    stages = tuple(
        msgspec.structs.replace(stage, training=new) if stage.training == old else stage for stage in project.run.stages
    )
    return msgspec.structs.replace(project, run=msgspec.structs.replace(project.run, stages=stages))


def _word(ref: GraphRef) -> str:
    return "network" if ref.space == "networks" else "training graph"
