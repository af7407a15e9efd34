"""Attention against torch's own modules, and what masks, padding and positions mean."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import torch
from torch import nn

from engine.graph.specs import TensorSpec
from engine.graph.types import Value
from engine.layers.catalogue import CATALOGUE
from engine.layers.kind import Fault
from engine.layers.params import Values
from tests.kind_cases import NODE, Case, module_of, project_of

_X = TensorSpec(shape=("B", "T", 8))
_PADDING = TensorSpec(shape=("B", "T"), dtype="bool")
_HEADS: Mapping[str, Value] = {"num_heads": 2}


def _case(key: str, parameters: Mapping[str, Value], inputs: Mapping[str, TensorSpec]) -> Case:
    found = CATALOGUE[key].infer(Values({**CATALOGUE[key].defaults, **parameters}), inputs)
    assert isinstance(found, TensorSpec), found
    return Case(key, parameters, inputs, {"y": found})


def _module(key: str, parameters: Mapping[str, Value], **inputs: TensorSpec) -> nn.Module:
    torch.manual_seed(0)
    return module_of(project_of(_case(key, parameters, inputs)))


def _renamed(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Give the weights of a layer of ours as torch's layers call them."""
    found = {}
    for name in ("self_attn", "multihead_attn"):
        own = f"{NODE}.{'cross_attn' if name == 'multihead_attn' else name}"
        if f"{own}.q_proj.weight" not in state:
            continue
        for kind in ("weight", "bias"):
            found[f"{name}.in_proj_{kind}"] = torch.cat([state[f"{own}.{part}_proj.{kind}"] for part in "qkv"])
            found[f"{name}.out_proj.{kind}"] = state[f"{own}.out_proj.{kind}"]
    rest = {key.removeprefix(f"{NODE}."): value for key, value in state.items() if "_attn" not in key}
    return found | {key.removeprefix("feed_forward."): value for key, value in rest.items()}


@pytest.mark.parametrize("norm_first", [False, True])
def test_an_encoder_layer_is_the_one_of_torch(norm_first: bool) -> None:
    parameters: Mapping[str, Value] = {"nhead": 2, "dim_feedforward": 12, "norm_first": norm_first, "is_causal": True}
    module = _module("encoder_layer", parameters, x=_X, padding=_PADDING).eval()
    plain = nn.TransformerEncoderLayer(8, 2, 12, batch_first=True, norm_first=norm_first).eval()
    plain.load_state_dict(_renamed(module.state_dict()))
    x, padding = torch.randn(3, 5, 8), torch.tensor([[False] * 5, [False] * 3 + [True] * 2, [False] * 4 + [True]])
    late = torch.ones(5, 5, dtype=torch.bool).triu(1)

    torch.testing.assert_close(module(x, padding), plain(x, src_mask=late, src_key_padding_mask=padding))


@pytest.mark.parametrize("norm_first", [False, True])
def test_a_decoder_layer_is_the_one_of_torch(norm_first: bool) -> None:
    parameters: Mapping[str, Value] = {"nhead": 2, "dim_feedforward": 12, "norm_first": norm_first}
    context = TensorSpec(shape=("B", 7, 8))
    module = _module("decoder_layer", parameters, x=_X, context=context).eval()
    plain = nn.TransformerDecoderLayer(8, 2, 12, batch_first=True, norm_first=norm_first).eval()
    plain.load_state_dict(_renamed(module.state_dict()))
    x, memory = torch.randn(3, 5, 8), torch.randn(3, 7, 8)
    late = torch.ones(5, 5, dtype=torch.bool).triu(1)

    torch.testing.assert_close(module(x, memory), plain(x, memory, tgt_mask=late))


def test_what_is_padding_changes_nothing() -> None:
    module = _module("multi_head_attention", _HEADS, x=_X, padding=_PADDING)
    x, padding = torch.randn(2, 5, 8), torch.tensor([[False, False, False, True, True]] * 2)
    other = torch.where(padding[..., None], 9.0, x)

    torch.testing.assert_close(module(x, padding)[:, :3], module(other, padding)[:, :3])


