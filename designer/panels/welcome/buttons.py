"""The two things to press on the welcome page: a row with icon and two lines, and a gallery card; no files, no projects."""

from __future__ import annotations

from abc import abstractmethod
from typing import Final

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QFont, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from designer.panels.welcome.entries import Example
from designer.panels.welcome.thumbnail import Sketch, paint_sketch, sketch_of
from designer.theme.fonts import font
from designer.theme.icons import Icons
from designer.theme.source import ThemeSource
from designer.theme.tokens import Theme

_ROW_HEIGHT: Final = 48
_CARD_WIDTH: Final = 232
_PICTURE_HEIGHT: Final = 132
_WORDS_HEIGHT: Final = 122
_REACHED_HEIGHT: Final = 32


class PaintedButton(QAbstractButton):
    """A button that paints itself; Enter presses it as Space does, and the keyboard's focus shows as a ring."""

    def __init__(self, source: ThemeSource, name: str, words: str, parent: QWidget | None = None) -> None:
        """Build the button.

        Args:
            source: The theme.
            name: First line, and what a screen reader says.
            words: What it says more.
            parent: Owner in Qt's tree.
        """
        super().__init__(parent)
        self._source = source
        self.setText(name)
        self.setAccessibleName(name)
        self.setAccessibleDescription(words)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        metrics = source.theme.metrics
        self._fonts: dict[str, QFont] = {role: font(role, metrics) for role in ("strong", "secondary")}
        source.theme_changed.connect(self._on_theme_changed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Press on Enter too."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
            return
        super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show that it can be pressed."""
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Show it as it was."""
        self.update()
        super().leaveEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground, what is on it, and the ring."""
        theme = self._source.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paint_content(painter, theme)
        if self.hasFocus():
            radius = theme.metrics.radius.card
            painter.setPen(QPen(QColor(theme.colors.accent), theme.metrics.size.selection_width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)
        painter.end()

    @abstractmethod
    def paint_content(self, painter: QPainter, theme: Theme) -> None:
        """Paint everything but the ring."""

    def _paint_line(self, painter: QPainter, area: QRectF, text: str, role: str, colour: str) -> None:
        """Paint one line of words, elided in its middle where it is too long."""
        painter.setFont(self._fonts[role])
        painter.setPen(QColor(colour))
        fitting = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, int(area.width()))
        painter.drawText(area, Qt.TextFlag.TextSingleLine, fitting)

    def _paint_lines(self, painter: QPainter, area: QRectF, text: str, role: str, colour: str) -> None:
        """Paint words on as many lines as fit; words there is no room for are left out from the end."""
        painter.setFont(self._fonts[role])
        painter.setPen(QColor(colour))
        shown, words, wrap = text, text.split(), Qt.TextFlag.TextWordWrap
        while words and painter.boundingRect(area, wrap, shown).height() > area.height():
            words.pop()
            shown = " ".join(words) + "…"
        painter.drawText(area, wrap, shown)

    def _on_theme_changed(self, _theme: Theme) -> None:
        self.update()


class ChoiceRow(PaintedButton):
    """An icon and two lines."""

    def __init__(
        self, source: ThemeSource, icons: Icons, icon: str, name: str, words: str, parent: QWidget | None = None
    ) -> None:
        """Build the row."""
        super().__init__(source, name, words, parent)
        self._icons = icons
        self._icon = icon
        self._words = words
        self.setFixedHeight(_ROW_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """As wide as the column."""
        return QSize(240, _ROW_HEIGHT)

    def paint_content(self, painter: QPainter, theme: Theme) -> None:
        """Paint icon and lines, on a ground while pointed at."""
        if self.isDown() or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.colors.field_pressed if self.isDown() else theme.colors.field))
            painter.drawRoundedRect(QRectF(self.rect()), theme.metrics.radius.card, theme.metrics.radius.card)
        edge, inset = theme.metrics.size.icon, theme.metrics.space.row
        box = QRectF(inset, (self.height() - edge) / 2, edge, edge)
        self._icons.draw(painter, box, self._icon, theme.colors.text_secondary)
        left = 2 * inset + edge
        room = self.width() - left - inset
        self._paint_line(painter, QRectF(left, 7, room, 20), self.text(), "strong", theme.colors.text)
        self._paint_line(painter, QRectF(left, 26, room, 18), self._words, "secondary", theme.colors.text_faint)


class GalleryCard(PaintedButton):
    """An example: its network drawn small, its title, its caption, what it reaches."""

    def __init__(self, source: ThemeSource, icons: Icons, example: Example, parent: QWidget | None = None) -> None:
        """Build the card."""
        words = " ".join(part for part in (example.caption, example.reached) if part)
        super().__init__(source, example.title, words, parent)
        self.example = example
        self._icons = icons
        self._sketch: Sketch | None = sketch_of(example.project, source.theme)
        self.setToolTip(words)
        self.setFixedSize(_CARD_WIDTH, _PICTURE_HEIGHT + _WORDS_HEIGHT)

    def paint_content(self, painter: QPainter, theme: Theme) -> None:
        """Paint the card."""
        colours, radius, inset = theme.colors, theme.metrics.radius.card, theme.metrics.space.row
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        shape = QPainterPath()
        shape.addRoundedRect(frame, radius, radius)
        painter.fillPath(shape, QColor(colours.field if self.isDown() else colours.card))
        picture = QRectF(0, 0, self.width(), _PICTURE_HEIGHT)
        painter.save()
        painter.setClipPath(shape)
        painter.fillRect(picture, QColor(colours.canvas))
        painter.restore()
        if self._sketch is not None:
            paint_sketch(painter, picture.adjusted(inset, inset, -inset, -inset), self._sketch, theme, self._icons)
        pointed = self.underMouse() and not self.hasFocus()
        painter.setPen(QPen(QColor(colours.border if pointed else colours.hairline), 1))
        painter.drawPath(shape)
        self._paint_text(
            painter, theme, QRectF(inset, _PICTURE_HEIGHT + 10, self.width() - 2 * inset, _WORDS_HEIGHT - 18)
        )

    def _paint_text(self, painter: QPainter, theme: Theme, area: QRectF) -> None:
        colours = theme.colors
        self._paint_line(painter, area, self.text(), "strong", colours.text)
        reached = float(_REACHED_HEIGHT) if self.example.reached else 0.0
        middle = area.adjusted(0, 22, 0, -reached)
        self._paint_lines(painter, middle, self.example.caption, "secondary", colours.text_secondary)
        if reached:
            last = QRectF(area.left(), area.bottom() - reached + 4, area.width(), reached)
            self._paint_lines(painter, last, self.example.reached, "secondary", colours.text_faint)
