"""Advice about what a training graph trains: losses and what feeds them, targets, scales; it judges no single node.

A lint follows the wires from the loss through the model into its network, and speaks on the node that is to be changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

import msgspec

from engine.check.chains import Stand, climb_from, first_where
from engine.check.context import Context, name_of
from engine.check.faults import SHAPE_KEEPING, VALUE_KEEPING
from engine.check.fixes import insert_before, remove_and_reconnect, set_parameters
from engine.check.report import Fix, NodeReport, Problem, Severity
from engine.graph.edits import SetRecipe
from engine.graph.ids import NodeId
from engine.graph.specs import TensorSpec
from engine.graph.types import Node
from engine.layers.catalogue import kind_of
from engine.layers.kind import Role

_BOUNDED: Final[Mapping[str, tuple[float, float]]] = {
    "sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "relu": (0.0, float("inf")),
    "softplus": (0.0, float("inf")),
}
"""What can come out of the kinds that bound their values."""
_REGRESSION: Final = frozenset({"mse", "l1"})
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
    last = first_where(_above(context, loss, scores), lambda key: key in VALUE_KEEPING)
    specs = [_spec(context, feeds[port]) for port in (scores, target)]
    problems: list[Problem | None] = []
    if loss.kind == "cross_entropy":
        problems.append(_doubled(context, last, "softmax", "cross-entropy", "softmax-before-cross-entropy"))
        problems += _class_lints(context, loss, scores, target, specs[0], specs[1])
    elif loss.kind == "bce_with_logits":
        problems.append(_doubled(context, last, "sigmoid", "BCE with logits", "sigmoid-before-bce"))
        problems.append(_bce_range(context, loss, target, specs[1]))
    elif loss.kind in _REGRESSION:
        problems.append(_out_of_reach(context, last, specs[1]))
    return [problem for problem in problems if problem is not None]


def _above(context: Context, node: Node, port: str) -> Iterator[Stand]:
    return climb_from(context.project, context.ref, context.graph, context.wiring, node.id, port)


def _spec(context: Context, feed: tuple[NodeId, str]) -> TensorSpec | None:
    report: NodeReport | None = context.reports.get(feed[0])
    return report.outputs.get(feed[1]) if report else None


def _doubled(context: Context, last: Stand | None, kind: str, loss: str, code: str) -> Problem | None:
    if last is None or last.node.kind != kind:
        return None
    word = {"softmax": "a softmax", "sigmoid": "a sigmoid"}[kind]
    message = (
        f"{loss[0].upper()}{loss[1:]} applies {word} itself: after {name_of(last.node)} it learns slowly. "
        f"Take {last.node.id} out"
    )
    return _on(
        context,
        last,
        code,
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
    last = first_where(_above(context, loss, scores), lambda key: key in SHAPE_KEEPING)
    if last is None or last.node.kind != "linear":
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
    last = first_where(_above(context, loss, scores), lambda key: key in SHAPE_KEEPING)
    expected, found = f"labels from 0 to {count - 1}", f"{low:g} to {high:g}"
    if low < 0 or last is None or last.node.kind != "linear":
        return context.problem(loss, "target-range", message, port=target, expected=expected, found=found)
    outputs = int(high) + 1
    fix = set_parameters(f"Set {last.node.id} to {outputs} outputs", last.ref, last.node.id, {"out_features": outputs})
    return _on(
        context, last, "target-range", message, severity=Severity.ERROR, fixes=(fix,), expected=expected, found=found
    )


def _bce_range(context: Context, loss: Node, target: str, given: TensorSpec | None) -> Problem | None:
    if given is None or given.low is None or given.high is None or (given.low >= 0 and given.high <= 1):
        return None
    message = f"BCE needs targets from 0 to 1, and these go from {given.low:g} to {given.high:g}"
    found = f"{given.low:g} to {given.high:g}"
    return context.problem(
        loss, "target-range", message, port=target, severity=Severity.WARNING, expected="0 to 1", found=found
    )


def _out_of_reach(context: Context, last: Stand | None, given: TensorSpec | None) -> Problem | None:
    if last is None or given is None or given.low is None or given.high is None:
        return None
    low, high = _BOUNDED.get(last.node.kind, (float("-inf"), float("inf")))
    if low <= given.low and given.high <= high:
        return None
    reach = f"from {low:g} to {high:g}" if high < float("inf") else f"{low:g} and above"
    message = f"{name_of(last.node)} gives values {reach}, and the targets go from {given.low:g} to {given.high:g}"
    return _on(
        context,
        last,
        "target-range",
        message,
        expected=f"{given.low:g} to {given.high:g}",
        found=reach,
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
