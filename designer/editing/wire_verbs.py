"""Verbs for wires: draw, cut, move their ends; they must not know any view."""

from __future__ import annotations

from collections.abc import Iterable

from designer.editing.desk import Desk
from engine.graph.edits import Batch, Connect, Disconnect, Edit
from engine.graph.types import Wire


class WireVerbs(Desk):
    """What can be done to wires."""

    def connect_ports(self, wire: Wire) -> bool:
        """Draw a wire; it takes the place of one into the same port."""
        return self._ref is not None and self.perform(Connect(ref=self._ref, wire=wire))

    def replace_wires(self, label: str, cut: Iterable[Wire], drawn: Iterable[Wire]) -> bool:
        """Cut wires and draw others in one step: a wire's end is moved to another port."""
        if self._ref is None:
            return False
        gone = tuple(cut)
        edits: list[Edit] = [Disconnect(ref=self._ref, wires=gone)] if gone else []
        return self.perform(Batch(label=label, edits=(*edits, *(Connect(ref=self._ref, wire=wire) for wire in drawn))))

    def cut_wires(self, wires: Iterable[Wire]) -> bool:
        """Take wires away."""
        gone = tuple(wires)
        return self._ref is not None and bool(gone) and self.perform(Disconnect(ref=self._ref, wires=gone))
