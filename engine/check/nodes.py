"""One node judged: kind, parameters, wires, then its rule for what comes out; it must not know the whole graph's faults."""

from __future__ import annotations

from collections.abc import Mapping

from engine.check.bypass import bypassed
from engine.check.context import Context, did_you_mean, name_of
from engine.check.costs import FAULTY, PENDING, measured
from engine.check.faults import fault_problem, smallest, too_small
from engine.check.parameters import fingerprint, settle
from engine.check.ports import gathered
from engine.check.report import NodeReport, Problem, State
from engine.check.uses import judge_use
from engine.errors import ExpressionError
from engine.graph.specs import TensorSpec
from engine.graph.types import Node
from engine.layers.catalogue import CATALOGUE, kind_of
from engine.layers.kind import Fault, LayerKind, Role
from engine.layers.params import Values

Judgement = tuple[NodeReport, tuple[Problem, ...]]


def judge(context: Context, node: Node) -> Judgement:
    """Find what is known of a node, once the nodes it reads from are in `context.reports`."""
    mark = (node.kind, node.version, fingerprint(node.parameters))
    settled = context.settled.get(mark)
    if settled is None:
        found = _declared(context, node)
        if not isinstance(found[0], LayerKind):
            return found
        settled = found
        context.settled[mark] = settled
    kind, values = settled
    if kind.role in (Role.NETWORK, Role.MODEL):
        return _passed_by(context, node, kind, judge_use(context, node, kind, values))
    ports = kind.inputs if isinstance(kind.inputs, tuple) else kind.inputs(values)
    inputs, problems = gathered(context, node, ports)
    if inputs is None:
        return (FAULTY if problems else PENDING), problems
    if problems:
        return NodeReport(state=State.PROBLEM, inputs=inputs), problems
    if kind.role is Role.SOURCE:
        return _passed_by(context, node, kind, _source(context, node, kind, values))
    key = (mark, node.bypassed, bool(node.shares), *inputs.values())
    known = context.known.get(key)
    if known is not None:
        return known, ()
    report, problems = _passed_by(context, node, kind, _inferred(context, node, kind, values, inputs))
    if not problems:
        context.known[key] = report
    return report, problems


def _passed_by(context: Context, node: Node, kind: LayerKind, found: Judgement) -> Judgement:
    return bypassed(context, node, kind, found[0]) if node.bypassed and found[0].state is State.KNOWN else found


def _declared(context: Context, node: Node) -> tuple[LayerKind, Values] | Judgement:
    kind = kind_of(node.kind)
    if kind is None:
        meant = did_you_mean(node.kind, CATALOGUE)
        message = f"{name_of(node)} is of an unknown kind, {node.kind!r}{meant or '.'} It keeps its data; install what brings it"
        return FAULTY, (context.problem(node, "unknown-kind", message),)
    if node.version > kind.version:
        message = f"{name_of(node)} was made with a newer version of {kind.title} than this program has"
        found = f"version {node.version}"
        return FAULTY, (
            context.problem(node, "newer-kind", message, expected=f"version {kind.version} or older", found=found),
        )
    if context.ref.space not in kind.spaces:
        other = "a training graph" if context.ref.space == "networks" else "a network"
        message = f"{kind.title} belongs in {other}, not here"
        return FAULTY, (context.problem(node, "wrong-space", message),)
    values = settle(context, node, kind)
    return (kind, values) if isinstance(values, Values) else (FAULTY, values)


def _source(context: Context, node: Node, kind: LayerKind, values: Values) -> Judgement:
    if node.snapshot is not None:
        return NodeReport(state=State.KNOWN, outputs=node.snapshot.outputs), ()
    outputs = kind.infer(values, {})
    if isinstance(outputs, Mapping) and outputs:
        return NodeReport(state=State.KNOWN, outputs=outputs), ()
    message = (
        outputs.message
        if isinstance(outputs, Fault)
        else f"{name_of(node)} has not been looked at yet. Choose its data"
    )
    return FAULTY, (context.problem(node, "no-data", message, expected="data", found="none chosen"),)


def _inferred(
    context: Context, node: Node, kind: LayerKind, values: Values, inputs: Mapping[str, TensorSpec]
) -> Judgement:
    try:
        found = kind.infer(values, inputs)
        if isinstance(found, Fault):
            return NodeReport(state=State.PROBLEM, inputs=inputs), (fault_problem(context, node, found),)
        outputs = {"y": found} if isinstance(found, TensorSpec) else found
        if (size := smallest(outputs)) <= 0:
            return NodeReport(state=State.PROBLEM, inputs=inputs), (too_small(context, node, outputs, size),)
        report = measured(kind, values, inputs, outputs, context.batch, owns=not node.shares)
    except ExpressionError as error:
        return NodeReport(state=State.PROBLEM, inputs=inputs), (context.problem(node, "size", str(error)),)
    return report, ()
