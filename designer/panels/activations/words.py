"""What is said about a picture: its range, how much is zero, gradients, the cost of watching; it must not know Qt."""

from __future__ import annotations

import math
from typing import Final

from designer.editing.sights import Movement
from engine.runs.events import Picture, Probed

EMPTY: Final = "Pictures of what each node computes appear here once a sample flows. Choose data, or run. Ctrl+Enter"
_KIND: Final = {
    "activation": "Activation",
    "weight": "Weights",
    "gradient": "Gradient",
    "input": "Input",
}


def what_title(what: str) -> str:
    """Write what a picture is of."""
    return _KIND.get(what, what)


def number_text(value: float) -> str:
    """Write a number with two figures: 2.1e-3, 0.34, 12."""
    if not math.isfinite(value):
        return "not finite"
    if value == 0:
        return "0"
    size = abs(value)
    if size < 0.01 or size >= 10_000:
        mantissa, power = f"{value:.1e}".split("e")
        return f"{mantissa}e{int(power)}".replace("-", "−")
    text = f"{value:.2f}" if size < 10 else f"{value:.0f}"
    return text.replace("-", "−")


def picture_words(picture: Picture) -> str:
    """Say what is seen: shape, part shown, range, share of zeros."""
    parts = [_shape_text(picture)]
    if picture.note:
        parts.append(picture.note)
    parts.append(f"{number_text(picture.low)} to {number_text(picture.high)}")
    if picture.zeros > 0:
        parts.append(f"{picture.zeros * 100:.0f} % at 0")
    return " · ".join(part for part in parts if part)


def health_words(movement: Movement | None) -> str:
    """Say what the newest probe knows of a node's gradients; nothing where it knows nothing."""
    if movement is None:
        return ""
    parts = []
    if movement.gradient is not None:
        parts.append(f"gradient norm {number_text(movement.gradient)}")
    if movement.update is not None:
        parts.append(f"update / weight {number_text(movement.update)}")
    return " · ".join([*parts, f"step {movement.step}"])


def cost_words(share: float | None, probe: Probed | None) -> str:
    """Say what watching costs."""
    parts = []
    if share is not None:
        parts.append(f"watching costs {share * 100:.1f} % of training time")
    if probe is not None and probe.milliseconds > 0:
        parts.append(f"last look {number_text(probe.milliseconds)} ms")
    return " · ".join(parts)


def sample_words(target: str, prediction: str, *, trained: bool, made_up: bool) -> str:
    """Say what the data and the network say of the sample."""
    parts = ["random numbers in place of data"] if made_up else []
    if target:
        parts.append(f"data says {target}")
    if prediction:
        parts.append(f"network says {prediction}")
    if parts and not trained:
        parts.append("untrained")
    return " · ".join(parts)


def _shape_text(picture: Picture) -> str:
    if picture.form == "maps":
        count, height, width = picture.shape
        return f"{count} map{'s' if count != 1 else ''} of {height} × {width}"
    if picture.form == "histogram":
        return "distribution of all values"
    return f"{picture.shape[0]} values"
