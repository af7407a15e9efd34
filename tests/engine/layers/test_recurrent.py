"""Recurrent layers against torch's own where states come in, which random uses seldom hit."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from engine.graph.specs import TensorSpec
from engine.layers.catalogue import CATALOGUE
from engine.layers.kind import Fault
from tests.kind_cases import NODE, Case, module_of, project_of

_PARAMETERS = {"hidden_size": 5, "num_layers": 2, "bidirectional": True}
_STATES = {"rnn": ("h0",), "gru": ("h0",), "lstm": ("h0", "c0")}


def _case(key: str, ports: tuple[str, ...]) -> Case:
    inputs = {"x": TensorSpec(shape=("B", "T", 3))} | dict.fromkeys(ports, TensorSpec(shape=("B", 4, 5)))
    case = Case(key, _PARAMETERS, inputs, {})
    outputs = case.kind.infer(case.values, inputs)
    assert isinstance(outputs, dict)
    return Case(key, _PARAMETERS, inputs, outputs)


@pytest.mark.parametrize("key", _STATES)
def test_a_recurrent_layer_starts_from_the_states_that_come_in(key: str) -> None:
    case = _case(key, _STATES[key])
    module = module_of(project_of(case))
    layer = dict(module.named_children())[NODE]
    assert isinstance(layer, nn.RNNBase)
    x, *states = torch.randn(2, 6, 3), *(torch.randn(2, 4, 5) for _ in _STATES[key])
    inner = [state.transpose(0, 1).contiguous() for state in states]
    plain = getattr(nn, key.upper())(3, 5, 2, bidirectional=True, batch_first=True)
    plain.load_state_dict(layer.state_dict())
    wanted, ends = plain(x, tuple(inner) if len(inner) > 1 else inner[0])

    y, last, *found = module(x, *states)

    torch.testing.assert_close(y, wanted)
    torch.testing.assert_close(last, torch.cat([wanted[:, -1, :5], wanted[:, 0, 5:]], 1))
    for one, other in zip(found, ends if len(inner) > 1 else (ends,), strict=True):
        torch.testing.assert_close(one, other.transpose(0, 1))


def test_an_lstm_takes_both_first_states_or_none() -> None:
    kind = CATALOGUE["lstm"]
    case = Case("lstm", _PARAMETERS, {}, {})
    found = kind.infer(case.values, {"x": TensorSpec(shape=("B", 7, 3)), "h0": TensorSpec(shape=("B", 4, 5))})

    assert isinstance(found, Fault)
    assert "connect c0 too" in found.message
