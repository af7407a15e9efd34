"""What a kind's rule says, made a problem with edits: on the node itself, or on the one upstream that has to change.

A loss that gets too few scores speaks on the linear layer that gives them, inside the network. No rules in here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.check.chains import Stand, climb_from, first_beyond
from engine.check.context import Context, name_of
from engine.check.fixes import insert_before, set_parameters
from engine.check.report import Fix, Problem
from engine.graph.ids import NodeId
from engine.graph.specs import TensorSpec, shape_text
from engine.graph.types import Node
from engine.layers.catalogue import kind_of
from engine.layers.kind import Fault, Hint


def fault_problem(context: Context, node: Node, fault: Fault) -> Problem:
    """Make a problem of what a rule says, with its hints as edits."""
    found = [_fix(context, node, hint) for hint in fault.hints]
    stands = [stand for stand, _ in found if stand is not None]
    problem = context.problem(
        node,
        "outputs-classes" if fault.code == "classes" else fault.code,
        fault.message,
        port=fault.port or None,
        expected=fault.expected,
        found=fault.found,
        fixes=[fix for _, fix in found if fix is not None],
    )
    return replace(problem, graph=stands[0].ref, node=stands[0].node.id, port=None) if stands else problem


def _fix(context: Context, node: Node, hint: Hint) -> tuple[Stand | None, Fix | None]:
    """Give a hint's edits, and the node they are for when it is another one."""
    kind = kind_of(node.kind)
    if hint.set_parameter and kind is not None and hint.set_parameter in kind.defaults:
        return None, set_parameters(hint.title, context.ref, node.id, {hint.set_parameter: hint.to})
    if hint.set_parameter:
        above = climb_from(context.project, context.ref, context.graph, context.wiring, node.id, hint.port)
        stand = first_beyond(above, "keeps_size")
        found = kind_of(stand.node.kind) if stand else None
        if stand is None or found is None or hint.set_parameter not in found.defaults:
            return None, None
        return stand, set_parameters(hint.title, stand.ref, stand.node.id, {hint.set_parameter: hint.to})
    if hint.insert and hint.port in context.wiring.feeds[node.id]:
        new = Node(id=NodeId(hint.insert), kind=hint.insert, parameters=hint.parameters)
        return None, insert_before(hint.title, context.project, context.ref, node.id, hint.port, new)
    return None, None


def smallest(specs: Mapping[str, TensorSpec]) -> int:
    """Give the smallest known size of some specs; 1 where none is known."""
    return min((dim for spec in specs.values() for dim in spec.shape if type(dim) is int), default=1)


def too_small(context: Context, node: Node, specs: Mapping[str, TensorSpec], size: int) -> Problem:
    """Say that an output would have no numbers left."""
    found = next(spec for spec in specs.values() if size in spec.shape)
    message = f"Nothing would be left after {name_of(node)}: a size would be {size}"
    return context.problem(node, "shape", message, expected="sizes of at least 1", found=shape_text(found))
