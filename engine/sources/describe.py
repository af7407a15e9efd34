"""Spec snapshots: what a source gives, found by looking at it once; it must not know torch.

The snapshots of the sets that come with scikit-learn are constants, so that the check and the designer need no data.
"""

from __future__ import annotations

import hashlib
import importlib
import math
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from engine.errors import DataError
from engine.graph.specs import Snapshot, TensorSpec
from engine.graph.types import Node, Value
from engine.layers.catalogue import kind_of
from engine.layers.kind import LayerKind, Role
from engine.layers.params import TextParam, fault_of
from engine.layers.values import values_of

_CHUNK: Final = 2**20


def describe(node: Node, folder: Path = Path()) -> Snapshot:
    """Look at a source.

    Args:
        node: a node of a source kind, its expressions worked out.
        folder: where its relative paths start.

    Raises:
        DataError: the data is not there or not what the node says.
    """
    if node.kind in SNAPSHOTS:
        return SNAPSHOTS[node.kind]
    kind = kind_of(node.kind)
    if kind is None or kind.role is not Role.SOURCE or kind.code is None:
        raise DataError(f"{node.kind!r} is no data source", where=str(node.id))
    own = own_parameters(kind, node)
    _require_values(kind, own, str(node.id))
    arrays, columns, classes = _loaded(kind, own, folder, str(node.id))
    outputs = {port: _spec(array, columns.get(port, ()), classes.get(port, ())) for port, array in arrays.items()}
    samples = len(next(iter(arrays.values())))
    return Snapshot(content=content_hash(node, folder), outputs=outputs, samples=samples)


def content_hash(node: Node, folder: Path = Path()) -> str:
    """Hash what a source reads: its files and the parameters that decide what comes out.

    Raises:
        DataError: a file cannot be read.
    """
    if node.kind in SNAPSHOTS:
        return SNAPSHOTS[node.kind].content
    kind = kind_of(node.kind)
    if kind is None:
        raise DataError(f"{node.kind!r} is no data source", where=str(node.id))
    own = own_parameters(kind, node)
    digest = hashlib.sha256(repr(sorted(own.items())).encode())
    for name in _paths(kind):
        if path := own[name]:
            _feed(digest, Path(folder, str(path)), str(node.id))
    return digest.hexdigest()[:32]


def own_parameters(kind: LayerKind, node: Node) -> dict[str, Value]:
    """Give the parameters that the source's own code takes."""
    values = values_of(kind, node, {})
    return {param.name: values.raw(param.name) for param in kind.parameters if not param.of_use}


def _paths(kind: LayerKind) -> tuple[str, ...]:
    return tuple(param.name for param in kind.parameters if isinstance(param, TextParam) and param.form == "path")


def _require_values(kind: LayerKind, own: Mapping[str, Value], where: str) -> None:
    for param in kind.parameters:
        fault = fault_of(param, own[param.name]) if param.name in own else ""
        if fault and own[param.name] != param.default:
            raise DataError(f"{param.title}: {fault}", where=where, remedy=f"Set {param.title} again")


def _feed(digest: Any, file: Path, where: str) -> None:  # hashlib gives its objects no public type
    if file.is_fifo() or file.is_char_device():
        raise DataError(f"{file} is no file", where=where, remedy="Choose the file again")
    try:
        with file.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise DataError(
            f"{file} cannot be read: {error.strerror}", where=where, remedy="Choose the file again"
        ) from error


