"""How long things move that move by themselves: the token's length, or not at all when the system asks for that.

It knows the style's hint alone and starts no animation.
"""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QStyle


def duration_ms(length_ms: int) -> int:
    """Give the length of an animation: `length_ms`, or 0 where the system asks for reduced motion.

    Qt tells it through the style's animation length, which is 0 when the platform has its effects switched off.
    """
    wanted = QApplication.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration)
    return length_ms if wanted > 0 else 0
