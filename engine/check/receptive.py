"""How much of a network's inputs each of its nodes sees: its receptive field, worked out when somebody asks.

Along every axis of every input it is followed which stretch a place of a tensor sees, from node to node, by what kinds
declare of themselves. It must not know kinds by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from engine.check.report import GraphReport, NodeReport, Report, State
from engine.check.spans import OWN, Span, read, union
from engine.check.wiring import wiring_of
from engine.graph.dims import Dim
from engine.graph.ids import NodeId
from engine.graph.instances import parts_of
from engine.graph.specs import TensorSpec
from engine.graph.types import Graph, GraphRef, Node, Project
from engine.layers.catalogue import kind_of
from engine.layers.kind import LayerKind, Role
from engine.layers.sight import Taps, View, point
from engine.layers.values import names_for, values_of


@dataclass(frozen=True, slots=True)
class ReceptiveField:
    """What a place of a node's output sees of the network's input, borders left out."""

    sizes: tuple[int | None, ...]
    """Along each axis of places, however small the input is; None for all of it."""
    steps: tuple[Fraction | None, ...]
    """How far it moves from one place to the next; None where all see the same or places are in no order."""
    limits: tuple[Dim, ...]
    """Sizes of the input along these axes."""

    @property
    def shown(self) -> tuple[Dim, ...]:
        """Sizes, none larger than the input."""
        return tuple(
            limit if size is None else min(size, limit) if isinstance(limit, int) else size
            for size, limit in zip(self.sizes, self.limits, strict=True)
        )

    @property
    def is_whole(self) -> bool:
        """Whether it is as large as the input."""
        return self.shown == self.limits


@dataclass(frozen=True, slots=True)
class _Reach:
    """What is seen along one axis of an input from the places of a tensor."""

    axes: frozenset[int]
    """Axes of the tensor along which it moves."""
    span: Span | None
    """None where it is not known."""
    ordered: bool = True
    """Whether it moves along one axis from place to place, so that windows can be counted through."""
    whole: bool = False


_Key = tuple[NodeId, int]
"""An input of the network and one of its axes."""
_Field = Mapping[_Key, _Reach]
_ALL: Final = _Reach(frozenset(), None, ordered=False, whole=True)
_UNKNOWN: Final = _Reach(frozenset(), None, ordered=False)
_Fields = dict[NodeId, Mapping[str, _Field]]
"""By node and output; what is under an empty name goes for every output."""


def receptive_fields(project: Project, report: Report, network: str) -> Mapping[NodeId, ReceptiveField]:
    """Work out the receptive fields of a network's nodes; those that cannot be told, or see no place, are left out.

    Args:
        project: what was checked.
        report: what the check found.
        network: name of a network in it.
    """
    ref = GraphRef("networks", network)
    checked, graph = report.graphs.get(ref), _graph_of(project, report, network)
    if checked is None or graph is None:
        return {}
    inputs = {name: spec for name in graph.nodes if (spec := _input_spec(graph.nodes[name], checked))}
    entering = {name: {(name, axis): _own(axis) for axis in range(1, spec.rank)} for name, spec in inputs.items()}
    fields = _Walk(project, report).through(network, entering)
    flat = {name: _merged(outputs.values()) for name, outputs in fields.items()}
    axes = _axes_of_places(inputs, flat.values())
    shown: dict[int, ReceptiveField | None] = {}
    for field in flat.values():
        if id(field) not in shown:  # what changes nothing hands on the very same
            shown[id(field)] = _shown(field, axes, inputs)
    return {name: found for name, field in flat.items() if (found := shown[id(field)])}


def _own(axis: int) -> _Reach:
    return _Reach(frozenset({axis}), OWN)


def _graph_of(project: Project, report: Report, network: str) -> Graph | None:
    """Give the very graph that was checked: there, recipes and instances are written out."""
    found = report.graphs.get(GraphRef("networks", network))
    return found.trace.graph if found and found.trace else project.networks.get(network)


def _input_spec(node: Node, found: GraphReport) -> TensorSpec | None:
    kind, known = kind_of(node.kind), found.nodes.get(node.id)
    if kind is None or kind.role is not Role.INPUT or known is None:
        return None
    return next(iter(known.outputs.values()), None)


@dataclass(frozen=True, slots=True)
class _Walk:
    """A walk through networks, in the order in which they compute."""

    project: Project
    report: Report

    def through(self, network: str, entering: Mapping[NodeId, _Field]) -> _Fields:
        """Give the fields of a network's nodes by what its inputs see."""
        fields: _Fields = {}
        graph = _graph_of(self.project, self.report, network)
        found = self.report.graphs.get(GraphRef("networks", network))
        if graph is None or found is None:
            return fields
        feeds = wiring_of(graph).feeds
        for name in found.order:
            node, known = graph.nodes[name], found.nodes[name]
            kind = kind_of(node.kind)
            if kind is None or known.state is not State.KNOWN:
                continue
            if kind.role is Role.INPUT:
                fields[name] = {"": entering.get(name, {})}
                continue
            seen = {port: _leaving(fields, *feed) for port, feed in feeds[name].items() if port in known.inputs}
            fields[name] = self._outputs(graph, node, kind, known, seen)
        return fields

    def _outputs(
        self, graph: Graph, node: Node, kind: LayerKind, known: NodeReport, seen: Mapping[str, _Field]
    ) -> Mapping[str, _Field]:
        if node.bypassed:
            return {"": _merged(seen.values())}
        if kind.role is Role.NETWORK:
            return self._nested(graph, node, kind, seen)
        spec = next(iter((known.outputs or known.inputs).values()), None)
        if spec is None:
            return {"": {}}
        if kind.role is Role.OUTPUT:
            return {"": _merged(seen.values())}
        return {"": _merged([self._seen(graph, node, kind, port, known, field) for port, field in seen.items()])}

    def _seen(self, graph: Graph, node: Node, kind: LayerKind, port: str, known: NodeReport, field: _Field) -> _Field:
        """Give what a node sees through one of its inputs."""
        view = None
        x, y = known.inputs[port], next(iter(known.outputs.values()))
        if kind.sees is point and x.shape == y.shape:
            return field
        if kind.sees is not None:
            view = kind.sees(values_of(kind, node, names_for(self.project, graph)), port, x, y)
        return {key: _through(reach, view) for key, reach in field.items()}

    def _nested(self, graph: Graph, node: Node, kind: LayerKind, seen: Mapping[str, _Field]) -> Mapping[str, _Field]:
        """Go through every repeat of a network in use; where nothing changes any more, the rest is the same."""
        values = values_of(kind, node, names_for(self.project, graph))
        if values.integer("along"):
            return {"": {}}  # a step sees its slice, and through the carried state all steps before: not told
        parts = parts_of(values.text("network"))
        entering = {NodeId(port): field for port, field in seen.items()}
        outputs: dict[str, _Field] = {}
        for index in range(values.integer("repeat")):
            inner = self.through(parts[index % len(parts)], entering)
            outputs = self._results(parts[index % len(parts)], inner)
            following = self._of_role(parts[(index + 1) % len(parts)], Role.INPUT)
            passed = dict(zip(following, outputs.values(), strict=False))
            if passed == entering and len(parts) == 1:
                break
            entering = passed
        return outputs

    def _results(self, network: str, fields: _Fields) -> dict[str, _Field]:
        return {str(name): _leaving(fields, name, "") for name in self._of_role(network, Role.OUTPUT)}

    def _of_role(self, network: str, role: Role) -> tuple[NodeId, ...]:
        graph = _graph_of(self.project, self.report, network)
        nodes = graph.nodes.values() if graph else ()
        return tuple(node.id for node in nodes if (kind := kind_of(node.kind)) and kind.role is role)


