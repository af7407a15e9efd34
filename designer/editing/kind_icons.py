"""Which icon a kind wears, on the canvas, in the palette and in the inspector; it must not know who draws it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.layers.kind import LayerKind

GROUP_ICONS: Final[Mapping[str, str]] = {
    "Inputs and outputs": "group_io",
    "Pooling": "group_pooling",
    "Regularisation": "group_regularisation",
    "Embedding": "group_embedding",
    "Shape": "group_shape",
    "Arithmetic": "group_arithmetic",
    "Networks": "group_composite",
    "Models": "group_composite",
    "Recurrent": "group_recurrent",
    "Attention": "group_attention",
    "Positions": "group_embedding",
    "Graphs": "group_graph",
    "Sampling": "group_regularisation",
    "Signal": "curve",
    "Choice": "filter",
    "Reduction": "group_arithmetic",
    "Control": "bypass",
    "Metric": "group_metric",
    "Objective": "group_objective",
}
"""Groups with an icon finer than their family's."""


def icon_of(kind: LayerKind) -> str:
    """Name the icon of a kind."""
    return GROUP_ICONS.get(kind.group, f"family_{kind.family}")
