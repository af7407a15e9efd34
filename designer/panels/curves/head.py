"""The head of a card: its title, and the legend with the newest values; it must not know runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.panels.curves.lines import Entry, stroke_colour, words_colour
from designer.theme.fonts import font
from designer.theme.source import ThemeSource

_DASH_PX: Final = 14
_DASH_GAP_PX: Final = 5
_ENTRY_GAP_PX: Final = 14


class CardHead(QWidget):
    """Title left, entries right; what there is no room for goes: first intervals, then the leftmost entries."""

    def __init__(self, source: ThemeSource, title: str, parent: QWidget | None = None) -> None:
        """Build the head."""
        super().__init__(parent)
        self._source = source
        self._title = title
        self._entries: tuple[Entry, ...] = ()
        self._fonts = font("strong", source.theme.metrics), font("secondary", source.theme.metrics)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What the legend shows."""
        return self._entries

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Show these entries, the rightmost last."""
        if tuple(entries) == self._entries:
            return
        self._entries = tuple(entries)
        words = [entry.words or f"{entry.name} {entry.value}{entry.interval}" for entry in entries]
        self.setToolTip("\n".join(words))
        self.setAccessibleName(f"{self._title}: {'; '.join(words)}")
        self.update()

    def sizeHint(self) -> QSize:
        """As high as a row."""
        return QSize(160, self._source.theme.metrics.size.row_height)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw title and legend."""
        theme = self._source.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._fonts[0])
        painter.setPen(QColor(theme.colors.text))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._title)
        title_end = painter.fontMetrics().horizontalAdvance(self._title) + _ENTRY_GAP_PX
        painter.setFont(self._fonts[1])
        self._paint_entries(painter, title_end)
        painter.end()

    def _paint_entries(self, painter: QPainter, left: float) -> None:
        measure = QFontMetricsF(painter.font())
        right = float(self.width())
        for entry, text in reversed(self._texts_that_fit(measure, right - left)):
            width = measure.horizontalAdvance(text)
            box = QRectF(right - width, 0, width + 1, self.height())
            painter.setPen(QColor(words_colour(entry.role, self._source.theme.colors)))
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)
            end = right - width - _DASH_GAP_PX
            painter.setPen(QPen(QColor(stroke_colour(entry.role, self._source.theme.colors)), 2))
            middle = round(self.height() / 2) + 0.0
            painter.drawLine(QPointF(end - _DASH_PX, middle), QPointF(end, middle))
            right = end - _DASH_PX - _ENTRY_GAP_PX

    def _texts_that_fit(self, measure: QFontMetricsF, room: float) -> list[tuple[Entry, str]]:
        full = [(entry, f"{entry.name} {entry.value}{entry.interval}") for entry in self._entries]
        short = [(entry, f"{entry.name} {entry.value}") for entry in self._entries]
        choices = [full, *(short[start:] for start in range(len(short)))]
        for texts in choices:
            needed = sum(measure.horizontalAdvance(text) + _DASH_PX + _DASH_GAP_PX for _, text in texts)
            if needed + _ENTRY_GAP_PX * (len(texts) - 1) <= room:
                return texts
        return []
