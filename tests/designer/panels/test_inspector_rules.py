"""The shape rule is worked out with the node's own numbers."""

from __future__ import annotations

import pytest

from designer.panels.inspector.rules import worked_rule
from engine.graph.ids import NodeId
from engine.graph.specs import TensorSpec
from engine.graph.types import Node, Value
from engine.layers.catalogue import CATALOGUE
from engine.layers.kind import Fault
from engine.layers.values import values_of

IMAGE = TensorSpec(shape=("B", 1, 8, 8))


@pytest.mark.parametrize(
    ("key", "parameters", "spec", "line"),
    [
        ("conv2d", {"padding": 1}, IMAGE, "H = ⌊(8 + 2·1 − 3) / 1⌋ + 1 = 8"),
        ("conv2d", {"dilation": 2}, IMAGE, "H = ⌊(8 + 2·0 − 2·(3 − 1) − 1) / 1⌋ + 1 = 4"),
        ("max_pool2d", {"kernel_size": 2}, IMAGE, "H = ⌊(8 + 2·0 − 2) / 2⌋ + 1 = 4"),
        ("conv_transpose2d", {"stride": 2}, IMAGE, "H = (8 − 1)·2 − 2·0 + 3 − 1 + 0 + 1 = 17"),
        ("flatten", {}, IMAGE, "1 · 8 · 8 = 64"),
        ("linear", {"out_features": 10}, TensorSpec(shape=("B", 64)), "64 in → 10 out, on the last axis"),
        ("relu", {}, IMAGE, ""),
    ],
)
def test_the_rule_is_written_with_numbers(key: str, parameters: dict[str, Value], spec: TensorSpec, line: str) -> None:
    kind = CATALOGUE[key]
    values = values_of(kind, Node(id=NodeId("n"), kind=key, parameters=parameters), {})
    found = kind.infer(values, {"x": spec})
    assert not isinstance(found, Fault)
    outputs = {"y": found} if isinstance(found, TensorSpec) else found

    assert worked_rule(key, values, {"x": spec}, outputs) == line


def test_the_written_size_is_the_one_that_comes_out() -> None:
    kind = CATALOGUE["max_pool2d"]
    values = values_of(kind, Node(id=NodeId("n"), kind="max_pool2d", parameters={"kernel_size": 3, "stride": 2}), {})
    found = kind.infer(values, {"x": IMAGE})
    assert isinstance(found, TensorSpec)

    assert worked_rule("max_pool2d", values, {"x": IMAGE}, {"y": found}).endswith(f"= {found.shape[2]}")
