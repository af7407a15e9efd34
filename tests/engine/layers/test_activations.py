"""What the harness of all kinds cannot know of activations: their values, and gradients that pass straight through."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from engine.graph.specs import TensorSpec
from engine.graph.types import Value
from tests.kind_cases import Case, module_of, outcome, outputs_of, project_of


def applied(key: str, x: torch.Tensor, **parameters: Value) -> torch.Tensor:
    """Give what a kind makes of a tensor."""
    case = Case(key, parameters, {"x": TensorSpec(shape=tuple(x.shape))}, {})
    outputs = outcome(case.kind, case.values, case.inputs)
    assert isinstance(outputs, dict)
    (found,) = outputs_of(module_of(project_of(Case(key, parameters, case.inputs, outputs)))(x))
    return found


@pytest.mark.parametrize(
    ("key", "wanted"), [("unit_step", [0.0, 0.0, 1.0, 1.0, 1.0]), ("sign", [-1.0, -1.0, 0.0, 1.0, 1.0])]
)
@pytest.mark.parametrize(("clipped", "slopes"), [(False, [1.0] * 5), (True, [0.0, 1.0, 1.0, 1.0, 0.0])])
def test_steps_let_the_gradient_pass(key: str, wanted: list[float], clipped: bool, slopes: list[float]) -> None:
    x = torch.tensor([-1.7, -0.3, 0.0, 0.3, 1.7], requires_grad=True)
    y = applied(key, x, clipped=clipped)
    y.sum().backward()  # type: ignore[no-untyped-call]  # torch leaves it open

    assert y.tolist() == wanted
    assert x.grad is not None
    assert x.grad.tolist() == slopes


@pytest.mark.parametrize(
    ("key", "gate"), [("glu", torch.sigmoid), ("swiglu", functional.silu), ("geglu", functional.gelu)]
)
def test_the_second_half_gates_the_first(key: str, gate: object) -> None:
    x = torch.randn(3, 4, 6, generator=torch.Generator().manual_seed(0))
    assert callable(gate)

    assert torch.equal(applied(key, x), x[..., :3] * gate(x[..., 3:]))
    assert torch.equal(applied(key, x, dim=1), x[:, :2] * gate(x[:, 2:]))
