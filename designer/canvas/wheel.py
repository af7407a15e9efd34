"""What a wheel or two fingers on a pad do: pan, or zoom at the cursor; it must not know what is drawn."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent

from designer.canvas.camera import Camera

_STEP: Final = 120.0
"""What Qt calls one notch of a wheel."""
_ZOOM_PER_STEP: Final = 1.2
_PX_PER_STEP: Final = 80.0


def roll(camera: Camera, event: QWheelEvent, *, zooms: bool) -> None:
    """Pan; with Ctrl, or where mouse wheels zoom, zoom at the cursor.

    Args:
        camera: What is moved.
        event: What Qt tells.
        zooms: Whether a wheel without a key zooms; a pad, which tells px, always pans.
    """
    fine, steps = event.pixelDelta(), event.angleDelta()
    if event.modifiers() & Qt.KeyboardModifier.ControlModifier or (zooms and fine.isNull()):
        camera.zoom(_ZOOM_PER_STEP ** (steps.y() / _STEP), event.position())
    elif not fine.isNull():
        camera.pan(fine.x(), fine.y())
    else:
        across, down = steps.x() / _STEP * _PX_PER_STEP, steps.y() / _STEP * _PX_PER_STEP
        turned = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        camera.pan(down if turned else across, 0.0 if turned else down)
