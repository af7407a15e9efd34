"""Title, id and notes of a node as fields; it must not know where they go."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QPlainTextEdit, QWidget

from engine.graph.ids import fault_of
from engine.graph.types import Node


class NotesEdit(QPlainTextEdit):
    """Notes; entered when the focus leaves.

    Signals:
        left: the focus has left.
    """

    left = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Say that the focus leaves."""
        super().focusOutEvent(event)
        self.left.emit()


class NamingForm(QWidget):
    """What a node is called.

    Signals:
        title_entered(text), id_entered(text), notes_entered(text): another one was entered.
    """

    title_entered = Signal(str)
    id_entered = Signal(str)
    notes_entered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the fields."""
        super().__init__(parent)
        self._node: Node | None = None
        self.title = QLineEdit(self)
        self.id = QLineEdit(self)
        self.notes = NotesEdit(self)
        self.notes.setFixedHeight(56)
        self.notes.setTabChangesFocus(True)
        self.notes.setPlaceholderText("Why is it here? What did you find?")
        self.title.setPlaceholderText("as its id")
        self.id.setToolTip("Stands in the source and in every address; weights follow when it changes")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(0, 1)
        for row, (words, field) in enumerate((("Title", self.title), ("Id", self.id), ("Notes", self.notes))):
            label = QLabel(words, self)
            label.setProperty("role", "secondary")
            label.setBuddy(field)
            field.setFixedWidth(164)
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop if field is self.notes else Qt.AlignmentFlag(0))
            grid.addWidget(field, row, 1)
        self._connect()

    def show_node(self, node: Node, *, read_only: str) -> None:
        """Show the names of a node; what is being typed stays while it is the same node.

        Args:
            node: Whose names.
            read_only: Why they cannot be changed; empty when they can.
        """
        other = self._node is None or self._node.id != node.id
        self._node = node
        for field, text in ((self.title, node.title), (self.id, node.id)):
            if other or not field.isModified():
                field.setText(text)
                field.setModified(False)
            field.setReadOnly(bool(read_only))
            field.setStatusTip(read_only)
        if (other or not self.notes.hasFocus()) and self.notes.toPlainText() != node.notes:
            self.notes.setPlainText(node.notes)
        self.notes.setReadOnly(bool(read_only))

    def focus_title(self) -> None:
        """Put the cursor into the title."""
        self.title.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.title.selectAll()

    def _connect(self) -> None:
        self.title.editingFinished.connect(self._on_title_finished)
        self.id.editingFinished.connect(self._on_id_finished)
        self.id.textEdited.connect(self._on_id_edited)
        self.notes.left.connect(self._on_notes_left)

    def _on_title_finished(self) -> None:
        if self._node is not None and self.title.isModified():
            self.title.setModified(False)
            self.title_entered.emit(self.title.text())

    def _on_id_edited(self, text: str) -> None:
        fault = fault_of(text)
        self.id.setProperty("invalid", bool(fault))
        self.id.style().polish(self.id)
        self.id.setToolTip(fault)

    def _on_id_finished(self) -> None:
        if self._node is None or not self.id.isModified():
            return
        self.id.setModified(False)
        text = self.id.text()
        if fault_of(text):
            self.id.setText(self._node.id)
            self._on_id_edited(self._node.id)
        else:
            self.id_entered.emit(text)

    def _on_notes_left(self) -> None:
        if self._node is not None and self.notes.toPlainText() != self._node.notes:
            self.notes_entered.emit(self.notes.toPlainText())
