"""Seeded, stratified parts of a data set; numpy only, copied into stand-alone projects, so it knows nothing of Netwright."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.int64]
Arrays = dict[str, npt.NDArray[Any]]


def split(arrays: Arrays, seed: int, validation: float, test: float, stratify: str = "") -> dict[str, Arrays]:
    """Divide a data set into train, validation and test.

    Args:
        arrays: the first axis of each counts the samples.
        seed: decides which sample goes where.
        validation: part kept to choose by, 0..1.
        test: part kept to measure at the end, 0..1.
        stratify: name of the array of classes, when every part is to have the same mix.

    Returns:
        The arrays of each part, in random order.

    Raises:
        ValueError: there are too few samples for parts of this size.
    """
    count = len(next(iter(arrays.values())))
    parts = indices(count, seed, validation, test, arrays[stratify] if stratify else None)
    return {part: {name: array[chosen] for name, array in arrays.items()} for part, chosen in parts.items()}


def indices(
    count: int, seed: int, validation: float, test: float, classes: npt.NDArray[np.int64] | None = None
) -> dict[str, Indices]:
    """Choose the samples of each part; see `split`."""
    random = np.random.Generator(np.random.PCG64(seed))
    order = random.permutation(count)
    sizes = {"test": round(count * test), "validation": round(count * validation)}
    if count - sum(sizes.values()) < 1:
        raise ValueError(f"{count} samples leave none to train on when {validation:.0%} validate and {test:.0%} test")
    if classes is not None:
        order = _interleaved(order, classes)
    chosen: dict[str, Indices] = {}
    start = 0
    for name, size in sizes.items():
        chosen[name] = random.permutation(order[start : start + size])
        start += size
    train = random.permutation(order[start:])
    if classes is not None:
        for part in chosen.values():
            _share_rare(train, part, classes)
    return {"train": train, "validation": chosen["validation"], "test": chosen["test"]}


def _interleaved(order: Indices, classes: npt.NDArray[np.int64]) -> Indices:
    """Order samples so that every stretch has nearly the mix of the whole: each class is spread evenly over 0..1."""
    labels = classes[order]
    places = np.empty(len(order))
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        places[members] = (np.arange(len(members)) + 0.5) / len(members)
    return order[np.argsort(places, kind="stable")]


def _share_rare(train: Indices, part: Indices, classes: npt.NDArray[np.int64]) -> None:
    """Exchange samples so that a class of which the training part has several is not missing from another part."""
    for label in np.unique(classes):
        here, there = np.flatnonzero(classes[part] == label), np.flatnonzero(classes[train] == label)
        if len(here) or len(there) < 2:
            continue
        labels, counts = np.unique(classes[part], return_counts=True)
        if len(counts) and counts.max() > 1:
            given = np.flatnonzero(classes[part] == labels[counts.argmax()])[-1]
            part[given], train[there[-1]] = train[there[-1]], part[given]
