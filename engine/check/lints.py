"""Advice about networks that compute, but not as people hope; it must not know training graphs.

*Source:* dropout before batch norm: Li et al. 2019, "Understanding the disharmony between dropout and batch normalization".
"""

from __future__ import annotations

from engine.check.chains import climb, has
from engine.check.context import Context, name_of
from engine.check.fixes import insert_before, swap
from engine.check.report import Fix, Problem, Severity
from engine.graph.ids import NodeId
from engine.graph.types import Node
from engine.layers.kind import Trait


def network_lints(context: Context) -> list[Problem]:
    """Find linear layers without an activation between them, and dropout before batch norm."""
    problems = []
    for node in context.graph.nodes.values():
        if has(node, "affine"):
            problems += _linear_after_linear(context, node)
        elif has(node, "batch_statistics"):
            problems += _dropout_before_norm(context, node)
    return problems


def _nearest(context: Context, node: Node, *passing: Trait) -> Node | None:
    feed = context.wiring.feeds[node.id].get("x")
    if feed is None:
        return None
    above = climb(context.wiring, context.graph, feed[0])
    return next((found for found in above if not found.bypassed and not has(found, *passing)), None)


def _linear_after_linear(context: Context, node: Node) -> list[Problem]:
    before = _nearest(context, node, "keeps_values", "drops")
    if before is None or not has(before, "affine"):
        return []
    relu = Node(id=NodeId("relu"), kind="relu")
    fix = insert_before("Insert a ReLU", context.project, context.ref, node.id, "x", relu)
    message = f"{name_of(before)} and {name_of(node)} follow each other without an activation: together they are one linear layer"
    return [
        context.problem(
            node,
            "no-activation",
            message,
            port="x",
            severity=Severity.HINT,
            expected="an activation between two linear layers",
            found=f"{before.id} → {node.id}",
            fixes=(fix,),
        )
    ]


def _dropout_before_norm(context: Context, node: Node) -> list[Problem]:
    before = _nearest(context, node, "keeps_values", "local")
    if before is None or not has(before, "drops"):
        return []
    fixes: list[Fix] = []
    if context.wiring.feeds[node.id].get("x", ("", ""))[0] == before.id and context.wiring.feeds[before.id]:
        fixes = [swap(f"Put {node.id} before {before.id}", context.graph, context.ref, before.id, node.id)]
    message = (
        f"{name_of(before)} stands before {name_of(node)}: batch norm then learns statistics of thinned-out values, "
        "which are others in evaluation. Put the dropout after it"
    )
    return [
        context.problem(
            node,
            "dropout-before-norm",
            message,
            port="x",
            severity=Severity.WARNING,
            expected="dropout after batch norm",
            found=f"{before.id} → {node.id}",
            fixes=fixes,
        )
    ]
