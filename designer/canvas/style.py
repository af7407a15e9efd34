"""The theme as pens, brushes, fonts and measured words, made once per theme for the canvas.

It must not know cards or who paints.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from designer.theme.fonts import font
from designer.theme.tokens import FontRole, Theme

_WORD_SPACING: Final = -0.7
"""Of the width of a space: shapes are written with narrow spaces, so that four sizes fit on a card."""
_LEAST_LETTERS: Final = 4
_SHADOW_STEPS: Final = 5
_MAX_TEXTS: Final = 20_000


class Words:
    """A font with the widths of the words that were measured in it."""

    def __init__(self, face: QFont, *, outlined: bool = False) -> None:
        """Start with nothing measured.

        Args:
            face: The font.
            outlined: Letters are drawn as shapes, for files that carry no fonts.
        """
        self.font = face
        self.outlined = outlined
        self.metrics = QFontMetricsF(face)
        self._widths: dict[str, float] = {}
        self._fitted: dict[tuple[str, float], str] = {}

    def width(self, text: str) -> float:
        """Measure a text."""
        if text not in self._widths:
            _make_room(self._widths)
            self._widths[text] = self.metrics.horizontalAdvance(text)
        return self._widths[text]

    def fitted(self, text: str, width: float) -> str:
        """Leave out the middle of a text that is too long."""
        return self._elided(text, width, Qt.TextElideMode.ElideMiddle)

    def begun(self, text: str, width: float) -> str:
        """Leave out the end of a text that is too long; all of it where too little would be left to be read."""
        text = self._elided(text, width, Qt.TextElideMode.ElideRight)
        return text if len(text) > _LEAST_LETTERS or not text.endswith("…") else ""

    def _elided(self, text: str, width: float, mode: Qt.TextElideMode) -> str:
        if self.width(text) <= width:
            return text
        if (text, width) not in self._fitted:
            _make_room(self._fitted)
            self._fitted[text, width] = self.metrics.elidedText(text, mode, width)
        return self._fitted[text, width]


class Style:
    """Everything that painting the canvas needs of a theme."""

    def __init__(self, theme: Theme, *, outlined: bool = False) -> None:
        """Make pens, brushes and fonts.

        Args:
            theme: Where colours and sizes stand.
            outlined: Letters are drawn as shapes.
        """
        self._outlined = outlined
        colors, size = theme.colors, theme.metrics.size
        self.theme = theme
        self.canvas = QColor(colors.canvas)
        self.dots = QColor(colors.canvas_dot)
        self.card = QBrush(QColor(colors.card))
        self.field = QBrush(QColor(colors.field))
        self.edge = QPen(QColor(colors.hairline), size.hairline)
        self.border = QPen(QColor(colors.border), size.hairline)
        self.text = QColor(colors.text)
        self.secondary = QColor(colors.text_secondary)
        self.faint = QColor(colors.text_faint)
        self.accent = QColor(colors.accent)
        self.port = QBrush(QColor(colors.text_secondary))
        self.families = {name: QBrush(QColor(colour)) for name, colour in theme.families.items()}
        self.wires = {name: QColor(colour) for name, colour in theme.wires.items()}
        self.severities = {"error": colors.error, "warning": colors.warning, "hint": colors.accent}
        self.shadows = _shadow_pens(theme)
        self._words: dict[tuple[FontRole, int], Words] = {}
        self._outlines: dict[tuple[float, float], tuple[QPainterPath, QPainterPath]] = {}

    def words(self, role: FontRole, size_px: int = 0) -> Words:
        """Give the words of a role, in the theme's size or another one."""
        key = (role, size_px)
        if key not in self._words:
            face = font(role, self.theme.metrics)
            if size_px:
                face.setPixelSize(size_px)
            if self.theme.metrics.fonts[role].monospace:
                face.setWordSpacing(QFontMetricsF(face).horizontalAdvance(" ") * _WORD_SPACING)
            self._words[key] = Words(face, outlined=self._outlined)
        return self._words[key]

    def bold(self, role: FontRole) -> Words:
        """Give the words of a role in the weight of titles."""
        key: tuple[FontRole, int] = (role, -1)
        if key not in self._words:
            face = font(role, self.theme.metrics)
            face.setWeight(QFont.Weight(self.theme.metrics.fonts["title"].weight))
            self._words[key] = Words(face, outlined=self._outlined)
        return self._words[key]

    def outline(self, width: float, height: float) -> tuple[QPainterPath, QPainterPath]:
        """Give the outline of a card at the origin, and that of its stripe."""
        key = (width, height)
        if key not in self._outlines:
            radius = float(self.theme.metrics.radius.node)
            body, left = QPainterPath(), QPainterPath()
            body.addRoundedRect(QRectF(0, 0, width, height), radius, radius)
            left.addRect(QRectF(0, 0, self.theme.metrics.size.node_stripe, height))
            self._outlines[key] = (body, body.intersected(left))
        return self._outlines[key]


def write(
    painter: QPainter, words: Words, colour: QColor, x: float, baseline: float, text: str, *, right: bool = False
) -> None:
    """Write one line.

    Args:
        painter: Where.
        words: The font.
        colour: Of the letters.
        x: Left end, or right end.
        baseline: Where the letters stand.
        text: What to write.
        right: Whether `x` is the right end.
    """
    left = x - words.width(text) if right else x
    if words.outlined:
        letters = QPainterPath()
        letters.addText(left, baseline, words.font, text)
        painter.fillPath(letters, colour)
        return
    painter.setFont(words.font)
    painter.setPen(colour)
    painter.drawText(round(left), round(baseline), text)


def _shadow_pens(theme: Theme) -> tuple[tuple[float, QColor], ...]:
    """Give how far each layer of the soft shadow reaches, outermost first, and its colour."""
    blur = theme.metrics.size.shadow_blur
    layers = []
    for step in range(_SHADOW_STEPS):
        colour = QColor(theme.colors.shadow)
        colour.setAlphaF(theme.shadow_opacity * 0.26 * (step + 1) / _SHADOW_STEPS)
        layers.append((blur * 0.5 * (1 - step / _SHADOW_STEPS), colour))
    return tuple(layers)


def _make_room(held: dict[str, float] | dict[tuple[str, float], str]) -> None:
    if len(held) >= _MAX_TEXTS:
        held.clear()
