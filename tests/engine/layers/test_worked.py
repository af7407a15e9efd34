"""A shape rule is worked out with the node's own numbers."""

from __future__ import annotations

import pytest

from engine.graph.ids import NodeId
from engine.graph.specs import TensorSpec
from engine.graph.types import Node, Value
from engine.layers.catalogue import CATALOGUE
from engine.layers.kind import Fault
from engine.layers.params import Values
from engine.layers.values import values_of

IMAGE = TensorSpec(shape=("B", 1, 8, 8))
SPECS = (IMAGE, *(TensorSpec(shape=("B", *sizes)) for sizes in ((4, 9), (2, 6, 7, 8), (5,), (4, 6, 6))))


@pytest.mark.parametrize(
    ("key", "parameters", "spec", "line"),
    [
        ("conv2d", {"padding": 1}, IMAGE, "H = ⌊(8 + 2·1 − 3) / 1⌋ + 1 = 8"),
        ("conv2d", {"dilation": 2}, IMAGE, "H = ⌊(8 + 2·0 − 2·(3 − 1) − 1) / 1⌋ + 1 = 4"),
        ("max_pool2d", {"kernel_size": 2}, IMAGE, "H = ⌊(8 + 2·0 − 2) / 2⌋ + 1 = 4"),
        ("pad2d", {"padding": (1, 1, 0, 3)}, IMAGE, "H = 0 + 8 + 3 = 11; W = 1 + 8 + 1 = 10"),
        ("pixel_unshuffle", {}, IMAGE, "H = 8 / 2 = 4"),
        ("upsample2d", {"scale_factor": 1.5}, IMAGE, "H = ⌊8 · 1.5⌋ = 12"),
        ("upsample2d", {"size": (5, 6)}, IMAGE, "H = 5; W = 6"),
        ("lp_pool2d", {"kernel_size": 2}, IMAGE, "H = ⌊(8 − 2) / 2⌋ + 1 = 4"),
        ("max_pool2d", {"kernel_size": 3, "ceil_mode": True}, IMAGE, "H = ⌈(8 + 2·0 − 3) / 3⌉ + 1 = 3"),
        (
            "max_pool2d",
            {"kernel_size": 2, "stride": 2, "padding": 1, "ceil_mode": True},
            TensorSpec(shape=("B", 1, 7, 7)),
            "H = ⌈(7 + 2·1 − 2) / 2⌉ = 4",
        ),
        (
            "conv2d",
            {"kernel_size": (3, 5)},
            IMAGE,
            "H = ⌊(8 + 2·0 − 3) / 1⌋ + 1 = 6; W = ⌊(8 + 2·0 − 5) / 1⌋ + 1 = 4",
        ),
        ("conv_transpose2d", {"stride": 2}, IMAGE, "H = (8 − 1)·2 − 2·0 + 3 − 1 + 0 + 1 = 17"),
        ("conv2d", {"padding": "same"}, IMAGE, "H = 8, kept by the padding"),
        ("flatten", {}, IMAGE, "1 · 8 · 8 = 64"),
        ("linear", {"out_features": 10}, TensorSpec(shape=("B", 64)), "64 in → 10 out, on the last axis"),
        ("relu", {}, IMAGE, ""),
    ],
)
def test_the_rule_is_written_with_numbers(key: str, parameters: dict[str, Value], spec: TensorSpec, line: str) -> None:
    assert _worked(key, parameters, spec)[0] == line


@pytest.mark.parametrize("key", [kind.key for kind in CATALOGUE.values() if kind.worked])
def test_the_written_size_is_the_one_that_comes_out(key: str) -> None:
    spec = next(spec for spec in SPECS if not isinstance(_inferred(key, {}, spec), Fault))
    line, out = _worked(key, {}, spec)

    assert str(out.shape[2] if out.rank > 2 else out.shape[-1]) in line or "mean" in line


def _worked(key: str, parameters: dict[str, Value], spec: TensorSpec) -> tuple[str, TensorSpec]:
    found = _inferred(key, parameters, spec)
    assert isinstance(found, TensorSpec)
    rule = CATALOGUE[key].worked
    return rule(_values(key, parameters), spec, found) if rule else "", found


def _inferred(key: str, parameters: dict[str, Value], spec: TensorSpec) -> TensorSpec | Fault:
    found = CATALOGUE[key].infer(_values(key, parameters), {"x": spec})
    return found if isinstance(found, TensorSpec | Fault) else next(iter(found.values()))


def _values(key: str, parameters: dict[str, Value]) -> Values:
    kind = CATALOGUE[key]
    return values_of(kind, Node(id=NodeId("n"), kind=key, parameters=parameters), {})
