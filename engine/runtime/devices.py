"""Devices: which there are, what they are called, and what `auto` means here."""

from __future__ import annotations

import os
import platform

import torch

from engine.errors import RunError


def available() -> dict[str, str]:
    """Give the title of every device by its name, best first."""
    found: dict[str, str] = {}
    for index in range(torch.cuda.device_count() if torch.cuda.is_available() else 0):
        properties = torch.cuda.get_device_properties(index)
        found[f"cuda:{index}"] = f"{properties.name} · {properties.total_memory / 2**30:.0f} GiB"
    if torch.backends.mps.is_available():
        found["mps"] = f"{platform.processor() or 'Apple'} GPU"
    found["cpu"] = f"CPU · {threads()} thread{'s' * (threads() != 1)}"
    return found


def resolve(wish: str) -> torch.device:
    """Give the device that a name stands for.

    Args:
        wish: auto, cpu, cuda, cuda:i or mps.

    Raises:
        RunError: there is none of that name here.
    """
    found = available()
    name = next(iter(found)) if wish in ("", "auto") else "cuda:0" if wish == "cuda" else wish
    if name not in found:
        raise RunError(f"there is no device {wish!r} here", remedy=f"Choose one of auto, {', '.join(found)}")
    return torch.device(name)


def threads() -> int:
    """Count the threads torch computes with on the CPU: one core is left to the window, and 8 are enough for a batch.

    `OMP_NUM_THREADS` decides where it is set.
    """
    asked = os.environ.get("OMP_NUM_THREADS", "")
    if asked.isdigit() and int(asked):
        return int(asked)
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(8, usable - 1))
