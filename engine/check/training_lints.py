"""Advice about what a training graph trains: losses and what feeds them, targets, scales; it judges no single node.

A lint follows the wires from the loss through the model into its network, and speaks on the node that is to be changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import inf
from typing import Final

import msgspec

from engine.check.chains import Stand, climb_from, first_beyond, has
from engine.check.context import Context, name_of
from engine.check.fixes import insert_before, remove_and_reconnect, set_parameters
from engine.check.report import Fix, NodeReport, Problem, Severity
from engine.graph.edits import SetRecipe
from engine.graph.ids import NodeId
from engine.graph.specs import TensorSpec
from engine.graph.types import Node
from engine.layers.catalogue import CATALOGUE, kind_of
from engine.layers.kind import LayerKind, Port, Role

_WILD: Final = 10.0
"""Ratio of the columns' deviations above which training usually suffers."""


def training_lints(context: Context) -> list[Problem]:
    """Find what will train badly though it computes."""
    problems: list[Problem] = []
    for loss in context.of_role(Role.LOSS):
        problems += _loss_lints(context, loss)
    return problems + _scale_lints(context)


def _loss_lints(context: Context, loss: Node) -> list[Problem]:
    kind = kind_of(loss.kind)
    if kind is None or not isinstance(kind.inputs, tuple) or len(kind.inputs) != 2:
        return []
    scores, target = kind.inputs[0].id, kind.inputs[1].id
    feeds = context.wiring.feeds[loss.id]
    if scores not in feeds or target not in feeds:
        return []
    last = first_beyond(_above(context, loss, scores), "keeps_values")
    specs = [_spec(context, feeds[port]) for port in (scores, target)]
    problems = [_doubled(context, last, kind), _target_range(context, loss, kind.inputs[1], specs[1])]
    if "takes_classes" in kind.traits:
        problems += _class_lints(context, loss, scores, target, specs[0], specs[1])
    if "compares" in kind.traits:
        problems.append(_out_of_reach(context, last, specs[1]))
    return [problem for problem in problems if problem is not None]


def _above(context: Context, node: Node, port: str) -> Iterator[Stand]:
    return climb_from(context.project, context.ref, context.graph, context.wiring, node.id, port)


def _spec(context: Context, feed: tuple[NodeId, str]) -> TensorSpec | None:
    report: NodeReport | None = context.reports.get(feed[0])
    return report.outputs.get(feed[1]) if report else None


def _doubled(context: Context, last: Stand | None, loss: LayerKind) -> Problem | None:
    """Find what a loss does once more: the softmax that cross-entropy applies itself."""
    if last is None or not loss.applies or last.node.kind != loss.applies:
        return None
    word = CATALOGUE[loss.applies].title.lower()
    message = (
        f"{loss.title} applies {word} itself: after {name_of(last.node)} it learns slowly. Take {last.node.id} out"
    )
    return _on(
        context,
        last,
        "activation-built-in",
        message,
        expected="raw scores (logits)",
        found=f"what {last.node.id} gives",
        fixes=(remove_and_reconnect(f"Remove {last.node.id}", last.graph, last.ref, last.node.id),),
    )


def _on(
    context: Context,
    stand: Stand,
    code: str,
    message: str,
    *,
    severity: Severity = Severity.WARNING,
    expected: str = "",
    found: str = "",
    fixes: tuple[Fix, ...] = (),
) -> Problem:
    problem = context.problem(stand.node, code, message, severity=severity, expected=expected, found=found, fixes=fixes)
    return replace(problem, graph=stand.ref)


def _class_lints(
    context: Context, loss: Node, scores: str, target: str, given: TensorSpec | None, labels: TensorSpec | None
) -> list[Problem | None]:
    count = given.shape[1] if given is not None and given.rank > 1 else None
    if labels is None or not isinstance(count, int):
        return []
    classes = len(labels.classes)
    found: list[Problem | None] = []
    if classes and classes < count:
        found.append(_class_count(context, loss, scores, count, classes))
    elif labels.low is not None and labels.high is not None and (labels.low < 0 or labels.high >= count):
        found.append(_labels_outside(context, loss, scores, target, count, labels))
    return found


