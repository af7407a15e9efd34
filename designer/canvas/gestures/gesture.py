"""What all gestures share: they begin with a pointer, follow it, and end or are cancelled."""

from __future__ import annotations

from abc import ABC, abstractmethod

from PySide6.QtCore import Qt

from designer.canvas.bench import Bench, Pointer


class Gesture(ABC):
    """One gesture from press to release; it calls at most one verb, when it ends."""

    cursor: Qt.CursorShape | None = None
    """Shape of the cursor meanwhile."""

    def __init__(self, bench: Bench, start: Pointer) -> None:
        """Begin.

        Args:
            bench: What to work with.
            start: Where the hand went down.
        """
        self.bench = bench
        self.start = start

    @abstractmethod
    def move(self, pointer: Pointer) -> None:
        """Follow the hand."""

    @abstractmethod
    def finish(self, pointer: Pointer) -> None:
        """End where the hand went up."""

    def cancel(self) -> None:
        """End as if nothing had been."""
        self.clear()

    def clear(self) -> None:
        """Show nothing more."""
        self.bench.hold(frozenset())
        self.bench.overlay.clear()
        self.bench.repaint()
        self.bench.say("")
