"""A network run along an axis, written as the loop it is: what goes into a step, what is carried on, what is put together.

It must not know how shapes are judged: the check has found the use in order.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from engine.check.binding import Binding, binds
from engine.check.loops import sequences
from engine.check.report import Signature
from engine.codegen.source import Writer
from engine.codegen.symbols import symbols_of
from engine.graph.dims import substitute
from engine.graph.ids import fault_of
from engine.graph.specs import TensorSpec
from engine.graph.types import Graph, Value
from engine.layers.emission import Expr, method, name
from engine.layers.kind import Emit
from engine.layers.params import Values
from engine.layers.ports import network_ports, states_of
from engine.layers.rules import size_of

_STEPS: Final = "steps"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """How a network is run along an axis."""

    axis: int
    inputs: tuple[str, ...]
    """Ports of the network, in the order of its arguments."""
    sliced: tuple[str, ...]
    """Inputs that are taken apart along the axis."""
    states: Mapping[str, str]
    """Output that goes into each input at the next step."""
    outputs: tuple[str, ...]


def loop_of(network: Graph, signature: Signature, inputs: Mapping[str, TensorSpec], axis: int) -> Loop:
    """Tell how a network is run along an axis.

    Args:
        network: its graph.
        signature: what the check says of it.
        inputs: what comes in at the use.
        axis: that sequences are taken apart along.
    """
    states = states_of(network)
    return Loop(
        axis=axis,
        inputs=tuple(signature.inputs),
        sliced=sequences(signature, inputs, states),
        states=states,
        outputs=tuple(port.id for port in network_ports(network)[1]),
    )


def entering(
    loop: Loop, signature: Signature, inputs: Mapping[str, TensorSpec], entered: Mapping[str, Expr]
) -> tuple[Expr, ...]:
    """Give what each argument of the network is made from: whole sequences, and states as they start.

    Args:
        loop: how the network is run.
        signature: what the check says of the network.
        inputs: what comes in at the use.
        entered: the same, as expressions.
    """
    steps = {port: _step(spec, loop.axis) if port in loop.sliced else spec for port, spec in inputs.items()}
    known: Binding = {}
    for port, spec in steps.items():
        binds(signature.inputs[port], spec, known)
    first = loop.sliced[0]
    sizes = _sizes(loop, signature, entered)
    given = []
    for port in loop.inputs:
        if port in entered:
            given.append(entered[port])
            continue
        spec = signature.inputs[port]
        whole = {symbol: size for symbol, size in known.items() if isinstance(size, int)}
        use = Emit(values=Values({}), specs={}, outputs={}, names=entered, self=name(port), symbols=sizes)
        shape: list[Value | Expr] = [size_of(substitute(dim, dict(whole)), use) for dim in spec.shape]
        other = {} if spec.dtype == inputs[first].dtype else {"dtype": name(f"torch.{spec.dtype}")}
        given.append(method(entered[first], "new_zeros", *(shape or [()]), **other))
    return tuple(given)


def _sizes(loop: Loop, signature: Signature, entered: Mapping[str, Expr]) -> dict[str, Expr]:
    """Give the expression of each symbol of the network: an axis of what comes in, sequences as they are."""
    marked = {
        port: _stacked(spec, loop.axis) if port in loop.sliced else spec
        for port, spec in signature.inputs.items()
        if port in entered
    }
    return {str(symbol): expr for symbol, expr in symbols_of(marked, entered).items()}


def _step(spec: TensorSpec, axis: int) -> TensorSpec:
    return spec.reshaped((*spec.shape[:axis], *spec.shape[axis + 1 :]), spec.dtype)


def _stacked(spec: TensorSpec, axis: int) -> TensorSpec:
    """Put the axis of steps into the shape of one; its size tells no symbol."""
    return spec.reshaped((*spec.shape[:axis], 0, *spec.shape[axis:]), spec.dtype)


class LoopWriter:
    """Writes one loop.

    Args:
        writer: of the class.
        address: of the node.
        taken: names that stand for something else in this function.
    """

    def __init__(self, writer: Writer, address: str, taken: Iterable[str]) -> None:
        self._writer = writer
        self._address = address
        self._taken = set(taken)

    def write(self, loop: Loop, forward: str, names: Mapping[str, Expr], shape: str, *, probe: bool) -> None:
        """Write a loop whose results go to the locals of the node's outputs.

        Args:
            loop: how the network is run.
            forward: call of its module with whole sequences.
            names: expression of each output.
            shape: of the results, for the eye.
            probe: whether the network also gives what its nodes give.
        """
        module, arguments = _parts_of(forward)
        several = any("[" in expr.text for expr in names.values())
        carried = {port: self._free(port) if several else names[port].text for port in loop.states.values()}
        given = dict(zip(loop.inputs, arguments, strict=True))
        for port, output in loop.states.items():
            self._line(f"{carried[output]} = {given[port]}")
            given[port] = carried[output]
        plain = [port for port in loop.outputs if port not in carried]
        lists = {port: self._free(_STEPS if len(plain) == 1 else f"{port}_{_STEPS}") for port in plain}
        for steps in lists.values():
            self._line(f"{steps} = []")
        results = carried | {port: self._free(port) for port in plain}
        self._write_steps(loop, module, given, results, lists, probe=probe)
        stacks = {port: f"torch.stack({steps}, dim={loop.axis})" for port, steps in lists.items()}
        if several:
            values = ", ".join(stacks.get(port) or carried[port] for port in loop.outputs)
            self._line(f"{next(iter(names.values())).text.partition('[')[0]} = {values}", comment=shape)
            return
        for port, stack in stacks.items():
            self._line(f"{names[port].text} = {stack}", comment=shape if port == plain[-1] else "")

    def _write_steps(
        self,
        loop: Loop,
        module: str,
        given: dict[str, str],
        results: Mapping[str, str],
        lists: Mapping[str, str],
        *,
        probe: bool,
    ) -> None:
        first, *others = loop.sliced
        if others:
            index = self._free("index")
            self._line(f"for {index} in range({given[first]}.shape[{loop.axis}]):")
            given |= {port: f"{given[port]}[{':, ' * loop.axis}{index}]" for port in loop.sliced}
        else:
            step = self._free("step")
            self._line(f"for {step} in {given[first]}.unbind({loop.axis}):")
            given[first] = step
        called = f"{module}({', '.join(given[port] for port in loop.inputs)})"
        left = ", ".join(results[port] for port in loop.outputs)
        if list(lists) == list(loop.outputs) and len(lists) == 1 and not probe:
            self._line(f"{lists[loop.outputs[0]]}.append({called})", level=3)
            return
        if probe:
            left = f"({left}), _inside" if len(loop.outputs) > 1 else f"{left}, _inside"
        self._line(f"{left} = {called}", level=3)
        for port, steps in lists.items():
            self._line(f"{steps}.append({results[port]})", level=3)

    def _line(self, text: str, level: int = 2, comment: str = "") -> None:
        self._writer.statement(text, level=level, comment=comment, address=self._address)

    def _free(self, word: str) -> str:
        """Give a local of a name that means nothing else here."""
        while word in self._taken or (word[0] != "_" and fault_of(word)):
            word = f"_{word}" if word[0] != "_" else f"{word}_"
        self._taken.add(word)
        return word


def _parts_of(forward: str) -> tuple[str, list[str]]:
    """Take a call apart: what is called, and its arguments as they are written."""
    tree = ast.parse(forward, mode="eval").body
    assert isinstance(tree, ast.Call), forward
    texts = [ast.get_source_segment(forward, part) for part in (tree.func, *tree.args)]
    module, *arguments = (text for text in texts if text is not None)
    return module, arguments
