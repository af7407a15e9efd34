"""What can be wrong with a graph whatever its nodes compute: cycles, doubled wires, dead ends, ids, sharing."""

from __future__ import annotations

from engine.check.context import Context, did_you_mean, name_of
from engine.check.fixes import append_after, remove_wires, set_parameters
from engine.check.parameters import settle
from engine.check.report import Fix, Problem, Severity, State
from engine.check.wiring import upstream_of
from engine.graph.edits import RemoveNodes, SetShares
from engine.graph.ids import NodeId, fault_of
from engine.graph.instances import parts_of
from engine.graph.types import Graph, Node, Project
from engine.layers.catalogue import kind_of
from engine.layers.kind import Role
from engine.layers.params import Values

SINKS = (Role.OUTPUT, Role.OBJECTIVE, Role.METRIC)
"""Where results leave a graph."""


def wire_problems(context: Context) -> list[Problem]:
    """Find cycles, second wires into a port, and wires that lead nowhere."""
    wiring, graph, ref = context.wiring, context.graph, context.ref
    problems = [_cycle(context, nodes) for nodes in wiring.cycles]
    for wire in wiring.second:
        first = wiring.feeds[wire.target][wire.input][0]
        message = f"Two wires come in at input {wire.input} of {name_of(graph.nodes[wire.target])}: a port takes one"
        fixes = (
            remove_wires(f"Remove the wire from {wire.source}", ref, (wire,)),
            *(
                remove_wires(f"Remove the wire from {first}", ref, (one,))
                for one in graph.wires
                if (one.target, one.input, one.source) == (wire.target, wire.input, first)
            ),
        )
        problems.append(
            context.problem(
                wire.target,
                "two-wires",
                message,
                port=wire.input,
                expected="one wire",
                found=f"wires from {first} and {wire.source}",
                fixes=fixes,
            )
        )
    for wire in wiring.dangling:
        missing = wire.source if wire.source not in graph.nodes else wire.target
        there = wire.target if wire.target in graph.nodes else wire.source if wire.source in graph.nodes else None
        message = f"A wire leads to {missing!r}, which is not there{did_you_mean(missing, graph.nodes)}"
        fixes = (remove_wires("Remove the wire", ref, (wire,)),)
        problems.append(context.problem(there, "dangling-wire", message, found=missing, fixes=fixes))
    return problems


def _cycle(context: Context, nodes: tuple[NodeId, ...]) -> Problem:
    ring = set(nodes)
    closing = [wire for wire in context.graph.wires if wire.source in ring and wire.target in ring][-1]
    around = " → ".join((*nodes, nodes[0]))
    return context.problem(
        closing.target,
        "cycle",
        f"These nodes feed one another in a circle: {around}. Remove one of the wires",
        port=closing.input,
        expected="wires that lead from the inputs to the outputs",
        found=around,
        fixes=(remove_wires(f"Remove the wire from {closing.source} to {closing.target}", context.ref, (closing,)),),
    )


def id_problems(context: Context) -> list[Problem]:
    """Find ids that cannot stand in source."""
    return [
        context.problem(node, "bad-id", f"{str(node)[:80]!r} cannot be an id: {fault}")
        for node in context.graph.nodes
        if (fault := fault_of(node))
    ]


def live_nodes(context: Context) -> frozenset[NodeId]:
    """Give the nodes whose results are used: those that something leaving the graph depends on."""
    return upstream_of(context.wiring, [node.id for role in SINKS for node in context.of_role(role)])


def unused_problems(context: Context, live: frozenset[NodeId]) -> list[Problem]:
    """Find nodes whose result reaches no output, but for the last one in each dead branch's middle."""
    problems = []
    for name in context.wiring.ids if len(live) < len(context.wiring.ids) else ():
        node = context.graph.nodes[name]
        if node.id in live or context.role(node.id) in (None, Role.SOURCE, Role.INPUT):
            continue
        if not context.wiring.feeds[node.id] or any(node.id in cycle for cycle in context.wiring.cycles):
            continue
        if context.wiring.readers[node.id]:
            continue
        problems.append(_unused(context, node))
    return problems