def _loaded(
    kind: LayerKind, own: Mapping[str, Value], folder: Path, where: str
) -> tuple[dict[str, npt.NDArray[Any]], dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    assert kind.code is not None
    if not all(own[name] for name in _paths(kind)):
        raise DataError("no file is chosen", where=where, remedy="Choose data")
    module = importlib.import_module(f"engine.sources.{kind.code.module}")
    try:
        if kind.code.module == "table":
            table = module.read(str(folder), **own)
            arrays = {"features": table.features, "target": table.target}
            return arrays, {"features": table.columns}, {"target": table.classes}
        arrays = getattr(module, kind.code.function)(str(folder), **own)
    except OSError as error:
        raise DataError(
            f"{error.filename} cannot be read: {error.strerror}", where=where, remedy="Choose data"
        ) from error
    except ValueError as error:
        raise DataError(str(error), where=where, remedy="Mend the file, or choose another") from error
    classes = {port: _counted(array) for port, array in arrays.items() if array.dtype == np.int64 and array.ndim == 1}
    return arrays, {}, classes


def _counted(labels: npt.NDArray[Any]) -> tuple[str, ...]:
    low, high = int(labels.min()), int(labels.max())
    return tuple(str(number) for number in range(high + 1)) if low >= 0 and high < 10_000 else ()


def _spec(array: npt.NDArray[Any], columns: tuple[str, ...], classes: tuple[str, ...]) -> TensorSpec:
    shape = ("B", *array.shape[1:])
    if array.dtype == np.int64:
        return TensorSpec(shape=shape, dtype="int64", classes=classes, low=float(array.min()), high=float(array.max()))
    known = array[np.isfinite(array)]
    low, high = (float(known.min()), float(known.max())) if known.size else (None, None)
    return TensorSpec(shape=shape, columns=columns, low=low, high=high, spread=_spread(array))


def _spread(array: npt.NDArray[Any]) -> float | None:
    if array.ndim != 2:
        return None
    with np.errstate(all="ignore"):
        deviations = [float(np.nanstd(column.astype(np.float64))) for column in array.T if np.isfinite(column).any()]
    positive = [deviation for deviation in deviations if deviation > 0 and math.isfinite(deviation)]
    return max(positive) / min(positive) if positive else None


def _bundled(
    name: str, samples: int, features: TensorSpec, port: str, target: TensorSpec, *, into: str = "features"
) -> Snapshot:
    return Snapshot(content=f"scikit-learn/{name}/{samples}", outputs={into: features, port: target}, samples=samples)


def _table(columns: str, low: float, high: float, spread: float) -> TensorSpec:
    names = tuple(columns.split(", "))
    return TensorSpec(shape=("B", len(names)), columns=names, low=low, high=high, spread=spread)


def _classes(*names: str) -> TensorSpec:
    return TensorSpec(shape=("B",), dtype="int64", classes=names, low=0.0, high=len(names) - 1.0)


_CELL: Final = (
    "radius, texture, perimeter, area, smoothness, compactness, concavity, concave points, symmetry, fractal dimension"
)
_WINE: Final = (
    "alcohol, malic_acid, ash, alcalinity_of_ash, magnesium, total_phenols, flavanoids, nonflavanoid_phenols, "
    "proanthocyanins, color_intensity, hue, od280/od315_of_diluted_wines, proline"
)

SNAPSHOTS: Final[Mapping[str, Snapshot]] = MappingProxyType(
    {
        "digits": _bundled(
            "digits",
            1797,
            TensorSpec(shape=("B", 1, 8, 8), low=0.0, high=16.0),
            "digit",
            _classes(*"0123456789"),
            into="image",
        ),
        "wine": _bundled(
            "wine", 178, _table(_WINE, 0.13, 1680.0, 2530.0), "wine", _classes("class_0", "class_1", "class_2")
        ),
        "breast_cancer": _bundled(
            "breast_cancer",
            569,
            _table(
                ", ".join(
                    f"mean {word}" if part == 0 else f"{word} error" if part == 1 else f"worst {word}"
                    for part in range(3)
                    for word in _CELL.split(", ")
                ),
                0.0,
                4254.0,
                215170.0,
            ),
            "diagnosis",
            _classes("malignant", "benign"),
        ),
        "iris": _bundled(
            "iris",
            150,
            _table("sepal length (cm), sepal width (cm), petal length (cm), petal width (cm)", 0.1, 7.9, 4.05),
            "species",
            _classes("setosa", "versicolor", "virginica"),
        ),
        "diabetes": _bundled(
            "diabetes",
            442,
            _table("age, sex, bmi, bp, s1, s2, s3, s4, s5, s6", 1.0, 301.0, 69.3),
            "progression",
            TensorSpec(shape=("B", 1), low=25.0, high=346.0),
        ),
    }
)
"""What the sets of scikit-learn hold, counted once; a test counts again."""
