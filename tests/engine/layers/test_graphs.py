"""Graph layers against their formulas with whole matrices, on a graph with a node that nobody points to."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import torch
from torch import nn
from torch.nn import functional

from engine.graph.specs import TensorSpec
from engine.graph.types import Value
from engine.layers.catalogue import CATALOGUE
from engine.layers.kind import Fault
from engine.layers.params import Values
from tests.kind_cases import NODE, Case, module_of, project_of

_X = TensorSpec(shape=("N", 3))
_EDGES = TensorSpec(shape=(2, "E"), dtype="int64")
_WEIGHT = TensorSpec(shape=("E",))
EDGES = torch.tensor([[0, 1, 2, 2, 3], [1, 2, 1, 0, 2]])
ADJACENT = torch.zeros(4, 4).index_put((EDGES[1], EDGES[0]), torch.ones(5))
"""Rows: where messages go; columns: where they come from. Nothing goes to node 3."""


def _module(
    key: str, parameters: Mapping[str, Value], **inputs: TensorSpec
) -> tuple[nn.Module, dict[str, torch.Tensor]]:
    kind = CATALOGUE[key]
    found = kind.infer(Values({**kind.defaults, **parameters}), inputs)
    assert isinstance(found, TensorSpec), found
    torch.manual_seed(0)
    module = module_of(project_of(Case(key, parameters, inputs, {"y": found}))).eval()
    return module, {name.removeprefix(f"{NODE}."): value for name, value in module.state_dict().items()}


@pytest.mark.parametrize("loops", [False, True])
def test_a_graph_convolution_is_a_product_of_matrices(loops: bool) -> None:
    module, state = _module("graph_convolution", {"self_loops": loops}, x=_X, edges=_EDGES, weight=_WEIGHT)
    x, weight = torch.randn(4, 3), torch.rand(5) + 0.1
    a = torch.zeros(4, 4).index_put((EDGES[1], EDGES[0]), weight) + (torch.eye(4) if loops else 0)
    degree = a.sum(1)
    rate = torch.where(degree > 0, degree, torch.inf).rsqrt()

    wanted = rate[:, None] * a * rate @ x @ state["lin.weight"].T + state["bias"]
    torch.testing.assert_close(module(x, EDGES, weight), wanted)


@pytest.mark.parametrize("key", ["graph_convolution", "graph_attention", "graph_attention_v2", "graph_sage"])
def test_graph_layers_compute_in_mixed_precision(key: str) -> None:
    module, _ = _module(key, {}, x=_X, edges=_EDGES)
    x = torch.randn(4, 3)
    with torch.autocast("cpu", torch.bfloat16):
        found = module(x, EDGES)

    torch.testing.assert_close(found.float(), module(x, EDGES), rtol=0.05, atol=0.05)


def test_one_graph_takes_several_sets_of_numbers() -> None:
    for key in ("graph_convolution", "graph_attention", "graph_attention_v2", "graph_sage", "edge_convolution"):
        module, _ = _module(key, {}, x=TensorSpec(shape=("B", "N", 3)), edges=_EDGES)
        x = torch.randn(2, 4, 3)

        both = module(x, EDGES)
        for one, other in zip(both, x, strict=True):
            torch.testing.assert_close(one, module(other, EDGES))


def test_graph_attention_shares_out_among_neighbours() -> None:
    module, state = _module("graph_attention", {"heads": 2, "out_features": 5}, x=_X, edges=_EDGES)
    x = 3 * torch.randn(4, 3)
    rows = (x @ state["lin.weight"].T).reshape(4, 2, 5)
    given, taken = ((rows * state[name]).sum(-1) for name in ("att_source", "att_target"))
    scores = functional.leaky_relu(given[None] + taken[:, None], 0.2)
    seen = (ADJACENT + torch.eye(4))[..., None] > 0
    shares = scores.masked_fill(~seen, -torch.inf).softmax(1)

    torch.testing.assert_close(module(x, EDGES), torch.einsum("ijh,jhd->ihd", shares, rows).flatten(1))


def test_graph_attention_v2_scores_both_nodes_at_once() -> None:
    module, state = _module("graph_attention_v2", {"heads": 2, "concat": False}, x=_X, edges=_EDGES)
    x = 3 * torch.randn(4, 3)
    given, taken = (
        (x @ state[f"{name}.weight"].T + state[f"{name}.bias"]).reshape(4, 2, 64)
        for name in ("lin_source", "lin_target")
    )
    scores = (functional.leaky_relu(given[None] + taken[:, None], 0.2) * state["att"]).sum(-1)
    seen = (ADJACENT + torch.eye(4))[..., None] > 0
    shares = scores.masked_fill(~seen, -torch.inf).softmax(1)

    torch.testing.assert_close(module(x, EDGES), torch.einsum("ijh,jhd->ihd", shares, given).mean(1))


def test_neighbours_are_put_together_at_the_end_of_their_edges() -> None:
    sage, weights = _module("graph_sage", {"out_features": 2}, x=_X, edges=_EDGES)
    isomorphism, maps = _module("graph_isomorphism", {"out_features": 2, "eps": 0.5}, x=_X, edges=_EDGES)
    x = torch.randn(4, 3)
    mean = ADJACENT @ x / ADJACENT.sum(1, keepdim=True).clamp(min=1)
    wanted = functional.linear(mean, weights["lin_neighbours.weight"], weights["lin_neighbours.bias"])
    hidden = functional.linear(1.5 * x + ADJACENT @ x, maps["linear1.weight"], maps["linear1.bias"]).relu()

    torch.testing.assert_close(sage(x, EDGES), wanted + x @ weights["lin_self.weight"].T)
    torch.testing.assert_close(
        isomorphism(x, EDGES), functional.linear(hidden, maps["linear2.weight"], maps["linear2.bias"])
    )


@pytest.mark.parametrize(
    ("reduce", "rows"),
    [
        ("mean", [[2.0, 3.0], [5.0, -6.0], [0.0, 0.0]]),
        ("sum", [[4.0, 6.0], [5.0, -6.0], [0.0, 0.0]]),
        ("max", [[3.0, 4.0], [5.0, -6.0], [0.0, 0.0]]),
    ],
)
def test_a_graph_pool_makes_one_row_of_each_graph(reduce: str, rows: list[list[float]]) -> None:
    graph = TensorSpec(shape=("N",), dtype="int64")
    module, _ = _module("graph_pool", {"reduce": reduce, "graphs": (3,)}, x=TensorSpec(shape=("N", 2)), graph=graph)

    assert module(torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, -6.0]]), torch.tensor([0, 0, 1])).tolist() == rows


@pytest.mark.parametrize(
    ("inputs", "port", "hint"),
    [
        ({"x": _X, "edges": TensorSpec(shape=(2, "E"))}, "edges", "cast"),
        ({"x": _X, "edges": TensorSpec(shape=("E", 2), dtype="int64")}, "edges", "transpose"),
        ({"x": _X, "edges": _EDGES, "weight": TensorSpec(shape=("N",))}, "weight", ""),
        ({"x": TensorSpec(shape=(3,)), "edges": _EDGES}, "x", ""),
    ],
)
def test_what_is_no_graph_is_said(inputs: dict[str, TensorSpec], port: str, hint: str) -> None:
    kind = CATALOGUE["graph_convolution"]
    found = kind.infer(Values(kind.defaults), inputs)

    assert isinstance(found, Fault)
    assert (found.port, "".join(one.insert for one in found.hints)) == (port, hint)
