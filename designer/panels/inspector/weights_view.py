"""The weights of the selected node as they are now, and how training moves them; it must not know the run."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from designer.editing.sights import Movement
from designer.panels.inspector.sections import GroupLabel
from designer.theme.source import ThemeSource
from engine.runs.events import Picture

_PICTURE_HEIGHT = 128


class PictureCanvas(QWidget):
    """Paints one picture."""

    def __init__(self, source: ThemeSource, parent: QWidget | None = None) -> None:
        """Start empty."""
        super().__init__(parent)
        self._source = source
        self._picture: Picture | None = None
        self._family = "data"
        source.theme_changed.connect(lambda _: self.update())

    def show_picture(self, picture: Picture, family: str) -> None:
        """Show a picture in a family's colour."""
        self._picture, self._family = picture, family
        self.setAccessibleName(picture.note or picture.what)
        self.setToolTip(picture.note)
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for the usual height."""
        return QSize(0, _PICTURE_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture as large as fits."""
        if self._picture is None:
            return
        from designer.theme.pictures import paint_picture  # numpy, which the first paint need not wait for

        theme = self._source.theme
        painter = QPainter(self)
        paint_picture(painter, QRectF(self.rect()), self._picture, theme, theme.families[self._family])
        painter.end()


class WeightsView(QWidget):
    """Filters or a histogram of the weights, and gradient and update against their size."""

    def __init__(self, source: ThemeSource, parent: QWidget | None = None) -> None:
        """Start hidden."""
        super().__init__(parent)
        self._title = GroupLabel("", self)
        self._canvas = PictureCanvas(source, self)
        self._canvas.setMinimumHeight(_PICTURE_HEIGHT)
        self.words = QLabel(self)
        self.words.setProperty("role", "secondary")
        self.words.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(source.theme.metrics.space.related)
        for widget in (self._title, self._canvas, self.words):
            column.addWidget(widget)
        self.hide()

    def show_node(self, family: str, weights: Picture | None, movement: Movement | None) -> None:
        """Show the weights of a node; hide where nothing is known of them.

        Args:
            family: Family of its kind.
            weights: Newest picture of its weights.
            movement: How the run pulls at it.
        """
        words = movement_words(movement) if movement else ""
        self.setVisible(weights is not None or bool(words))
        self._canvas.setVisible(weights is not None)
        self._title.setVisible(weights is not None)
        self.words.setText(words)
        self.words.setVisible(bool(words))
        if weights is not None:
            self._title.setText(title_words(weights))
            self._canvas.show_picture(weights, family)


def title_words(weights: Picture) -> str:
    """Write what is shown: `Filters now, 32 of 3 × 3`."""
    if weights.form != "maps":
        return "Weights now"
    count, height, width = weights.shape
    return f"Filters now, {count} of {height} × {width}"


def movement_words(movement: Movement) -> str:
    """Write how strongly training pulls at a node: `gradient 2.1e-3 · update / weight 4e-4 at step 510`."""
    parts = []
    if movement.gradient is not None:
        parts.append(f"gradient {movement.gradient:.1e}")
    if movement.update is not None:
        parts.append(f"update / weight {movement.update:.0e}")
    return " · ".join(parts) + f" at step {movement.step}"
