"""Every kind that exports gives in onnxruntime what it gives in torch, for any batch and length; kinds are not named in here.

Several kinds stand in one network of many inputs and outputs: one export takes seconds, whatever is in it.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from typing import Any, Final

import onnxruntime
import pytest
import torch
from hypothesis import HealthCheck, Phase, assume, given, settings
from torch import nn

from engine.interchange.comparing import TOLERANCE
from engine.interchange.onnx_file import OPSET
from engine.layers.catalogue import CATALOGUE
from tests.kind_cases import COMPUTING, Case, cases, concrete, module_of, outputs_of, project_of, tensors

_PACK: Final = 8
_USES: Final = 2
_GENEROUS: Final = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
_SIZES: Final = ((1, 24), (5, 17))


def _packs() -> list[tuple[str, ...]]:
    exported = [key for key in COMPUTING if not CATALOGUE[key].no_onnx]
    return [tuple(exported[start : start + _PACK]) for start in range(0, len(exported), _PACK)]


@pytest.mark.parametrize("pack", _packs(), ids="-".join)
def test_onnx_gives_what_torch_gives_for_any_batch(pack: tuple[str, ...]) -> None:
    several = [case for key in pack for case in _rich(key)]
    torch.manual_seed(0)
    module = module_of(project_of(*several), "export").eval()
    session = _session(module, several)

    for batch, length in _SIZES:
        inputs = _inputs(several, batch, length)
        with torch.no_grad():
            wanted, again = (outputs_of(module(*inputs)) for _ in range(2))
        found = session.run(
            None, {entry.name: x.numpy() for entry, x in zip(session.get_inputs(), inputs, strict=True)}
        )
        faults = [_fault(*each) for each in zip(_names(several), wanted, again, found, strict=True)]

        assert list(filter(None, faults)) == []


def _rich(key: str) -> list[Case]:
    """Choose, of many random uses of a kind, those that leave the fewest parameters at their defaults."""
    drawn: list[Case] = []

    @_GENEROUS
    @given(cases(key))
    def draw(case: Case) -> None:
        assume(_takes_one_sample(case))
        drawn.append(case)

    draw()
    defaults = CATALOGUE[key].defaults
    changed = {id(case): sum(value != defaults[name] for name, value in case.parameters.items()) for case in drawn}
    sizes = {id(case): sum(len(set(concrete(spec))) for spec in case.inputs.values()) for case in drawn}
    return sorted(drawn, key=lambda case: (changed[id(case)], sizes[id(case)]))[-_USES:]


def _takes_one_sample(case: Case) -> bool:
    """Say whether torch computes it for a batch of one: a norm by the batch's own statistics may not."""
    module = module_of(project_of(case), "export").eval()
    try:
        module(*tensors(case, symbols={"B": 1, "T": 24}))
    except ValueError:
        return False
    return True


def _inputs(several: list[Case], batch: int = 3, length: int = 24) -> tuple[torch.Tensor, ...]:
    return tuple(x for case in several for x in tensors(case, symbols={"B": batch, "T": length}))


def _names(several: list[Case]) -> list[str]:
    return [f"{case.key}.{port} of {dict(case.parameters)}" for case in several for port in case.outputs]


def _fault(name: str, wanted: torch.Tensor, again: torch.Tensor, found: Any) -> str:  # a numpy array
    got = torch.from_numpy(found)
    if got.shape != wanted.shape or got.dtype != wanted.dtype:
        return f"{name}: {tuple(got.shape)} {got.dtype}, expected {tuple(wanted.shape)} {wanted.dtype}"
    if not torch.equal(wanted, again):
        return ""  # drawn anew each time: only its shape can be compared
    got, wanted = got.double(), wanted.detach().double()  # a weight may be given as it is
    allowed = TOLERANCE * max(1.0, float(wanted.abs().max()))
    difference = float((got - wanted).abs().max())
    return "" if difference <= allowed else f"{name}: differs by {difference}"


def _session(module: nn.Module, several: list[Case]) -> Any:  # onnxruntime has no annotations
    inputs = _inputs(several)
    shapes: tuple[Mapping[int, str], ...] = tuple(
        {axis: str(dim) for axis, dim in enumerate(spec.shape) if not isinstance(dim, int)}
        for case in several
        for spec in case.entering.values()
    )
    logging.getLogger("torch.onnx._internal.exporter._registration").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns about its own insides
        program = torch.onnx.export(
            module, inputs, dynamo=True, verbose=False, opset_version=OPSET, dynamic_shapes=shapes, external_data=False
        )
    assert program is not None
    options = onnxruntime.SessionOptions()  # type: ignore[attr-defined]  # onnxruntime lists no exports
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    content = program.model_proto.SerializeToString()  # type: ignore[no-untyped-call]  # protobuf leaves it open
    return onnxruntime.InferenceSession(  # type: ignore[attr-defined]  # as above
        content, options, providers=["CPUExecutionProvider"]
    )


def test_a_kind_that_does_not_export_says_why() -> None:
    for kind in CATALOGUE.values():
        assert not kind.no_onnx or len(kind.no_onnx) > 10, kind.key
