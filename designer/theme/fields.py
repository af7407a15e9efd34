"""What fields need beside the style sheet: Qt's sheets cannot inset the number of a spin box, so code does.

It knows spin boxes and the tokens, not what the numbers mean.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractSpinBox

from designer.theme.tokens import Metrics


def inset_text(box: QAbstractSpinBox, metrics: Metrics) -> None:
    """Set a spin box's number in from its edge as in other fields; the wheel no longer gives it the focus.

    Args:
        box: The spin box, newly made.
        metrics: Where the distance stands.
    """
    box.lineEdit().setTextMargins(metrics.space.related, 0, 0, 0)
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
