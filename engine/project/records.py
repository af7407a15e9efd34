"""The shape of a project file and the way between it and a project; it must not know JSON's text, files or kinds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from engine.errors import AddressError
from engine.graph.address import require_address
from engine.graph.ids import NodeId, fault_of
from engine.graph.instances import parameter_fault
from engine.graph.rewriting import port_fault, tie_fault, variable_fault
from engine.graph.types import Graph, Layout, Model, Node, Project, Recipe, RunSettings, Wire

Path = tuple[str | int, ...]
"""The way to a value in a file: keys and indices."""


class GraphRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A graph as the file has it: nodes in a list."""

    notes: str = ""
    parameters: Mapping[str, bool | int | float] = {}
    ties: Mapping[str, str] = {}
    recipe: Recipe | None = None
    models: Mapping[NodeId, Model] = {}
    nodes: tuple[Node, ...] = ()
    wires: tuple[Wire, ...] = ()
    objectives: tuple[NodeId, ...] = ()


class ProjectRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A project as the file has it."""

    format: int
    app: str = ""
    notes: str = ""
    variables: Mapping[str, int | float] = {}
    networks: Mapping[str, GraphRecord] = {}
    training: Mapping[str, GraphRecord] = {}
    run: RunSettings = RunSettings()
    layout: Layout = Layout()


class Fault(Exception):  # it says where a fault is and never leaves this package
    """A record is no project.

    Args:
        path: the way to the value that is wrong.
        what: what is wrong with it.
    """

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(path, what)
        self.path = path
        self.what = what


def project_of(record: ProjectRecord) -> Project:
    """Build the project that a record describes.

    Raises:
        Fault: ids, addresses or wires do not hold.
    """
    for name in record.variables:
        _require(variable_fault(name), ("variables", name))
    return Project(
        notes=record.notes,
        variables=record.variables,
        networks={name: _graph_of(graph, ("networks", name)) for name, graph in record.networks.items()},
        training={name: _graph_of(graph, ("training", name)) for name, graph in record.training.items()},
        run=record.run,
        layout=record.layout,
    )


def nodes_of(record: ProjectRecord) -> Iterator[tuple[Path, Node]]:
    """Give every node of a record with its path, those that recipes draw from included."""
    for space, graphs in (("networks", record.networks), ("training", record.training)):
        for name, graph in graphs.items():
            for index, node in enumerate(graph.nodes):
                yield (space, name, "nodes", index), node
            if graph.recipe is not None:
                for index, node in enumerate(graph.recipe.sources):
                    yield (space, name, "recipe", "sources", index), node


def _graph_of(record: GraphRecord, path: Path) -> Graph:
    _require(fault_of(str(path[-1])), path)
    _check_space(record, path)
    nodes = _nodes_by_id(record.nodes, (*path, "nodes"))
    _check_wires(record.wires, nodes, (*path, "wires"))
    _check_models(record.models, (*path, "models"))
    if record.recipe is not None:
        _nodes_by_id(record.recipe.sources, (*path, "recipe", "sources"))
    for index, node in enumerate(record.objectives):
        _require("" if node in nodes else f"there is no node {node!r}", (*path, "objectives", index))
        _require(
            "" if node not in record.objectives[:index] else f"{node!r} is named twice", (*path, "objectives", index)
        )
    for name in record.parameters:
        _require(parameter_fault(name), (*path, "parameters", name))
    for tied, owner in record.ties.items():
        _require(tie_fault(tied, owner), (*path, "ties", tied))
    return Graph(
        notes=record.notes,
        parameters=record.parameters,
        ties=record.ties,
        recipe=record.recipe,
        models=record.models,
        nodes=nodes,
        wires=record.wires,
        objectives=record.objectives,
    )


def _check_space(record: GraphRecord, path: Path) -> None:
    if path[0] == "networks":
        for field in ("recipe", "models", "objectives"):
            _require("a network has none" if getattr(record, field) else "", (*path, field))
        return
    for field in ("parameters", "ties"):
        _require("a training graph has none" if getattr(record, field) else "", (*path, field))
    if record.recipe is not None:
        for field in ("nodes", "wires", "models", "objectives"):
            both = "a training graph has a recipe or nodes, never both"
            _require(both if getattr(record, field) else "", (*path, field))


def _nodes_by_id(nodes: tuple[Node, ...], path: Path) -> dict[NodeId, Node]:
    found: dict[NodeId, Node] = {}
    for index, node in enumerate(nodes):
        if fault_of(node.id):
            raise Fault((*path, index, "id"), fault_of(node.id))
        if node.id in found:
            raise Fault((*path, index, "id"), f"the id {node.id!r} is taken by an earlier node")
        if node.shares:
            _check_address(node.shares, (*path, index, "shares"))
        found[node.id] = node
    return found


def _check_wires(wires: tuple[Wire, ...], nodes: Mapping[NodeId, Node], path: Path) -> None:
    ports: set[str] = set()
    for index, wire in enumerate(wires):
        if wire.source not in nodes:
            raise Fault((*path, index, 0), f"there is no node {wire.source!r}")
        if wire.target not in nodes:
            raise Fault((*path, index, 2), f"there is no node {wire.target!r}")
        if wire.output not in ports or wire.input not in ports:
            _require(port_fault(wire.output), (*path, index, 1))
            _require(port_fault(wire.input), (*path, index, 3))
            ports |= {wire.output, wire.input}


def _check_models(models: Mapping[NodeId, Model], path: Path) -> None:
    for name, model in models.items():
        _require(fault_of(name), (*path, name))
        _require(fault_of(model.network), (*path, name, "network"))
        _require(fault_of(model.follows) if model.follows else "", (*path, name, "follows"))


def _check_address(text: str, path: Path) -> None:
    try:
        require_address(text)
    except AddressError as error:
        raise Fault(path, error.what) from None


def _require(fault: str, path: Path) -> None:
    if fault:
        raise Fault(path, fault)
