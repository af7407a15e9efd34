"""All kinds, joined in the open: a duplicate key raises at import. No decorators, no side effects."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from engine.layers import (
    activations,
    adaptive,
    arithmetic,
    arranging,
    attention,
    choosing,
    composite,
    contractions,
    control,
    convolution,
    elementwise,
    gates,
    graph_pool,
    graphs,
    indexing,
    inputs,
    linear,
    looking,
    losses,
    losses_by_margin,
    losses_of_numbers,
    losses_of_sequences,
    metrics,
    metrics_of_scores,
    normalisation,
    norms_of_channels,
    ordering,
    padding,
    parts,
    pooling,
    positions,
    quotients,
    rectifiers,
    recurrent,
    reductions,
    regularisation,
    resizing,
    sampling,
    shape,
    signals,
    sources,
    tables,
    training,
    transformer,
    transforms,
    transposed,
    unpooling,
)
from engine.layers.kind import LayerKind
from engine.layers.switches import with_switches

_FAMILIES: Final = (
    inputs, linear, tables, convolution, transposed, padding, resizing, looking, recurrent, attention, transformer,
    positions, graphs, graph_pool, pooling, unpooling, adaptive, normalisation, norms_of_channels, regularisation,
    sampling, activations, rectifiers, gates, shape, parts, arranging, ordering, indexing, arithmetic, contractions,
    signals, choosing, quotients, elementwise, reductions, control, composite, sources, transforms, training, losses,
    losses_of_numbers, losses_by_margin, losses_of_sequences, metrics, metrics_of_scores,
)  # fmt: skip


def _joined() -> Mapping[str, LayerKind]:
    joined: dict[str, LayerKind] = {}
    for family in _FAMILIES:
        for kind in family.KINDS:
            if kind.key in joined:
                raise ValueError(f"two kinds have the key {kind.key!r}")
            joined[kind.key] = kind if kind.weight_axis is None else with_switches(kind)
    return MappingProxyType(joined)


CATALOGUE: Final = _joined()
"""Every kind by its key, in the order of the palette."""

RENAMED: Final[Mapping[str, str]] = MappingProxyType({})
"""Old keys -> today's."""


def kind_of(key: str) -> LayerKind | None:
    """Give the kind of a key, also of one it had before; None when there is none."""
    return CATALOGUE.get(RENAMED.get(key, key))
