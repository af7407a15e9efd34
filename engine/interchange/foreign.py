"""Weights that others trained: read from their files without running anything in them, and given in our keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from engine.check.report import Report
from engine.codegen.classes import constructors_of
from engine.codegen.networks import emit_networks
from engine.errors import FileError
from engine.graph.types import Project
from engine.interchange.mapping import Matched, Row, by_number
from engine.interchange.views import THIRDS, Shape
from engine.runtime.build import build
from engine.runtime.weights import own_tensors

Tensors = Mapping[str, torch.Tensor]
SAFE: Final = ".safetensors"
PICKLED: Final = (".pt", ".pth", ".bin")
_WRAPPERS: Final = ("state_dict", "model_state_dict", "model", "module", "net", "params", "weights")
"""Under what a checkpoint keeps its state dict."""
_REMEDY: Final = "Save the module's state dict: torch.save(model.state_dict(), ...), or as .safetensors"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The tensors of a network."""

    shapes: Mapping[str, Shape]
    """By key, in the order of the network."""
    tied: Mapping[str, Shape]
    """Those that are other names of the same tensors."""


@dataclass(frozen=True, slots=True)
class Applied:
    """Tensors in our keys, and what became of every other."""

    tensors: Mapping[str, torch.Tensor]
    loaded: tuple[str, ...]
    """Our keys that were found."""
    transposed: tuple[str, ...]
    """Those among them that were turned round."""
    missing: tuple[str, ...]
    left_over: tuple[str, ...]
    """Keys of the file that were not used."""


def read(path: Path) -> dict[str, torch.Tensor]:
    """Read the tensors of a file, in the order of its modules as far as it tells.

    Raises:
        FileError: it cannot be read, or holds anything that would have to be run.
    """
    if path.suffix == SAFE:
        tensors = _read_safe(path)
        return {key: tensors[key] for key in by_number(tensors)}
    if path.suffix in PICKLED:
        return _state_in(_read_pickled(path), str(path))
    endings = ", ".join((SAFE, *PICKLED))
    raise FileError("this ending is not known for weights", where=str(path), remedy=f"Known are {endings}")


def _read_safe(path: Path) -> dict[str, torch.Tensor]:
    try:
        return load_file(path)
    except FileNotFoundError:
        raise FileError("there is no such file", where=str(path)) from None
    except (OSError, SafetensorError, ValueError) as error:
        raise FileError(f"these are no weights: {error}", where=str(path)) from error


def _read_pickled(path: Path) -> object:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise FileError("there is no such file", where=str(path)) from None
    except OSError as error:
        raise FileError(f"the file cannot be read: {error.strerror}", where=str(path)) from error
    except Exception as error:  # a border: a stranger's bytes break off in any way there is
        raise FileError(
            "this is no state dict: it is damaged, or holds objects whose code would have to be run, which is never done",
            where=str(path),
            remedy=_REMEDY,
        ) from error


def _state_in(held: object, where: str) -> dict[str, torch.Tensor]:
    """Find the state dict in what a file holds: itself, or one of a checkpoint's entries."""
    if isinstance(held, Mapping):
        found = max((_tensors(inner) for inner in (held, *(held.get(name) for name in _WRAPPERS))), key=len)
        if found:
            return found
    raise FileError("there is no state dict in this file", where=where, remedy=_REMEDY)


def _tensors(held: object) -> dict[str, torch.Tensor]:
    if not isinstance(held, Mapping):
        return {}
    return {
        key: value.detach() for key, value in held.items() if isinstance(key, str) and isinstance(value, torch.Tensor)
    }


def shapes_of(tensors: Tensors) -> dict[str, Shape]:
    """Give the shapes of tensors."""
    return {key: tuple(tensor.shape) for key, tensor in tensors.items()}


def wanted_of(project: Project, report: Report, network: str) -> Wanted:
    """Tell the tensors of a network; no memory is taken for them.

    Args:
        project: recipes written out.
        report: what the check says of it.
        network: its name.

    Raises:
        BuildError: the network has an error.
    """
    source = build(emit_networks(project, report, [network], "export"), "weights")
    maker = constructors_of(project, report, [network])[network]
    with torch.device("meta"):
        module: nn.Module = getattr(source, maker.title)(**maker.arguments)
    own = shapes_of(own_tensors(module))
    return Wanted(own, {key: shape for key, shape in shapes_of(module.state_dict()).items() if key not in own})


def apply(found: Matched, tensors: Tensors) -> Applied:
    """Give a file's tensors in our keys.

    Args:
        found: which is which.
        tensors: those of the file.
    """
    taken = {row.key: _taken(row, tensors[row.source]) for row in found.rows}
    zeros = {key: torch.zeros((), dtype=torch.int64) for key in found.filled}
    return Applied(
        tensors={**taken, **zeros},
        loaded=tuple(taken),
        transposed=tuple(row.key for row in found.rows if row.transposed),
        missing=tuple(absent.key for absent in found.missing),
        left_over=found.left_over,
    )


def _taken(row: Row, tensor: torch.Tensor) -> torch.Tensor:
    if row.part is not None:
        tensor = tensor.chunk(len(THIRDS), dim=1 if row.transposed else 0)[row.part]
    if row.transposed:
        tensor = tensor.t()
    return tensor.reshape(row.shape) if row.reshaped else tensor
