"""Masks and chosen places: what is said of types that do not fit, and what stands in the source."""

from __future__ import annotations

import pytest
import torch

from engine.graph.specs import TensorSpec
from engine.graph.types import Graph, Project, Value
from engine.layers.catalogue import CATALOGUE
from engine.layers.kind import Fault
from engine.layers.params import Values
from tests.graphs import chain, graph_of_nodes, node, wire
from tests.kind_cases import NETWORK, module_of

_REAL = TensorSpec(shape=("B", 4))
_WHOLE = TensorSpec(shape=("B", 4), dtype="int64")
_MASK = TensorSpec(shape=("B", 4), dtype="bool")


def _fault(key: str, inputs: dict[str, TensorSpec], **parameters: Value) -> Fault:
    kind = CATALOGUE[key]
    found = kind.infer(Values({**kind.defaults, **parameters}), inputs)
    assert isinstance(found, Fault)
    return found


def _built(net: Graph) -> torch.nn.Module:
    return module_of(Project(networks={NETWORK.name: net}))


@pytest.mark.parametrize(
    ("key", "inputs", "dtype", "port"),
    [
        ("where", {"condition": _REAL, "a": _REAL, "b": _REAL}, "bool", "condition"),
        ("where", {"condition": _MASK, "a": _REAL, "b": _WHOLE}, "float32", "b"),
        ("masked_fill", {"x": _REAL, "mask": _WHOLE}, "bool", "mask"),
        ("gather", {"x": _REAL, "index": _REAL}, "int64", "index"),
        ("mse", {"x": _REAL, "target": _WHOLE}, "float32", "target"),
        ("softmax", {"x": _MASK}, "float32", "x"),
    ],
)
def test_a_type_that_does_not_fit_can_be_cast(key: str, inputs: dict[str, TensorSpec], dtype: str, port: str) -> None:
    found = _fault(key, inputs)

    assert (found.code, found.port, found.expected) == ("dtype", port, dtype)
    assert [(hint.insert, hint.parameters, hint.port) for hint in found.hints] == [("cast", {"dtype": dtype}, port)]


def test_yes_and_no_have_no_order() -> None:
    assert _fault("compare", {"a": _MASK, "b": _MASK}).code == "dtype"
    assert isinstance(
        CATALOGUE["compare"].infer(
            Values({**CATALOGUE["compare"].defaults, "test": "equal"}), {"a": _MASK, "b": _MASK}
        ),
        TensorSpec,
    )


def test_padding_is_masked_by_a_comparison_with_its_number() -> None:
    nodes = (
        node("words", "input", shape=("B", 4), dtype="int64"),
        node("scores", "input", shape=("B", 4)),
        node("padding", "compare", test="equal"),
        node("masked", "masked_fill", value=-7.0),
        node("out", "output"),
    )
    wires = (
        wire("words", "y", "padding", "a"),
        wire("padding", "y", "masked", "mask"),
        wire("scores", "y", "masked", "x"),
        wire("masked", "y", "out", "x"),
    )
    found = _built(graph_of_nodes(*nodes, wires=wires))(torch.tensor([[3, 0, 1, 0]]), torch.ones(1, 4))

    assert found.tolist() == [[1.0, -7.0, 1.0, -7.0]]


def test_one_hot_is_made_of_real_numbers() -> None:
    net = chain(
        node("x", "input", shape=("B",), dtype="int64"), node("hot", "one_hot", num_classes=3), node("out", "output")
    )

    assert _built(net)(torch.tensor([2, 0])).tolist() == [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
