"""The gallery: cards side by side, as many in a row as there is room for; it must not know what a card does."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget


class Gallery(QWidget):
    """Lays cards of one size out in rows, from the upper left."""

    def __init__(self, gap: int, parent: QWidget | None = None) -> None:
        """Start empty.

        Args:
            gap: Distance between cards, in px.
            parent: Owner in Qt's tree.
        """
        super().__init__(parent)
        self._gap = gap
        self._cards: tuple[QWidget, ...] = ()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def place(self, cards: Sequence[QWidget]) -> None:
        """Show these cards."""
        self._cards = tuple(cards)
        for card in self._cards:
            card.setParent(self)
            card.show()
        self._arrange()
        self.updateGeometry()

    def hasHeightForWidth(self) -> bool:
        """Fewer columns need more height."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Give the height of all rows."""
        if not self._cards:
            return 0
        rows = -(-len(self._cards) // self._columns(width))
        return rows * (self._cards[0].height() + self._gap) - self._gap

    def sizeHint(self) -> QSize:
        """Ask for room for the cards as they stand."""
        return QSize(self._cards[0].width() if self._cards else 0, self.heightForWidth(self.width()))

    def minimumSizeHint(self) -> QSize:
        """One column must fit."""
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the cards out anew."""
        super().resizeEvent(event)
        self._arrange()
        self.updateGeometry()

    def _columns(self, width: int) -> int:
        step = self._cards[0].width() + self._gap
        return max(1, (width + self._gap) // step)

    def _arrange(self) -> None:
        if not self._cards:
            return
        columns = self._columns(self.width())
        for number, card in enumerate(self._cards):
            row, column = divmod(number, columns)
            card.move(column * (card.width() + self._gap), row * (card.height() + self._gap))
