"""What a node costs for one sample: tensors, multiply-adds, bytes; it must not know wires or problems."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Final

from engine.check.report import NodeReport, State
from engine.graph.dims import Dim, plus, product, substitute, times
from engine.graph.specs import TensorSpec
from engine.layers.kind import LayerKind
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
    idle: bool = False,
) -> NodeReport:
    """Give the report of a node whose outputs are known.

    Args:
        kind: its kind.
        values: its parameter values.
        inputs: specs that come in.
        outputs: specs that come out.
        batch: symbol of the batch; empty when there is none.
        owns: whether the tensors are its own, not those of a node it shares with.
        idle: whether it passes on what comes in and computes nothing.
    """
    weights = kind.weights(values, inputs) if owns else ()
    return NodeReport(
        state=State.KNOWN,
        inputs=inputs,
        outputs=outputs,
        weights=weights,
        parameters=sum(prod(weight.shape) for weight in weights if not weight.buffer) if weights else 0,
        multiply_adds=0 if idle else per_sample(kind.multiply_adds(values, inputs, outputs), batch),
        activations=bytes_of(outputs, batch),
    )


def per_sample(amount: Dim, batch: str) -> Dim:
    """Take an amount for a batch to one for a single sample."""
    return amount if isinstance(amount, int) or not batch else substitute(amount, {batch: 1})


def bytes_of(outputs: Mapping[str, TensorSpec], batch: str) -> Dim:
    """Count the bytes that outputs take for one sample."""
    total: Dim = 0
    for spec in outputs.values():
        count: Dim = 1
        for dim in spec.shape:
            if dim == batch:
                continue
            if type(dim) is int and type(count) is int:
                count *= dim
            else:
                count = times(count, per_sample(dim, batch))
        total = plus(total, times(count, _BYTES[spec.dtype]))
    return total


def sum_of(amounts: list[Dim]) -> Dim:
    """Add up amounts."""
    known = sum(amount for amount in amounts if isinstance(amount, int))
    result: Dim = known
    for amount in amounts:
        if not isinstance(amount, int):
            result = plus(result, amount)
    return result


def repeated(amount: Dim, count: int) -> Dim:
    """Multiply an amount by how often it comes."""
    return product((amount, count))
