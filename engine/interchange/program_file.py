"""PyTorch programs (.pt2): the exported graph with its weights, for `torch.export.load` and what is built on it."""

from __future__ import annotations

import io
import json
import warnings

import torch

from engine.errors import ExportError
from engine.interchange.comparing import Run, Tensors, tuple_of
from engine.interchange.notes import notes_of
from engine.interchange.reasons import reason_of
from engine.interchange.subject import Subject

_NOTES = "netwright.json"


def program_bytes(subject: Subject) -> bytes:
    """Write a model as a PyTorch program; what it is stands beside it as `netwright.json`.

    Raises:
        ExportError: torch.export cannot.
    """
    few = tuple(samples[:3].clone() for samples in subject.samples)
    shapes = tuple(
        {axis: torch.export.Dim(str(dim)) for axis, dim in enumerate(entry.spec.shape) if not isinstance(dim, int)}
        for entry in subject.entries
    )
    stream = io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the exporter warns about its own insides
            program = torch.export.export(subject.module, few, dynamic_shapes=shapes)
            torch.export.save(program, stream, extra_files={_NOTES: json.dumps(notes_of(subject))})
    except Exception as error:
        raise ExportError(f"PyTorch cannot export this network as a program: {reason_of(subject, error)}") from error
    return stream.getvalue()


def runner(content: bytes) -> Run:
    """Give what a program computes once it is read back."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as above
        module = torch.export.load(io.BytesIO(content)).module()

    def run(inputs: Tensors) -> Tensors:
        with torch.no_grad():
            return tuple_of(module(*inputs))

    return run
