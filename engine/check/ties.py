"""Ties: two parameters of a network that are one tensor, the right-hand one its owner; it must not know kinds."""

from __future__ import annotations

from collections.abc import Mapping

from engine.check.context import Context
from engine.check.report import Fix, NestedTensors, Problem, Signature
from engine.graph.edits import SetTies
from engine.graph.ids import NodeId
from engine.layers.kind import Weight

Tensors = Mapping[NodeId, tuple[Weight, ...] | NestedTensors]


def tie_problems(context: Context, tensors: Tensors) -> list[Problem]:
    """Find ties that join what cannot be joined."""
    if not context.graph.ties:
        return []
    known = _shapes(tensors)
    found = ((tied, owner, _fault(context, tied, owner, known)) for tied, owner in context.graph.ties.items())
    return [_problem(context, tied, owner, fault) for tied, owner, fault in found if fault]


def tied_parameters(context: Context, tensors: Tensors) -> int:
    """Count the numbers that ties leave without an owner of their own."""
    known = _shapes(tensors) if context.graph.ties else {}
    return sum(_count(known[tied]) for tied in context.graph.ties if tied in known)


def _shapes(tensors: Tensors) -> dict[str, tuple[int, ...]]:
    whole = Signature(inputs={}, outputs={}, tensors=tensors, parameters=0, multiply_adds=0, activations=0, whole=True)
    return {weight.name: weight.shape for weight in whole.weights() if not weight.buffer}


def _fault(context: Context, tied: str, owner: str, known: Mapping[str, tuple[int, ...]]) -> str:
    for name in (tied, owner):
        if name not in known:
            return f"there is no parameter {name}"
    if owner in context.graph.ties:
        return f"{owner} is tied itself, to {context.graph.ties[owner]}"
    if known[tied] != known[owner]:
        return f"{tied} is {_text(known[tied])}, {owner} is {_text(known[owner])}"
    order = context.wiring.order
    first, second = (order.index(node) for name in (owner, tied) if (node := _node(name)) in order)
    return f"{owner} comes later in the network than {tied}: the first owns" if first > second else ""


def _problem(context: Context, tied: str, owner: str, fault: str) -> Problem:
    others = {name: other for name, other in context.graph.ties.items() if name != tied}
    fixes = [Fix(title="Take the tie away", edits=(SetTies(ref=context.ref, ties=others),))]
    if "comes later" in fault:
        turned = SetTies(ref=context.ref, ties={**others, owner: tied})
        fixes.insert(0, Fix(title="Turn the tie round", edits=(turned,)))
    node = _node(tied) if _node(tied) in context.graph.nodes else None
    return context.problem(node, "tie", f"{tied} cannot be tied to {owner}: {fault}", fixes=fixes)


def _node(name: str) -> NodeId:
    return NodeId(name.partition(".")[0].partition("[")[0])


def _count(shape: tuple[int, ...]) -> int:
    total = 1
    for size in shape:
        total *= size
    return total


def _text(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) or "a number"
