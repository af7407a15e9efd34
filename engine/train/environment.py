"""What a run ran on: versions and machine, for whoever opens its folder years later."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

import torch

from engine import __version__
from engine.runs.plan import Plan

_PACKAGES = ("numpy", "scikit-learn", "torchmetrics", "safetensors")


def environment(plan: Plan) -> dict[str, str]:
    """Describe what a plan runs on."""
    found = {
        "netwright": __version__,
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "platform": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "device": plan.device,
        "threads": str(plan.threads),
    }
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
