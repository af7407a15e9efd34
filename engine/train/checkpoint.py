"""Checkpoints: weights, optimiser state and the place in the run, written whole or not at all.

`best.safetensors` holds models and fitted transforms; `last.safetensors` also optimiser state. The place in the run
stands in the file's own metadata, so weights and place can never disagree; a readable copy is the .json beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
import torch
from msgspec import Meta

from engine.errors import FileError
from engine.feed.dataset import Models
from engine.runtime import weights
from engine.train.loop import Loop

_OPTIMIZER: Final = "optimizer/"
_FITTED: Final = "fitted/"
Which = Literal["best", "last"]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a run stood when its checkpoint was written."""

    stage: Annotated[int, Meta(ge=0)] = 0
    step: Annotated[int, Meta(ge=0)]
    """Steps of the stage done."""
    state: dict[str, Any]
    """State of every source."""
    epoch: int
    epoch_losses: dict[str, list[float]] = {}
    """Losses of the unfinished epoch so far, by objective."""
    best_epoch: int = 0
    best_value: float | None = None
    best_loss: float | None = None
    seconds: float = 0.0
    learning_rates: dict[str, float] = {}


def write(
    folder: Path,
    which: Which,
    loop: Loop,
    place: Place,
    *,
    fitted: Mapping[str, Mapping[str, torch.Tensor]],
    carried: Models,
    held: weights.Tensors,
) -> None:
    """Write a checkpoint.

    Args:
        folder: of the run's checkpoints.
        which: best or last.
        loop: in training.
        place: where the run stands.
        fitted: what transforms measured, by node and name.
        carried: models of earlier stages that the loop does not train.
        held: weights to write instead of those that the models have now; empty for those.

    Raises:
        FileError: the disk is full or may not be written to; the older checkpoint stands.
        OSError: likewise, for the readable copy alone.
    """
    tensors = dict(held) or weights.state_of({**carried, **loop.models})
    tensors |= {f"{_FITTED}{node}.{name}": tensor for node, found in fitted.items() for name, tensor in found.items()}
    if which == "last":
        tensors |= _optimizer_tensors(loop)
    text = msgspec.json.encode(place).decode()
    weights.write(folder / f"{which}.safetensors", tensors, {"place": text})
    copy = folder / f".{which}.json.tmp"
    copy.write_bytes(msgspec.json.format(text.encode(), indent=1))
    copy.replace(folder / f"{which}.json")


def read_place(folder: Path, which: Which) -> Place | None:
    """Read where a run stood; None when there is no checkpoint yet.

    Raises:
        FileError: there is one that cannot be read.
    """
    path = folder / f"{which}.safetensors"
    if not path.exists():
        return None
    try:
        return msgspec.json.decode(weights.read_notes(path).get("place", ""), type=Place)
    except msgspec.DecodeError as error:
        raise FileError("this checkpoint does not say where the run stood", where=str(path)) from error


def chosen(folder: Path) -> tuple[Which, Path]:
    """Give the weights of a run that people mean when they name the run: its best, else its last.

    Args:
        folder: of the run's checkpoints.

    Returns:
        Which, and their file; it may not be there yet.
    """
    best = folder / "best.safetensors"
    return ("best", best) if best.exists() else ("last", folder / "last.safetensors")


def restore(folder: Path, loop: Loop, place: Place, carried: Models) -> None:
    """Put models, optimisers and sources back to where the last checkpoint stood.

    Raises:
        FileError: it cannot be read or belongs to another graph.
    """
    path = folder / "last.safetensors"
    tensors = weights.read(path)
    weights.load_into({**carried, **loop.models}, model_tensors(tensors), str(path))
    for name, optimizer in loop.optimizers.items():
        _restore_optimizer(optimizer, name, tensors)
        if name in place.learning_rates:
            loop.set_learning_rate(name, place.learning_rates[name])
    loop.resume(place.step, place.state)


def model_tensors(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Give the tensors of models alone."""
    return {key: tensor for key, tensor in tensors.items() if not key.startswith((_OPTIMIZER, _FITTED))}


def fitted_tensors(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Give what transforms measured, by `NODE.NAME`."""
    return {key.removeprefix(_FITTED): tensor for key, tensor in tensors.items() if key.startswith(_FITTED)}


def _optimizer_tensors(loop: Loop) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = {}
    for name, optimizer in loop.optimizers.items():
        for index, state in optimizer.state_dict()["state"].items():
            for key, value in state.items():
                if isinstance(value, torch.Tensor):
                    found[f"{_OPTIMIZER}{name}/{index}/{key}"] = value
    return found


def _restore_optimizer(optimizer: torch.optim.Optimizer, name: str, tensors: Mapping[str, torch.Tensor]) -> None:
    prefix = f"{_OPTIMIZER}{name}/"
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    state: dict[int, dict[str, Any]] = {}  # as torch's own state_dict has it
    for key, tensor in tensors.items():
        if key.startswith(prefix):
            index, entry = key.removeprefix(prefix).split("/")
            state.setdefault(int(index), {})[entry] = _laid_out_as(parameters[int(index)], tensor)
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def _laid_out_as(parameter: torch.Tensor, tensor: torch.Tensor) -> torch.Tensor:
    """Copy what belongs to a parameter into its memory layout: a fused kernel goes through both side by side."""
    if tensor.shape != parameter.shape:
        return tensor.clone()
    return torch.empty_like(parameter, dtype=tensor.dtype, device=tensor.device).copy_(tensor)
