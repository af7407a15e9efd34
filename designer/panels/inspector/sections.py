"""The plain parts the inspector is made of: headings, rows of facts, code, notices; they know nothing of nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

_BUTTON_PADDING: Final = 16


class GroupLabel(QLabel):
    """A heading in spaced capitals."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        """Make the heading."""
        super().__init__(text, parent)
        self.setProperty("role", "group")


class Hairline(QFrame):
    """A line that divides."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Make the line."""
        super().__init__(parent)
        self.setProperty("role", "hairline")
        self.setFixedHeight(1)


class Facts(QWidget):
    """Rows of a word and its value, the value on the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start without rows."""
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._rows: list[tuple[QLabel, QLabel]] = []

    def show_facts(self, facts: Sequence[tuple[str, str]], more: Mapping[str, str] | None = None) -> None:
        """Show these rows and no others.

        Args:
            facts: Words and values.
            more: What hovering over a value says, by its word, where that is not just the value.
        """
        while len(self._rows) < len(facts):
            self._add_row()
        for index, (word, value) in enumerate(self._rows):
            shown = index < len(facts)
            word.setVisible(shown)
            value.setVisible(shown)
            if shown:
                word.setText(facts[index][0])
                value.setText(facts[index][1])
                value.setToolTip((more or {}).get(*facts[index]))

    def _add_row(self) -> None:
        word, value = QLabel(self), QLabel(self)
        word.setProperty("role", "secondary")
        value.setProperty("role", "strong")
        value.setAlignment(Qt.AlignmentFlag.AlignRight)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = len(self._rows)
        self._grid.addWidget(word, row, 0)
        self._grid.addWidget(value, row, 1)
        self._rows.append((word, value))


class CodeLine(QFrame):
    """Source in a field of its own; wraps, can be selected and copied."""

    def __init__(self, letters: QFont, parent: QWidget | None = None) -> None:
        """Start empty.

        Args:
            letters: The font of source.
            parent: Owner in Qt's tree.
        """
        super().__init__(parent)
        self.setProperty("role", "field")
        self.label = QLabel(self)
        self.label.setFont(letters)
        self.label.setWordWrap(True)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 8, 10, 8)
        row.addWidget(self.label)

    def show_text(self, text: str) -> None:
        """Show source."""
        self.label.setText(text)


class Notice(QFrame):
    """A problem with the ways out of it.

    Signals:
        chosen(index): this way out was chosen.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start empty."""
        super().__init__(parent)
        self.message = QLabel(self)
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self._buttons = QVBoxLayout()
        self._buttons.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(4)
        column.addWidget(self.message)
        column.addLayout(self._buttons)

    def show_problem(self, message: str, fixes: Sequence[str], *, error: bool) -> None:
        """Show what is wrong and a button for each way out."""
        self.message.setText(message)
        role = "notice-error" if error else "notice"
        if self.property("role") != role:
            self.setProperty("role", role)
            self.style().polish(self)
        while (item := self._buttons.takeAt(0)) is not None:
            _drop(item.widget())
        for index, title in enumerate(fixes):
            button = QPushButton(title, self)
            button.setProperty("role", "link")
            button.clicked.connect(lambda _=False, index=index: self.chosen.emit(index))
            self._buttons.addWidget(button, alignment=Qt.AlignmentFlag.AlignLeft)


class ElidedButton(QPushButton):
    """A button that cuts its words in the middle where they do not fit, whole in the tool tip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start without words."""
        super().__init__(parent)
        self._words = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @property
    def words(self) -> str:
        """The whole words."""
        return self._words

    def show_words(self, words: str, tip: str) -> None:
        """Show words, and say more in the tool tip."""
        self._words = words
        self.setToolTip(f"{words}\n{tip}")
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the words anew."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.width() - 2 * _BUTTON_PADDING
        text = self.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideMiddle, room)
        if text != self.text():
            self.setText(text)


class Heading(QWidget):
    """Icon and title on the left, what it is on the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start empty."""
        super().__init__(parent)
        self.icon = QLabel(self)
        self.title = QLabel(self)
        self.title.setProperty("role", "heading")
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.kind = QLabel(self)
        self.kind.setProperty("role", "secondary")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.icon)
        row.addWidget(self.title, 1)
        row.addWidget(self.kind)

    def show_words(self, title: str, kind: str, icon: QPixmap | None) -> None:
        """Show title and kind; a long title is cut in the middle and whole in the tool tip."""
        room = max(80, self.width() - self.kind.sizeHint().width() - 48)
        self.title.setText(self.title.fontMetrics().elidedText(title, Qt.TextElideMode.ElideMiddle, room))
        self.title.setToolTip(title)
        self.kind.setText(kind)
        self.icon.setVisible(icon is not None)
        if icon is not None:
            self.icon.setPixmap(icon)


def _drop(widget: QWidget | None) -> None:
    if widget is not None:
        widget.deleteLater()
