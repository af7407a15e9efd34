"""Dropping a kind from the palette: on empty canvas it is added, on a wire it is inserted."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF

from designer.canvas.bench import Bench, Modifier, Pointer
from designer.canvas.drawing import Thread
from designer.canvas.geometry import FIRST_LINE, snap
from engine.graph.types import Place
from engine.layers.catalogue import kind_of
from engine.layers.kind import LayerKind


class DropKind:
    """A kind that hovers over the canvas; no gesture of the mouse, since Qt's drag has it."""

    def __init__(self, bench: Bench, key: str) -> None:
        """Begin.

        Args:
            bench: What to work with.
            key: The kind.
        """
        self._bench = bench
        self._key = key
        self._kind = kind_of(key)

    @property
    def fault(self) -> str:
        """Why it cannot be dropped here; empty when it can."""
        editor = self._bench.editor
        if self._kind is None:
            return "this kind is not known here"
        return editor.read_only_reason

    def move(self, pointer: Pointer) -> None:
        """Show the wire it would be put on."""
        bench, thread = self._bench, self._wire_below(pointer)
        bench.overlay.onto = thread.wire if thread else None
        bench.overlay.ghost = self._ghost(pointer)
        bench.say(self._words(thread))
        bench.repaint()

    def finish(self, pointer: Pointer) -> None:
        """Let go."""
        thread, place = self._wire_below(pointer), self._place(pointer)
        self.cancel()
        if thread is not None:
            self._bench.editor.insert_node(self._key, thread.wire, place)
        else:
            self._bench.editor.add_node(self._key, place, wired=False)

    def cancel(self) -> None:
        """Show nothing more."""
        self._bench.overlay.clear()
        self._bench.say("")
        self._bench.repaint()

    def _place(self, pointer: Pointer) -> Place:
        """The hand holds a card by the middle of its first line."""
        size = self._bench.drawing.size
        return snap(Place(pointer.scene.x() - size.width / 2, pointer.scene.y() - FIRST_LINE), self._bench.grid)

    def _ghost(self, pointer: Pointer) -> QRectF | None:
        if self.fault:
            return None
        place, size = self._place(pointer), self._bench.drawing.size
        return QRectF(place.x, place.y, size.width, size.compact)

    def _wire_below(self, pointer: Pointer) -> Thread | None:
        if self._kind is None or pointer.has(Modifier.ShiftModifier) or not _goes_on_wires(self._kind):
            return None
        point = QPointF(pointer.scene)
        return self._bench.drawing.wire_at(point, FIRST_LINE / 2)

    def _words(self, thread: Thread | None) -> str:
        if self.fault:
            return self.fault
        title = self._kind.title if self._kind else self._key
        if thread is not None:
            return (
                f"let go to insert {title} between {thread.source.title} and {thread.target.title} · hold Shift not to"
            )
        return f"let go to add {title}"


def _goes_on_wires(kind: LayerKind) -> bool:
    """Whether a kind may have both inputs and outputs; which ports it has is worked out when it is there."""
    return bool(kind.inputs) and bool(kind.outputs)
