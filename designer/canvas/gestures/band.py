"""Selecting with a box; a click on empty canvas clears the selection."""

from __future__ import annotations

from PySide6.QtCore import QRectF

from designer.canvas.bench import Bench, Modifier, Pointer
from designer.canvas.gestures.gesture import Gesture
from engine.graph.ids import NodeId


class Band(Gesture):
    """A box from the first point to the hand; Shift adds what it touches, Ctrl toggles."""

    def __init__(self, bench: Bench, start: Pointer) -> None:
        """Begin; the selection so far is what Shift and Ctrl build on."""
        super().__init__(bench, start)
        self._before = bench.editor.selection.ids
        self._wires = bench.editor.selection.wires

    def move(self, pointer: Pointer) -> None:
        """Stretch the box and select what it touches."""
        band = QRectF(self.start.scene, pointer.scene).normalized()
        self.bench.overlay.band = band
        touched = [card.id for card in self.bench.drawing.cards_in(band, margin=0.0)]
        self._select(touched, pointer)
        self.bench.say(f"{len(self.bench.editor.selection.ids)} selected · Shift adds, Ctrl toggles")
        self.bench.repaint()

    def finish(self, pointer: Pointer) -> None:
        """Keep what is selected; without a box it is a click beside everything."""
        if self.bench.overlay.band is None and not pointer.has(Modifier.ShiftModifier | Modifier.ControlModifier):
            self.bench.editor.selection.clear()
        self.clear()

    def cancel(self) -> None:
        """Select again what was selected before."""
        self.bench.editor.selection.set(self._before, self._wires)
        super().cancel()

    def _select(self, touched: list[NodeId], pointer: Pointer) -> None:
        before, selection = self._before, self.bench.editor.selection
        if pointer.has(Modifier.ControlModifier):
            kept = [node for node in before if node not in set(touched)]
            selection.set((*kept, *(node for node in touched if node not in set(before))))
        elif pointer.has(Modifier.ShiftModifier):
            selection.set((*before, *touched))
        else:
            selection.set(touched)
