"""Sources, transforms and metrics in their harness: what is declared is held against the code it names.

Nothing is listed by kind: what to call follows from the declaration.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from math import isfinite
from typing import Any, Final

import pytest
import torch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine.layers.catalogue import CATALOGUE
from engine.layers.kind import Fault, LayerKind, Role
from engine.layers.params import Values
from engine.sources.describe import SNAPSHOTS
from engine.train.metrics import metrics_of
from engine.train.scores import SCORES
from tests.kind_cases import cases, concrete, tensors

_FEW: Final = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
)


def _keys(role: Role) -> list[str]:
    return [key for key, kind in CATALOGUE.items() if kind.role is role]


def _code(kind: LayerKind, package: str) -> Callable[..., Any]:
    assert kind.code is not None
    found: Callable[..., Any] = getattr(importlib.import_module(f"{package}.{kind.code.module}"), kind.code.function)
    return found


@pytest.mark.parametrize("key", _keys(Role.SOURCE))
def test_the_code_of_a_source_takes_what_it_declares(key: str) -> None:
    kind = CATALOGUE[key]
    own = {param.name for param in kind.parameters if not param.of_use}
    taken = inspect.signature(_code(kind, "engine.sources")).parameters

    assert {"batch_size", "validation", "test"} <= {param.name for param in kind.parameters if param.of_use}
    assert {name for name in taken if name != "folder"} == own


@pytest.mark.parametrize("key", _keys(Role.SOURCE))
def test_a_source_without_a_snapshot_asks_for_data(key: str) -> None:
    kind = CATALOGUE[key]
    found = kind.infer(Values(kind.defaults), {})

    assert isinstance(found, Fault)
    assert found.code == "no-data"
    assert "choose data" in found.message


@pytest.mark.parametrize("key", SNAPSHOTS)
def test_a_source_with_a_known_snapshot_declares_its_ports(key: str) -> None:
    declared = CATALOGUE[key].outputs
    assert isinstance(declared, tuple)

    assert [port.id for port in declared] == list(SNAPSHOTS[key].outputs)


@pytest.mark.parametrize("key", _keys(Role.TRANSFORM))
@_FEW
@given(data=st.data())
def test_a_transform_gives_what_its_rule_says(key: str, data: st.DataObject) -> None:
    case = data.draw(cases(key))
    torch.manual_seed(0)
    (x,) = tensors(case)
    transform = _code(case.kind, "engine.feed")
    y = transform.fit(x, **case.parameters)(x)  # type: ignore[attr-defined]  # a class

    assert tuple(y.shape) == concrete(case.outputs["y"])
    assert str(y.dtype) == f"torch.{case.outputs['y'].dtype}"
    assert bool(y.isfinite().all())


@pytest.mark.parametrize("key", _keys(Role.METRIC))
def test_the_plain_twin_of_a_metric_has_its_parameters_and_defaults(key: str) -> None:
    taken = inspect.signature(SCORES[key]).parameters.values()

    assert {param.name: param.default for param in taken} == dict(CATALOGUE[key].defaults)


@pytest.mark.parametrize("key", _keys(Role.METRIC))
@_FEW
@given(data=st.data())
def test_a_metric_measures_what_its_rule_accepts_the_same_everywhere(key: str, data: st.DataObject) -> None:
    case = data.draw(cases(key))
    torch.manual_seed(0)
    plain: Any = SCORES[key](**case.parameters)  # its classes have no common type
    fast = metrics_of({"it": (key, case.parameters)})["it"]
    for batch in (8, 3):
        given_ = tensors(case, symbols={"B": batch, "T": 7})
        fast.update(*given_)
        plain.update(*given_)

    assert isfinite(float(plain.compute()))
    assert float(fast.compute()) == pytest.approx(float(plain.compute()), rel=1e-4, abs=1e-6)
