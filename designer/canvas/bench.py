"""What a gesture works with: the editor's verbs, what is drawn, what is seen; it must not know events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, Qt

from designer.canvas.camera import Camera
from designer.canvas.drawing import Drawing, PortHit, Shown, Thread
from designer.canvas.overlay import Overlay
from designer.canvas.surface import Surface
from designer.editing.editor import Editor
from engine.graph.ids import NodeId

WIRE_REACH_PX: Final = 6.0
_LEAST_PORT_PX: Final = 1.0
Modifier = Qt.KeyboardModifier


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where the hand is."""

    at: QPointF
    """In px of the view."""
    scene: QPointF
    """In scene units."""
    modifiers: Qt.KeyboardModifier

    def has(self, modifier: Qt.KeyboardModifier) -> bool:
        """Say whether a key is held."""
        return bool(self.modifiers & modifier)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Everything a gesture needs."""

    editor: Editor
    drawing: Drawing
    camera: Camera
    surface: Surface
    repaint: Callable[[], None]
    """Show a frame soon."""
    say: Callable[[str], None]
    """Show a hint in the status bar."""
    search: Callable[[QPointF], None]
    """Ask for a kind to add, at a point of the view."""
    shown: Callable[[], Shown | None]
    """What is drawn now."""
    grid: float
    """Nodes snap to its multiples."""

    @property
    def overlay(self) -> Overlay:
        """What the gesture shows."""
        return self.surface.overlay

    def port_at(self, point: QPointF) -> PortHit | None:
        """Give the port under the hand; none where ports are too small to be drawn."""
        if self.camera.scale * self.drawing.size.port_radius < _LEAST_PORT_PX:
            return None
        return self.drawing.port_at(point, self.camera.scale)

    def wire_at(self, point: QPointF) -> Thread | None:
        """Give the wire under the hand."""
        return self.drawing.wire_at(point, WIRE_REACH_PX / self.camera.scale)

    def hold(self, nodes: frozenset[NodeId]) -> None:
        """Take nodes in hand: they are painted where the hand is; let go of all for none."""
        self.overlay.moved = nodes
        self.surface.take_in_hand(nodes)
        self.repaint()
