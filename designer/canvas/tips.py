"""Which words belong to a place on the canvas; it must not know widgets."""

from __future__ import annotations

from PySide6.QtCore import QPointF

from designer.canvas.bench import Bench
from designer.canvas.words import card_words, port_words, thread_words


def tip(bench: Bench, point: QPointF) -> str:
    """Tell what lies at a place, as rich text; empty for nothing.

    Args:
        bench: What is drawn.
        point: In scene units.
    """
    port, card = bench.port_at(point), bench.drawing.card_at(point)
    if port is not None and (card is None or card.id == port.card.id):
        return port_words(port)
    if card is not None:
        pictures = bench.surface.pictures
        return card_words(card, pictures.pictures.get(card.id), is_untrained=pictures.is_untrained)
    thread = bench.wire_at(point)
    return thread_words(thread) if thread else ""
