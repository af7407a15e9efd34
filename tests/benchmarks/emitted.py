"""Measure a training step of the emitted digits network against the same network written by hand.

Run with `python -m tests.benchmarks.emitted [--json]`. Pairs are interleaved; the ratio is that of the medians.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time

import torch
from torch import nn

from engine.check.checker import check
from engine.codegen.networks import emit_networks
from engine.graph.types import Project
from engine.runtime.build import build
from tests.engine.codegen.test_networks import DigitsByHand, operators
from tests.graphs import digits_cnn

PAIRS = 200


def _step_ms(module: nn.Module, optimizer: torch.optim.Optimizer, images: torch.Tensor, labels: torch.Tensor) -> float:
    started = time.perf_counter()
    optimizer.zero_grad()
    nn.functional.cross_entropy(module(images), labels).backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    optimizer.step()
    return (time.perf_counter() - started) * 1000


def measure() -> dict[str, float]:
    """Measure both.

    Returns:
        Medians in ms, their ratio, and 1 when the operators are the same, in the same order.
    """
    project = Project(networks={"digits_cnn": digits_cnn()})
    emitted: nn.Module = build(emit_networks(project, check(project), ["digits_cnn"]), "model").DigitsCnn()
    by_hand = DigitsByHand()
    images, labels = torch.rand(32, 1, 8, 8), torch.randint(0, 10, (32,))
    same = operators(emitted, images) == operators(by_hand, images)
    modules = {"emitted": emitted, "by_hand": by_hand}
    optimizers = {name: torch.optim.AdamW(module.parameters()) for name, module in modules.items()}
    times: dict[str, list[float]] = {name: [] for name in modules}
    for number in range(PAIRS + 20):
        for name in modules if number % 2 else reversed(modules):
            taken = _step_ms(modules[name], optimizers[name], images, labels)
            if number >= 20:
                times[name].append(taken)
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    return {
        "emitted_ms": round(medians["emitted"], 3),
        "by_hand_ms": round(medians["by_hand"], 3),
        "ratio": round(medians["emitted"] / medians["by_hand"], 3),
        "same_operators": int(same),
    }


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description="Measure the emitted network against the hand-written one.")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    result = {**measure(), "pairs": PAIRS, "load": round(os.getloadavg()[0], 2)}
    print(json.dumps(result) if options.json else ", ".join(f"{key} {value}" for key, value in result.items()))


if __name__ == "__main__":
    main()
