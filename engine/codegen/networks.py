"""Networks as classes of source, in each variant with the same keys; it must not know training graphs or files.

What a node computes comes from its kind's declaration; ids and literals are the only words of the user that enter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engine.check.checker import nested_networks, networks_in_order
from engine.check.context import nodes_of_role
from engine.check.report import GraphReport, Report, State
from engine.codegen.names import assigned, class_names, port_names
from engine.codegen.source import Source, Writer
from engine.codegen.symbols import symbols_of
from engine.codegen.verify import verify
from engine.errors import BuildError
from engine.graph.dims import Dim
from engine.graph.ids import NodeId
from engine.graph.specs import shape_text
from engine.graph.types import Graph, GraphRef, Node, Project
from engine.layers.catalogue import kind_of
from engine.layers.emission import Expr, Variant, call, name
from engine.layers.kind import Code, Emit, LayerKind, Role
from engine.layers.params import Values
from engine.layers.values import values_of

_TENSOR: Final = "torch.Tensor"
_WATCHED: Final = f"dict[str, {_TENSOR}]"


@dataclass(frozen=True, slots=True)
class _Part:
    """One node, ready to be written."""

    node: Node
    role: Role
    names: Mapping[str, Expr]
    """Expression of each output, by port."""
    code: Code
    shape: str
    repeat: int = 1


@dataclass(frozen=True, slots=True)
class _Class:
    """One network, ready to be written."""

    network: str
    title: str
    graph: Graph
    report: GraphReport
    parts: tuple[_Part, ...]
    """Those whose results are used, in order; then the others."""
    num_live: int
    inputs: tuple[NodeId, ...]
    outputs: tuple[tuple[NodeId, Expr, str], ...]
    """Id, what is returned for it, and its shape."""


def emit_networks(project: Project, report: Report, names: Sequence[str], variant: Variant = "model") -> Source:
    """Write the classes of networks, those that stand in others first.

    Args:
        project: recipes written out.
        report: what the check says of it.
        names: networks that are needed; those that stand in them come along.
        variant: `probe` also returns what every node gives, and leaves out what is not known yet.

    Raises:
        BuildError: a network has an error (`probe`: has none of its nodes known).
    """
    classes = class_names(project.networks)
    needed = needed_networks(project, names)
    written = [_planned(project, report, network, classes, variant) for network in needed]
    imports = {"import torch", "from torch import nn"}
    imports |= {line for plan in written for part in plan.parts for line in part.code.imports}
    writer = Writer()
    word = {
        "model": "Networks",
        "probe": "Networks that also return what every node gives",
        "export": "Networks to export",
    }
    writer.line(f'"""{word[variant]}; written by Netwright."""')
    writer.line()
    for line in import_block(imports):
        writer.line(line)
    for plan in written:
        writer.line()
        writer.line()
        _write_class(writer, plan, variant)
    return verify(writer.source())


def needed_networks(project: Project, names: Iterable[str]) -> tuple[str, ...]:
    """Name networks and all that stand in them, each after those that stand in it."""
    needed: set[str] = set()
    todo = list(names)
    while todo:
        network = todo.pop()
        if network in needed:
            continue
        if network not in project.networks:
            raise BuildError(f"there is no network {network!r}")
        needed.add(network)
        todo += nested_networks(project.networks[network])
    return tuple(network for network in networks_in_order(project) if network in needed)


def import_block(lines: Iterable[str]) -> list[str]:
    """Sort import lines as `ruff` does: plain ones first; ours, in a block of their own, last."""
    unique = sorted(set(lines), key=lambda line: (line.startswith("from "), line.lower()))
    ours = [line for line in unique if line.split()[1].split(".")[0] in _OWN]
    others = [line for line in unique if line not in ours]
    return [*others, *([""] if ours and others else []), *ours]


_OWN: Final = frozenset({"engine", "loop", "model", "scores", "sources", "training", "transforms", "data"})


def _planned(project: Project, report: Report, network: str, classes: Mapping[str, str], variant: Variant) -> _Class:
    graph = project.networks[network]
    found = report.graphs[GraphRef("networks", network)]
    if found.trace is None or (variant != "probe" and not (found.signature and found.signature.whole)):
        raise BuildError("the network has problems", where=f"networks.{network}", remedy="Mend them first")
    symbols = symbols_of({str(n.id): found.nodes[n.id].outputs["y"] for n in nodes_of_role(graph, Role.INPUT)})
    known = [node for node in found.order if found.nodes[node].state is State.KNOWN]
    live = found.trace.live
    ordered = [node for node in known if node in live] + [node for node in known if node not in live]
    values: dict[NodeId, Mapping[str, Expr]] = {}
    parts = []
    outputs = []
    for name_ in ordered:
        node = graph.nodes[name_]
        kind = kind_of(node.kind)
        assert kind is not None, node.kind
        feeds = found.trace.wiring.feeds[name_]
        if kind.role is Role.OUTPUT:
            source, port = feeds["x"]
            outputs.append((name_, values[source][port], shape_text(found.nodes[name_].inputs["x"])))
            continue
        specs = found.nodes[name_].outputs
        values[name_] = port_names(name_, specs, graph.nodes)
        entered = {port: values[source][output] for port, (source, output) in feeds.items()}
        if kind.role is Role.INPUT:
            continue
        part_values = values_of(kind, node, project.variables)
        code = _code(node, kind, part_values, found, entered, symbols, classes, variant)
        shape = ", ".join(shape_text(spec) for spec in specs.values())
        repeat = part_values.integer("repeat") if kind.role is Role.NETWORK else 1
        parts.append(_Part(node, kind.role, values[name_], code, shape, repeat))
    order = {node: index for index, node in enumerate(graph.nodes)}
    return _Class(
        network=network,
        title=classes[network],
        graph=graph,
        report=found,
        parts=tuple(parts),
        num_live=sum(part.node.id in live for part in parts),
        inputs=tuple(node.id for node in nodes_of_role(graph, Role.INPUT)),
        outputs=tuple(sorted(outputs, key=lambda output: order[output[0]])),
    )


def _code(
    node: Node,
    kind: LayerKind,
    values: Values,
    report: GraphReport,
    entered: Mapping[str, Expr],
    symbols: Mapping[Dim, Expr],
    classes: Mapping[str, str],
    variant: Variant,
) -> Code:
    module = module_path(node)
    if kind.role is Role.NETWORK:
        title = classes[values.text("network")]
        ports = list(report.nodes[node.id].inputs)
        return Code(forward=call(module, *(entered[port] for port in ports)), module=call(title))
    found = report.nodes[node.id]
    use = Emit(
        values=values,
        specs=found.inputs,
        outputs=found.outputs,
        names=entered,
        self=module,
        symbols={str(dim): expr for dim, expr in symbols.items()},
        variant=variant,
    )
    code = kind.emit(use)
    if node.bypassed:
        return Code(forward=next(iter(entered.values())), module=code.module, imports=code.imports)
    return code


def module_path(node: Node) -> Expr:
    """Give the expression of the module a node calls: its own, or that of the node it shares with."""
    if not node.shares:
        return name(f"self.{node.id}")
    path = "self"
    for step in node.shares.split("."):
        ident, _, index = step.partition("[")
        path = name(f"self.{ident}").text.replace("self", path, 1)
        path += f"[{int(index.removesuffix(']'))}]" if index else ""
    return Expr(path)


def _write_class(writer: Writer, plan: _Class, variant: Variant) -> None:
    writer.line(f"class {plan.title}(nn.Module):")
    writer.docstring(plan.graph.notes or f"Network {plan.network}.", level=1)
    writer.line()
    writer.line("def __init__(self) -> None:", level=1)
    writer.line("super().__init__()", level=2)
    for part in _in_node_order(plan):
        if part.code.module is None or part.node.shares:
            continue
        module = part.code.module.text
        if part.repeat > 1:
            module = f"nn.ModuleList([{module} for _ in range({part.repeat})])"
        writer.statement(f"self.{part.node.id} = {module}", level=2, address=f"{plan.network}.{part.node.id}")
    writer.line()
    _write_forward(writer, plan, variant)


def _in_node_order(plan: _Class) -> list[_Part]:
    place = {node: index for index, node in enumerate(plan.report.order)}
    return sorted(plan.parts, key=lambda part: place[part.node.id])


def _write_forward(writer: Writer, plan: _Class, variant: Variant) -> None:
    probe = variant == "probe"
    returned = _TENSOR if len(plan.outputs) == 1 else f"tuple[{', '.join([_TENSOR] * len(plan.outputs)) or '()'}]"
    parameters = "".join(f", {node}: {_TENSOR}" for node in plan.inputs)
    arrow = f"tuple[{returned}, {_WATCHED}]" if probe else returned
    writer.statement(f"def forward(self{parameters}) -> {arrow}:", level=1)
    if probe:
        first = ", ".join(f'"{node}": {node}' for node in plan.inputs)
        writer.statement(f"watched: {_WATCHED} = {{{first}}}", level=2)
    for part in plan.parts if probe else plan.parts[: plan.num_live]:
        _write_part(writer, plan, part, probe=probe)
    given = ", ".join(expr.text for _, expr, _ in plan.outputs)
    value = given if len(plan.outputs) == 1 else f"({given})"
    if probe:
        for node, expr, _ in plan.outputs:
            writer.statement(f'watched["{node}"] = {expr.text}', level=2)
        writer.statement(f"return {value}, watched", level=2)
        return
    address = f"{plan.network}.{plan.outputs[0][0]}" if plan.outputs else ""
    comment = ", ".join(f"{node}: {shape}" for node, _, shape in plan.outputs)
    writer.statement(f"return {given}", level=2, comment=comment, address=address)


def _write_part(writer: Writer, plan: _Class, part: _Part, *, probe: bool) -> None:
    address = f"{plan.network}.{part.node.id}"
    target = assigned(part.names)
    watched = next(iter(part.names.values())).text
    if part.role is Role.NETWORK and not part.node.bypassed:
        _write_network(writer, plan, part, target, probe=probe)
    else:
        comment = "bypassed" if part.node.bypassed else part.shape
        writer.statement(f"{target} = {part.code.forward.text}", level=2, comment=comment, address=address)
    if probe:
        writer.statement(f'watched["{part.node.id}"] = {watched}', level=2, address=address)


def _write_network(writer: Writer, plan: _Class, part: _Part, target: str, *, probe: bool) -> None:
    address = f"{plan.network}.{part.node.id}"
    forward = part.code.forward.text
    inside = ", _inside" if probe else ""
    several = probe and ", " in target
    left = f"({target})" if several else target
    if part.repeat == 1:
        writer.statement(f"{left}{inside} = {forward}", level=2, comment=part.shape, address=address)
        if probe:
            words = f'{{f"{part.node.id}.{{_key}}": _value for _key, _value in _inside.items()}}'
            writer.statement(f"watched.update({words})", level=2)
        return
    module, _, arguments = forward.partition("(")
    block = "block" if "block" not in plan.graph.nodes else "_block"
    writer.statement(f"{target} = {arguments.removesuffix(')')}", level=2, address=address)
    if not probe:
        writer.statement(f"for {block} in {module}:", level=2, address=address)
        writer.statement(f"{target} = {block}({target})", level=3, comment=part.shape, address=address)
        return
    writer.statement(f"for _index, {block} in enumerate({module}):", level=2, address=address)
    writer.statement(f"{left}, _inside = {block}({target})", level=3, comment=part.shape, address=address)
    words = f'{{f"{part.node.id}[{{_index}}].{{_key}}": _value for _key, _value in _inside.items()}}'
    writer.statement(f"watched.update({words})", level=3)
