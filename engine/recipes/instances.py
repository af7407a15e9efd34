"""Networks with parameters written out: one network for every combination of arguments in use; no shapes in here.

Each instance is the drawn network with its expressions worked out, so that whoever comes later knows nothing of
parameters. What cannot be worked out stays as it is, and the check says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Final

import msgspec

from engine.errors import ExpressionError
from engine.graph.dims import canonical, substitute
from engine.graph.expressions import is_expression, names_in
from engine.graph.instances import COUNT, INDEX, Argument, instance_name, joined, origin_of
from engine.graph.types import Graph, Model, Node, Project, Value
from engine.layers.catalogue import kind_of
from engine.layers.kind import Role
from engine.layers.params import IntParam, Param, ShapeParam
from engine.layers.values import argument_of, worked_out

MOST: Final = 512
"""Instances of one project; a repeat that needs more stays unwritten, which the check says."""

_Variables = Mapping[str, int | float]


def write_instances(project: Project) -> Project:
    """Write out every instance of networks with parameters.

    Args:
        project: recipes written out.

    Returns:
        The project where nodes and models name instances in place of networks with arguments; a network with parameters
        stands for its instance of all defaults. The same project when no network has parameters.
    """
    if not any(graph.parameters for graph in project.networks.values()):
        return project
    return _Writer(project).project()


class _Writer:
    """Writes the instances of one project, each once."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._written: dict[str, Graph] = {}
        self._open: set[str] = set()

    def project(self) -> Project:
        for name in self._project.networks:
            self._instance(name, {})
        training = {name: self._training(graph) for name, graph in self._project.training.items()}
        place = {name: index for index, name in enumerate(self._project.networks)}
        order = sorted(self._written, key=lambda name: (place[origin_of(name)], name != origin_of(name)))
        networks = {name: self._written[name] for name in order}
        return msgspec.structs.replace(self._project, networks=networks, training=training)

    def _instance(self, network: str, arguments: Mapping[str, Argument]) -> str:
        graph = self._project.networks[network]
        changed = {key: value for key, value in arguments.items() if value != graph.parameters[key]}
        name = instance_name(network, changed)
        if network in self._open:
            return network  # a ring, which the check speaks of
        if name not in self._written:
            if changed and len(self._written.keys() - self._project.networks.keys()) >= MOST:
                raise ExpressionError(f"the project would need more than {MOST} variants of its networks")
            self._written[name] = graph
            self._open.add(network)
            variables = {**self._project.variables, **graph.parameters, **arguments}
            nodes = {key: self._node(node, variables, graph) for key, node in graph.nodes.items()}
            values = {key: {**graph.parameters, **arguments}[key] for key in graph.parameters}
            self._written[name] = msgspec.structs.replace(graph, nodes=nodes, parameters=values)
            self._open.discard(network)
        return name

    def _take_back(self, before: Set[str]) -> None:
        """Forget the variants that a use has written which cannot be written whole."""
        for name in self._written.keys() - before - self._project.networks.keys():
            del self._written[name]

    def _training(self, graph: Graph) -> Graph:
        models = {name: self._model(model) for name, model in graph.models.items()}
        return graph if models == graph.models else msgspec.structs.replace(graph, models=models)

    def _model(self, model: Model) -> Model:
        defaults = self._parameters_of(model.network)
        if not defaults or not model.parameters:
            return model
        before = set(self._written)
        try:
            name = self._instance(model.network, _arguments(defaults, model.parameters, self._project.variables))
        except ExpressionError:
            self._take_back(before)
            return model
        kept = {key: value for key, value in model.parameters.items() if key not in defaults}
        return msgspec.structs.replace(model, network=name, parameters=kept)

    def _parameters_of(self, network: str) -> Mapping[str, Argument]:
        graph = self._project.networks.get(network)
        return graph.parameters if graph else {}

    def _node(self, node: Node, variables: _Variables, graph: Graph) -> Node:
        kind = kind_of(node.kind)
        if kind is None:
            return node
        if graph.parameters and node.parameters:
            given = {
                name: _settled(kind.named[name], value, variables, graph.parameters) if name in kind.named else value
                for name, value in node.parameters.items()
            }
            if given != node.parameters:
                node = msgspec.structs.replace(node, parameters=given)
        return self._use(node, variables) if kind.role is Role.NETWORK else node

    def _use(self, node: Node, variables: _Variables) -> Node:
        network = str(node.parameters.get("network", ""))
        defaults = self._parameters_of(network)
        given = {key: value for key, value in node.parameters.items() if key in defaults}
        if not given:
            return node
        before = set(self._written)
        try:
            names = [
                self._instance(network, _arguments(defaults, given, each)) for each in _repeats(node, given, variables)
            ]
        except ExpressionError:
            self._take_back(before)
            return node
        kept = {key: value for key, value in node.parameters.items() if key not in given}
        return msgspec.structs.replace(node, parameters={**kept, "network": joined(names)})


def _repeats(node: Node, given: Mapping[str, Value], variables: _Variables) -> list[_Variables]:
    """Give what the arguments may name at each repeat; once when no argument depends on it."""
    repeat = worked_out(IntParam(name="repeat", title="Repeat", default=1), node.parameters.get("repeat", 1), variables)
    if not isinstance(repeat, int) or repeat < 1:
        raise ExpressionError(f"a network cannot stand {repeat!r} times")
    known = {**variables, COUNT: repeat}
    expressions = [value for value in given.values() if isinstance(value, str) and is_expression(value)]
    if not any(INDEX in names_in(text) for text in expressions):
        return [known]
    if repeat > MOST:
        raise ExpressionError(f"more than {MOST} repeats that differ")
    return [{**known, INDEX: index} for index in range(repeat)]


def _arguments(
    defaults: Mapping[str, Argument], given: Mapping[str, Value], variables: _Variables
) -> dict[str, Argument]:
    return {key: argument_of(key, defaults[key], given[key], variables) for key in defaults if key in given}


def _settled(param: Param, value: Value, variables: _Variables, parameters: Mapping[str, Argument]) -> Value:
    """Give a value with its expressions worked out, and a shape with parameters in the place of their names."""
    try:
        found = worked_out(param, value, variables)
        if isinstance(param, ShapeParam) and isinstance(found, tuple):
            whole = {name: size for name in parameters if isinstance(size := variables[name], int)}
            return tuple(substitute(canonical(item), dict(whole)) if isinstance(item, str) else item for item in found)
    except ExpressionError:
        return value
    return found
