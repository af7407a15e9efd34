"""What kinds with windows share: layouts by number of axes, sizes, borders; it must not know kinds by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from engine.graph.dims import Dim
from engine.graph.specs import TensorSpec, shape_text
from engine.layers.kind import Fault, Hint, Specs
from engine.layers.params import SizeParam, Values

DOCS: Final = "https://docs.pytorch.org/docs/stable/generated/torch.nn"
LAYOUT: Final = {
    1: "a sequence of vectors (B × C × L)",
    2: "an image (B × C × H × W)",
    3: "a volume (B × C × D × H × W)",
}
"""What goes in, by the number of axes that a window slides along."""
THING: Final = {1: "a sequence", 2: "an image", 3: "a volume"}
PLACES: Final = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}
MODES: Final = ("zeros", "reflect", "replicate", "circular")
"""What stands in the border, in torch's words for convolutions."""


def shapes(axes: int, channels: str = "C") -> str:
    """Write the shapes of a kind that keeps the layout: `B × C × L → B × C' × L'`."""
    before, after = " × ".join(PLACES[axes]), " × ".join(f"{letter}'" for letter in PLACES[axes])
    return f"B × C × {before} → B × {channels} × {after}"


def size_parameter(name: str, title: str, axes: int, default: int, low: int, text: str) -> SizeParam:
    """Declare a size along each axis."""
    return SizeParam(name=name, title=title, axes=axes, default=default, low=low, help=text)


def channels_of(inputs: Specs) -> int:
    """Give the number of channels that come in; 0 where it is not known."""
    size = inputs["x"].shape[1]
    return size if isinstance(size, int) else 0


def strides(values: Values, axes: int) -> tuple[int, ...]:
    """Give the steps of a pool; 0 stands for the size of its window."""
    stride, kernel = values.size("stride", axes), values.size("kernel_size", axes)
    return tuple(step or window for step, window in zip(stride, kernel, strict=True))


def border_fault(
    spec: TensorSpec,
    borders: Sequence[tuple[int, int]],
    mode: str,
    parameter: str = "padding_mode",
    plain: str = "zeros",
) -> Fault | None:
    """Find fault with a border that is filled from inside and larger than what it is filled from.

    Args:
        spec: what comes in; its last axes get the borders.
        borders: how many places before and behind each of them.
        mode: what fills them.
        parameter: that says so.
        plain: its value that any border can have.
    """
    spare = {"reflect": 1, "circular": 0}.get(mode)
    sizes: tuple[Dim, ...] = spec.shape[spec.rank - len(borders) :]
    if spare is None or all(
        not isinstance(size, int) or max(border) <= size - spare for size, border in zip(sizes, borders, strict=True)
    ):
        return None
    return Fault(
        message=f"A border of {max(map(max, borders))} cannot be filled by {mode}: there is not as much to take it from",
        expected="a larger input, or less padding",
        found=shape_text(spec),
        hints=(Hint(title=f"Fill with {plain}", set_parameter=parameter, to=plain),),
    )
