"""The recipes classification and regression: one source, one model, one loss; they must not know torch or networks' insides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.graph.ids import NodeId, free_id
from engine.graph.types import Graph, Model, Node, Project, Recipe, Value, Wire
from engine.layers.catalogue import CATALOGUE, kind_of
from engine.layers.kind import Role
from engine.layers.params import BoolParam, ChoiceParam, Param, TextsParam, Values
from engine.layers.ports import network_ports
from engine.recipes.recipe import RecipeKind

MODEL: Final = NodeId("net")
"""Id of the model that a recipe trains."""

_OPTIMISER: Final[tuple[Param, ...]] = tuple(
    param
    for param in CATALOGUE["objective"].parameters
    if param.name in ("optimizer", "lr", "weight_decay", "momentum")
)
"""What a recipe lets one choose of its objective, as the objective declares it."""
_DATA: Final[tuple[Param, ...]] = (
    BoolParam(
        name="fill", title="Fill missing", default=False, help="Put the training mean in the place of missing numbers"
    ),
    ChoiceParam(
        name="standardise",
        title="Standardise",
        default="feature",
        choices=("none", "feature", "channel", "all"),
        help="Bring what goes in to mean 0 and deviation 1: each feature, each channel, or all together",
    ),
)


@dataclass(slots=True)
class _Sheet:
    """A graph being written."""

    nodes: dict[NodeId, Node]
    wires: list[Wire]

    def add(self, wish: str, kind: str, **parameters: Value) -> NodeId:
        """Add a node; its id is `wish` unless the source has taken it."""
        node = Node(id=free_id(wish, self.nodes), kind=kind, parameters=without_defaults(kind, parameters))
        self.nodes[node.id] = node
        return node.id

    def wire(self, source: NodeId, output: str, target: NodeId, port: str) -> None:
        """Draw a wire."""
        self.wires.append(Wire(source, output, target, port))


def without_defaults(kind: str, parameters: dict[str, Value]) -> dict[str, Value]:
    """Leave out parameters that say what the kind says anyway."""
    found = kind_of(kind)
    defaults = found.defaults if found else {}
    return {key: value for key, value in parameters.items() if key not in defaults or defaults[key] != value}


def _classification(project: Project, recipe: Recipe, options: Values) -> Graph:
    return _write(project, recipe, options, "cross_entropy", ("scores", "target"))


def _regression(project: Project, recipe: Recipe, options: Values) -> Graph:
    return _write(project, recipe, options, options.text("loss"), ("x", "target"))


def _write(project: Project, recipe: Recipe, options: Values, loss: str, ports: tuple[str, str]) -> Graph:
    source = recipe.sources[0] if recipe.sources else Node(id=NodeId("data"), kind="csv")
    network = recipe.networks[0] if recipe.networks else ""
    sheet = _Sheet({source.id: source}, [])
    features, target = features_and_target(source)
    use = free_id("net_use", sheet.nodes)
    sheet_use = Node(id=use, kind="model", parameters={"model": MODEL})
    prepared = [_prepared(sheet, source, port, options, alone=len(features) == 1) for port in features]
    sheet.nodes[use] = sheet_use
    inputs, outputs = (tuple(port.id for port in side) for side in network_ports(project.networks.get(network)))
    for (node, output), port in zip(prepared, _matched(features, inputs), strict=False):
        sheet.wire(node, output, use, port)
    result = outputs[0] if outputs else "y"
    ends = [sheet.add("loss", loss)]
    ends += [sheet.add(metric, metric) for metric in dict.fromkeys(options.texts("metrics")) if _is_metric(metric)]
    for end in ends:
        sheet.wire(use, result, end, ports[0])
        if target:
            sheet.wire(source.id, target, end, ports[1])
    # As given: what is wrong with a value is the check's to say, on the objective.
    optimiser = {param.name: recipe.options.get(param.name, param.default) for param in _OPTIMISER}
    fit = sheet.add("fit", "objective", updates=(f"{MODEL}.*",), **optimiser)
    sheet.wire(ends[0], "y", fit, "loss")
    return Graph(
        recipe=recipe,
        models={MODEL: Model(network=network)},
        nodes=sheet.nodes,
        wires=tuple(sheet.wires),
        objectives=(fit,),
    )


def features_and_target(source: Node) -> tuple[tuple[str, ...], str]:
    """Tell what goes in from what is to be predicted: the output with classes, else the last of several.

    Args:
        source: a source node; its snapshot, or else its kind, names the outputs.
    """
    if source.snapshot is not None:
        ports = tuple(source.snapshot.outputs)
        labelled = [port for port, spec in source.snapshot.outputs.items() if spec.classes]
    else:
        kind = kind_of(source.kind)
        declared = kind.outputs if kind and isinstance(kind.outputs, tuple) else ()
        ports, labelled = tuple(port.id for port in declared), []
    target = labelled[-1] if labelled else ports[-1] if len(ports) > 1 else ""
    return tuple(port for port in ports if port != target), target


def _prepared(sheet: _Sheet, source: Node, port: str, options: Values, *, alone: bool) -> tuple[NodeId, str]:
    node, output = source.id, port
    spec = source.snapshot.outputs.get(port) if source.snapshot else None
    if spec is not None and not spec.is_float:
        return node, output
    suffix = "" if alone else f"_{port}"
    if options.flag("fill"):
        filled = sheet.add(f"fill{suffix}", "fill")
        sheet.wire(node, output, filled, "x")
        node, output = filled, "y"
    if options.text("standardise") != "none":
        scaled = sheet.add(f"standardise{suffix}", "standardise", axes=options.text("standardise"))
        sheet.wire(node, output, scaled, "x")
        node, output = scaled, "y"
    return node, output


def _matched(features: tuple[str, ...], inputs: tuple[str, ...]) -> tuple[str, ...]:
    """Pair outputs of the source with inputs of the network: by name where all agree, else in order."""
    if set(features) <= set(inputs):
        return features
    return inputs


def _is_metric(key: str) -> bool:
    kind = kind_of(key)
    return kind is not None and kind.role is Role.METRIC


CLASSIFICATION: Final = RecipeKind(
    name="classification",
    title="Classification",
    what="Learns which of several classes a sample belongs to. The network gives one score per class.",
    write=_classification,
    options=(
        *_DATA,
        *_OPTIMISER,
        TextsParam(
            name="metrics",
            title="Metrics",
            default=("accuracy",),
            help="What is measured: accuracy, f1, precision, recall, auroc …",
        ),
    ),
)
REGRESSION: Final = RecipeKind(
    name="regression",
    title="Regression",
    what="Learns to predict numbers. The network gives as many numbers as the target has.",
    write=_regression,
    options=(
        *_DATA,
        *_OPTIMISER,
        ChoiceParam(
            name="loss", title="Loss", default="mse", choices=("mse", "l1"), help="Squared or absolute differences"
        ),
        TextsParam(name="metrics", title="Metrics", default=("r2", "mae"), help="What is measured: r2, mae, rmse"),
    ),
)