@pytest.mark.parametrize("masked", [False, True])
def test_causal_places_see_nothing_later(masked: bool) -> None:
    mask = {"mask": TensorSpec(shape=(2, "T", "T"))} if masked else {}
    module = _module("multi_head_attention", {**_HEADS, "is_causal": True}, x=_X, **mask)
    x, bias = torch.randn(2, 5, 8), [torch.randn(2, 5, 5)] if masked else []
    other = x.clone()
    other[:, 3:] += 1

    torch.testing.assert_close(module(x, *bias)[:, :3], module(other, *bias)[:, :3])
    assert not torch.allclose(module(x, *bias)[:, 3:], module(other, *bias)[:, 3:])


def test_heads_that_share_keys_do_as_heads_with_equal_keys() -> None:
    shared = _module("multi_head_attention", {"num_heads": 4, "kv_heads": 2}, x=_X)
    plain = _module("multi_head_attention", {"num_heads": 4}, x=_X)
    state = dict(shared.state_dict())
    for part in ("k_proj", "v_proj"):
        for kind in ("weight", "bias"):
            tensor = state[f"{NODE}.{part}.{kind}"].unflatten(0, (2, 2))
            state[f"{NODE}.{part}.{kind}"] = tensor.repeat_interleave(2, 0).flatten(0, 1)
    plain.load_state_dict(state)
    x = torch.randn(3, 5, 8)

    torch.testing.assert_close(shared(x), plain(x))


def test_products_of_turned_vectors_depend_on_distances_only() -> None:
    module = _module("rotary_positions", {}, x=_X)
    one, other = (module(torch.randn(8).expand(1, 9, 8))[0] for _ in range(2))

    products = one @ other.T
    for distance in range(-4, 5):
        diagonal = products.diagonal(distance)
        torch.testing.assert_close(diagonal, diagonal[:1].expand_as(diagonal))


def test_alibi_goes_into_the_mask_of_attention() -> None:
    bias = _module("alibi", _HEADS, x=_X)(torch.randn(3, 4, 8))

    assert bias[0, 0].tolist() == pytest.approx([0.0, -(2**-4), -2 * 2**-4, -3 * 2**-4])
    torch.testing.assert_close(bias[1], bias[0] * 2**-4)
    _case("multi_head_attention", _HEADS, {"x": _X, "mask": TensorSpec(shape=(2, "T", "T"))})


def test_places_beyond_the_learned_ones_share_the_last() -> None:
    module = _module("learned_positions", {"max_length": 3}, x=_X)
    added = module(torch.zeros(1, 5, 8))[0]

    assert torch.equal(added[3], added[2])
    assert not torch.equal(added[1], added[2])


@pytest.mark.parametrize(
    ("key", "parameters", "inputs", "words"),
    [
        ("multi_head_attention", {"num_heads": 3}, {"x": _X}, "equal part"),
        ("multi_head_attention", {"num_heads": 4, "kv_heads": 3}, {"x": _X}, "every group"),
        ("multi_head_attention", {"num_heads": 8, "rotary": True}, {"x": _X}, "even part"),
        ("multi_head_attention", {"is_causal": True}, {"x": _X, "context": _X}, "another one"),
        ("multi_head_attention", {}, {"x": _X, "padding": TensorSpec(shape=("B", "T"))}, "yes or no"),
        ("multi_head_attention", {}, {"x": _X, "mask": TensorSpec(shape=(3, "T"))}, "shape of the scores"),
        ("learned_positions", {"max_length": 4}, {"x": TensorSpec(shape=("B", 5, 8))}, "fewer than the 5"),
        ("patch_embedding", {}, {"x": TensorSpec(shape=("B", 3, 28, 28))}, "divide the image"),
    ],
)
def test_what_does_not_fit_is_said(
    key: str, parameters: dict[str, Value], inputs: dict[str, TensorSpec], words: str
) -> None:
    kind = CATALOGUE[key]
    found = kind.infer(Values({**kind.defaults, **parameters}), inputs)

    assert isinstance(found, Fault)
    assert words in found.message
