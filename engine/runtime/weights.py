"""Weights on disk: safetensors, written whole or not at all, and checked when they are read."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import nn

from engine.errors import FileError
from engine.project.store import write_bytes

Tensors = Mapping[str, torch.Tensor]
_CHECKSUM: Final = "crc32"
_REMEDY: Final = "Put a copy in its place, or train again"


def write(path: Path, tensors: Tensors, notes: Mapping[str, str] | None = None) -> None:
    """Save tensors; the file of that name is replaced at once or stays as it was.

    Raises:
        FileError: the disk is full or may not be written to.
    """
    # Tensors that share memory cannot be saved together, and those on a device not at all.
    own = {key: tensor.detach().to("cpu", copy=True).contiguous() for key, tensor in tensors.items()}
    write_bytes(path, save(own, metadata={**(notes or {}), _CHECKSUM: _checksum(own)}))


def read(path: Path) -> dict[str, torch.Tensor]:
    """Load tensors onto the CPU.

    Raises:
        FileError: the file is missing, torn or no safetensors file, or a tensor is not what was written.
    """
    try:
        tensors = load_file(path)
    except FileNotFoundError:
        raise FileError("there are no weights", where=str(path), remedy="Train first") from None
    except (OSError, SafetensorError, ValueError) as error:
        raise _torn(path, error) from error
    if _notes(path).get(_CHECKSUM, found := _checksum(tensors)) != found:
        raise FileError("these weights have changed since they were written", where=str(path), remedy=_REMEDY)
    return tensors


def read_notes(path: Path) -> dict[str, str]:
    """Read what was written beside the tensors.

    Raises:
        FileError: the file is missing, torn or no safetensors file.
    """
    return {name: text for name, text in _notes(path).items() if name != _CHECKSUM}


def _notes(path: Path) -> dict[str, str]:
    try:
        with safe_open(path, framework="pt") as file:
            return dict(file.metadata() or {})
    except (OSError, SafetensorError, ValueError) as error:
        raise _torn(path, error) from error


def _torn(path: Path, error: Exception) -> FileError:
    return FileError(f"these are no weights: {error}", where=str(path), remedy=_REMEDY)


def _checksum(tensors: Tensors) -> str:
    """Sum up all bytes: safetensors itself notices a file that is too short, not one whose bytes have changed."""
    total = 0
    for key in sorted(tensors):
        if tensors[key].numel():
            total = zlib.crc32(tensors[key].reshape(-1).view(torch.uint8).numpy().data, total)
    return f"{total:08x}"


def state_of(models: Mapping[str, nn.Module]) -> dict[str, torch.Tensor]:
    """Give all tensors of models by key: model id, address, parameter name; one that is tied only under its owner's."""
    return {f"{name}.{key}": tensor for name, model in models.items() for key, tensor in own_tensors(model).items()}


def own_tensors(model: nn.Module) -> dict[str, torch.Tensor]:
    """Give the tensors of a model by key; one that stands in several places is told at the first, as torch does."""
    tied = {key for key, _ in model.named_parameters(remove_duplicate=False)} - {
        key for key, _ in model.named_parameters()
    }
    return {key: tensor for key, tensor in model.state_dict().items() if key not in tied}


def load_into(models: Mapping[str, nn.Module], tensors: Tensors, where: str) -> None:
    """Put tensors into models.

    Raises:
        FileError: a tensor is missing, too many, or of another shape.
    """
    wanted = state_of(models)
    missing = [key for key in wanted if key not in tensors]
    extra = [key for key in tensors if key not in wanted and key.split(".")[0] in models]
    if missing or extra:
        words = f"{missing[0]} is missing" if missing else f"{extra[0]} belongs to no node"
        raise FileError(f"the weights do not fit this graph: {words}", where=where, remedy="Open the run's own graph")
    for key, tensor in wanted.items():
        if tensors[key].shape != tensor.shape:
            found, needed = tuple(tensors[key].shape), tuple(tensor.shape)
            raise FileError(
                f"the weights do not fit this graph: {key} is {found}, the graph needs {needed}", where=where
            )
    with torch.no_grad():
        for key, tensor in wanted.items():
            tensor.copy_(tensors[key])