def _leaving(fields: _Fields, node: NodeId, output: str) -> _Field:
    outputs = fields.get(node, {})
    return outputs[output] if output in outputs else outputs.get("", {})


def _through(reach: _Reach, view: View | None) -> _Reach:
    """Give what is seen through a node."""
    if reach.whole or (reach.span is None and view is None):
        return reach
    if view is None:
        return _UNKNOWN
    if reach.axes & view.whole:
        return _ALL if reach.axes <= view.whole else _UNKNOWN
    if reach.span is None:
        return reach
    span = _tapped(reach, view)
    if span is None:
        return _UNKNOWN
    axes = frozenset(axis for axis, counted in enumerate(view.places) if reach.axes & set(counted))
    plain = len(axes) == 1 and all(len(view.places[axis]) == 1 for axis in axes)
    return _Reach(axes, span, ordered=reach.ordered and plain and not reach.axes & view.mixed)


def _tapped(reach: _Reach, view: View) -> Span | None:
    span = reach.span
    for axis in reach.axes & view.taps.keys():
        taps = view.taps[axis]
        if span is None or not (reach.ordered or _only_moves(taps)):
            return None
        span = read(span, taps) if reach.ordered else span
    return span


def _only_moves(taps: Taps) -> bool:
    return taps.period == taps.advance == 1 and len(taps.at(0)) == 1


