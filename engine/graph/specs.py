"""What is known of a tensor before it exists: shape, dtype and meaning; it must not know kinds or graphs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from engine.graph.dims import Dim

DType = Literal["float32", "float64", "float16", "bfloat16", "int64", "int32", "uint8", "bool"]
Signal = Literal["image", "vector", "sequence", "integer", "loss"]


class TensorSpec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """The spec of one tensor."""

    shape: tuple[Dim, ...]
    """One dim per axis; no axis is implicitly the batch."""
    dtype: DType = "float32"
    classes: tuple[str, ...] = ()
    """Class names when the values are class indices."""
    columns: tuple[str, ...] = ()
    """Names along the last axis, where a source knows them."""
    low: float | None = None
    high: float | None = None
    """Smallest and largest value, where a source has counted them."""
    spread: float | None = None
    """Largest standard deviation of a column over the smallest that is not 0, where a source has counted it."""

    @property
    def rank(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def is_float(self) -> bool:
        """Whether the values are floating point."""
        return self.dtype in ("float32", "float64", "float16", "bfloat16")

    def reshaped(self, shape: tuple[Dim, ...], dtype: DType | None = None) -> TensorSpec:
        """Give a spec of another shape without the meaning that values of this one have."""
        return TensorSpec(shape=shape, dtype=dtype or self.dtype)


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the engine found when it last looked at a source: its outputs, and the hash of what it looked at."""

    content: str
    """Hash of the content and the parameters that were read."""
    outputs: Mapping[str, TensorSpec]
    samples: int = 0


def signal_of(spec: TensorSpec) -> Signal:
    """Say what a wire that carries `spec` shows: the one rule behind wire colours and their legend."""
    if not spec.shape:
        return "loss"
    if not spec.is_float:
        return "integer"
    return {1: "vector", 2: "vector", 3: "sequence"}.get(spec.rank, "image")  # type: ignore[return-value]  # literals


def shape_text(spec: TensorSpec | None) -> str:
    """Write a shape as people read it: `B × 32 × 14 × 14`; `…` while it is pending."""
    if spec is None:
        return "…"
    return " × ".join(str(dim) for dim in spec.shape) or "scalar"
