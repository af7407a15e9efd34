"""Drawing networks in a few words: a node is added where its inputs stand, and everything is laid out at the end."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from designer.editing.layout import arranged
from engine.graph.ids import NodeId
from engine.graph.types import Graph, GraphLayout, GraphRef, Layout, Node, Project, Value, Wire

Step = tuple[str, str, Mapping[str, Value]]
"""Kind, id and parameters of a node."""
_PORTS = "abcdefghijklmnopqrstuvw"


class Drawing:
    """One network being drawn.

    Args:
        name: of the network.
        notes: what it is; becomes its docstring.
        parameters: with their defaults.
    """

    def __init__(self, name: str, notes: str, **parameters: bool | float) -> None:
        self.name = name
        self._notes = notes
        self._parameters = parameters
        self._nodes: dict[NodeId, Node] = {}
        self._wires: list[Wire] = []
        self._ties: dict[str, str] = {}

    def input(self, name: str, shape: tuple[int | str, ...], **parameters: Value) -> str:
        """Add an input and give its id."""
        return self.node("input", name, shape=shape, **parameters)

    def node(self, kind: str, name: str, *sources: str, **parameters: Value) -> str:
        """Add a node and give its id.

        Args:
            kind: of the node.
            name: its id.
            sources: what comes in at x where it is one, at a, b, c ... where there are several: ids, or `ID.PORT` for one
                of several outputs.
            parameters: those that differ from the kind's defaults.
        """
        return self.wired(kind, name, dict(zip(_PORTS if len(sources) > 1 else "x", sources, strict=False)), parameters)

    def wired(self, kind: str, name: str, sources: Mapping[str, str], parameters: Mapping[str, Value]) -> str:
        """Add a node with what comes in by port, and give its id."""
        key = NodeId(name)
        assert key not in self._nodes, name
        self._nodes[key] = Node(id=key, kind=kind, parameters=parameters)
        for port, source in sources.items():
            node, _, output = source.partition(".")
            self._wires.append(Wire(NodeId(node), output or "y", key, port))
        return name

    def use(self, network: Drawing, name: str, *sources: str, **parameters: Value) -> str:
        """Add a use of a network and give the id of its only output."""
        ports = [node.id for node in network._nodes.values() if node.kind == "input"]
        self.wired("network", name, dict(zip(ports, sources, strict=True)), {"network": network.name, **parameters})
        outputs = [node.id for node in network._nodes.values() if node.kind == "output"]
        return f"{name}.{outputs[0]}" if len(outputs) == 1 else name

    def chain(self, source: str, *steps: Step) -> str:
        """Add nodes one behind the other and give the last one's id."""
        for kind, name, parameters in steps:
            source = self.node(kind, name, source, **parameters)
        return source

    def output(self, name: str, source: str) -> None:
        """Add an output."""
        self.node("output", name, source)

    def tie(self, tied: str, owner: str) -> None:
        """Make one parameter of two, by address."""
        self._ties[tied] = owner

    def share(self, name: str, owner: str) -> None:
        """Let a node use the weights of another one."""
        self._nodes[NodeId(name)] = msgspec.structs.replace(self._nodes[NodeId(name)], shares=owner)

    def graph(self) -> Graph:
        """Give the network as it was drawn."""
        return Graph(
            notes=self._notes,
            parameters=self._parameters,
            ties=self._ties,
            nodes=dict(self._nodes),
            wires=tuple(self._wires),
        )


def project_of(notes: str, *drawings: Drawing) -> Project:
    """Put drawings into one project, the one that stands for it first, and lay them out.

    Args:
        notes: caption of the template.
        drawings: the network itself, then those that stand in it.
    """
    project = Project(notes=notes, networks={drawing.name: drawing.graph() for drawing in drawings})
    places = {}
    for name, graph in project.networks.items():
        found = arranged(project, GraphRef("networks", name), graph, tuple(graph.nodes))
        places[name] = GraphLayout(nodes=found)
    return msgspec.structs.replace(project, layout=Layout(networks=places))
