"""Titles and numbers of curves as people read them; it must not know how they are drawn."""

from __future__ import annotations

import math

from designer.panels.curves.interval import wilson
from engine.layers.kind import LayerKind


def metric_title(name: str, kind: LayerKind | None) -> str:
    """Write a metric as a title: its kind's, or its id where a person gave it one."""
    return kind.title if kind and name == kind.key else sentence(name)


def sentence(name: str) -> str:
    """Write an id as words: `top_five` becomes `Top five`."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def loss_title(name: str, objectives: int) -> str:
    """Write an objective's title; its name only where there are several."""
    return "Loss" if objectives < 2 else f"Loss · {name.replace('_', ' ')}"


def value_text(value: float) -> str:
    """Write a value with three digits behind the point, or as a power of ten where that says nothing."""
    if not math.isfinite(value):
        return "not finite"
    size = abs(value)
    if size >= 1e5 or 0 < size < 5e-4:
        return f"{value:.1e}".replace("e-0", "e-").replace("e+0", "e").replace("-", "−")
    digits = 3 if size < 10 else 2 if size < 100 else 1
    return f"{value:.{digits}f}".replace("-", "−")


def range_text(low: float, high: float) -> str:
    """Write the values within one column: one number, or from the smallest to the largest."""
    first, last = value_text(low), value_text(high)
    return first if first == last else f"{first} … {last}"


def interval_text(share: float, samples: int) -> str:
    """Write half the width of the 95 % interval of a share, as ` ± 0.013`; nothing where there is none."""
    if samples < 1 or not 0 <= share <= 1:
        return ""
    low, high = wilson(share, samples)
    return f" ± {(high - low) / 2:.3f}"


def interval_words(share: float, samples: int) -> str:
    """Say the 95 % interval in full."""
    if samples < 1 or not 0 <= share <= 1:
        return ""
    low, high = wilson(share, samples)
    return f"95 % Wilson interval of {value_text(share)} over {samples} samples: {low:.3f} to {high:.3f}"
