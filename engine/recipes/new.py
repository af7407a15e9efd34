"""A first project for some data: a small network that fits, a recipe, a sensible length; it must not know how it trains."""

from __future__ import annotations

from math import prod
from typing import Final

from engine.errors import UsageError
from engine.graph.ids import NodeId, free_id
from engine.graph.specs import TensorSpec
from engine.graph.types import (
    Graph,
    GraphLayout,
    Layout,
    Length,
    Node,
    Project,
    Recipe,
    RunSettings,
    Stage,
    Value,
    Wire,
)
from engine.recipes.catalogue import RECIPES
from engine.recipes.placing import places
from engine.recipes.supervised import features_and_target

_MANY: Final = 20_000
"""Samples above which a few epochs say something."""

_Row = tuple[str, str, dict[str, Value]]


def new_project(recipe: str, source: Node) -> Project:
    """Propose a project: a network that fits the data, and a recipe that trains it.

    Args:
        recipe: name of a recipe.
        source: a source node with its snapshot.

    Raises:
        UsageError: there is no such recipe, or the data does not suit it.
    """
    if recipe not in RECIPES:
        raise UsageError(f"there is no recipe {recipe!r}", remedy=f"Choose one of {', '.join(RECIPES)}")
    snapshot = source.snapshot
    if snapshot is None:
        raise UsageError("the data has not been looked at yet", where=str(source.id))
    features, target = features_and_target(source)
    if not features or not target:
        raise UsageError("the data gives nothing to predict", where=str(source.id))
    spec, wanted = snapshot.outputs[features[0]], snapshot.outputs[target]
    outputs = _num_outputs(recipe, wanted, str(source.id))
    image = spec.rank == 4
    rows = _cnn(spec, outputs) if image else _mlp(spec, outputs)
    network = free_id(f"{source.kind}_{'cnn' if image else 'mlp'}", ())
    graph = _chain(free_id(features[0], ()), spec, rows, "scores" if recipe == "classification" else "prediction")
    options: dict[str, Value] = {"standardise": "all"} if image else {"fill": True} if source.kind == "csv" else {}
    training = Graph(recipe=Recipe(name=recipe, networks=(network,), sources=(source,), options=options))
    epochs = 5 if snapshot.samples > _MANY else 30 if snapshot.samples > 1000 else 60
    return Project(
        networks={network: graph},
        training={recipe: training},
        run=RunSettings(stages=(Stage(training=recipe, length=Length(epochs=epochs)),)),
        layout=Layout(networks={network: GraphLayout(nodes=places(graph))}),
    )


def suggested_recipe(source: Node) -> str:
    """Name the recipe that suits a source: classification when its target has classes."""
    _, target = features_and_target(source)
    spec = source.snapshot.outputs.get(target) if source.snapshot else None
    return "classification" if spec is not None and spec.classes else "regression"


def _num_outputs(recipe: str, target: TensorSpec, where: str) -> int:
    if recipe == "classification":
        if not target.classes:
            raise UsageError("the target has no classes", where=where, remedy="Use the recipe regression")
        return len(target.classes)
    if target.classes or not target.is_float:
        raise UsageError("the target holds classes, not numbers", where=where, remedy="Use the recipe classification")
    last = target.shape[-1] if target.rank > 1 else 1
    return last if isinstance(last, int) else 1


def _mlp(spec: TensorSpec, outputs: int) -> list[_Row]:
    width = 64
    rows: list[_Row] = [("flatten", "flatten", {})] if spec.rank > 2 else []
    rows += [
        ("linear1", "linear", {"out_features": width}),
        ("relu1", "relu", {}),
        ("linear2", "linear", {"out_features": width}),
        ("relu2", "relu", {}),
        ("head", "linear", {"out_features": outputs}),
    ]
    return rows


def _cnn(spec: TensorSpec, outputs: int) -> list[_Row]:
    sizes = [size for size in spec.shape[2:] if isinstance(size, int)]
    rows: list[_Row] = []
    channels = 32
    for number in (1, 2):
        rows += [
            (f"conv{number}", "conv2d", {"out_channels": channels, "padding": 1}),
            (f"norm{number}", "batch_norm2d", {}),
            (f"relu{number}", "relu", {}),
        ]
        if not sizes or min(sizes) >= 4:
            rows.append((f"pool{number}", "max_pool2d", {"kernel_size": 2}))
            sizes = [size // 2 for size in sizes]
        channels *= 2
    large = not sizes or prod(sizes) > 64
    rows.append(("pool", "global_avg_pool", {}) if large else ("flatten", "flatten", {}))
    return [*rows, ("dropout", "dropout", {"p": 0.25}), ("head", "linear", {"out_features": outputs})]


def _chain(feature: NodeId, spec: TensorSpec, rows: list[_Row], output: str) -> Graph:
    entry: dict[str, Value] = {"shape": spec.shape}
    if spec.dtype == "int64":
        entry["dtype"] = "int64"
    every = [(feature, "input", entry), *rows, (output, "output", {})]
    nodes: dict[NodeId, Node] = {}
    wires: list[Wire] = []
    for wish, kind, parameters in every:
        before = next(reversed(nodes), None)
        node = Node(id=free_id(wish, nodes), kind=kind, parameters=parameters)
        nodes[node.id] = node
        if before is not None:
            wires.append(Wire(before, "y", node.id, "x"))
    return Graph(nodes=nodes, wires=tuple(wires))
