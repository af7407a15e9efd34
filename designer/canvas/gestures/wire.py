"""Drawing a wire from port to port, in either direction, and moving the end of one that is there."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt

from designer.canvas.bench import Bench, Pointer
from designer.canvas.drawing import PortHit
from designer.canvas.gestures.gesture import Gesture
from designer.canvas.overlay import Flight
from designer.canvas.wiring import is_refused, port_faults, wire_between
from engine.graph.specs import signal_of
from engine.graph.types import Wire

_TO_OUTPUT: Final = "drag to an output · Esc cancels"


class DrawWire(Gesture):
    """A wire from the port under the hand to the one where it lets go."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, bench: Bench, start: Pointer, port: PortHit) -> None:
        """Begin: ports that fit light up.

        Args:
            bench: What to work with.
            start: Where the hand went down.
            port: The port that stays.
        """
        super().__init__(bench, start)
        self._port = port
        shown = bench.shown()
        self._faults = port_faults(shown, bench.drawing, port) if shown else {}
        self._verb = "connect"

    @property
    def port(self) -> PortHit:
        """The port that stays."""
        return self._port

    def move(self, pointer: Pointer) -> None:
        """Let the loose end follow the hand, and say what would happen."""
        bench, aim = self.bench, self._aim(pointer)
        fault = self._fault(aim)
        spec = (self._port if self._port.is_output or aim is None else aim).spot.spec
        bench.overlay.lit = self._faults
        bench.overlay.flight = Flight(
            self._port, pointer.scene, signal_of(spec) if spec else "vector", aim, is_fit=not fault
        )
        bench.say(self._words(aim, fault))
        bench.repaint()

    def finish(self, pointer: Pointer) -> None:
        """Draw the wire, if it can be drawn."""
        began, aim = self.bench.overlay.flight is not None, self._aim(pointer)
        self.clear()
        if began and aim is not None and not is_refused(self._fault(aim)):
            self._join(aim)
        elif began and aim is None:
            self._drop(pointer)

    def _join(self, aim: PortHit) -> None:
        self.bench.editor.connect_ports(wire_between(self._port, aim))

    def _drop(self, pointer: Pointer) -> None:
        """Let go over nothing: what is added there is wired to the node the wire came from."""
        bench = self.bench
        if self._port.is_output and bench.drawing.card_at(pointer.scene) is None:
            bench.editor.selection.set((self._port.card.id,))
            bench.search(pointer.at)

    def _aim(self, pointer: Pointer) -> PortHit | None:
        found = self.bench.port_at(pointer.scene)
        return found if found and found.is_output != self._port.is_output else None

    def _fault(self, aim: PortHit | None) -> str:
        return self._faults.get((aim.card.id, aim.spot.id, aim.is_output), "") if aim else ""

    def _words(self, aim: PortHit | None, fault: str) -> str:
        if aim is None:
            return "drag to an input, or let go to add a node · Esc cancels" if self._port.is_output else _TO_OUTPUT
        if is_refused(fault):
            return f"not to {aim.card.title}: {fault}"
        return f"{aim.card.title}: {fault}" if fault else self._deed(aim)

    def _deed(self, aim: PortHit) -> str:
        wire = wire_between(self._port, aim)
        old = [other for other in self.bench.drawing.wires_of.get(wire.target, ()) if _same_input(other, wire)]
        replaced = f", in place of {old[0].source}" if old and old[0].source != wire.source else ""
        return f"let go to {self._verb} {wire.source} to {wire.target}{replaced}"


class MoveWire(DrawWire):
    """Wires are pulled off a port and put on another; let go over nothing they are cut."""

    def __init__(self, bench: Bench, start: Pointer, wires: tuple[Wire, ...], port: PortHit, stays: PortHit) -> None:
        """Begin with wires in hand.

        Args:
            bench: What to work with.
            start: Where the hand went down.
            wires: What is pulled off.
            port: The port they are pulled off.
            stays: The other end of the first of them.
        """
        super().__init__(bench, start, stays)
        self._wires = wires
        self._from = port
        self._verb = "move the wire from"

    def move(self, pointer: Pointer) -> None:
        """Let the loose end follow the hand."""
        self.bench.overlay.cut = frozenset(self._wires)
        super().move(pointer)

    def _join(self, aim: PortHit) -> None:
        if (aim.card.id, aim.spot.id) == (self._from.card.id, self._from.spot.id):
            return
        if aim.is_output:
            drawn = tuple(Wire(aim.card.id, aim.spot.id, wire.target, wire.input) for wire in self._wires)
        else:
            drawn = tuple(Wire(wire.source, wire.output, aim.card.id, aim.spot.id) for wire in self._wires)
        self.bench.editor.replace_wires("Move wire", self._wires, drawn)

    def _drop(self, pointer: Pointer) -> None:
        self.bench.editor.cut_wires(self._wires)

    def _words(self, aim: PortHit | None, fault: str) -> str:
        return "let go to cut the wire · Esc puts it back" if aim is None else super()._words(aim, fault)


def _same_input(other: Wire, wire: Wire) -> bool:
    return (other.target, other.input) == (wire.target, wire.input)
