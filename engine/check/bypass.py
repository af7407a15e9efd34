"""What can be bypassed, so that what flows in flows out; it must not know how a node's outputs are found."""

from __future__ import annotations

from typing import Final

import msgspec

from engine.check.context import Context, name_of
from engine.check.report import Fix, NodeReport, Problem, State
from engine.graph.edits import SetBypassed
from engine.graph.specs import shape_text
from engine.graph.types import Node
from engine.layers.kind import LayerKind, Role

_ROLES: Final = (Role.LAYER, Role.NETWORK)


def bypass_fault(kind: LayerKind | None, used: NodeReport | None) -> str:
    """Say why a node of a kind cannot be bypassed, as the end of a sentence; empty where it can.

    Args:
        kind: its kind.
        used: what is known of it when it is not bypassed.
    """
    if kind is None or kind.role not in _ROLES:
        return "only layers and networks can be"
    if used is None or used.state is not State.KNOWN:
        return "what flows through it is not known"
    entered, left = tuple(used.inputs.values()), tuple(used.outputs.values())
    if len(entered) != 1 or len(left) != 1:
        return "not one value flows in and one out"
    if (entered[0].shape, entered[0].dtype) != (left[0].shape, left[0].dtype):
        return "what comes out differs from what goes in"
    return ""


def bypassed(context: Context, node: Node, kind: LayerKind, used: NodeReport) -> tuple[NodeReport, tuple[Problem, ...]]:
    """Judge a bypassed node by what is known of it in use: what goes in comes out, at no cost."""
    fault = bypass_fault(kind, used)
    if not fault:
        through = dict(zip(used.outputs, used.inputs.values(), strict=True))
        return msgspec.structs.replace(used, outputs=through, multiply_adds=0), ()
    fix = Fix(title="Use the node again", edits=(SetBypassed(ref=context.ref, ids=(node.id,), bypassed=False),))
    entered, left = next(iter(used.inputs.values()), None), next(iter(used.outputs.values()), None)
    problem = context.problem(
        node,
        "bypass",
        f"{name_of(node)} cannot be bypassed: {fault}",
        expected=shape_text(entered) if entered else "one input",
        found=shape_text(left) if left else "no output",
        fixes=(fix,),
    )
    return NodeReport(state=State.PROBLEM, inputs=used.inputs), (problem,)
