"""Networks made ready to be written: what every node computes as an expression, in order; it must not know layout of text."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.check.checker import networks_in_order
from engine.check.context import nodes_of_role
from engine.check.graphs import networks_beneath
from engine.check.report import GraphReport, NodeReport, Report, Severity, State
from engine.check.wiring import Wiring
from engine.codegen.arguments import Constructor, by_index
from engine.codegen.loops import Loop, entering, loop_of
from engine.codegen.names import port_names
from engine.codegen.symbols import symbols_of
from engine.errors import BuildError
from engine.graph.ids import NodeId
from engine.graph.instances import origin_of, parts_of
from engine.graph.specs import shape_text
from engine.graph.types import Graph, GraphRef, Node, Project, Value
from engine.layers.catalogue import kind_of
from engine.layers.emission import Expr, Variant, call, literal, name
from engine.layers.kind import Code, Emit, LayerKind, Role
from engine.layers.params import Values
from engine.layers.values import values_of


@dataclass(frozen=True, slots=True)
class Part:
    """One node, ready to be written."""

    node: Node
    role: Role
    names: Mapping[str, Expr]
    """Expression of each output, by port."""
    code: Code
    shape: str
    values: Mapping[str, Value]
    """Of its parameters; of a network, the arguments of its class."""
    repeat: int = 1
    loop: Loop | None = None
    """Of a network that is run along an axis."""


@dataclass(frozen=True, slots=True)
class Returned:
    """One output of a network."""

    node: NodeId
    value: Expr
    shape: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassPlan:
    """One network, ready to be written."""

    network: str
    title: str
    """Name of its class."""
    graph: Graph
    parts: tuple[Part, ...]
    """Nodes whose results are used, in order; then the others."""
    num_live: int
    in_order: tuple[Part, ...]
    """All parts in the one order in which every variant builds their modules."""
    inputs: tuple[NodeId, ...]
    outputs: tuple[Returned, ...]
    arguments: Mapping[str, Value] = field(default_factory=dict)
    """Of the class, with their defaults."""
    kept: tuple[str, ...] = ()
    """Arguments that the forward pass needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
    """What the nodes of one network have in common."""

    project: Project
    report: Report
    graph: Graph
    nodes: Mapping[NodeId, NodeReport]
    wiring: Wiring
    constructors: Mapping[str, Constructor]
    symbols: Mapping[str, Expr]
    like: Expr | None
    variant: Variant


def needed_networks(project: Project, names: Collection[str]) -> tuple[str, ...]:
    """Name networks and all that stand in them, each after those that stand in it.

    Raises:
        BuildError: one is not in the project.
    """
    missing = [name for name in names if name not in project.networks]
    if missing:
        raise BuildError(f"there is no network {missing[0]!r}")
    needed = networks_beneath(project, names)
    return tuple(network for network in networks_in_order(project) if network in needed)


def planned(
    project: Project,
    report: Report,
    network: str,
    title: str,
    constructors: Mapping[str, Constructor],
    variant: Variant,
) -> ClassPlan:
    """Make a network ready.

    Args:
        project: recipes written out.
        report: what the check says of it.
        network: which one.
        title: name of its class.
        constructors: of the networks that stand in it.
        variant: `probe` leaves out what is not known; the others need a network without errors.

    Raises:
        BuildError: the network has an error.
    """
    graph = project.networks[network]
    found = report.graphs[GraphRef("networks", network)]
    if found.trace is None or (variant != "probe" and not (found.signature and found.signature.whole)):
        where = f"networks.{origin_of(network)}"
        raise BuildError("the network has problems", where=where, remedy="Mend them first")
    inputs = [node for node in nodes_of_role(graph, Role.INPUT) if found.nodes[node.id].state is State.KNOWN]
    symbols = symbols_of({str(node.id): found.nodes[node.id].outputs["y"] for node in inputs})
    setting = _Setting(
        project=project,
        report=report,
        graph=graph,
        nodes=found.nodes,
        wiring=found.trace.wiring,
        constructors=constructors,
        symbols={str(dim): expr for dim, expr in symbols.items()},
        like=name(inputs[0].id) if inputs else None,
        variant=variant,
    )
    return _class_plan(setting, found, network, title)


