"""Measure training: the loop against a hand-written DataLoader loop and a hand-tuned one, and a run against its loop.

Run with `python -m tests.benchmarks.training [--json] [--pairs N]`. Each figure is the median of interleaved pairs, on one
thread of the CPU. Loops of others run in a process of their own, for how ours keeps memory would help them too.
"""

from __future__ import annotations

import argparse
import json
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from engine.graph.ids import NodeId
from engine.graph.types import Node, Project
from engine.project.bundled import read_example
from engine.recipes.new import new_project
from engine.runs.commands import Watch
from engine.runs.planning import plan_of
from engine.runtime.memory import keep_freed
from engine.sources.describe import describe
from engine.train.session import Session, run_plan
from engine.train.staging import Stage, resolved, staged
from tests.graphs import chain, node

_IMAGES = 2048


def lenet() -> list[Node]:
    """LeNet-5 with max pooling (LeCun et al. 1998)."""
    return [
        node("conv1", "conv2d", out_channels=6, kernel_size=(5, 5), padding=2),
        node("relu1", "relu"),
        node("pool1", "max_pool2d", kernel_size=2),
        node("conv2", "conv2d", out_channels=16, kernel_size=(5, 5)),
        node("relu2", "relu"),
        node("pool2", "max_pool2d", kernel_size=2),
        node("flatten", "flatten"),
        node("hidden1", "linear", out_features=120),
        node("relu3", "relu"),
        node("hidden2", "linear", out_features=84),
        node("relu4", "relu"),
    ]


def keras_cnn() -> list[Node]:
    """The network of Keras' "Simple MNIST convnet"."""
    return [
        node("conv1", "conv2d", out_channels=32),
        node("relu1", "relu"),
        node("pool1", "max_pool2d", kernel_size=2),
        node("conv2", "conv2d", out_channels=64),
        node("relu2", "relu"),
        node("pool2", "max_pool2d", kernel_size=2),
        node("flatten", "flatten"),
        node("drop", "dropout", p=0.5),
    ]


def pytorch_cnn() -> list[Node]:
    """The network of PyTorch's "Basic MNIST example"."""
    return [
        node("conv1", "conv2d", out_channels=32),
        node("relu1", "relu"),
        node("conv2", "conv2d", out_channels=64),
        node("relu2", "relu"),
        node("pool", "max_pool2d", kernel_size=2),
        node("drop1", "dropout2d", p=0.25),
        node("flatten", "flatten"),
        node("hidden", "linear", out_features=128),
        node("relu3", "relu"),
        node("drop2", "dropout", p=0.5),
    ]


_MNIST: Final = {"mnist_lenet": lenet, "mnist_keras": keras_cnn, "mnist_pytorch": pytorch_cnn}


def mnist_project(name: str, folder: Path) -> Project:
    """One of the CNNs that tutorials teach MNIST with, on made-up images of its size, batches of 64."""
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (_IMAGES, 28, 28), dtype=np.uint8)
    labels = (np.arange(_IMAGES) % 10).astype(np.uint8)
    (folder / "images").write_bytes(struct.pack(">4B3I", 0, 0, 8, 3, *pixels.shape) + pixels.tobytes())
    (folder / "labels").write_bytes(struct.pack(">4BI", 0, 0, 8, 1, _IMAGES) + labels.tobytes())
    source = Node(id=NodeId("data"), kind="idx", parameters={"images": "images", "labels": "labels", "batch_size": 64})
    project = new_project("classification", msgspec.structs.replace(source, snapshot=describe(source, folder)))
    image, ends = (
        node("image", "input", shape=("B", 1, 28, 28)),
        (node("head", "linear", out_features=10), node("scores", "output")),
    )
    return msgspec.structs.replace(
        project, networks={next(iter(project.networks)): chain(image, *_MNIST[name](), *ends)}
    )


def stage_of(project: Project, folder: Path) -> Stage:
    """Build a run's only stage with one thread."""
    plan = plan_of(project, name="measured", folder=folder, device="cpu", epochs=1)
    return staged(resolved(msgspec.structs.replace(plan, threads=1)), 0)


def by_loop(stage: Stage, steps: int) -> float:
    """Seconds that the loop takes for some steps."""
    begun = time.perf_counter()
    for _ in range(steps):
        stage.loop.step()
    stage.loop.fetch()
    return time.perf_counter() - begun


def tensors_of(stage: Stage) -> tuple[torch.Tensor, torch.Tensor, int]:
    """Inputs and labels of the training part, and the batch size."""
    (source,) = stage.data.parts["train"].values()
    x, y = sorted(source.values(), key=lambda tensor: tensor.dtype == torch.int64)
    return x, y, next(iter(stage.data.batch_sizes.values()))


def plain_loop(stage: Stage) -> Callable[[int], float]:
    """The loop of a tutorial: a DataLoader, the default optimiser, `.item()` at every step."""
    model: nn.Module = stage.written.build_models()["net"].train()
    x, y, batch_size = tensors_of(stage)
    optimizer = torch.optim.AdamW(model.parameters())
    loader = DataLoader(TensorDataset(x, y), batch_size=batch_size, shuffle=True)

    def measured(steps: int) -> float:
        begun, done, total = time.perf_counter(), 0, 0.0
        while done < steps:
            for features, labels in loader:
                optimizer.zero_grad()
                loss = functional.cross_entropy(model(features), labels)
                loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it open
                optimizer.step()
                total += loss.item()
                done += 1
                if done == steps:
                    break
        return time.perf_counter() - begun

    return measured


