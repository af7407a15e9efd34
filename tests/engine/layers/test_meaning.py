"""What kinds without a module of torch compute, by hand-written numbers: one node between inputs and an output."""

from __future__ import annotations

import math

import torch

from engine.graph.specs import DType, TensorSpec
from engine.graph.types import Value
from engine.layers.catalogue import CATALOGUE
from tests.kind_cases import Case, module_of, outputs_of, project_of

A = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
B = torch.tensor([[10.0, 20.0], [30.0, 40.0]])


def computed(key: str, *inputs: torch.Tensor, **parameters: Value) -> list[object]:
    """Give what a kind makes of some tensors, in evaluation."""
    kind = CATALOGUE[key]
    ports = [port.id for port in kind.inputs] if isinstance(kind.inputs, tuple) else list("abc")[: len(inputs)]
    specs = dict(zip(ports, (_spec(one) for one in inputs), strict=True))
    case = Case(key, parameters, specs, {"y": TensorSpec(shape=())})
    (found,) = outputs_of(module_of(project_of(case)).eval()(*inputs))
    listed: list[object] = found.tolist() if found.dim() else [found.item()]
    return listed


def _spec(tensor: torch.Tensor) -> TensorSpec:
    dtype: DType = "float32" if tensor.is_floating_point() else "int64"
    return TensorSpec(shape=("B", *tensor.shape[1:]), dtype=dtype)


def test_arithmetic_goes_element_by_element() -> None:
    assert computed("add", A, B, A, inputs=3) == [[12.0, 24.0], [36.0, 48.0]]
    assert computed("add", A, B, scale=2.0) == [[22.0, 44.0], [66.0, 88.0]]
    assert computed("subtract", B, A) == [[9.0, 18.0], [27.0, 36.0]]
    assert computed("multiply", A, A, A, inputs=3, scale=0.5) == [[0.5, 4.0], [13.5, 32.0]]


def test_mean_goes_over_its_axes() -> None:
    assert computed("mean", A) == [1.5, 3.5]
    assert computed("mean", A, dims=(0,)) == [2.0, 3.0]
    assert computed("mean", A, keepdim=True) == [[1.5], [3.5]]


def test_matmul_is_a_product_of_matrices() -> None:
    left = torch.tensor([[[1.0, 2.0]], [[3.0, 4.0]]])
    right = torch.tensor([[[1.0], [10.0]], [[1.0], [10.0]]])

    assert computed("matmul", left, right) == [[[21.0]], [[43.0]]]


def test_shapes_change_and_numbers_stay_in_order() -> None:
    assert computed("reshape", A, shape=(2, 1)) == [[[1.0], [2.0]], [[3.0], [4.0]]]
    assert computed("permute", A[None], dims=(0, 2, 1)) == [[[1.0, 3.0], [2.0, 4.0]]]
    assert computed("flatten", A[:, None, :]) == [[1.0, 2.0], [3.0, 4.0]]
    assert computed("concatenate", A, B) == [[1.0, 2.0, 10.0, 20.0], [3.0, 4.0, 30.0, 40.0]]
    assert computed("squeeze", A[:, None, :]) == [[1.0, 2.0], [3.0, 4.0]]


def test_a_temperature_evens_out_a_softmax() -> None:
    scores = torch.tensor([[0.0, 2.0 * math.log(3.0)]])

    assert torch.tensor(computed("softmax", scores)).allclose(torch.tensor([[0.1, 0.9]]))
    assert torch.tensor(computed("softmax", scores, temperature=2.0)).allclose(torch.tensor([[0.25, 0.75]]))


def test_global_average_pool_leaves_one_number_a_channel() -> None:
    assert computed("global_avg_pool", torch.stack([A, B])[None]) == [[2.5, 25.0]]


def test_losses_give_their_mean() -> None:
    target = torch.tensor([0, 1])

    assert computed("mse", A, A + 2) == [4.0]
    assert computed("l1", A, A - 3) == [3.0]
    assert computed("bce_with_logits", torch.zeros(2, 1), torch.ones(2, 1)) == [torch.tensor(2.0).log().item()]
    assert computed("cross_entropy", torch.zeros(2, 4), target) == [torch.tensor(4.0).log().item()]


def test_what_comes_in_goes_on_through_identity_hold_and_stop_gradient() -> None:
    for key in ("identity", "hold", "stop_gradient"):
        assert computed(key, A) == A.tolist()
