"""One graph checked from end to end, reusing what an earlier check found; it must not know other graphs but by signature."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain

from engine.check.context import Context, by_role, nodes_of_role
from engine.check.costs import FAULTY, PENDING
from engine.check.nodes import judge
from engine.check.parameters import fingerprint
from engine.check.report import GraphReport, NodeReport, Problem, Signature, Trace
from engine.check.summary import summary
from engine.check.wiring import Wiring, wiring_of
from engine.graph.ids import NodeId
from engine.graph.instances import parts_of
from engine.graph.types import Graph, GraphRef, Node, Project, Recipe, graph_of
from engine.layers.catalogue import kind_of
from engine.layers.kind import Role

Signatures = Mapping[str, Signature | None]


def check_graph(project: Project, ref: GraphRef, signatures: Signatures, previous: GraphReport | None) -> GraphReport:
    """Check one graph.

    Args:
        project: recipes written out.
        ref: the graph; it is in the project.
        signatures: of the networks that stand in it; None for one that would contain itself; those missing are left out.
        previous: what an earlier check said of the graph of this name.
    """
    graph = graph_of(project, ref)
    assert graph is not None, ref
    trace = previous.trace if previous else None
    if trace is not None and fingerprint(trace.variables) != fingerprint(project.variables):
        trace = None
    beneath = networks_beneath(project, signatures)
    same = trace is not None and _alike(trace.graph, graph) and _all_alike(trace.beneath, beneath)
    if previous and trace and same and same_nested(trace.nested, signatures):
        return previous
    wiring = _wiring(graph, trace)
    roles = by_role(graph)
    context = Context(
        project=project,
        ref=ref,
        graph=graph,
        wiring=wiring,
        batch=batch_of(roles),
        roles=roles,
        signatures=signatures,
        beneath=beneath,
    )
    faults = _judge_all(context, previous if trace and trace.batch == context.batch else None)
    return summary(context, faults, trace)


def networks_beneath(project: Project, names: Iterable[str]) -> Mapping[str, Graph]:
    """Give networks with all that stand in them, however deep; those that are not there are left out."""
    found: dict[str, Graph] = {}
    todo = [name for name in names if name in project.networks]
    while todo:
        name = todo.pop()
        if name not in found:
            found[name] = project.networks[name]
            todo += [other for other in nested_networks(found[name]) if other in project.networks]
    return found


def nested_networks(graph: Graph) -> tuple[str, ...]:
    """Name the networks that stand in a network, each once, in node order."""
    names = (parts_of(node.parameters.get("network", "")) for node in nodes_of_role(graph, Role.NETWORK))
    return tuple(dict.fromkeys(chain.from_iterable(names)))


def same_nested(before: Signatures, now: Signatures) -> bool:
    """Whether the networks that stand in a graph are those of the earlier check."""
    return before.keys() == now.keys() and all(before[name] is now[name] or before[name] == now[name] for name in now)


def _all_alike(before: Mapping[str, Graph], now: Mapping[str, Graph]) -> bool:
    return before.keys() == now.keys() and all(_alike(before[name], now[name]) for name in now)


def _alike(before: Graph, now: Graph) -> bool:
    """Whether two graphs say the same; recipes are written out anew each time, so that identity is not enough."""
    if before is now:
        return True
    if before != now or any(not _same_node(before.nodes[name], node) for name, node in now.nodes.items()):
        return False
    return before.recipe is None or now.recipe is None or _same_options(before.recipe, now.recipe)


def _same_node(before: Node | None, now: Node) -> bool:
    if before is now:
        return True
    return before == now and before is not None and fingerprint(before.parameters) == fingerprint(now.parameters)


def _same_options(before: Recipe, now: Recipe) -> bool:
    return fingerprint(before.options) == fingerprint(now.options)


def batch_of(roles: Mapping[Role, tuple[Node, ...]]) -> str:
    """Give the symbol of the batch: the first dim of the first input or source that has a shape; empty for none."""
    shapes: list[object] = [
        node.parameters.get("shape", _default_shape(node.kind)) for node in roles.get(Role.INPUT, ())
    ]
    for node in roles.get(Role.SOURCE, ()):
        shapes += [spec.shape for spec in node.snapshot.outputs.values()] if node.snapshot else []
    for shape in shapes:
        first = shape[0] if isinstance(shape, tuple) and shape else None
        if isinstance(first, str) and first.isidentifier():
            return first
    return ""


def _default_shape(kind: str) -> object:
    found = kind_of(kind)
    return found.defaults.get("shape") if found else None


def _wiring(graph: Graph, trace: Trace | None) -> Wiring:
    if trace is not None:
        old = trace.wiring
        if (old.wires is graph.wires or old.wires == graph.wires) and old.ids == tuple(graph.nodes):
            return old
    return wiring_of(graph)


def _judge_all(context: Context, previous: GraphReport | None) -> dict[NodeId, tuple[Problem, ...]]:
    """Fill `context.reports`; give the problems of single nodes."""
    nodes = context.graph.nodes
    faults: dict[NodeId, tuple[Problem, ...]] = {}
    dirty: set[NodeId] | None = None
    old: Mapping[NodeId, NodeReport] = {}
    if previous is not None and previous.trace is not None:
        old = previous.nodes
        dirty = _dirty(context, previous.trace)
        context.reports.update((node, old[node]) for node in nodes if node in old)
        faults.update((node, found) for node, found in previous.trace.faults.items() if node in nodes)
    for name in context.wiring.order:
        if dirty is not None and name not in dirty:
            continue
        report, problems = judge(context, nodes[name])
        context.reports[name] = report
        faults.pop(name, None)
        if problems:
            faults[name] = problems
        if dirty is not None and not _passes_same(old.get(name), report):
            dirty.update(context.wiring.readers[name])
    _mark_cycles(context, faults)
    return faults


def _dirty(context: Context, trace: Trace) -> set[NodeId]:
    """Find the nodes whose own words, wires or networks are not those of the earlier check."""
    before = trace.graph.nodes
    nodes = context.graph.nodes
    dirty = {
        name for name, node in nodes.items() if (old := before.get(name)) is not node and not _same_node(old, node)
    }
    if trace.wiring is not context.wiring:
        feeds, earlier = context.wiring.feeds, trace.wiring.feeds
        dirty.update(name for name in nodes if feeds[name] != earlier.get(name))
        dirty.update(_off_order(trace.wiring) ^ _off_order(context.wiring))
    if not same_nested(trace.nested, context.signatures) or context.graph.models != trace.graph.models:
        dirty.update(node.id for role in (Role.NETWORK, Role.MODEL) for node in context.of_role(role))
    return dirty


def _off_order(wiring: Wiring) -> set[NodeId]:
    return set(wiring.feeds) - set(wiring.order) if wiring.cycles else set()


def _passes_same(old: NodeReport | None, new: NodeReport) -> bool:
    """Whether those who read from a node see the same: the early cut-off."""
    return old is not None and old.state is new.state and (old.outputs is new.outputs or old.outputs == new.outputs)


def _mark_cycles(context: Context, faults: dict[NodeId, tuple[Problem, ...]]) -> None:
    if len(context.wiring.order) == len(context.graph.nodes):
        return
    ordered = set(context.wiring.order)
    ring = {node for cycle in context.wiring.cycles for node in cycle}
    for node in context.graph.nodes:
        if node not in ordered:
            context.reports[node] = FAULTY if node in ring else PENDING
            faults.pop(node, None)
