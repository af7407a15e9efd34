"""Fixed text of stand-alone projects: the script that trains, and the page that explains; @WORDS@ are filled in elsewhere."""

from __future__ import annotations

from typing import Final

TRAIN: Final = '''\
"""Train as the project says; written by Netwright. `python train.py --help` tells what can be chosen."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from types import ModuleType

import torch

from followers import begin
from loop import Loop, Part, evaluate
from scores import SCORES

@IMPORTS@

SEED = @SEED@
DEVICE = @DEVICE@
FOLDER = @FOLDER@
HAS_FILTERS = @FILTERS@
STAGES = @STAGES@

Weights = dict[str, dict[str, torch.Tensor]]


def main() -> int:
    """Train every stage, test the best weights, save them."""
    options = read_options()
    torch.set_num_threads(options.threads)
    device = choose_device(options.device)
    models: dict[str, torch.nn.Module] = {}
    for training, data, unit, count in STAGES:
        prepared = data.prepare(options.seed, options.folder).on(device)
        torch.manual_seed(options.seed)
        fresh = training.build_models()
        for name, model in fresh.items():
            if name in models and shapes(models[name]) == shapes(model):
                model.load_state_dict(models[name].state_dict())
        followers = getattr(training, "FOLLOWERS", ())
        begin(fresh, followers, kept=models)
        models |= fresh
        loop = Loop(
            fresh,
            prepared.sources(options.seed),
            training.OBJECTIVES,
            training.draw,
            followers=followers,
            seed=options.seed,
            device=device,
            channels_last=HAS_FILTERS and device.type in ("cpu", "cuda"),
        )
        if options.print_losses:
            print_losses(loop, options.print_losses)
            return 0
        if options.epochs:
            unit, count = "epochs", options.epochs
        steps = count if unit == "steps" else count * loop.steps_per_epoch
        best = train(loop, training, prepared.parts["validation"], steps, options.seed)
        if best is None:
            return 1
    finish(loop, training, prepared.parts["test"], best, options.seed)
    save(models, Path(__file__).parent)
    return 0


def shapes(model: torch.nn.Module) -> dict[str, torch.Size]:
    """Give the shape of every tensor a model holds."""
    return {key: tensor.shape for key, tensor in model.state_dict().items()}


def read_options() -> argparse.Namespace:
    """Read the command line; everything has the project's value when left out."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    asked = os.environ.get("OMP_NUM_THREADS", "")
    threads = int(asked) if asked.isdigit() and int(asked) else max(1, min(8, usable - 1))
    parser = argparse.ArgumentParser(description="Train as the project says.")
    parser.add_argument("--epochs", type=int, default=0, help="instead of the project's length")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--device", default=DEVICE, help="auto, cpu, cuda, cuda:1, mps")
    parser.add_argument("--threads", type=int, default=threads, help="of the CPU; they decide the last bits")
    here = str(Path(__file__).parent)
    parser.add_argument("--folder", default=FOLDER or here, help="where relative data paths start")
    parser.add_argument("--print-losses", type=int, default=0, metavar="N", help="print the first N losses and stop")
    return parser.parse_args()


def choose_device(wish: str) -> torch.device:
    """Give the device of a name; `auto` is the best there is."""
    if wish != "auto":
        return torch.device(wish)
    if torch.cuda.is_available():
        return torch.device("cuda:0")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def print_losses(loop: Loop, count: int) -> None:
    """Print the losses of the first steps, exactly."""
    for _ in range(count):
        loop.step()
    first, losses = loop.fetch()
    for name, values in losses.items():
        for number, value in enumerate(values, first):
            print(f"{name} {number} {value!r}")


def train(loop: Loop, training: ModuleType, validation: Part, steps: int, seed: int) -> Weights | None:
    """Train, and give the weights that did best on the validation part; None when a value was not finite."""
    best = None
    kept: Weights = {}
    while loop.step_number < steps:
        loop.step()
        if loop.step_number % loop.steps_per_epoch and loop.step_number < steps:
            continue
        _, losses = loop.fetch()
        if loop.flagged:
            print(f"step {loop.flagged}: a value is not finite. Lower the learning rate", file=sys.stderr)
            return None
        shown = " ".join(f"{name} {sum(values) / max(len(values), 1):.4f}" for name, values in losses.items())
        means, scores = measure(loop, training, validation, seed)
        print(f"epoch {loop.epoch} train {shown} validation {words(means)} {words(scores)}".rstrip(), flush=True)
        rank = ranking(loop, training, means, scores)
        if best is None or rank > best:
            best = rank
            kept = {name: {key: x.clone() for key, x in m.state_dict().items()} for name, m in loop.models.items()}
    return kept


def finish(loop: Loop, training: ModuleType, test: Part, best: Weights, seed: int) -> None:
    """Put the best weights in and measure them on the test part."""
    for name, weights in best.items():
        loop.models[name].load_state_dict(weights)
    means, scores = measure(loop, training, test, seed)
    print(f"test {words(means)} {words(scores)}".rstrip())


def measure(loop: Loop, training: ModuleType, part: Part, seed: int) -> tuple[dict[str, float], dict[str, float]]:
    """Measure the models on one part of the data; an empty one says nothing."""
    metrics = {name: SCORES[kind](**options) for name, (kind, options) in training.METRICS.items()}
    objectives = [objective.id for objective in training.OBJECTIVES]
    means, scores, count = evaluate(
        loop.models, part, training.evaluate, training.draw, objectives, metrics, seed=seed
    )
    return (means, scores) if count else ({}, {})


def ranking(
    loop: Loop, training: ModuleType, means: dict[str, float], scores: dict[str, float]
) -> tuple[float, float]:
    """Order weights: by the metric that rises, then by the loss; where neither says which are good, the last are best."""
    alone = len(training.OBJECTIVES) == 1
    if not means or not (alone or training.CHOSEN_BY):
        return loop.step_number, 0.0
    return scores.get(training.CHOSEN_BY, 0.0), -next(iter(means.values())) if alone else 0.0


def words(values: dict[str, float]) -> str:
    """Write values as words."""
    return " ".join(f"{name} {value:.4f}" for name, value in values.items())


def save(models: dict[str, torch.nn.Module], folder: Path) -> None:
    """Save the weights of all models, each under its id."""
    weights = {
        f"{name}.{key}": x.detach().contiguous()
        for name, m in models.items()
        for key, x in (*m.named_parameters(), *m.named_buffers())
    }
    try:
        from safetensors.torch import save_file
    except ImportError:
        torch.save(weights, folder / "weights.pt")
        return
    save_file(weights, folder / "weights.safetensors")


if __name__ == "__main__":
    sys.exit(main())
'''

README: Final = """\
# A PyTorch project written by Netwright

It trains @NETWORKS@ with torch and numpy (and what `requirements.txt` adds for the data); Netwright is not needed.

    pip install -r requirements.txt
    python train.py

| file | holds |
|---|---|
| `model.py` | the networks |
| `training.py` | what one training step computes |
| `data.py` | how the data is loaded, split and prepared |
| `train.py` | the script: lengths, seed, device, saving |
| `loop.py`, `followers.py`, `dataset.py`, `scores*.py`, `transforms.py`, `sources/` | the same for every project |

`python train.py --print-losses 50` prints the first losses exactly: they equal those that Netwright shows for this seed,
on the same machine with the same number of threads.
"""
