"""What to say when a run fails: cause, node and remedy in words; it must not know threads."""

from __future__ import annotations

import torch

from engine.runs.events import Failed
from engine.train.probe import Probe
from engine.train.progress import Progress
from engine.train.staging import Stage


def not_finite(stage: Stage, probe: Probe, progress: Progress) -> Failed:
    """Name the first node whose value is not finite by replaying the flagged step, and keep the last good weights."""
    flagged = stage.loop.flagged
    step = stage.steps_before + flagged
    found, address = probe.first_not_finite(stage.loop.replay_batch())
    kept = progress.keep_good()
    return Failed(
        step=step,
        what=f"{found} is not finite at step {step:,}; the weights of step {kept:,} are kept",
        address=address,
        remedy=f"Lower the learning rate{_rates(stage)}, or look for extreme values in the data",
    )


def words_of(error: Exception) -> tuple[str, str]:
    """Give what happened and what to do about an exception of torch or Python."""
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if isinstance(error, torch.OutOfMemoryError | MemoryError) or "out of memory" in first or "can't allocate" in first:
        return "there is not enough memory for this step", "Make the batch smaller, or the network"
    if (isinstance(error, IndexError) and "out of bounds" in first) or "Target" in first:
        return (
            f"a label is outside the classes that the network scores: {first}",
            "Give the network as many outputs as there are classes",
        )
    return f"{type(error).__name__}: {first}", "The log tells more"


def _rates(stage: Stage) -> str:
    rates = [group["lr"] for optimizer in stage.loop.optimizers.values() for group in optimizer.param_groups]
    return f" (now {max(rates):g})" if rates else ""
