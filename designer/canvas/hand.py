"""Which gesture begins where: turns what the mouse does into gestures, one at a time.

It must not know painting or verbs.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtWidgets import QApplication

from designer.canvas.bench import Bench, Modifier, Pointer
from designer.canvas.drawing import PortHit
from designer.canvas.gestures.band import Band
from designer.canvas.gestures.gesture import Gesture
from designer.canvas.gestures.move import Move
from designer.canvas.gestures.pan import Pan
from designer.canvas.gestures.wire import DrawWire, MoveWire
from engine.graph.types import Wire


class Hand(QObject):
    """Holds the gesture that goes on.

    Signals:
        cursor_changed(shape): the cursor should look so; None for as usual.
    """

    cursor_changed = Signal(object)

    def __init__(self, bench: Bench, parent: QObject | None = None) -> None:
        """Start with nothing in hand.

        Args:
            bench: What gestures work with.
            parent: Owner in Qt's tree.
        """
        super().__init__(parent)
        self._bench = bench
        self._gesture: Gesture | None = None
        self._is_dragging = False
        self._may_pan = False
        self._has_panned = False

    @property
    def is_busy(self) -> bool:
        """Whether a gesture goes on."""
        return self._gesture is not None

    @property
    def is_dragging(self) -> bool:
        """Whether the hand has moved far enough to be more than a click."""
        return self._gesture is not None and self._is_dragging

    def hold_space(self, *, held: bool) -> bool:
        """Note that Space went down or up; on its way up, whether nothing was done meanwhile."""
        if held and not self._may_pan:
            self._may_pan, self._has_panned = True, False
            self.cursor_changed.emit(Qt.CursorShape.OpenHandCursor)
        elif not held and self._may_pan:
            self._may_pan = False
            self.cursor_changed.emit(None)
            return not self._has_panned
        return False

    def press(self, pointer: Pointer, button: Qt.MouseButton) -> bool:
        """Begin the gesture that belongs where the hand went down; whether there is one."""
        if self._gesture is not None:
            return True
        gesture = self._begin(pointer, button)
        if gesture is None:
            return False
        self._gesture, self._is_dragging = gesture, False
        if gesture.cursor is not None:
            self.cursor_changed.emit(gesture.cursor)
        return True

    def move(self, pointer: Pointer) -> None:
        """Let the gesture follow."""
        if self._gesture is None:
            self._hover(pointer)
            return
        if not self._is_dragging:
            away: QPointF = pointer.at - self._gesture.start.at
            self._is_dragging = away.manhattanLength() >= QApplication.startDragDistance() / 2
        if self._is_dragging:
            self._gesture.move(pointer)

    def release(self, pointer: Pointer) -> None:
        """End the gesture."""
        gesture, self._gesture = self._gesture, None
        if gesture is None:
            return
        self.cursor_changed.emit(Qt.CursorShape.OpenHandCursor if self._may_pan else None)
        gesture.finish(pointer)

    def cancel(self) -> bool:
        """Drop what is in hand; whether there was anything."""
        gesture, self._gesture = self._gesture, None
        if gesture is None:
            return False
        self.cursor_changed.emit(None)
        gesture.cancel()
        return True

    def _begin(self, pointer: Pointer, button: Qt.MouseButton) -> Gesture | None:
        bench = self._bench
        if button == Qt.MouseButton.MiddleButton or (button == Qt.MouseButton.LeftButton and self._may_pan):
            self._has_panned = True
            return Pan(bench, pointer)
        if button != Qt.MouseButton.LeftButton:
            return None
        port = bench.port_at(pointer.scene)
        card = bench.drawing.card_at(pointer.scene)
        if port is not None and (card is None or card.id == port.card.id) and not bench.editor.read_only_reason:
            return self._wire(pointer, port)
        if card is not None:
            return Move(bench, pointer, card)
        thread = bench.wire_at(pointer.scene)
        if thread is not None:
            self._choose_wire(pointer, thread.wire)
        return None if thread is not None else Band(bench, pointer)

    def _wire(self, pointer: Pointer, port: PortHit) -> Gesture:
        bench, drawing = self._bench, self._bench.drawing
        wires = tuple(
            wire
            for wire in drawing.wires_of.get(port.card.id, ())
            if ((wire.source, wire.output) if port.is_output else (wire.target, wire.input))
            == (port.card.id, port.spot.id)
        )
        if not wires or not pointer.has(Modifier.ControlModifier):
            return DrawWire(bench, pointer, port)
        wire = wires[0]
        other = drawing.cards[wire.target if port.is_output else wire.source]
        spot = other.port(wire.input if port.is_output else wire.output, is_output=not port.is_output)
        stays = PortHit(other, spot, not port.is_output) if spot else None
        return MoveWire(bench, pointer, wires, port, stays) if stays else DrawWire(bench, pointer, port)

    def _choose_wire(self, pointer: Pointer, wire: Wire) -> None:
        selection = self._bench.editor.selection
        if pointer.has(Modifier.ShiftModifier | Modifier.ControlModifier):
            kept = tuple(other for other in selection.wires if other != wire)
            selection.set(selection.ids, kept if wire in selection.wires else (*kept, wire))
        else:
            selection.set((), (wire,))

    def _hover(self, pointer: Pointer) -> None:
        """Say what could be done where the hand is."""
        port = self._bench.port_at(pointer.scene)
        if port is not None and not self._may_pan:
            self.cursor_changed.emit(Qt.CursorShape.CrossCursor)
            self._bench.say("drag to connect" + ("" if port.is_output else " · Ctrl+drag moves the wire"))
        elif not self._may_pan:
            self.cursor_changed.emit(None)
            self._bench.say("")
