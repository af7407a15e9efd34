"""Images and labels in the format of MNIST, plain or gzip; numpy only, copied into stand-alone projects.

Source: LeCun, Cortes, Burges, The MNIST database of handwritten digits, 1998 (the description of the IDX format).
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

_UNSIGNED_BYTE = 0x08
_MOST_PACKED = 1_100  # gzip packs a byte into no less than a thousandth


def load(folder: str = "", images: str = "", labels: str = "") -> dict[str, npt.NDArray[Any]]:
    """Give images B x 1 x H x W of 0..255 (float32) and labels B (int64).

    Args:
        folder: where relative paths start.
        images: file of images (idx3-ubyte, or .gz).
        labels: file of labels (idx1-ubyte, or .gz).

    Raises:
        OSError: a file cannot be read.
        ValueError: a file is not in the format, or they do not belong together.
    """
    pixels, classes = _read(Path(folder, images), 3), _read(Path(folder, labels), 1)
    if len(pixels) != len(classes):
        raise ValueError(
            f"{images} holds {len(pixels):,} images, {labels} {len(classes):,} labels; they do not belong together"
        )
    return {"image": pixels[:, None].astype(np.float32), "label": classes.astype(np.int64)}


def _read(file: Path, axes: int) -> npt.NDArray[np.uint8]:
    if file.is_fifo() or file.is_char_device():
        raise ValueError(f"{file} is no file")  # a pipe keeps its reader waiting for ever
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
            head = stream.read(4 + 4 * axes)
            shape = _shape(file, head, axes)
            # Never more than the header names: a small file may unpack to more than the memory holds.
            body = stream.read(min(math.prod(shape), file.stat().st_size * _MOST_PACKED) + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"{file} is broken off or no gzip file") from error
    if len(body) != math.prod(shape) or not body:
        have = f"{len(body):,}" if len(body) <= math.prod(shape) else "more"
        raise ValueError(f"{file} should hold {math.prod(shape):,} bytes of data and holds {have}")
    return np.frombuffer(body, np.uint8).reshape(shape)


def _shape(file: Path, head: bytes, axes: int) -> tuple[int, ...]:
    if len(head) < 4 + 4 * axes or head[:4] != bytes((0, 0, _UNSIGNED_BYTE, axes)):
        raise ValueError(f"{file} is no IDX file of bytes with {axes} axes")
    return struct.unpack(f">{axes}I", head[4:])
