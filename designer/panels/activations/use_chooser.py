"""Where one chooses which model of a network, and which use of it, is looked at; it must not know pictures."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QWidget

from designer.editing.sights import use_title
from engine.runs.events import Use


class UseChooser(QComboBox):
    """Lists uses; hidden where there is nothing to choose.

    Signals:
        chosen(use): the person looks at this one.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start hidden.

        Args:
            parent: Owner in Qt's tree.
        """
        super().__init__(parent)
        self.setAccessibleName("Model and use that are shown")
        self.setToolTip("Which model of this network, and which use of it, pictures and gradients are of")
        self.hide()
        self.currentIndexChanged.connect(lambda _: self.chosen.emit(self.currentData()))

    def show_uses(self, uses: Sequence[Use], looked_at: Use | None) -> None:
        """List the uses of a network.

        Args:
            uses: All of them.
            looked_at: Which one is shown.
        """
        self.setVisible(len(uses) > 1)
        with QSignalBlocker(self):  # the person chose nothing
            if list(uses) != [self.itemData(row) for row in range(self.count())]:
                self.clear()
                for use in uses:
                    self.addItem(use_title(use), use)
            self.setCurrentIndex(next((row for row, use in enumerate(uses) if use == looked_at), -1))
