"""How addresses follow an edit that restructures: the address map, and what in a project speaks of addresses.

It must not know kinds beyond the few that the structure of a document itself speaks of, nor tensors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, TypeVar

import msgspec

from engine.graph.address import address_of, key_of
from engine.graph.ids import NodeId
from engine.graph.rewriting import MODEL, NETWORK, OBJECTIVE, require_graph, with_graph
from engine.graph.types import Graph, GraphRef, Node, Project, Value, graph_refs

_T = TypeVar("_T")
_STEP: Final = re.compile(r"([^.\[\]]+)((?:\[[^\]]*\])?)")

Ids = tuple[NodeId, ...]
Nesting = Mapping[str, Mapping[NodeId, str]]
"""For every network its nodes that are networks themselves, and which ones."""


class Moves(msgspec.Struct, frozen=True, kw_only=True):
    """Which nodes of one network have gone where."""

    network: str
    moved: Mapping[Ids, Ids]
    """The path of a node, old and new, without repeat indices: one or two ids."""
    nesting: Nesting
    """What was nested in what before."""


class AddressMap(msgspec.Struct, frozen=True, kw_only=True):
    """Where addresses have gone, edit by edit; an address that is not spoken of has stayed."""

    steps: tuple[Moves, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything has moved."""
        return bool(self.steps)

    def then(self, later: AddressMap) -> AddressMap:
        """Give the map of both edits, this one first."""
        return AddressMap(steps=self.steps + later.steps)

    def address(self, network: str, address: str) -> str:
        """Give the new address of a node.

        Args:
            network: the network that the address starts in.
            address: the old address, with or without a parameter's name behind it.
        """
        for moves in self.steps:
            address = _moved(moves, network, address)
        return address

    def key(self, network: str, key: str) -> str:
        """Give the new key of a tensor of a network (without a model's id before it)."""
        return key_of(self.address(network, address_of(key)))

    def tensors(self, models: Mapping[str, str], tensors: Mapping[str, _T]) -> dict[str, _T]:
        """Give the tensors of a checkpoint, or the state an optimiser has of them, under their new keys.

        Args:
            models: the network of each model, by the model's key.
            tensors: values by key, the model's key first; keys of no model stay.
        """
        return {self._model_key(models, key): tensor for key, tensor in tensors.items()}

    def _model_key(self, models: Mapping[str, str], key: str) -> str:
        model, dot, rest = key.partition(".")
        return f"{model}.{self.key(models[model], rest)}" if dot and model in models else key


def nesting_of(project: Project) -> dict[str, dict[NodeId, str]]:
    """Give for every network its nodes that are networks themselves, and which ones."""
    return {
        name: {node.id: inner for node in graph.nodes.values() if (inner := network_of(node))}
        for name, graph in project.networks.items()
    }


def network_of(node: Node) -> str:
    """Give the network that a node stands for; empty when it stands for none."""
    name = node.parameters.get(NETWORK) if node.kind == NETWORK else ""
    return name if isinstance(name, str) else ""


def map_of(project: Project, network: str, moved: Mapping[Ids, Ids]) -> AddressMap:
    """Give the address map of an edit to `project` that moves nodes of a network."""
    return AddressMap(steps=(Moves(network=network, moved=moved, nesting=nesting_of(project)),))


def follow(project: Project, addresses: AddressMap) -> Project:
    """Give the project with everything that speaks of addresses (shares, ties, updates) speaking of the new ones."""
    for ref in graph_refs(project):
        graph = require_graph(project, ref)
        nodes = {key: _followed(node, ref, graph, addresses) for key, node in graph.nodes.items()}
        changed = {key: node for key, node in nodes.items() if node is not graph.nodes[key]}
        ties = _followed_ties(ref, graph, addresses)
        if ties != graph.ties:
            graph = msgspec.structs.replace(graph, ties=ties)
            project = with_graph(project, ref, graph)
        if changed:
            graph = msgspec.structs.replace(graph, nodes={**graph.nodes, **changed})
            project = with_graph(project, ref, graph)
    return project