def tuned_loop(stage: Stage) -> Callable[[int], float]:
    """What somebody who measures would write: preloaded tensors, channels last, fused optimiser, nothing fetched."""
    model: nn.Module = stage.written.build_models()["net"].train()
    model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub leaves it out
    x, y, batch_size = tensors_of(stage)
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)

    def measured(steps: int) -> float:
        begun, done = time.perf_counter(), 0
        while done < steps:
            order = torch.randperm(len(x))
            for start in range(0, len(x), batch_size):
                chosen = order[start : start + batch_size]
                loss = functional.cross_entropy(model(x.index_select(0, chosen)), y.index_select(0, chosen))
                loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it open
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
                done += 1
                if done == steps:
                    break
        return time.perf_counter() - begun

    return measured


class Others:
    """The loops of others over one of our data sets, in a process of their own.

    Args:
        name: of what is measured.
    """

    def __init__(self, name: str) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.training", "--others", name]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def seconds(self, loop: str, steps: int) -> float:
        """Give the seconds that a loop takes for some steps."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(loop, steps, file=self._process.stdin, flush=True)
        return float(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def serve_others(name: str) -> None:
    """Answer how long loops of others take, until there are no more questions."""
    with tempfile.TemporaryDirectory() as folder:
        stage = measured_stage(name, Path(folder))
    loops = {"plain": plain_loop(stage), "tuned": tuned_loop(stage)}
    for line in sys.stdin:
        loop, steps = line.split()
        print(loops[loop](int(steps)), flush=True)


def measured_stage(name: str, folder: Path) -> Stage:
    """Build what is measured: an example, or a CNN of MNIST's size."""
    return stage_of(mnist_project(name, folder) if name in _MNIST else read_example(name), folder)


def measure(name: str, steps: int, pairs: int) -> dict[str, float]:
    """Compare the three loops.

    Returns:
        Milliseconds of one step, and how many times faster the loop is than the others.
    """
    with tempfile.TemporaryDirectory() as folder:
        stage = measured_stage(name, Path(folder))
    others = Others(name)
    for loop in ("plain", "tuned"):
        others.seconds(loop, max(steps // 4, 4))
    by_loop(stage, max(steps // 4, 4))
    ours: list[float] = []
    against: dict[str, list[float]] = {"plain": [], "tuned": []}
    for _ in range(pairs):
        for loop, ratios in against.items():
            ours.append(by_loop(stage, steps))
            ratios.append(others.seconds(loop, steps) / ours[-1])
    others.close()
    found = {f"against_{loop}": statistics.median(ratios) for loop, ratios in against.items()}
    return {"step_ms": statistics.median(ours) / steps * 1000, **found}


def watched_share(project: Project, epochs: int, pairs: int) -> float:
    """How fast a run is with four nodes looked at, against one that nobody looks at."""
    nodes = [f"{name}.{node}" for name, network in project.networks.items() for node in network.nodes][:4]
    ratios = []
    for _ in range(pairs):
        unwatched, watched = (_run_seconds(project, epochs, addresses) for addresses in ((), tuple(nodes)))
        ratios.append(unwatched / watched)
    return statistics.median(ratios)


def _run_seconds(project: Project, epochs: int, addresses: tuple[str, ...]) -> float:
    plan = plan_of(project, name="measured", device="cpu", epochs=epochs)
    with tempfile.TemporaryDirectory() as folder:
        session = Session(msgspec.structs.replace(plan, threads=1), Path(folder, "run"), lambda event: None)
        session.command(Watch(addresses=addresses))
        return getattr(session.run(), "seconds", float("nan"))


def run_share(project: Project, epochs: int, pairs: int) -> float:
    """How much of a run's training time is the loop: the rest is evaluation, checkpoints and the record."""
    shares = []
    for _ in range(pairs):
        stage = stage_of(project, Path())
        loop = by_loop(stage, epochs * stage.loop.steps_per_epoch)
        with tempfile.TemporaryDirectory() as folder:
            plan = plan_of(project, name="measured", device="cpu", epochs=epochs)
            end = run_plan(msgspec.structs.replace(plan, threads=1), Path(folder, "run"), lambda event: None)
        shares.append(loop / getattr(end, "seconds", float("nan")))
    return statistics.median(shares)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--others", help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.others:
        serve_others(options.others)
        return
    keep_freed()
    found: dict[str, dict[str, float]] = {}
    for name, steps in (("digits_mlp", 400), ("digits_cnn", 40)):
        found[name] = measure(name, steps, options.pairs)
        found[name]["loop_share_of_run"] = run_share(read_example(name), 5, 3)
        found[name]["watched"] = watched_share(read_example(name), 20, options.pairs)
    for name, steps in (("mnist_lenet", 40), ("mnist_keras", 20), ("mnist_pytorch", 10)):
        found[name] = measure(name, steps, options.pairs)
    if options.json:
        print(json.dumps(found))
        return
    for name, figures in found.items():
        print(f"{name}: " + ", ".join(f"{key} {value:.3f}" for key, value in figures.items()))


if __name__ == "__main__":
    main()
