"""Titles and numbers of curves as people read them; it must not know how they are drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from designer.panels.curves.interval import wilson

METRIC_TITLES: Final[Mapping[str, str]] = MappingProxyType(
    {"accuracy": "Accuracy", "f1": "F1, macro", "mae": "Mean absolute error", "rmse": "RMSE", "r2": "R²"}
)
WITHIN_ONE: Final = ("accuracy", "f1")
"""Metrics that lie between 0 and 1; the axis shows all of that."""
RISING: Final = ("accuracy", "f1", "r2")
"""Metrics that are better the larger they are; their curves end at the top."""
COUNTED: Final = "accuracy"
"""The metric that is a share of counted samples and so has an interval."""


def metric_title(name: str) -> str:
    """Write a metric's node id as a title."""
    return METRIC_TITLES.get(name) or sentence(name)


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
