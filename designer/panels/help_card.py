"""What a person reads about a kind, in a small window at a point; it must not know the document."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from designer.theme.fonts import font
from designer.theme.source import ThemeSource
from engine.layers.kind import LayerKind

_WIDTH: Final = 380


class HelpCard(QFrame):
    """Closes with Escape or a click elsewhere."""

    def __init__(self, source: ThemeSource, parent: QWidget) -> None:
        """Build it, closed.

        Args:
            source: The theme.
            parent: The window.
        """
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("role", "card")
        self._metrics = source.theme.metrics
        space = self._metrics.space
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(space.group, space.group, space.group, space.group)
        self._column.setSpacing(space.related)
        self.setFixedWidth(_WIDTH)

    def show_kind(self, kind: LayerKind, at: QPoint) -> None:
        """Open at a point of the screen and tell of a kind."""
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self._add(kind.title, "heading")
        self._add(kind.help.what, "")
        for text in (kind.help.formula, kind.help.shapes):
            self._add(text, "secondary", mono=True)
        self._add(kind.help.when, "secondary")
        self._add(f"Does not export to ONNX: {kind.no_onnx}" if kind.no_onnx else "", "warning")
        self._add(kind.help.source, "faint")
        self.adjustSize()
        self.move(at)
        self.show()

    def _add(self, text: str, role: str, *, mono: bool = False) -> None:
        if not text:
            return
        label = QLabel(text, self)
        label.setProperty("role", role)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        if mono:
            label.setFont(font("mono_small", self._metrics))
        self._column.addWidget(label)
