"""Which expression gives a symbolic size at run time: read from the inputs that are there; it must not know kinds."""

from __future__ import annotations

from collections.abc import Mapping

from engine.graph.dims import Dim
from engine.graph.specs import TensorSpec
from engine.layers.emission import Expr, name


def symbols_of(inputs: Mapping[str, TensorSpec], texts: Mapping[str, Expr] | None = None) -> dict[Dim, Expr]:
    """Give the expression of each symbol: an axis of the first input that has it.

    Args:
        inputs: specs by name.
        texts: expression of each input; its name where left out.
    """
    found: dict[Dim, Expr] = {}
    for key, spec in inputs.items():
        for axis, dim in enumerate(spec.shape):
            if isinstance(dim, str) and dim.isidentifier() and dim not in found:
                tensor = (texts or {}).get(key) or name(key)
                found[dim] = Expr(f"{tensor.text}.shape[{axis}]")
    return found