def _merged(fields: Iterable[_Field]) -> _Field:
    """Give what is seen through one input or another."""
    fields = tuple(fields)
    if len(fields) == 1:
        return fields[0]
    found: dict[_Key, _Reach] = {}
    for field in fields:
        for key, reach in field.items():
            found[key] = _both(found[key], reach) if key in found else reach
    return found


def _both(first: _Reach, second: _Reach) -> _Reach:
    if first.whole or second.whole:
        return _ALL
    if first == second:
        return first
    if first.span is None or second.span is None or first.axes != second.axes:
        return _UNKNOWN
    span = union(first.span, second.span)
    return replace(first, span=span, ordered=first.ordered and second.ordered) if span else _UNKNOWN


def _axes_of_places(inputs: Mapping[NodeId, TensorSpec], fields: Iterable[_Field]) -> Mapping[NodeId, tuple[int, ...]]:
    """Choose the inputs of most axes, and of those the axes that count places.

    Which axis counts features is not told. It is the second, unless only along the last do nodes see everything; of three
    axes, it is the one along which more nodes do.
    """
    found: dict[NodeId, tuple[int, ...]] = {}
    several = tuple(fields)
    most = max((spec.rank for spec in inputs.values()), default=0)
    for name in (name for name, spec in inputs.items() if spec.rank == most >= 2):
        second, last = (
            sum(field[name, axis].whole for field in several if (name, axis) in field) for axis in (1, most - 1)
        )
        features = most - 1 if last > second and (most == 3 or not second) else 1
        found[name] = tuple(axis for axis in range(1, most) if axis != features) or (1,)
    return found


def _shown(
    field: _Field, axes: Mapping[NodeId, tuple[int, ...]], inputs: Mapping[NodeId, TensorSpec]
) -> ReceptiveField | None:
    """Lay what is seen of several inputs together: along each axis the largest."""
    found: list[tuple[int | None, Fraction | None, Dim]] = []
    for alike in zip(*([(name, axis) for axis in along] for name, along in axes.items()), strict=True):
        keys = [key for key in alike if key in field]
        name, axis = (keys or alike)[0]
        limit = inputs[name].shape[axis]
        reaches = [field[key] for key in keys]
        if any(reach.whole for reach in reaches):
            found.append((None, None, limit))
            continue
        spans = [reach.span for reach in reaches if reach.span]
        if len(spans) < len(reaches) or not any(span.size for span in spans):
            return None
        widest = max(reaches, key=lambda reach: reach.span.size if reach.span else 0)
        step = widest.span.step if widest.span and widest.ordered else None
        found.append((max(span.size for span in spans), step, limit))
    sizes, steps, limits = tuple(zip(*found, strict=True)) or ((), (), ())
    return ReceptiveField(sizes, steps, limits) if sizes else None
