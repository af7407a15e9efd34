"""Read-only source with line numbers; says which line was clicked, marks lines; it must not know nodes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QTextCursor, QTextFormat
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from designer.panels.code.changes import Change, changes, write
from designer.panels.code.highlighter import PythonHighlighter
from designer.theme.fonts import font
from designer.theme.source import ThemeSource
from designer.theme.tokens import Theme

_GAP: Final = 12


class Gutter(QWidget):
    """The line numbers."""

    def __init__(self, view: SourceView) -> None:
        """Stand left of a view."""
        super().__init__(view)
        self._view = view

    def sizeHint(self) -> QSize:
        """Give room for the largest number."""
        return QSize(self._view.gutter_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the numbers of the visible lines."""
        self._view.paint_gutter(event.rect())


class SourceView(QPlainTextEdit):
    """Source to read.

    Signals:
        line_chosen(number): a line was clicked, or the cursor moved there; from 1.
    """

    line_chosen = Signal(int)

    def __init__(self, source: ThemeSource, parent: QWidget | None = None) -> None:
        """Start empty."""
        super().__init__(parent)
        self._theme = source.theme
        self._gutter = Gutter(self)
        self._marked: tuple[int, ...] = ()
        self._reveals = False
        self._lines = [""]
        self._coming: deque[Change] = deque()
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.setInterval(0)
        self._next.timeout.connect(self._go_on)
        self._highlighter = PythonHighlighter(self.document(), source.theme)
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setProperty("role", "code")
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setFont(font("mono", source.theme.metrics))
        self.setAccessibleName("Emitted source")
        self.blockCountChanged.connect(lambda _: self._make_room())
        self.updateRequest.connect(self._on_update_requested)
        source.theme_changed.connect(self._on_theme_changed)
        self._make_room()

    def show_text(self, text: str) -> None:
        """Show source: only lines that differ are written, a few dozen a turn, so that a long text holds nothing up."""
        self._coming = deque(changes(self._lines, text.split("\n")))
        self._go_on()

    def mark_lines(self, lines: Iterable[int], *, reveal: bool) -> None:
        """Mark lines, from 1, and bring the first into view if wanted."""
        self._marked, self._reveals = tuple(sorted(lines)), reveal
        self._show_marks()

    def gutter_width(self) -> int:
        """Give the width of the line numbers, in px."""
        digits = max(3, len(str(self.blockCount())))
        return 2 * _GAP + self.fontMetrics().horizontalAdvance("9") * digits

    def paint_gutter(self, rect: QRect) -> None:
        """Draw the numbers of the lines that meet a rectangle."""
        painter = QPainter(self._gutter)
        painter.fillRect(rect, QColor(self._theme.colors.field))
        painter.setFont(self.font())
        painter.setPen(QColor(self._theme.colors.text_faint))
        block = self.firstVisibleBlock()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        while block.isValid() and top <= rect.bottom():
            height = self.blockBoundingRect(block).height()
            box = QRect(0, round(top), self._gutter.width() - _GAP, round(height))
            painter.drawText(
                box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(block.blockNumber() + 1)
            )
            top += height
            block = block.next()
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the numbers at the left edge."""
        super().resizeEvent(event)
        area = self.contentsRect()
        self._gutter.setGeometry(area.left(), area.top(), self.gutter_width(), area.height())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Say which line was clicked, unless text was selected."""
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and not self.textCursor().hasSelection():
            self.line_chosen.emit(self.cursorForPosition(event.position().toPoint()).blockNumber() + 1)

    def _show_marks(self) -> None:
        there = [line for line in self._marked if line <= self.blockCount()]
        self.setExtraSelections([self._mark(line) for line in there])
        if self._reveals and there and not self._coming:
            self._reveal(there[0])
            self._reveals = False

    def _go_on(self) -> None:
        """Write the next lines."""
        if not self._coming:
            return
        position = self.verticalScrollBar().value()
        change = self._coming.popleft()
        write(self.document(), change)
        self._lines[change.at : change.at + change.count] = change.lines
        self.verticalScrollBar().setValue(position)
        self._show_marks()
        if self._coming:
            self._next.start()

    def _reveal(self, line: int) -> None:
        cursor = QTextCursor(self.document().findBlockByNumber(line - 1))
        self.setTextCursor(cursor)
        self.ensureCursorVisible()

    def _mark(self, line: int) -> QTextEdit.ExtraSelection:
        mark = QTextEdit.ExtraSelection()
        mark.format.setBackground(QColor(self._theme.colors.selection))
        mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
        mark.cursor = QTextCursor(self.document().findBlockByNumber(line - 1))
        return mark

    def _make_room(self) -> None:
        self.setViewportMargins(self.gutter_width(), 0, 0, 0)

    def _on_update_requested(self, rect: QRect, scrolled: int) -> None:
        if scrolled:
            self._gutter.scroll(0, scrolled)
        else:
            self._gutter.update(0, rect.y(), self._gutter.width(), rect.height())

    def _on_theme_changed(self, theme: Theme) -> None:
        self._theme = theme
        self._highlighter.dress(theme)
        self.mark_lines(self._marked, reveal=False)
        self._gutter.update()
