"""A tab bar whose tabs carry a faint second text, as the canvas's tabs do ("Network  what it computes").

It knows Qt's tab bar and the style sheet's roles, not what the tabs show.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QTabBar, QWidget

LABEL_END_PX = 12
"""Room behind the second text; Qt sets a tab's button hard against the edge that the style sheet draws."""


class SegmentedTabBar(QTabBar):
    """Tabs drawn as segments, each with an optional second text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start without tabs."""
        super().__init__(parent)
        self.setProperty("role", "segmented")
        self.setExpanding(False)
        self.setDrawBase(False)
        self.setElideMode(Qt.TextElideMode.ElideMiddle)

    def set_second_text(self, index: int, text: str) -> None:
        """Put a faint text behind a tab's own; an empty one takes it away."""
        set_second_text(self, index, text)


def set_second_text(bar: QTabBar, index: int, text: str) -> None:
    """Put a faint text behind a tab's own in any bar; an empty one takes it away."""
    side = QTabBar.ButtonPosition.RightSide
    label = QLabel(text, bar)
    label.setProperty("role", "faint")
    label.setContentsMargins(0, 0, LABEL_END_PX, 0)
    label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    bar.setTabButton(index, side, label if text else None)
