"""Small graphs that tests build on: chains, the digits project, a generator and a discriminator on a ring."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from msgspec.structs import replace

from engine.graph.ids import NodeId
from engine.graph.specs import Snapshot, TensorSpec
from engine.graph.types import (
    Graph,
    GraphRef,
    Length,
    Model,
    Node,
    Project,
    Recipe,
    RunSettings,
    Stage,
    Value,
    Wire,
)
from engine.recipes.expand import expand

NETWORK = GraphRef("networks", "net")

DIGITS = Snapshot(
    content="digits",
    outputs={
        "image": TensorSpec(shape=("B", 1, 8, 8), low=0.0, high=16.0),
        "digit": TensorSpec(shape=("B",), dtype="int64", classes=tuple("0123456789"), low=0.0, high=9.0),
    },
    samples=1797,
)


def node(name: str, kind: str, **parameters: Value) -> Node:
    """A node with some parameters."""
    return Node(id=NodeId(name), kind=kind, parameters=parameters)


def wire(source: str, output: str, target: str, port: str) -> Wire:
    """A wire."""
    return Wire(NodeId(source), output, NodeId(target), port)


def graph_of_nodes(*nodes: Node, wires: tuple[Wire, ...] = ()) -> Graph:
    """A graph of nodes and wires."""
    return Graph(nodes={one.id: one for one in nodes}, wires=wires)


def chain(*nodes: Node) -> Graph:
    """Nodes wired one behind the other, from y to x."""
    pairs = itertools.pairwise(nodes)
    return graph_of_nodes(*nodes, wires=tuple(Wire(one.id, "y", other.id, "x") for one, other in pairs))


def network(*nodes: Node, shape: tuple[int | str, ...] = ("B", 8)) -> Project:
    """A project of one network `net`: an input, a chain of nodes, an output."""
    return Project(networks={"net": chain(node("x", "input", shape=shape), *nodes, node("out", "output"))})


def digits_cnn() -> Graph:
    """A small network for digits."""
    return chain(
        node("image", "input", shape=("B", 1, 8, 8)),
        node("conv1", "conv2d", out_channels=32, padding=1),
        node("norm1", "batch_norm2d"),
        node("relu1", "relu"),
        node("pool", "max_pool2d", kernel_size=2),
        node("flatten", "flatten"),
        node("dropout", "dropout", p=0.3),
        node("head", "linear", out_features=10),
        node("scores", "output"),
    )


def digits(net: Graph | None = None, **options: Value) -> Project:
    """The digits project with its recipe, as drawn."""
    source = Node(id=NodeId("data"), kind="digits", snapshot=DIGITS)
    recipe = Recipe(name="classification", networks=("digits_cnn",), sources=(source,), options=options)
    stage = Stage(training="classification", length=Length(epochs=30))
    return Project(
        networks={"digits_cnn": net or digits_cnn()},
        training={"classification": Graph(recipe=recipe)},
        run=RunSettings(stages=(stage,)),
    )


def regression(net: Graph, features: TensorSpec, target: TensorSpec, **options: Value) -> Project:
    """A regression project of a network `net` with any data."""
    snapshot = Snapshot(content="made", outputs={"features": features, "target": target}, samples=100)
    source = Node(id=NodeId("data"), kind="csv", parameters={"path": "a.csv"}, snapshot=snapshot)
    recipe = Recipe(name="regression", networks=("net",), sources=(source,), options=options)
    return Project(networks={"net": net}, training={"regression": Graph(recipe=recipe)})


def ring(discriminator: Mapping[str, Value] | None = None, generator: Mapping[str, Value] | None = None) -> Project:
    """Two networks against each other: two objectives, a hold between them, three uses of two models.

    Args:
        discriminator: more parameters of its objective.
        generator: likewise.
    """
    snapshot = Snapshot(content="ring", outputs={"point": TensorSpec(shape=("B", 2))}, samples=2000)
    nodes = (
        Node(id=NodeId("ring"), kind="ring", snapshot=snapshot),
        node("noise", "noise", shape=("B", 4)),
        node("make", "model", model="generator"),
        node("fake", "hold"),
        node("see_real", "model", model="discriminator"),
        node("see_fake", "model", model="discriminator"),
        node("judge", "model", model="discriminator"),
        node("gap", "subtract"),
        node("d_gap", "softplus"),
        node("d_loss", "mean", dims=(0, 1)),
        node("lead", "subtract"),
        node("g_gap", "softplus"),
        node("g_loss", "mean", dims=(0, 1)),
        node("d", "objective", **{"updates": ("discriminator.*",), "optimizer": "adam", **(discriminator or {})}),
        node("g", "objective", **{"updates": ("generator.*",), "optimizer": "adam", **(generator or {})}),
    )
    rows = (
        "noise y make z, make sample fake x, ring point see_real point, fake y see_fake point, make sample judge point, "
        "see_fake score gap a, see_real score gap b, gap y d_gap x, d_gap y d_loss x, d_loss y d loss, "
        "see_real score lead a, judge score lead b, lead y g_gap x, g_gap y g_loss x, g_loss y g loss"
    )
    return Project(
        networks={"gen": _mlp("z", 4, 2, "sample"), "disc": _mlp("point", 2, 1, "score")},
        training={
            "gan": Graph(
                models={NodeId("generator"): Model(network="gen"), NodeId("discriminator"): Model(network="disc")},
                nodes={one.id: one for one in nodes},
                wires=tuple(wire(*row.split()) for row in rows.split(", ")),
                objectives=(NodeId("d"), NodeId("g")),
            )
        },
        run=RunSettings(stages=(Stage(training="gan", length=Length(steps=50)),)),
    )


def _mlp(entry: str, features: int, outputs: int, leaving: str) -> Graph:
    return chain(
        node(entry, "input", shape=("B", features)),
        node("linear1", "linear", out_features=32),
        node("relu1", "relu"),
        node("linear2", "linear", out_features=outputs),
        node(leaving, "output"),
    )


def with_metric(project: Project, name: str, kind: str, **parameters: Value) -> Project:
    """A project opened as a graph, with a metric more that is fed as `accuracy` is."""
    project = expand(project)
    [(training, graph)] = project.training.items()
    node = Node(id=NodeId(name), kind=kind, parameters=parameters)
    more = (replace(wire, target=node.id) for wire in graph.wires if wire.target == "accuracy")
    graph = replace(graph, recipe=None, nodes={**graph.nodes, node.id: node}, wires=(*graph.wires, *more))
    return replace(project, training={training: graph})
