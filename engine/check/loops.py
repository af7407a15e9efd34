"""A network run step by step along an axis, with what it carries from one step to the next.

An input `hidden` and an output `hidden_next` of the network are a state. Any other input is a sequence, which is taken
apart along the axis, where what comes in has one axis more than the network takes; else it goes into every step whole.
This module must not look into the network: its signature and the ids of its ports say all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from engine.check.binding import Binding, binds, bound, cost, mismatch
from engine.check.context import Context, name_of
from engine.check.costs import repeated
from engine.check.faults import smallest, too_small
from engine.check.fixes import set_parameters
from engine.check.report import NodeReport, Problem, Severity, Signature, State
from engine.graph.dims import Dim, symbols
from engine.graph.specs import TensorSpec, shape_text
from engine.graph.types import Node
from engine.layers.kind import LayerKind
from engine.layers.ports import states_of

Specs = Mapping[str, TensorSpec]
_ONCE: Final = {"along": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loop:
    """One use of a network along an axis."""

    context: Context
    node: Node
    kind: LayerKind
    network: str
    signature: Signature
    inputs: Specs
    axis: int
    states: Mapping[str, str]
    """Output that goes into each input at the next step."""

    @property
    def sliced(self) -> tuple[str, ...]:
        return sequences(self.signature, self.inputs, self.states)

    def problem(self, code: str, message: str, expected: str, found: str, port: str | None = None) -> Problem:
        """Make a problem of the node."""
        fix = set_parameters("Use it once, not along an axis", self.context.ref, self.node.id, _ONCE)
        return self.context.problem(
            self.node, code, f"{name_of(self.node)} {message}", port=port, expected=expected, found=found, fixes=(fix,)
        )


def sequences(signature: Signature, inputs: Specs, states: Mapping[str, str]) -> tuple[str, ...]:
    """Name the inputs that are taken apart along the axis: those with one axis more than the network takes.

    Args:
        signature: of the network.
        inputs: what comes in at the use.
        states: inputs that carry what an output of the step before gave.
    """
    declared = signature.inputs
    return tuple(port for port, spec in inputs.items() if port not in states and spec.rank == declared[port].rank + 1)


def judge_loop(
    context: Context, node: Node, kind: LayerKind, network: str, signature: Signature, inputs: Specs, axis: int
) -> tuple[NodeReport, tuple[Problem, ...]]:
    """Find what is known of a use of a network along an axis.

    Args:
        context: the graph that it stands in.
        node: the use.
        kind: of the use.
        network: its name.
        signature: its signature.
        inputs: what comes in; states may be left out.
        axis: that sequences are taken apart along.
    """
    pairs = states_of(context.project.networks[network])
    states = {port: output for port, output in pairs.items() if port in signature.inputs}
    loop = _Loop(
        context=context,
        node=node,
        kind=kind,
        network=network,
        signature=signature,
        inputs=inputs,
        axis=axis,
        states=states,
    )
    wrong = NodeReport(state=State.PROBLEM, inputs=inputs)
    problems = tuple(_axis_problems(loop))
    if problems:
        return wrong, problems
    binding: Binding = {}
    problems = tuple(_unfit(loop, binding)) or tuple(_unknown_states(loop, binding))
    if problems:
        return wrong, problems
    outputs = {name: bound(spec, binding) for name, spec in signature.outputs.items()}
    if (size := smallest(outputs)) <= 0:
        return wrong, (too_small(context, node, outputs, size),)
    if not outputs or not signature.whole or any(output not in outputs for output in states.values()):
        return NodeReport(state=State.PENDING, inputs=inputs), ()
    problems = tuple(_changed_states(loop, binding, outputs)) or tuple(_flat_outputs(loop, outputs))
    return (wrong, problems) if problems else _known(loop, binding, outputs)


def _known(loop: _Loop, binding: Binding, outputs: Specs) -> tuple[NodeReport, tuple[Problem, ...]]:
    length = loop.inputs[loop.sliced[0]].shape[loop.axis]
    one = cost(loop.signature, binding)
    report = NodeReport(
        state=State.KNOWN,
        inputs=loop.inputs,
        outputs={
            name: spec if name in loop.states.values() else _stacked(spec, loop.axis, length)
            for name, spec in outputs.items()
        },
        parameters=0 if loop.node.shares else one.parameters,
        multiply_adds=repeated(one.multiply_adds, length),
        activations=repeated(one.activations, length),
    )
    return report, () if isinstance(length, int) else (_unknown_length(loop, length),)


def _axis_problems(loop: _Loop) -> Iterator[Problem]:
    """Find fault with the axis: no input has one to run along, it is not there, or lengths differ."""
    along = f"runs along axis {loop.axis}"
    if not loop.sliced:
        wanted = next((spec for port, spec in loop.signature.inputs.items() if port not in loop.states), None)
        expected = f"one axis more than {shape_text(wanted)}" if wanted else "an input that is no state"
        found = ", ".join(shape_text(spec) for port, spec in loop.inputs.items() if port not in loop.states)
        message = f"{along}, but no input has one axis more than its network takes in a step"
        yield loop.problem("no-sequence", message, expected, found or "no sequence")
        return
    for port in loop.sliced:
        spec = loop.inputs[port]
        if loop.axis >= spec.rank:
            message = f"{along}, which {port} does not have: its axes count from 0 to {spec.rank - 1}"
            yield loop.problem("axis", message, f"an axis from 1 to {spec.rank - 1}", shape_text(spec), port)
            return
    first, *others = loop.sliced
    length = loop.inputs[first].shape[loop.axis]
    for port in others:
        found_length = loop.inputs[port].shape[loop.axis]
        if found_length != length:
            message = f"{along}, where {first} and {port} are of different lengths"
            yield loop.problem("length", message, str(length), str(found_length), port)


def _unfit(loop: _Loop, binding: Binding) -> Iterator[Problem]:
    """Hold what goes into each step against what the network takes."""
    declared = loop.signature.inputs
    for port, spec in loop.inputs.items():
        step = _without(spec, loop.axis) if port in loop.sliced else spec
        if not binds(declared[port], step, binding):
            yield mismatch(loop.context, loop.node, loop.kind, loop.network, port, declared[port], step)


def _unknown_states(loop: _Loop, binding: Binding) -> Iterator[Problem]:
    """Find states that start at zero, and of which nothing tells the size."""
    for port in loop.states:
        declared = loop.signature.inputs[port]
        loose = sorted({symbol for dim in declared.shape for symbol in symbols(dim)} - binding.keys())
        if port not in loop.inputs and loose:
            message = f"cannot start {port} at zero: no input tells its size {loose[0]}. Draw a wire to it, or give it a number"
            yield loop.problem("state", message, "sizes that are known", shape_text(declared), port)


def _changed_states(loop: _Loop, binding: Binding, outputs: Specs) -> Iterator[Problem]:
    """Find states that come out of a step in another shape than they went in."""
    for port, output in loop.states.items():
        before, after = bound(loop.signature.inputs[port], binding), outputs[output]
        if (before.shape, before.dtype) != (after.shape, after.dtype):
            message = f"cannot carry {port} on: {output} comes out of a step in another shape than {port} went in"
            if before.shape == after.shape:
                message = f"cannot carry {port} on: {output} is of {after.dtype}, {port} takes {before.dtype}"
            yield loop.problem("state", message, shape_text(before), shape_text(after), port)


def _flat_outputs(loop: _Loop, outputs: Specs) -> Iterator[Problem]:
    for name, spec in outputs.items():
        if name not in loop.states.values() and spec.rank < loop.axis:
            message = f"cannot put the steps of {name} together along axis {loop.axis}: it has too few axes"
            yield loop.problem("axis", message, f"{loop.axis} axes or more", shape_text(spec), None)


def _unknown_length(loop: _Loop, length: Dim) -> Problem:
    return loop.context.problem(
        loop.node,
        "loop-length",
        f"{name_of(loop.node)} takes {length} steps. An export writes every step: it needs data of one length, and "
        "holds for that length only",
        port=loop.sliced[0],
        severity=Severity.WARNING,
        expected="a number of steps, for exports",
        found=str(length),
    )


def _without(spec: TensorSpec, axis: int) -> TensorSpec:
    columns = () if axis == spec.rank - 1 else spec.columns
    return msgspec.structs.replace(spec, shape=(*spec.shape[:axis], *spec.shape[axis + 1 :]), columns=columns)


def _stacked(spec: TensorSpec, axis: int, length: Dim) -> TensorSpec:
    columns = () if axis == spec.rank else spec.columns
    return msgspec.structs.replace(spec, shape=(*spec.shape[:axis], length, *spec.shape[axis:]), columns=columns)
