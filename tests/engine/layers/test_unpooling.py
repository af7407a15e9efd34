"""A max pool and its inverse: what comes back, and to which size."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from engine.graph.specs import TensorSpec
from engine.layers.kind import Fault
from tests.kind_cases import Case, module_of, outcome, outputs_of, project_of


def _inputs(size: int) -> dict[str, TensorSpec]:
    shape = ("B", 2, size, size)
    return {"x": TensorSpec(shape=shape), "indices": TensorSpec(shape=shape, dtype="int64")}


@pytest.mark.parametrize("size", [6, 7])
def test_the_largest_values_come_back_to_their_places(size: int) -> None:
    x = torch.randn(3, 2, size, size, generator=torch.Generator().manual_seed(0))
    pooled, indices = nn.MaxPool2d(2, return_indices=True)(x)
    case = Case("max_unpool2d", {"output_size": size}, _inputs(3), {})
    outputs = outcome(case.kind, case.values, case.inputs)
    assert isinstance(outputs, dict)
    case = Case(case.key, case.parameters, case.inputs, outputs)
    (found,) = outputs_of(module_of(project_of(case))(pooled, indices))
    kept = found != 0

    assert found.shape == x.shape
    assert int(kept.sum()) == pooled.numel()
    assert torch.equal(found[kept], x[kept])


def test_a_size_that_no_such_window_makes_is_refused() -> None:
    case = Case("max_unpool2d", {"output_size": (6, 8)}, _inputs(3), {})
    found = outcome(case.kind, case.values, case.inputs)

    assert isinstance(found, Fault)
    assert (found.expected, found.found) == ("6 ± 1, 6 ± 1", "6 × 8")
