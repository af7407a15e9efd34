"""How long things move that move by themselves: as the token says, or not at all if the system asks for it.

It knows the style's hint alone and starts no animation.
"""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QStyle


def duration_ms(length_ms: int) -> int:
    """Give the length of an animation: `length_ms`, or 0 where the system asks for reduced motion.

    Qt tells it through the style's animation length: 0 when the platform's effects are switched off.
    """
    wanted = QApplication.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration)
    return length_ms if wanted > 0 else 0
