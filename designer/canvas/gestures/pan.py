"""Moving the canvas with the middle button, or with Space held."""

from __future__ import annotations

from PySide6.QtCore import Qt

from designer.canvas.bench import Bench, Pointer
from designer.canvas.gestures.gesture import Gesture


class Pan(Gesture):
    """The canvas goes with the hand."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, bench: Bench, start: Pointer) -> None:
        """Begin."""
        super().__init__(bench, start)
        self._last = start.at

    def move(self, pointer: Pointer) -> None:
        """Go with the hand."""
        step = pointer.at - self._last
        self._last = pointer.at
        self.bench.camera.pan(step.x(), step.y())

    def finish(self, pointer: Pointer) -> None:
        """Stay there."""
        self.move(pointer)
