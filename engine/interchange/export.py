"""Exports that are compared before they are handed over: ONNX in onnxruntime, programs and weights by reading them back.

The file appears under its name only when the comparison was passed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from engine.errors import ExportError, UsageError
from engine.graph.types import Project
from engine.interchange import onnx_file, program_file
from engine.interchange.comparing import expected_of, require_equal
from engine.interchange.notes import notes_of
from engine.interchange.subject import Subject, Weights, subject_of
from engine.project.store import write_bytes
from engine.runtime import weights


@dataclass(frozen=True, slots=True)
class Exported:
    """What came out."""

    file: str
    format: str
    opset: int
    samples: int
    weights: Weights
    max_abs_difference: Mapping[str, float]
    note: str = ""
    """What people should know of the samples."""

    def fields(self) -> dict[str, Any]:
        """Give everything by name."""
        return asdict(self)


def export(
    project: Project,
    target: Path,
    *,
    run: str = "",
    raw_input: bool = False,
    folder: str = "",
    model: str = "",
    opset: int = onnx_file.OPSET,
) -> Exported:
    """Export a model and compare the result.

    Args:
        project: as drawn; a run brings its own.
        target: the file; its ending names the format (.onnx, .pt2, .safetensors).
        run: run folder that the weights come from; empty for untrained ones.
        raw_input: whether fitted transforms are left out.
        folder: where relative data paths start.
        model: id of the model; may be left out where there is only one.
        opset: of ONNX.

    Raises:
        UsageError: the ending names no format, or there is no such opset.
        ExportError: the export failed, or differs from the network.
    """
    formats = {".onnx": _onnx, ".pt2": _program, ".safetensors": _safetensors}
    if target.suffix not in formats:
        raise UsageError(
            f"{target.suffix or 'no ending'} is no format to export",
            where=str(target),
            remedy="Use .onnx, .pt2 or .safetensors",
        )
    if opset not in onnx_file.OPSETS:
        first, last = onnx_file.OPSETS[0], onnx_file.OPSETS[-1]
        raise UsageError(
            f"opset {opset} is none of those that are written", remedy=f"Choose one from {first} to {last}"
        )
    if not target.parent.is_dir():
        raise ExportError("there is no such folder", where=str(target.parent), remedy="Make it, or choose another")
    subject = subject_of(project, run=run, folder=folder, raw_input=raw_input, model=model)
    return formats[target.suffix](subject, target, opset)


def _onnx(subject: Subject, target: Path, opset: int) -> Exported:
    expected = expected_of(subject, target)
    content = onnx_file.onnx_bytes(subject, opset)
    found = require_equal(subject, onnx_file.runner(subject, content), expected, "ONNX model", target)
    write_bytes(target, content)
    return _compared(subject, target, "onnx", found, opset)


def _program(subject: Subject, target: Path, opset: int) -> Exported:
    expected = expected_of(subject, target)
    content = program_file.program_bytes(subject)
    found = require_equal(subject, program_file.runner(content), expected, "program", target)
    write_bytes(target, content)
    return _compared(subject, target, "pt2", found)


def _compared(subject: Subject, target: Path, name: str, found: Mapping[str, float], opset: int = 0) -> Exported:
    return Exported(
        file=str(target),
        format=name,
        opset=opset,
        samples=len(subject.samples[0]),
        weights=subject.weights,
        max_abs_difference=found,
        note=subject.note,
    )


def _safetensors(subject: Subject, target: Path, opset: int) -> Exported:
    temporary = target.with_name(f".{target.name}.{uuid4().hex[:8]}.tmp")
    try:
        weights.write(temporary, subject.tensors, notes_of(subject))
        found = weights.read(temporary)
        difference = max(
            float((found[key].double() - t.double()).abs().max()) for key, t in subject.tensors.items() if t.numel()
        )
        if difference > 0:
            raise ExportError("the weights on disk differ from those in memory; nothing was written", where=str(target))
        temporary.replace(target)
    except OSError as error:
        raise ExportError(f"cannot be written: {error.strerror}", where=str(target)) from error
    finally:
        temporary.unlink(missing_ok=True)
    return Exported(
        file=str(target),
        format="safetensors",
        opset=0,
        samples=0,
        weights=subject.weights,
        max_abs_difference=dict.fromkeys(subject.outputs, 0.0),
    )
