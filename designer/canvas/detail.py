"""How much of a card is drawn at which zoom; it must not know painters."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from designer.theme.tokens import Metrics

_NARROW_PX: Final = 44.0
"""A card that is narrower on screen has no room for its title."""
_SPECK_PX: Final = 9.0
"""A card that is narrower on screen is a dot."""


class Detail(IntEnum):
    """What is drawn of a card; more is higher."""

    DOT = 0
    BLOCK = 1
    """A rectangle filled with the family's colour."""
    TITLE = 2
    """Title and stripe."""
    CARD = 3
    """Everything."""


def detail_at(scale: float, width: float, metrics: Metrics) -> Detail:
    """Choose what is drawn so that no words are smaller than the theme allows.

    Args:
        scale: Px on screen per scene unit.
        width: Of a card, in scene units.
        metrics: Sizes of words and the least size on screen.
    """
    smallest = min(metrics.fonts["secondary"].size_px, metrics.fonts["mono_small"].size_px)
    if smallest * scale >= metrics.size.text_on_screen_min:
        return Detail.CARD
    if width * scale >= _NARROW_PX:
        return Detail.TITLE
    return Detail.BLOCK if width * scale >= _SPECK_PX else Detail.DOT
