"""What the keys do on the canvas that no menu does: walk along wires, nudge, go into a node; and a few that menus do too.

It must not know painting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent

from designer.canvas.bench import Bench, Modifier
from designer.canvas.cards import Card
from engine.graph.ids import NodeId
from engine.graph.types import Place

_STEPS: Final = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_ASIDE: Final = 2.0
"""How much worse a step aside is than one ahead, when the next node in a direction is looked for."""


class Keys:
    """Answers keys that were pressed on the canvas."""

    def __init__(
        self, bench: Bench, enter: Callable[[NodeId], None], fit: Callable[[], None], fit_all: Callable[[], None]
    ):
        """Take what keys act on.

        Args:
            bench: What to work with.
            enter: Goes into a node.
            fit: Shows the selection or all.
            fit_all: Shows all.
        """
        self._bench = bench
        self._enter = enter
        self._acts: dict[tuple[Qt.Key, bool], Callable[[], object]] = {
            (Qt.Key.Key_Delete, False): bench.editor.remove,
            (Qt.Key.Key_Backspace, False): bench.editor.remove,
            (Qt.Key.Key_A, True): bench.editor.select_all,
            (Qt.Key.Key_F, False): fit,
            (Qt.Key.Key_Home, False): fit_all,
            (Qt.Key.Key_Return, False): self._go_in,
            (Qt.Key.Key_Enter, False): self._go_in,
        }

    def press(self, event: QKeyEvent) -> bool:
        """Do what a key does; whether it does anything."""
        held = event.modifiers() & ~Modifier.KeypadModifier
        key = Qt.Key(event.key())
        if key in _STEPS and held in (Modifier.NoModifier, Modifier.ControlModifier):
            across, down = _STEPS[key]
            if held == Modifier.ControlModifier:
                return self._nudge(across, down)
            return self._walk(across, down)
        if held not in (Modifier.NoModifier, Modifier.ControlModifier):
            return False
        act = self._acts.get((key, held == Modifier.ControlModifier))
        if act is not None:
            act()
        return act is not None

    def _go_in(self) -> None:
        node = self._bench.editor.selection.current
        if node is not None:
            self._enter(node)

    def _nudge(self, across: int, down: int) -> bool:
        grid, cards, editor = self._bench.grid, self._bench.drawing.cards, self._bench.editor
        chosen = [cards[node] for node in editor.selection.ids if node in cards]
        editor.move({card.id: Place(card.rect.x() + across * grid, card.rect.y() + down * grid) for card in chosen})
        return bool(chosen)

    def _walk(self, across: int, down: int) -> bool:
        bench, current = self._bench, self._bench.editor.selection.current
        cards = bench.drawing.cards
        if not cards:
            return False
        if current is None or current not in cards:
            first = min(cards.values(), key=lambda card: (card.rect.x() + card.rect.y(), card.order))
        else:
            found = self._next(cards[current], across, down)
            if found is None:
                return True
            first = found
        bench.editor.selection.set((first.id,))
        bench.camera.reveal(first.rect, 24.0)
        return True

    def _next(self, card: Card, across: int, down: int) -> Card | None:
        """Give the neighbour along a wire; up and down, or where there is no wire, the nearest in that direction."""
        drawing = self._bench.drawing
        wires = drawing.wires_of.get(card.id, ())
        if across > 0:
            along = [drawing.cards[wire.target] for wire in wires if wire.source == card.id]
        else:
            along = [drawing.cards[wire.source] for wire in wires if wire.target == card.id]
        if across and along:
            return min(along, key=lambda other: abs(other.rect.top() - card.rect.top()))
        return _nearest(card, drawing.cards.values(), across, down)


def _nearest(card: Card, cards: Iterable[Card], across: int, down: int) -> Card | None:
    best: tuple[float, Card] | None = None
    for other in cards:
        away: QPointF = other.rect.center() - card.rect.center()
        ahead = away.x() * across + away.y() * down
        aside = abs(away.y() if across else away.x())
        if other is card or ahead <= 1 or aside > 2 * ahead + card.rect.width():
            continue
        cost = ahead + _ASIDE * aside
        if best is None or cost < best[0]:
            best = (cost, other)
    return best[1] if best else None