def _class_plan(setting: _Setting, report: GraphReport, network: str, title: str) -> ClassPlan:
    assert report.trace is not None
    live = report.trace.live
    faulty = {problem.node for problem in report.problems if problem.severity is Severity.ERROR}
    values: dict[NodeId, Mapping[str, Expr]] = {}
    parts: list[Part] = []
    outputs: list[Returned] = []
    for node_id in report.order:
        found = setting.nodes[node_id]
        feeds = setting.wiring.feeds[node_id]
        if (
            found.state is not State.KNOWN
            or node_id in faulty
            or any(source not in values for source, _ in feeds.values())
        ):
            continue
        node = setting.graph.nodes[node_id]
        kind = kind_of(node.kind)
        assert kind is not None, node.kind
        entered = {port: values[source][output] for port, (source, output) in feeds.items()}
        if kind.role is Role.OUTPUT:
            outputs.append(Returned(node_id, entered["x"], shape_text(found.inputs["x"])))
            continue
        values[node_id] = port_names(node_id, found.outputs, setting.graph.nodes)
        if kind.role is not Role.INPUT:
            parts.append(_part(setting, node, kind, values[node_id], entered))
    used = [part for part in parts if part.node.id in live]
    place = {node: index for index, node in enumerate(setting.graph.nodes)}
    return ClassPlan(
        network=network,
        title=title,
        graph=setting.graph,
        parts=(*used, *(part for part in parts if part.node.id not in live)),
        num_live=len(used),
        in_order=tuple(parts),
        inputs=tuple(node.id for node in nodes_of_role(setting.graph, Role.INPUT)),
        outputs=tuple(sorted(outputs, key=lambda output: place[output.node])),
    )


def _part(
    setting: _Setting, node: Node, kind: LayerKind, names: Mapping[str, Expr], entered: Mapping[str, Expr]
) -> Part:
    values = values_of(kind, node, setting.project.variables)
    found = setting.nodes[node.id]
    shape = ", ".join(shape_text(spec) for spec in found.outputs.values())
    module = module_path(node)
    if kind.role is Role.NETWORK:
        repeat = values.integer("repeat")
        makers = [setting.constructors[network] for network in parts_of(values.text("network"))]
        if values.integer("along"):
            return _looped(setting, node, values, Part(node, kind.role, names, Code(module), shape, {}), entered)
        code = Code(forward=call(module, *(entered[port] for port in found.inputs)), module=_made(makers, repeat))
        return Part(node, kind.role, names, _through(node, code, entered), shape, makers[0].arguments, repeat)
    use = Emit(
        values=values,
        specs=found.inputs,
        outputs=found.outputs,
        names=entered,
        self=module,
        symbols=setting.symbols,
        like=setting.like,
        variant=setting.variant,
    )
    given = {param.name: values.raw(param.name) for param in kind.parameters}
    return Part(node, kind.role, names, _through(node, kind.emit(use), entered), shape, given)


def _looped(setting: _Setting, node: Node, values: Values, part: Part, entered: Mapping[str, Expr]) -> Part:
    """Make a network ready that is run along an axis."""
    network = values.text("network")
    signature = setting.report.graphs[GraphRef("networks", network)].signature
    assert signature is not None, network
    inputs = setting.nodes[node.id].inputs
    loop = loop_of(setting.project.networks[network], signature, inputs, values.integer("along"))
    maker = setting.constructors[network]
    code = Code(forward=call(part.code.forward, *entering(loop, signature, inputs, entered)), module=maker.text)
    return replace(part, code=_through(node, code, entered), values=maker.arguments, loop=loop)


def _made(makers: Sequence[Constructor], repeat: int) -> Expr:
    """Write the module of a node that stands for a network: one, or a list of one for every repeat."""
    first = makers[0]
    if repeat == 1:
        return first.text
    if len(makers) == 1:
        return Expr(f"nn.ModuleList([{first.text} for _ in range({repeat})])")
    if any(maker.title != first.title for maker in makers):
        return Expr(f"nn.ModuleList([{', '.join(maker.text.text for maker in makers)}])")
    given = {key: tuple(maker.arguments[key] for maker in makers) for key in first.arguments}
    given = {
        key: column for key, column in given.items() if any(literal(v) != literal(first.defaults[key]) for v in column)
    }
    varying = {key: column for key, column in given.items() if len({literal(value) for value in column}) > 1}
    forms = {key: by_index(column) for key, column in varying.items()}
    if all(forms.values()):
        words = {key: forms.get(key) or literal(column[0]).text for key, column in given.items()}
        where = f"for i in range({repeat})"
    else:
        words = {key: f"{key}_i" if key in varying else literal(column[0]).text for key, column in given.items()}
        rows = tuple(zip(*varying.values(), strict=True))
        told = [literal(row if len(varying) > 1 else row[0]).text for row in rows]
        where = f"for {', '.join(f'{key}_i' for key in varying)} in ({', '.join(told)})"
    inner = ", ".join(f"{key}={word}" for key, word in words.items())
    return Expr(f"nn.ModuleList([{first.title}({inner}) {where}])")


def _through(node: Node, code: Code, entered: Mapping[str, Expr]) -> Code:
    """Let what comes in pass unchanged where a node is bypassed; its module stays."""
    if not node.bypassed:
        return code
    return replace(code, forward=next(iter(entered.values())))


def module_path(node: Node) -> Expr:
    """Give the expression of the module a node calls: its own, or that of the node it shares with."""
    if not node.shares:
        return name(f"self.{node.id}")
    path = "self"
    for step in node.shares.split("."):
        ident, _, index = step.partition("[")
        path += f".{name(ident).text}"
        path += f"[{int(index.removesuffix(']'))}]" if index else ""
    return Expr(path)
