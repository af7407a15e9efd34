"""A line to type in and what it finds, at a point of the screen: kinds, nodes, commands; it must not know which."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from designer.theme.source import ThemeSource

_WIDTH: Final = 320
_HEIGHT: Final = 360
_KEY: Final = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Choice:
    """One row that can be chosen."""

    key: str
    title: str
    words: str = ""
    """Said behind the title, quieter."""
    icon: QIcon | None = None
    fault: str = ""
    """Why it cannot be chosen now; empty when it can."""


class Chooser(QFrame):
    """Opens at a point, closes with Escape or a click elsewhere.

    Signals:
        chosen(key): a row was chosen.
    """

    chosen = Signal(str)

    def __init__(self, source: ThemeSource, parent: QWidget) -> None:
        """Build it, closed.

        Args:
            source: The theme.
            parent: The window.
        """
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("role", "card")
        self._find: Callable[[str], Sequence[Choice]] = lambda text: ()
        self.line = QLineEdit(self)
        self.rows = QListWidget(self)
        self._build(source)
        self._connect()

    def ask(self, at: QPoint, prompt: str, find: Callable[[str], Sequence[Choice]]) -> None:
        """Open.

        Args:
            at: Upper left corner on the screen; moved where it would not fit.
            prompt: What the line says while it is empty.
            find: Gives the rows for what is typed, best first.
        """
        self._find = find
        self.line.setPlaceholderText(prompt)
        self.line.setAccessibleName(prompt)
        self.line.clear()
        self._refresh()
        self.resize(_WIDTH, _HEIGHT)
        self.move(self._fitting(at))
        self.show()
        self.line.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrow keys of the line act on the rows."""
        if watched is self.line and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Tab: 1, Qt.Key.Key_Backtab: -1}.get(
                Qt.Key(event.key())
            )
            if step and self.rows.count():
                self.rows.setCurrentRow((self.rows.currentRow() + step) % self.rows.count())
                return True
        return super().eventFilter(watched, event)

    def _build(self, source: ThemeSource) -> None:
        space = source.theme.metrics.space
        column = QVBoxLayout(self)
        column.setContentsMargins(space.related, space.related, space.related, space.related)
        column.setSpacing(space.related)
        size = source.theme.metrics.size.icon
        self.rows.setIconSize(QSize(size, size))
        self.rows.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.rows.setProperty("role", "card")
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.line.installEventFilter(self)
        column.addWidget(self.line)
        column.addWidget(self.rows, 1)

    def _connect(self) -> None:
        self.line.textChanged.connect(lambda _: self._refresh())
        self.line.returnPressed.connect(lambda: self._choose(self.rows.currentIndex()))
        self.rows.clicked.connect(self._choose)

    def _refresh(self) -> None:
        self.rows.clear()
        for choice in self._find(self.line.text().strip()):
            item = QListWidgetItem(f"{choice.title}   {choice.words}".rstrip())
            item.setData(_KEY, choice.key)
            item.setToolTip(choice.fault)
            if choice.icon is not None:
                item.setIcon(choice.icon)
            if choice.fault:
                item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.rows.addItem(item)
        if not self.rows.count():
            none = QListWidgetItem("Nothing found")
            none.setFlags(Qt.ItemFlag.NoItemFlags)
            self.rows.addItem(none)
        self.rows.setCurrentRow(0)

    def _choose(self, index: QModelIndex) -> None:
        key = index.data(_KEY)
        if key and index.flags() & Qt.ItemFlag.ItemIsEnabled:
            self.hide()
            self.chosen.emit(str(key))

    def _fitting(self, at: QPoint) -> QPoint:
        screen = self.screen().availableGeometry()
        return QPoint(
            max(screen.left(), min(at.x(), screen.right() - _WIDTH)),
            max(screen.top(), min(at.y(), screen.bottom() - _HEIGHT)),
        )
