"""Selecting a node by a click, and moving the selected nodes; let go over a wire they are put on it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF

from designer.canvas.bench import Bench, Modifier, Pointer
from designer.canvas.cards import Card
from designer.canvas.drawing import Thread
from designer.canvas.geometry import snap
from designer.canvas.gestures.align import align
from designer.canvas.gestures.gesture import Gesture
from designer.canvas.wiring import can_stand_on
from engine.graph.ids import NodeId
from engine.graph.types import Place

_MAGNET: Final = 6.0
"""How near to a line, in px on screen, a card is drawn to it."""
_MANY: Final = 200
"""From so far away that more cards are seen, nothing is lined up."""


class Move(Gesture):
    """The node under the hand, and what is selected with it, go with the hand."""

    def __init__(self, bench: Bench, start: Pointer, card: Card) -> None:
        """Begin; the node is selected at once.

        Args:
            bench: What to work with.
            start: Where the hand went down.
            card: What it went down on.
        """
        super().__init__(bench, start)
        self._card = card
        self._was_selected = card.id in bench.editor.selection
        self._select(start)

    def move(self, pointer: Pointer) -> None:
        """Take the nodes along, in steps of the grid."""
        bench = self.bench
        reason = bench.editor.read_only_reason
        if reason:
            bench.say(reason[0].upper() + reason[1:])
            return
        if not bench.overlay.moved:
            chosen = frozenset(node for node in bench.editor.selection.ids if node in bench.drawing.cards)
            bench.hold(chosen or frozenset((self._card.id,)))
        self._place(pointer)
        thread = self._wire_below(pointer)
        bench.overlay.onto = thread.wire if thread else None
        bench.say(self._words(thread))
        bench.repaint()

    def finish(self, pointer: Pointer) -> None:
        """Let go: one step, whatever was moved."""
        overlay, editor = self.bench.overlay, self.bench.editor
        moved, onto = overlay.moved, overlay.onto
        places = self._places(moved)
        self.clear()
        if not moved:
            self._click(pointer)
        elif onto is not None:
            editor.put_on_wire(self._card.id, onto, places)
        elif places:
            editor.move(places)

    def _place(self, pointer: Pointer) -> None:
        """Put what is in hand on the grid, or in line with a card near by."""
        bench, overlay = self.bench, self.bench.overlay
        away = pointer.scene - self.start.scene
        stands = self._card.rect.topLeft()
        to = snap(Place(stands.x() + away.x(), stands.y() + away.y()), bench.grid)
        others = [
            card.rect for card in bench.drawing.cards_in(bench.camera.seen(), 0.0) if card.id not in overlay.moved
        ]
        rect = QRectF(QPointF(to.x, to.y), self._card.rect.size())
        aligned = align(rect, others, min(_MAGNET, _MAGNET / bench.camera.scale)) if len(others) <= _MANY else None
        overlay.guides = aligned.guides if aligned else ()
        step = aligned.step if aligned else QPointF()
        overlay.offset = QPointF(to.x - stands.x(), to.y - stands.y()) + step

    def _places(self, moved: frozenset[NodeId]) -> dict[NodeId, Place]:
        offset, cards = self.bench.overlay.offset, self.bench.drawing.cards
        if offset == QPointF():
            return {}
        return {
            node: Place(cards[node].rect.x() + offset.x(), cards[node].rect.y() + offset.y())
            for node in cards
            if node in moved
        }

    def _wire_below(self, pointer: Pointer) -> Thread | None:
        """Find the wire that the one node in hand would be put on."""
        drawing, overlay = self.bench.drawing, self.bench.overlay
        if len(overlay.moved) != 1 or pointer.has(Modifier.ShiftModifier) or not can_stand_on(drawing, self._card.id):
            return None
        rect = self._card.rect.translated(overlay.offset)
        spots = (rect.center(), QPointF(rect.center().x(), self._card.inputs[0].point.y() + overlay.offset.y()))
        reach = rect.height() / 4
        found = (drawing.wire_at(spot, reach) for spot in spots)
        return next((thread for thread in found if thread is not None), None)

    def _words(self, thread: Thread | None) -> str:
        if thread is not None:
            return f"let go to insert between {thread.source.title} and {thread.target.title} · hold Shift not to"
        offset = self.bench.overlay.offset
        return f"{offset.x():+.0f}, {offset.y():+.0f} · Esc puts back"

    def _select(self, pointer: Pointer) -> None:
        selection = self.bench.editor.selection
        if pointer.has(Modifier.ControlModifier):
            if not self._was_selected:
                selection.add((self._card.id,))
        elif pointer.has(Modifier.ShiftModifier):
            selection.add((self._card.id,))
        elif not self._was_selected:
            selection.set((self._card.id,))

    def _click(self, pointer: Pointer) -> None:
        """A click on what was selected: Ctrl takes it out, without a key it alone stays."""
        selection = self.bench.editor.selection
        if pointer.has(Modifier.ControlModifier):
            if self._was_selected:
                selection.toggle((self._card.id,))
        elif not pointer.has(Modifier.ShiftModifier):
            selection.set((self._card.id,))
