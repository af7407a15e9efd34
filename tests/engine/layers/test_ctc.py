"""CTC against all spellings written out, which the harness of all kinds cannot know."""

from __future__ import annotations

from itertools import groupby, product

import pytest
import torch

from engine.graph.specs import TensorSpec
from tests.kind_cases import Case, module_of, outcome, outputs_of, project_of

_INPUTS = {
    "scores": TensorSpec(shape=("B", 4, 3)),
    "target": TensorSpec(shape=("B", 3), dtype="int64"),
    "lengths": TensorSpec(shape=("B",), dtype="int64"),
}


def _surprise(scores: torch.Tensor, wanted: list[int], blank: int) -> float:
    """Add up the chances of every way to spell a row of classes, one class a step."""
    chances = scores.softmax(-1)
    total = 0.0
    for way in product(range(scores.shape[1]), repeat=len(scores)):
        spelled = [key for key, _ in groupby(way) if key != blank]
        if spelled == wanted:
            total += float(torch.stack([chances[step, key] for step, key in enumerate(way)]).prod())
    return -float(torch.tensor(total).log())


@pytest.mark.parametrize("blank", [0, 2])
@pytest.mark.parametrize("counted", [False, True])
def test_ctc_adds_up_every_spelling(blank: int, counted: bool) -> None:
    inputs = _INPUTS if counted else {port: spec for port, spec in _INPUTS.items() if port != "lengths"}
    case = Case("ctc", {"blank": blank}, inputs, {})
    outputs = outcome(case.kind, case.values, inputs)
    assert isinstance(outputs, dict)
    module = module_of(project_of(Case("ctc", {"blank": blank}, inputs, outputs)))
    scores = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(0))
    rows, steps = [[1, 2 - blank], [1]], [4, 3] if counted else [4, 4]
    target = torch.tensor([row + [blank] * (3 - len(row)) for row in rows])
    (found,) = outputs_of(module(scores, target, *([torch.tensor(steps)] if counted else [])))
    each = [_surprise(one[:count], row, blank) / len(row) for one, count, row in zip(scores, steps, rows, strict=True)]

    assert float(found) == pytest.approx(sum(each) / 2, rel=1e-5)
