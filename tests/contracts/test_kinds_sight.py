"""Every kind's word on how far it sees, held against torch: a place that is moved changes no other output than it says."""

from __future__ import annotations

from typing import Final

import pytest
import torch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine.graph.specs import TensorSpec
from engine.layers.catalogue import CATALOGUE
from engine.layers.sight import View
from tests.kind_cases import COMPUTING, Case, cases, concrete, module_of, outputs_of, project_of, tensors

_SEEING: Final = [key for key in COMPUTING if CATALOGUE[key].sees is not None and "unpool" not in key]
"""Unpooling sees as far as it says with the indices of the pool before it, which a kind by itself does not have."""
few: Final = settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate,),
)


@pytest.mark.parametrize("key", _SEEING)
@few
@given(data=st.data())
def test_what_a_kind_does_not_see_changes_nothing(key: str, data: st.DataObject) -> None:
    case = data.draw(cases(key))
    module = module_of(project_of(case)).eval()
    given_tensors = tensors(case)
    with torch.no_grad():
        before = outputs_of(module(*given_tensors))[0]
    for index, (port, spec) in enumerate(case.entering.items()):
        view = _view(case, port, spec)
        if view is None or not given_tensors[index].is_floating_point():
            continue
        for axis in range(given_tensors[index].dim()):
            place = data.draw(st.integers(0, given_tensors[index].shape[axis] - 1))
            moved = [tensor.clone() for tensor in given_tensors]
            moved[index].select(axis, place).add_(1)
            with torch.no_grad():
                after = outputs_of(module(*moved))[0]
            changed = ~torch.isclose(before.double(), after.double(), rtol=1e-3, atol=1e-3, equal_nan=True)

            assert _surprises(view, axis, place, changed) == []


def _view(case: Case, port: str, spec: TensorSpec) -> View | None:
    out = next(iter(case.outputs.values()))
    sees = case.kind.sees
    assert sees is not None
    view = sees(case.values, port, TensorSpec(shape=concrete(spec)), TensorSpec(shape=concrete(out)))
    assert view is None or len(view.places) == out.rank
    return view


def _surprises(view: View, axis: int, place: int, changed: torch.Tensor) -> list[int]:
    """Give output places that changed without seeing the one that was moved."""
    counting = [out for out, counted in enumerate(view.places) if counted == (axis,)]
    if axis in view.whole or axis in view.mixed or not counting:
        return []
    along = counting[0]
    others = [other for other in range(changed.dim()) if other != along]
    places = (changed.any(dim=others) if others else changed).nonzero().flatten().tolist()
    return [out for out in places if not _sees(view, axis, out, place)]


def _sees(view: View, axis: int, out: int, place: int) -> bool:
    taps = view.taps.get(axis)
    if taps is None:
        return out == place
    turns, phase = divmod(out, taps.period)
    seen = [each + turns * taps.advance for each in taps.at(phase)]
    return bool(seen) and min(seen) <= place <= max(seen)