def _class_count(context: Context, loss: Node, scores: str, count: int, classes: int) -> Problem:
    severity = Severity.WARNING
    message = f"There are {classes} classes and {count} scores: the network must give one score per class"
    expected, found = f"{classes} scores", f"{count} scores"
    last = first_beyond(_above(context, loss, scores), "keeps_size")
    if last is None or not has(last.node, "affine"):
        return context.problem(
            loss, "outputs-classes", message, port=scores, severity=severity, expected=expected, found=found
        )
    fix = set_parameters(f"Set {last.node.id} to {classes} outputs", last.ref, last.node.id, {"out_features": classes})
    return _on(
        context, last, "outputs-classes", message, severity=severity, fixes=(fix,), expected=expected, found=found
    )


def _labels_outside(context: Context, loss: Node, scores: str, target: str, count: int, labels: TensorSpec) -> Problem:
    low, high = labels.low, labels.high
    assert low is not None
    assert high is not None
    message = f"The labels go from {low:g} to {high:g}, and {count} scores need labels from 0 to {count - 1}"
    last = first_beyond(_above(context, loss, scores), "keeps_size")
    expected, found = f"labels from 0 to {count - 1}", f"{low:g} to {high:g}"
    if low < 0 or last is None or not has(last.node, "affine"):
        return context.problem(loss, "target-range", message, port=target, expected=expected, found=found)
    outputs = int(high) + 1
    fix = set_parameters(f"Set {last.node.id} to {outputs} outputs", last.ref, last.node.id, {"out_features": outputs})
    return _on(
        context, last, "target-range", message, severity=Severity.ERROR, fixes=(fix,), expected=expected, found=found
    )


def _target_range(context: Context, loss: Node, port: Port, given: TensorSpec | None) -> Problem | None:
    """Find targets beyond the numbers that a loss is made for."""
    low, high = (-inf if port.low is None else port.low), (inf if port.high is None else port.high)
    if given is None or given.low is None or given.high is None or (given.low >= low and given.high <= high):
        return None
    wanted, found = reach(low, high), f"from {given.low:g} to {given.high:g}"
    message = f"{name_of(loss)} needs targets {wanted}, and these go {found}"
    return context.problem(
        loss, "target-range", message, port=port.id, severity=Severity.WARNING, expected=wanted, found=found
    )


def reach(low: float, high: float) -> str:
    """Write bounds as words: `from 0 to 1`, `of 0 and above`."""
    if low > -inf and high < inf:
        return f"from {low:g} to {high:g}"
    return f"of {low:g} and above" if low > -inf else f"of {high:g} and below"


def _out_of_reach(context: Context, last: Stand | None, given: TensorSpec | None) -> Problem | None:
    if last is None or given is None or given.low is None or given.high is None:
        return None
    kind = kind_of(last.node.kind)
    if kind is None or kind.gives is None or (kind.gives[0] <= given.low and given.high <= kind.gives[1]):
        return None
    found = reach(*kind.gives)
    message = f"{name_of(last.node)} gives values {found}, and the targets go from {given.low:g} to {given.high:g}"
    return _on(
        context,
        last,
        "target-range",
        message,
        expected=f"{given.low:g} to {given.high:g}",
        found=found,
        fixes=(remove_and_reconnect(f"Remove {last.node.id}", last.graph, last.ref, last.node.id),),
    )


def _scale_lints(context: Context) -> list[Problem]:
    problems = []
    for use in context.of_role(Role.MODEL):
        for port, (source, output) in context.wiring.feeds[use.id].items():
            spec = _spec(context, (source, output))
            if spec is None or spec.spread is None or spec.spread <= _WILD:
                continue
            if context.role(source) not in (Role.SOURCE, Role.TRANSFORM):
                continue
            problems.append(_wild(context, use, port, source, spec.spread))
    return problems


def _wild(context: Context, use: Node, port: str, source: NodeId, spread: float) -> Problem:
    node = context.graph.nodes[source]
    recipe = context.graph.recipe
    title = "Standardise every feature"
    if recipe is not None:
        changed = msgspec.structs.replace(recipe, options={**recipe.options, "standardise": "feature"})
        fix = Fix(title=title, edits=(SetRecipe(ref=context.ref, recipe=changed),))
    else:
        fresh = Node(id=NodeId("standardise"), kind="standardise")
        fix = insert_before(title, context.project, context.ref, use.id, port, fresh)
    message = (
        f"The features of {name_of(node)} are on wildly different scales (one varies {spread:,.0f} times as much as another). "
        "Standardise them"
    )
    return context.problem(
        node,
        "scales",
        message,
        severity=Severity.WARNING,
        expected="features that vary alike",
        found=f"a ratio of {spread:,.0f}",
        fixes=(fix,),
    )