def _unused(context: Context, node: Node) -> Problem:
    fixes = [Fix(title="Remove it", edits=(RemoveNodes(ref=context.ref, ids=(node.id,)),))]
    known = context.reports.get(node.id)
    where = "an objective or metric"
    if context.ref.space == "networks":
        where = "an output"
        if known and known.state is State.KNOWN and known.outputs:
            output = Node(id=NodeId("out"), kind="output")
            port = next(iter(known.outputs))
            fixes.insert(0, append_after("Add an output", context.project, context.ref, node.id, port, output))
    message = (
        f"What {name_of(node)} computes reaches no output"
        if where == "an output"
        else (f"What {name_of(node)} computes reaches {where.replace('an ', 'no ')}")
    )
    return context.problem(
        node, "unused", message, severity=Severity.WARNING, expected=f"a way to {where}", fixes=fixes
    )


def sharing_problems(context: Context) -> dict[NodeId, tuple[Problem, ...]]:
    """Find nodes that share weights with something they cannot share with."""
    found: dict[NodeId, tuple[Problem, ...]] = {}
    for node in context.graph.nodes.values():
        if node.shares:
            problem = _sharing(context, node)
            if problem:
                found[node.id] = (problem,)
    return found


def _sharing(context: Context, node: Node) -> Problem | None:
    own = Fix(title="Give it its own weights", edits=(SetShares(ref=context.ref, id=node.id, address=""),))
    owner = owner_of(context.project, context.graph, node.shares)
    if owner is None:
        message = f"{name_of(node)} shares weights with {node.shares!r}, which is not there"
        return context.problem(node, "shares", message, found=node.shares, fixes=(own,))
    if owner is node or owner.shares == node.id:
        message = f"{name_of(node)} shares weights with itself, so that nobody owns them"
        return context.problem(node, "shares", message, found=node.shares, fixes=(own,))
    if owner.shares:
        message = f"{name_of(node)} shares weights with {node.shares}, which itself shares with {owner.shares}"
        onward = Fix(
            title=f"Share with {owner.shares}",
            edits=(SetShares(ref=context.ref, id=node.id, address=owner.shares),),
        )
        return context.problem(node, "shares", message, fixes=(onward, own) if "." not in node.shares else (own,))
    if owner.kind != node.kind:
        message = f"{name_of(node)} shares weights with {node.shares}, which is of another kind"
        return context.problem(node, "shares", message, expected=node.kind, found=owner.kind, fixes=(own,))
    return _sharing_fit(context, node, owner, own)


def _sharing_fit(context: Context, node: Node, owner: Node, own: Fix) -> Problem | None:
    kind = kind_of(node.kind)
    if kind is None:
        return None
    mine, theirs = settle(context, node, kind), settle(context, owner, kind)
    if not isinstance(mine, Values) or not isinstance(theirs, Values):
        return None
    differing = [param for param in kind.parameters if mine.raw(param.name) != theirs.raw(param.name)]
    if differing:
        names = ", ".join(param.title.lower() for param in differing)
        values = {param.name: owner.parameters.get(param.name) for param in differing}
        same = set_parameters(f"Take them from {node.shares}", context.ref, node.id, values)
        message = f"{name_of(node)} shares the module of {node.shares} and differs from it in {names}"
        return context.problem(node, "shares", message, fixes=(same, own))
    here, there = context.reports.get(node.id), context.reports.get(owner.id)
    if here and there and here.state is State.KNOWN and there.state is State.KNOWN and kind.role is Role.LAYER:
        wanted, owned = kind.weights(mine, here.inputs), kind.weights(theirs, there.inputs)
        if "." not in node.shares and wanted != owned:
            message = f"{name_of(node)} needs other weights than those of {node.shares}"
            shown = [", ".join(f"{w.name} {w.shape}" for w in group) for group in (wanted, owned)]
            return context.problem(node, "shares", message, expected=shown[0], found=shown[1], fixes=(own,))
    return None


def owner_of(project: Project, graph: Graph, address: str) -> Node | None:
    """Give the node that an address inside a network names; None when it names none."""
    current: Graph | None = graph
    node: Node | None = None
    for step in address.split("."):
        name, _, index = step.partition("[")
        node = current.nodes.get(NodeId(name)) if current else None
        if node is None:
            return None
        kind = kind_of(node.kind)
        nested = kind is not None and kind.role is Role.NETWORK
        repeat = node.parameters.get("repeat", 1) if nested else 1
        if bool(index) != (isinstance(repeat, int) and repeat > 1) and nested:
            return None
        parts = parts_of(node.parameters.get("network", ""))
        part = parts[int(index.removesuffix("]") or 0) % len(parts)]
        current = project.networks.get(part) if nested else None
    return node
