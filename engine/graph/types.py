"""The values a project is made of; all immutable, all written to the file as they stand. It must not know kinds.

Mappings are plain dictionaries behind a read-only type: nobody writes to one after it is built.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from engine.graph.ids import NodeId
from engine.graph.specs import Snapshot

Scalar = bool | int | float | str | None
Value = bool | int | float | str | tuple[bool | int | float | str | None, ...] | None
"""What a parameter can hold; a text that starts with `=` is an expression over the project's variables."""

Space = Literal["networks", "training"]


class Node(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The use of a kind in a graph."""

    id: NodeId
    kind: str
    version: int = 1
    """Version of the kind this node was made with."""
    title: str = ""
    """Free text on the card; the id where empty."""
    notes: str = ""
    parameters: Mapping[str, Value] = {}
    """Only those that differ from the kind's defaults."""
    shares: str = ""
    """Address of the node whose weights this one uses; empty when it owns its own."""
    bypassed: bool = False
    snapshot: Snapshot | None = None
    kept: str = ""
    """JSON object of what a file says of a kind unknown here and the fields above cannot hold; written back as it is."""


class Wire(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One connection: output port of `source` to input port of `target`; in the file a row of four texts."""

    source: NodeId
    output: str
    target: NodeId
    input: str


class Model(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A named instance of a network, owner of weights; its id is the checkpoint prefix."""

    network: str
    parameters: Mapping[str, Value] = {}
    """Of the network, those that differ from its defaults."""
    follows: str = ""
    """Id of the source model of a follower."""
    rule: Literal["", "copy", "ema", "periodic", "frozen"] = ""
    decay: float = 0.999
    every: int = 1


class Recipe(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A training graph told in a few words; `recipes.expand` writes it out."""

    name: str
    version: int = 1
    networks: tuple[str, ...] = ()
    """Networks it trains, in the order the recipe names them."""
    sources: tuple[Node, ...] = ()
    """Source nodes it draws from."""
    options: Mapping[str, Value] = {}


class Graph(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Nodes and wires: a network, or what one training step computes.

    `models`, `objectives` and `recipe` are for training graphs only. A training graph has a recipe or nodes, never both.
    `parameters` are for networks only.
    """

    notes: str = ""
    parameters: Mapping[str, bool | int | float] = {}
    """Defaults by name: numbers and switches that its nodes' expressions and its inputs' sizes name, and uses may change."""
    ties: Mapping[str, str] = {}
    """Parameters of a network that are one tensor, by address: `head.weight` -> `embed.weight`, the right-hand one owns."""
    recipe: Recipe | None = None
    models: Mapping[NodeId, Model] = {}
    nodes: Mapping[NodeId, Node] = {}
    """In stable order, keyed by the node's id."""
    wires: tuple[Wire, ...] = ()
    objectives: tuple[NodeId, ...] = ()
    """Objective nodes in the order they run within a step."""


class Length(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How long a stage lasts; exactly one is positive."""

    epochs: int = 0
    steps: int = 0


class Stage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One part of a run: a training graph and how long it runs."""

    training: str
    length: Length = Length(epochs=10)


class RunSettings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """How a run is carried out."""

    seed: int = 0
    device: str = "auto"
    """auto, cpu, cuda, cuda:i or mps."""
    precision: Literal["float32"] = "float32"
    stages: tuple[Stage, ...] = ()


class Place(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a node stands, in scene units (pixels at zoom 1): its upper left corner."""

    x: float
    y: float


class Frame(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A titled rectangle behind nodes, or a comment when it has text only."""

    title: str
    x: float
    y: float
    width: float
    height: float


class GraphLayout(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Where the nodes of one graph stand."""

    nodes: Mapping[NodeId, Place] = {}
    frames: tuple[Frame, ...] = ()


class Layout(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Where everything stands; kept apart so that moving a node is no semantic change."""

    networks: Mapping[str, GraphLayout] = {}
    training: Mapping[str, GraphLayout] = {}


class Project(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The whole document."""

    notes: str = ""
    variables: Mapping[str, int | float] = {}
    networks: Mapping[str, Graph] = {}
    training: Mapping[str, Graph] = {}
    run: RunSettings = RunSettings()
    layout: Layout = Layout()


class GraphRef(msgspec.Struct, frozen=True, array_like=True):
    """Names one graph of a project."""

    space: Space
    name: str


def graph_of(project: Project, ref: GraphRef) -> Graph | None:
    """Give the graph that `ref` names, if there is one."""
    graphs = project.networks if ref.space == "networks" else project.training
    return graphs.get(ref.name)


def graph_refs(project: Project) -> tuple[GraphRef, ...]:
    """Name every graph: networks first, then training graphs, each in the project's order."""
    networks = tuple(GraphRef("networks", name) for name in project.networks)
    return networks + tuple(GraphRef("training", name) for name in project.training)
