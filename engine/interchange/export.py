"""Exports that are compared before they are handed over: ONNX in onnxruntime, weights by reading them back.

The file appears under its name only when the comparison was passed. torch's exporter is not thread-safe: the designer
gives every export a process of its own.
"""

from __future__ import annotations

import json
import logging
import math
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import torch

from engine import __version__
from engine.codegen.export import Entry
from engine.errors import ExportError, UsageError
from engine.graph.types import Project
from engine.interchange.subject import Subject, Weights, subject_of
from engine.project.store import write_bytes
from engine.runtime import weights

OPSET: Final = 18
TOLERANCE: Final = 1e-4
"""Largest difference allowed, relative to the larger of 1 and the largest value."""
_BATCHES: Final = (1, 7)


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
    project: Project, target: Path, *, run: str = "", raw_input: bool = False, folder: str = "", model: str = ""
) -> Exported:
    """Export a model and compare the result.

    Args:
        project: as drawn; a run brings its own.
        target: the file; its ending names the format (.onnx, .safetensors).
        run: run folder that the weights come from; empty for untrained ones.
        raw_input: whether fitted transforms are left out.
        folder: where relative data paths start.
        model: id of the model; may be left out where there is only one.

    Raises:
        UsageError: the ending names no format.
        ExportError: the export failed, or differs from the network.
    """
    formats = {".onnx": _onnx, ".safetensors": _safetensors}
    if target.suffix not in formats:
        raise UsageError(
            f"{target.suffix or 'no ending'} is no format to export",
            where=str(target),
            remedy="Use .onnx or .safetensors",
        )
    if not target.parent.is_dir():
        raise ExportError("there is no such folder", where=str(target.parent), remedy="Make it, or choose another")
    subject = subject_of(project, run=run, folder=folder, raw_input=raw_input, model=model)
    return formats[target.suffix](subject, target)


def _onnx(subject: Subject, target: Path) -> Exported:
    with torch.no_grad():
        expected = _tuple(subject.module(*subject.samples))
    if any(bool(output.isnan().any()) for output in expected):
        raise ExportError(
            "the network gives values that are no numbers for the data it was tested on; nothing was written",
            where=str(target),
            remedy="Train it again, or export another run",
        )
    content = _onnx_bytes(subject)
    differences = _compare(subject, content, expected)
    for name, (difference, allowed) in differences.items():
        if not difference <= allowed:
            raise ExportError(
                f"the ONNX model differs from PyTorch by {difference:.2g} at output {name}; nothing was written",
                where=str(target),
                remedy="Please report this network",
            )
    write_bytes(target, content)
    return Exported(
        file=str(target),
        format="onnx",
        opset=OPSET,
        samples=len(subject.samples[0]),
        weights=subject.weights,
        max_abs_difference={name: difference for name, (difference, _) in differences.items()},
        note=subject.note,
    )


def _onnx_bytes(subject: Subject) -> bytes:
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
                opset_version=OPSET,
                input_names=names,
                output_names=list(subject.outputs),
                dynamic_shapes=tuple(shapes[name] or None for name in names),
                external_data=False,
            )
    except Exception as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ExportError(f"PyTorch cannot export this network to ONNX: {first}") from error
    assert program is not None
    model = program.model_proto
    onnx.helper.set_model_props(model, _notes(subject))
    model.producer_name, model.producer_version = "Netwright", __version__
    content: bytes = model.SerializeToString()  # type: ignore[no-untyped-call]  # protobuf leaves it open
    return content


def _notes(subject: Subject) -> dict[str, str]:
    scale = "as the data has it" if all(_is_raw(subject, entry) for entry in subject.entries) else "prepared"
    notes = {
        "netwright.weights": subject.weights,
        "netwright.run": Path(subject.run).name,
        "netwright.inputs": json.dumps(
            {
                e.name: {"low": e.spec.low, "high": e.spec.high, "transforms": list(e.transforms)}
                for e in subject.entries
            }
        ),
        "netwright.input_scale": scale,
        "netwright.classes": json.dumps(list(subject.classes)),
        "netwright.outputs": "logits" if subject.classes else "values",
    }
    return {key: value for key, value in notes.items() if value}


def _is_raw(subject: Subject, entry: Entry) -> bool:
    owner = entry.key.partition(".")[0]
    return any(
        node.id == owner and node.snapshot is not None
        for node in subject.project.training[subject.training].nodes.values()
    )


def _compare(subject: Subject, content: bytes, expected: tuple[torch.Tensor, ...]) -> dict[str, tuple[float, float]]:
    import onnxruntime  # heavy, and only exports need it

    options = onnxruntime.SessionOptions()  # type: ignore[attr-defined]  # onnxruntime lists no exports
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(  # type: ignore[attr-defined]  # as above
        content, options, providers=["CPUExecutionProvider"]
    )
    count = len(subject.samples[0])
    largest = dict.fromkeys(subject.outputs, 0.0)
    for size in dict.fromkeys((*_BATCHES, count)):
        for start in range(0, count if size == count else min(count, 5 * size), size):
            feed = {
                e.name: s[start : start + size].numpy() for e, s in zip(subject.entries, subject.samples, strict=True)
            }
            for name, got, wanted in zip(subject.outputs, session.run(None, feed), expected, strict=True):
                difference = _difference(torch.from_numpy(got), wanted[start : start + size])
                largest[name] = max(largest[name], difference)
    return {
        name: (largest[name], TOLERANCE * max(1.0, _size(wanted)))
        for name, wanted in zip(subject.outputs, expected, strict=True)
    }


def _size(values: torch.Tensor) -> float:
    finite = values[values.isfinite()]
    return float(finite.abs().max()) if finite.numel() else 0.0


def _difference(got: torch.Tensor, wanted: torch.Tensor) -> float:
    """Give the largest difference; infinity where one is not finite and the other is something else."""
    gaps = torch.where(got == wanted, 0.0, (got.double() - wanted.double()).abs())
    return float(gaps.nan_to_num(nan=math.inf, posinf=math.inf).max())


def _safetensors(subject: Subject, target: Path) -> Exported:
    temporary = target.with_name(f".{target.name}.{uuid4().hex[:8]}.tmp")
    try:
        weights.write(temporary, subject.tensors, _notes(subject))
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


def _tuple(outputs: Any) -> tuple[torch.Tensor, ...]:  # a module gives a tensor or a tuple
    return outputs if isinstance(outputs, tuple) else (outputs,)
