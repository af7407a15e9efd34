"""Small projects that the tests of the window work with, drawn by hand."""

from __future__ import annotations

from itertools import pairwise

from engine.graph.ids import NodeId
from engine.graph.types import (
    Graph,
    GraphLayout,
    GraphRef,
    Layout,
    Length,
    Node,
    Place,
    Project,
    Recipe,
    RunSettings,
    Stage,
    Value,
    Wire,
)
from engine.sources.describe import SNAPSHOTS

NETWORK = GraphRef("networks", "digits_cnn")
TRAINING = GraphRef("training", "fit_digits")


def node(name: str, kind: str, **parameters: Value) -> Node:
    """Give a node."""
    return Node(id=NodeId(name), kind=kind, parameters=parameters)


def chain(*nodes: Node) -> tuple[Wire, ...]:
    """Wire nodes one behind the other."""
    return tuple(Wire(one.id, "y", other.id, "x") for one, other in pairwise(nodes))


def digits() -> Project:
    """Give a small convolutional network with its recipe."""
    nodes = (
        node("image", "input", shape=("B", 1, 8, 8)),
        node("conv1", "conv2d", padding=1),
        node("relu1", "relu"),
        node("pool", "max_pool2d", kernel_size=2),
        node("flatten", "flatten"),
        node("scores", "linear", out_features=10),
        node("digit", "output"),
    )
    source = Node(id=NodeId("data"), kind="digits", snapshot=SNAPSHOTS["digits"])
    recipe = Recipe(name="classification", networks=("digits_cnn",), sources=(source,))
    places = {one.id: Place(184.0 * index, 0.0) for index, one in enumerate(nodes)}
    return Project(
        networks={"digits_cnn": Graph(nodes={one.id: one for one in nodes}, wires=chain(*nodes))},
        training={"fit_digits": Graph(recipe=recipe)},
        run=RunSettings(stages=(Stage(training="fit_digits", length=Length(epochs=3)),)),
        layout=Layout(networks={"digits_cnn": GraphLayout(nodes=places)}),
    )
