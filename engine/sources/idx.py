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
    content = file.read_bytes()
    try:
        content = gzip.decompress(content) if file.suffix == ".gz" else content
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"{file} is broken off or no gzip file") from error
    if len(content) < 4 + 4 * axes or content[:4] != bytes((0, 0, _UNSIGNED_BYTE, axes)):
        raise ValueError(f"{file} is no IDX file of bytes with {axes} axes")
    shape = struct.unpack(f">{axes}I", content[4 : 4 + 4 * axes])
    numbers = np.frombuffer(content, np.uint8, offset=4 + 4 * axes)
    if numbers.size != math.prod(shape) or not numbers.size:
        raise ValueError(f"{file} should hold {math.prod(shape):,} bytes of data and holds {numbers.size:,}")
    return numbers.reshape(shape)
