"""ONNX files: written by torch's exporter and run by onnxruntime.

torch's exporter is not thread-safe: the designer gives every export a process of its own.
"""

from __future__ import annotations

import logging
import warnings
from typing import Final

import torch

from engine import __version__
from engine.errors import ExportError
from engine.interchange.comparing import Run, Tensors
from engine.interchange.notes import notes_of
from engine.interchange.reasons import reason_of
from engine.interchange.subject import Subject

OPSET: Final = 18
OPSETS: Final = range(17, 25)


def onnx_bytes(subject: Subject, opset: int) -> bytes:
    """Write a model as ONNX.

    Raises:
        ExportError: torch's exporter cannot.
    """
    import onnx  # heavy, and only exports need it

    names = [entry.name for entry in subject.entries]
    shapes = {
        entry.name: {axis: str(dim) for axis, dim in enumerate(entry.spec.shape) if not isinstance(dim, int)}
        for entry in subject.entries
    }
    few = tuple(samples[:3].clone() for samples in subject.samples)
    # It looks for torchvision's operators, which nothing here uses, and says so.
    logging.getLogger("torch.onnx._internal.exporter._registration").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the exporter warns about its own insides
            program = torch.onnx.export(
                subject.module,
                few,
                dynamo=True,
                verbose=False,
                opset_version=opset,
                input_names=names,
                output_names=list(subject.outputs),
                dynamic_shapes=tuple(shapes[name] or None for name in names),
                external_data=False,
            )
    except Exception as error:
        raise ExportError(f"PyTorch cannot export this network to ONNX: {reason_of(subject, error)}") from error
    assert program is not None
    model = program.model_proto
    onnx.helper.set_model_props(model, notes_of(subject))
    model.producer_name, model.producer_version = "Netwright", __version__
    content: bytes = model.SerializeToString()  # type: ignore[no-untyped-call]  # protobuf leaves it open
    return content


def runner(subject: Subject, content: bytes) -> Run:
    """Give what onnxruntime computes with a file."""
    import onnxruntime  # heavy, and only exports need it

    options = onnxruntime.SessionOptions()  # type: ignore[attr-defined]  # onnxruntime lists no exports
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(  # type: ignore[attr-defined]  # as above
        content, options, providers=["CPUExecutionProvider"]
    )
    names = [entry.name for entry in subject.entries]

    def run(inputs: Tensors) -> Tensors:
        feed = {name: tensor.numpy() for name, tensor in zip(names, inputs, strict=True)}
        return tuple(torch.from_numpy(array) for array in session.run(None, feed))

    return run
