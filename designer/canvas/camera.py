"""Which part of the canvas is seen, and moving there: zoom at a point, pan, fit; it must not know what is drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEasingCurve, QObject, QPointF, QRectF, QVariantAnimation, Signal
from PySide6.QtGui import QTransform
from PySide6.QtWidgets import QGraphicsView

from designer.theme.motion import duration_ms

MIN_SCALE: Final = 0.02
MAX_SCALE: Final = 4.0
FIT_MAX_SCALE: Final = 1.0
"""Fitting never enlarges."""
WORLD: Final = 200_000.0
"""Half the edge of what can be reached, in scene units."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a camera can be put back to."""

    scale: float
    center: QPointF


class Camera(QObject):
    """Moves a view.

    Signals:
        moved: another part is seen at the same zoom.
        zoomed: the zoom is another one.
        arrived: a movement by itself is over.
    """

    moved = Signal()
    zoomed = Signal()
    arrived = Signal()

    def __init__(self, view: QGraphicsView, motion_ms: int) -> None:
        """Take hold of a view.

        Args:
            view: Whose transform and scroll bars are moved.
            motion_ms: How long it takes to get somewhere by itself.
        """
        super().__init__(view)
        self._view = view
        self._motion_ms = motion_ms
        self._scale = 1.0
        self._flight = QVariantAnimation(self)
        self._flight.setStartValue(0.0)
        self._flight.setEndValue(1.0)
        self._flight.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._from = self._to = Outlook(1.0, QPointF())
        self._flight.valueChanged.connect(self._on_flight_moved)
        self._flight.finished.connect(self.arrived)

    @property
    def scale(self) -> float:
        """Px per scene unit."""
        return self._scale

    @property
    def origin(self) -> QPointF:
        """How far the canvas's origin lies left of and above the view's corner, in px."""
        return QPointF(self._view.horizontalScrollBar().value(), self._view.verticalScrollBar().value())

    @property
    def outlook(self) -> Outlook:
        """What can be gone back to."""
        return Outlook(self._scale, self.to_scene(QRectF(self._view.viewport().rect()).center()))

    def to_scene(self, point: QPointF) -> QPointF:
        """Give the place on the canvas beneath a point of the view."""
        origin = self.origin
        return QPointF((point.x() + origin.x()) / self._scale, (point.y() + origin.y()) / self._scale)

    def to_view(self, point: QPointF) -> QPointF:
        """Give the point of the view above a place on the canvas."""
        origin = self.origin
        return QPointF(point.x() * self._scale - origin.x(), point.y() * self._scale - origin.y())

    def seen(self) -> QRectF:
        """Give the part of the canvas that is seen, in scene units."""
        size = self._view.viewport().size()
        corner = self.to_scene(QPointF(0, 0))
        return QRectF(corner.x(), corner.y(), size.width() / self._scale, size.height() / self._scale)

    def pan(self, across: float, down: float) -> None:
        """Move the canvas with the hand, in px."""
        self._flight.stop()
        self._scroll(self.origin - QPointF(across, down))
        self.moved.emit()

    def zoom(self, factor: float, at: QPointF) -> None:
        """Zoom, keeping what lies beneath a point of the view there."""
        self._flight.stop()
        scale = min(MAX_SCALE, max(MIN_SCALE, self._scale * factor))
        if scale == self._scale:
            return
        place = self.to_scene(at)
        self._set_scale(scale)
        self._scroll(QPointF(place.x() * scale - at.x(), place.y() * scale - at.y()))
        self.zoomed.emit()

    def put(self, outlook: Outlook) -> None:
        """Look there at once."""
        self._flight.stop()
        self._look(outlook)
        self.zoomed.emit()

    def fly(self, rect: QRectF, margin: float, max_scale: float = FIT_MAX_SCALE) -> None:
        """Go where a rectangle is seen as a whole, in a moment.

        Args:
            rect: In scene units.
            margin: Room around it, in px.
            max_scale: Never zoom in further.
        """
        target = self.fitting(rect, margin, max_scale)
        self._flight.stop()
        length = duration_ms(self._motion_ms)
        if length <= 0 or not self._view.isVisible():
            self._look(target)
            self.zoomed.emit()
            self.arrived.emit()
            return
        self._from, self._to = self.outlook, target
        self._flight.setDuration(length)
        self._flight.start()

    def fitting(self, rect: QRectF, margin: float, max_scale: float = FIT_MAX_SCALE) -> Outlook:
        """Work out where a rectangle is seen as a whole."""
        size = self._view.viewport().size()
        wide, tall = max(1.0, size.width() - 2 * margin), max(1.0, size.height() - 2 * margin)
        scale = min(max_scale, wide / max(1.0, rect.width()), tall / max(1.0, rect.height()))
        return Outlook(max(MIN_SCALE, scale), rect.center())

    def reveal(self, rect: QRectF, margin: float) -> None:
        """Move no more than needed for a rectangle to be seen."""
        seen, room = self.seen(), margin / self._scale
        inner = seen.adjusted(room, room, -room, -room)
        across = min(0.0, rect.left() - inner.left()) + max(0.0, rect.right() - inner.right())
        down = min(0.0, rect.top() - inner.top()) + max(0.0, rect.bottom() - inner.bottom())
        if across or down:
            self.pan(-across * self._scale, -down * self._scale)

    def _on_flight_moved(self, part: float) -> None:
        first, last = self._from, self._to
        scale = math.exp(math.log(first.scale) * (1 - part) + math.log(last.scale) * part)
        if part >= 1.0:
            scale = last.scale
        # The middle goes with the zoom, not with the time, so that the way looks straight.
        done = part if first.scale == last.scale else (1 / first.scale - 1 / scale) / (1 / first.scale - 1 / last.scale)
        center = first.center + (last.center - first.center) * done
        is_zoom = scale != self._scale
        self._look(Outlook(scale, center))
        (self.zoomed if is_zoom else self.moved).emit()

    def _look(self, outlook: Outlook) -> None:
        size = self._view.viewport().size()
        self._set_scale(outlook.scale)
        corner = QPointF(
            outlook.center.x() * outlook.scale - size.width() / 2,
            outlook.center.y() * outlook.scale - size.height() / 2,
        )
        self._scroll(corner)

    def _set_scale(self, scale: float) -> None:
        self._scale = scale
        self._view.setTransform(QTransform.fromScale(scale, scale))

    def _scroll(self, origin: QPointF) -> None:
        self._view.horizontalScrollBar().setValue(round(origin.x()))
        self._view.verticalScrollBar().setValue(round(origin.y()))
