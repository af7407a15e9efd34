"""Exports of networks that run along an axis: every step is written, so the data has to be of one length."""

from __future__ import annotations

import msgspec
import pytest
import torch

from engine.check.checker import check
from engine.codegen.export import Entry
from engine.codegen.networks import emit_networks
from engine.errors import ExportError
from engine.graph.ids import NodeId
from engine.graph.specs import TensorSpec
from engine.graph.types import Graph, Model
from engine.interchange import onnx_file, program_file
from engine.interchange.subject import Subject
from engine.runtime.build import build
from tests.loops import Shape, along, elman


def subject(shape: Shape) -> Subject:
    """A drawn recurrent network as a model `m`, ready to be exported for inputs of a shape."""
    training = Graph(models={NodeId("m"): Model(network="net")})
    project = msgspec.structs.replace(along(elman()), training={"learn": training})
    report = check(project)
    module = build(emit_networks(project, report, ["net"], "export"), "export_model").Net().eval()
    return Subject(
        project=project,
        report=report,
        training="learn",
        model="m",
        module=module,
        entries=(Entry(name="x", key="", spec=TensorSpec(shape=shape)),),
        outputs={"out": TensorSpec(shape=("B", "T", 16)), "last": TensorSpec(shape=("B", 16))},
        samples=(torch.randn(9, 5, 8),),
        weights="untrained",
        run="",
        tensors={},
        classes=(),
    )


def test_data_of_one_length_exports_and_gives_the_same_for_any_batch() -> None:
    given = subject(("B", 5, 8))
    run = onnx_file.runner(given, onnx_file.onnx_bytes(given, 18))
    x = torch.randn(7, 5, 8)

    for got, wanted in zip(run((x,)), given.module(x), strict=True):
        torch.testing.assert_close(got, wanted, atol=1e-5, rtol=1e-5)


def test_data_of_no_one_length_is_refused_with_the_reason() -> None:
    given = subject(("B", "T", 8))
    reason = "networks.net.rnn takes as many steps as its data is long"

    with pytest.raises(ExportError, match=f"to ONNX: {reason}"):
        onnx_file.onnx_bytes(given, 18)
    with pytest.raises(ExportError, match=f"as a program: {reason}"):
        program_file.program_bytes(given)
