"""What is wrong with a node, in words beside its card, with the ways out of it to click on.

It must not know how a way out is carried out.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from designer.canvas.cards import Card
from designer.theme.tokens import Metrics, Theme
from engine.check.report import Problem
from engine.graph.ids import NodeId

_LINK_PADDING: Final = 4
"""Of a link within its button; it is taken back so that links stand under the words."""


class ProblemNote(QFrame):
    """Opens beneath a card and stays as long as it is told to.

    Signals:
        fix_chosen(fix): a way out was clicked.
    """

    fix_chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        """Build it, closed.

        Args:
            theme: Colours and sizes.
            parent: The viewport it lies on.
        """
        super().__init__(parent)
        self._theme = theme
        self._ground = parent
        self._card: Card | None = None
        self._column = QVBoxLayout(self)
        space = theme.metrics.space
        self._column.setContentsMargins(space.row, space.related, space.row, space.related)
        self._column.setSpacing(2)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.hide()

    @property
    def node(self) -> NodeId | None:
        """The node it speaks of; None while it is closed."""
        return self._card.id if self._card and self.isVisible() else None

    def restyle(self, theme: Theme) -> None:
        """Wear another theme."""
        self._theme = theme
        self.close_note()

    def open_for(self, card: Card, beside: QRect) -> None:
        """Open beneath a card, or above it where there is no room.

        Args:
            card: Whose problems.
            beside: Where the card is on the viewport.
        """
        if self._card is not card or not self.isVisible():
            self._card = card
            self._fill(card)
        size, gap = self.sizeHint(), self._theme.metrics.space.related
        room = self._ground.rect().adjusted(gap, gap, -gap, -gap)
        top = beside.bottom() + gap
        if top + size.height() > room.bottom():
            top = beside.top() - gap - size.height()
        left = min(beside.left(), room.right() - size.width())
        self.setGeometry(QRect(QPoint(max(room.left(), left), max(room.top(), top)), size))
        self.show()
        self.raise_()

    def close_note(self) -> None:
        """Close it."""
        self._card = None
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint ground and edge in the colour of the worst problem."""
        card, theme = self._card, self._theme
        if card is None or card.severity is None:
            return
        edges = {"error": theme.colors.error, "warning": theme.colors.warning, "hint": theme.colors.border}
        radius = theme.metrics.radius.card
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(edges[card.severity.value]), theme.metrics.size.hairline))
            painter.setBrush(QColor(theme.colors.field))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)

    def _fill(self, card: Card) -> None:
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for problem in card.facts.problems:
            self._column.addWidget(self._part(problem))

    def _part(self, problem: Problem) -> QWidget:
        part = QWidget(self)
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(_line(problem.message, "strong", self._theme.metrics))
        for lead, text in (("expected", problem.expected), ("found", problem.found)):
            if text:
                column.addWidget(_line(f"{lead} {text}", "secondary", self._theme.metrics))
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(self._theme.metrics.space.related)
        row.addSpacing(-_LINK_PADDING)
        for fix in problem.fixes:
            button = QPushButton(fix.title, part)
            button.setProperty("role", "link")
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.clicked.connect(lambda _=False, fix=fix: self.fix_chosen.emit(fix))
            row.addWidget(button)
        row.addStretch(1)
        if problem.fixes:
            column.addLayout(row)
        return part


def _line(text: str, role: str, metrics: Metrics) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", role)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setFixedWidth(2 * metrics.size.node_width_max)
    return label