def rename_port(project: Project, network: str, old: str, new: str) -> Project:
    """Give the project with a network's port renamed wherever the network is used."""
    for ref in graph_refs(project):
        graph = require_graph(project, ref)
        users = {node.id for node in graph.nodes.values() if _shows(node, graph, network)}
        if not users:
            continue
        wires = tuple(
            msgspec.structs.replace(
                wire,
                output=new if wire.source in users and wire.output == old else wire.output,
                input=new if wire.target in users and wire.input == old else wire.input,
            )
            for wire in graph.wires
        )
        if wires != graph.wires:
            project = with_graph(project, ref, msgspec.structs.replace(graph, wires=wires))
    return project


def _shows(node: Node, graph: Graph, network: str) -> bool:
    if node.kind == MODEL:
        model = node.parameters.get(MODEL)
        declared = graph.models.get(NodeId(model)) if isinstance(model, str) else None
        return declared is not None and declared.network == network
    return network_of(node) == network


def _followed(node: Node, ref: GraphRef, graph: Graph, addresses: AddressMap) -> Node:
    if node.shares and ref.space == "networks":
        shares = addresses.address(ref.name, node.shares)
        return node if shares == node.shares else msgspec.structs.replace(node, shares=shares)
    updates = node.parameters.get("updates") if node.kind == OBJECTIVE else None
    if isinstance(updates, str | tuple):
        new = _updates(updates, graph, addresses)
        if new != updates:
            return msgspec.structs.replace(node, parameters={**node.parameters, "updates": new})
    return node


def _followed_ties(ref: GraphRef, graph: Graph, addresses: AddressMap) -> Mapping[str, str]:
    if not graph.ties or ref.space != "networks":
        return graph.ties
    return {addresses.address(ref.name, one): addresses.address(ref.name, other) for one, other in graph.ties.items()}


def _updates(updates: str | tuple[Value, ...], graph: Graph, addresses: AddressMap) -> Value:
    if isinstance(updates, str):
        return _pattern(updates, graph, addresses)
    return tuple(_pattern(item, graph, addresses) if isinstance(item, str) else item for item in updates)  # type: ignore[misc]  # items of a value are scalars


def _pattern(pattern: str, graph: Graph, addresses: AddressMap) -> str:
    """Give a pattern of updates with the ids in it moved; what stands at or behind a wildcard stays."""
    model, dot, rest = pattern.partition(".")
    declared = graph.models.get(NodeId(model))
    if not dot or declared is None:
        return pattern
    if "[" in rest:
        return f"{model}.{addresses.address(declared.network, rest)}"
    return f"{model}.{addresses.key(declared.network, rest)}"


def _moved(moves: Moves, network: str, address: str) -> str:
    steps = [(NodeId(step[1]), step[2]) for step in _STEP.finditer(address)]
    scope: str | None = network
    written: list[str] = []
    nested = False
    while steps:
        if scope is None:
            written += [f"{name}{index}" for name, index in steps]
            break
        if steps[0][0] == "*" and nested:  # a pattern's `*` behind a nested network stands for its repeat index
            written.append("*")
            steps, nested = steps[1:], False
            continue
        old, new = _move_at(moves, scope, steps)
        indices = [index for _, index in steps[: len(old)]]
        # Indices belong to the last ids: a group puts an id before a repeated node, unpacking takes one away.
        indices = ([""] * len(new) + indices)[-len(new) :]
        written += [f"{name}{index}" for name, index in zip(new, indices, strict=True)]
        for name in old:
            scope = moves.nesting.get(scope, {}).get(name) if scope is not None else None
        steps, nested = steps[len(old) :], scope is not None
    return ".".join(written)


def _move_at(moves: Moves, scope: str, steps: list[tuple[NodeId, str]]) -> tuple[Ids, Ids]:
    if scope == moves.network:
        for length in (2, 1):
            path = tuple(name for name, _ in steps[:length])
            if len(path) == length and path in moves.moved:
                return path, moves.moved[path]
    return (steps[0][0],), (steps[0][0],)
