"""What a node costs for one sample: tensors, multiply-adds, bytes; it must not know wires or problems."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Final

from engine.check.report import NodeReport, State
from engine.graph.dims import Dim, plus, product, substitute, times
from engine.graph.specs import TensorSpec
from engine.layers.kind import LayerKind, no_cost
from engine.layers.params import Values

PENDING: Final = NodeReport(state=State.PENDING)
FAULTY: Final = NodeReport(state=State.PROBLEM)
_BYTES: Final[Mapping[str, int]] = {
    "float32": 4,
    "float64": 8,
    "float16": 2,
    "bfloat16": 2,
    "int64": 8,
    "int32": 4,
    "uint8": 1,
    "bool": 1,
}


def measured(
    kind: LayerKind,
    values: Values,
    inputs: Mapping[str, TensorSpec],
    outputs: Mapping[str, TensorSpec],
    batch: str,
    *,
    owns: bool = True,
) -> NodeReport:
    """Give the report of a node whose outputs are known.

    Args:
        kind: its kind.
        values: its parameter values.
        inputs: specs that come in.
        outputs: specs that come out.
        batch: symbol of the batch; empty when there is none.
        owns: whether the tensors are its own, not those of a node it shares with.
    """
    weights = kind.weights(values, inputs) if owns else ()
    return NodeReport(
        state=State.KNOWN,
        inputs=inputs,
        outputs=outputs,
        weights=weights,
        parameters=sum([prod(weight.shape) for weight in weights if not weight.buffer]) if weights else 0,
        multiply_adds=_work(kind, values, inputs, outputs, batch),
        activations=bytes_of(outputs, batch),
    )


def _work(
    kind: LayerKind, values: Values, inputs: Mapping[str, TensorSpec], outputs: Mapping[str, TensorSpec], batch: str
) -> Dim:
    if kind.multiply_adds is no_cost:
        return 0
    # With the batch put to 1 beforehand, the arithmetic is that of plain numbers: five times as fast.
    return kind.multiply_adds(values, _of_one(inputs, batch), _of_one(outputs, batch))


def _of_one(specs: Mapping[str, TensorSpec], batch: str) -> dict[str, TensorSpec]:
    return {
        port: TensorSpec(shape=tuple([dim if type(dim) is int else per_sample(dim, batch) for dim in spec.shape]))
        for port, spec in specs.items()
    }


def per_sample(amount: Dim, batch: str) -> Dim:
    """Take an amount for a batch to one for a single sample."""
    if amount == batch and batch:
        return 1
    return amount if isinstance(amount, int) or not batch else substitute(amount, {batch: 1})


def bytes_of(outputs: Mapping[str, TensorSpec], batch: str) -> Dim:
    """Count the bytes that outputs take for one sample."""
    total: Dim = 0
    for spec in outputs.values():
        whole = _BYTES[spec.dtype]
        symbolic: Dim = 1
        for dim in spec.shape:
            if isinstance(dim, int):
                whole *= dim
            elif dim != batch:
                symbolic = times(symbolic, per_sample(dim, batch))
        total = plus(total, whole if symbolic == 1 else times(symbolic, whole))
    return total


def sum_of(amounts: list[Dim]) -> Dim:
    """Add up amounts."""
    try:
        return sum(amounts)  # type: ignore[arg-type]  # nearly always all of them are whole numbers
    except TypeError:
        result: Dim = 0
        for amount in amounts:
            result = plus(result, amount)
        return result


def repeated(amount: Dim, count: Dim) -> Dim:
    """Multiply an amount by how often it comes."""
    return product((amount, count))
