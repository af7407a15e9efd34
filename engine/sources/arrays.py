"""Arrays of a NumPy archive; numpy only, copied into stand-alone projects."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

_MOST_CLASSES = 10_000


def load(folder: str = "", path: str = "", features: str = "x", target: str = "y") -> dict[str, npt.NDArray[Any]]:
    """Give two arrays of an archive; the first axis of both counts the samples.

    Args:
        folder: where relative paths start.
        path: the .npz file.
        features: name of the array that goes in; real numbers become float32, whole ones int64.
        target: name of the array to predict; one column of real numbers becomes B x 1.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no archive of two such arrays.
    """
    file = Path(folder, path)
    if file.is_fifo() or file.is_char_device():
        raise ValueError(f"{file} is no file")  # a pipe keeps its reader waiting for ever
    try:
        # Opened here, for numpy leaves the file of a broken archive open.
        with file.open("rb") as stream, zipfile.ZipFile(stream), np.load(stream, allow_pickle=False) as archive:
            found = {name: _numbers(_array(archive, name, file), name, file) for name in (features, target)}
    except (zipfile.BadZipFile, EOFError, AttributeError, TypeError) as error:
        raise ValueError(f"{file} is no NumPy archive (.npz)") from error
    except MemoryError as error:
        raise ValueError(f"{file} unpacks to more than the memory holds") from error
    x, y = found[features], found[target]
    _require_learnable(y, target, file)
    if not x.size or not y.size:
        empty = features if not x.size else target
        raise ValueError(f"{file}: {empty} has the shape {found[empty].shape} and holds nothing")
    if x.ndim < 2 or len(x) != len(y) or not len(x):
        raise ValueError(
            f"{file}: {features} has the shape {x.shape}, {target} {y.shape}; both must begin with the number of samples"
        )
    return {"features": x, "target": y[:, None] if y.ndim == 1 and y.dtype == np.float32 else y}


def _require_learnable(y: npt.NDArray[Any], name: str, file: Path) -> None:
    if y.size and (y == y.flat[0]).all():
        raise ValueError(f"{file}: {name} is {y.flat[0]} in every row; there is nothing to learn")
    if y.ndim == 1 and y.dtype == np.int64 and y.size and not 0 <= y.min() <= y.max() < _MOST_CLASSES:
        raise ValueError(
            f"{file}: {name} holds whole numbers from {y.min()} to {y.max()}; classes count from 0 to {_MOST_CLASSES - 1:,}, "
            "and numbers to predict are given as real ones (float32)"
        )


def _array(archive: Any, name: str, file: Path) -> npt.NDArray[Any]:  # numpy gives its archive no type
    if name not in archive.files:
        raise ValueError(f"{file} holds no array {name!r}; it holds {', '.join(archive.files) or 'none'}")
    try:
        array: npt.NDArray[Any] = archive[name]
    except ValueError as error:  # numpy's own words advise to unpickle what is in the file
        raise ValueError(f"{file}: {name} is broken or holds objects, not numbers") from error
    return array


def _numbers(array: npt.NDArray[Any], name: str, file: Path) -> npt.NDArray[Any]:
    if array.dtype.kind in "iub":
        return array.astype(np.int64 if array.ndim == 1 else np.float32)
    if array.dtype.kind != "f":
        raise ValueError(f"{file}: {name} holds {array.dtype}, not numbers")
    return array.astype(np.float32)
