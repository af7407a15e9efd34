"""The drawing area of a card: lines over epochs, panned and zoomed by hand; it must not know runs.

pyqtgraph takes more than half a second to import, so it is imported when the first plot is built.
Lines are one pixel wide: an anti-aliased pen wider than that takes seconds on a noisy curve.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from designer.panels.curves.lines import Line, SeriesRole, stroke_colour
from designer.theme.fonts import font
from designer.theme.source import ThemeSource

_FAINT: Final = 0.35
"""How much of a raw curve is seen beneath its smoothed one."""
_ORDER: Final[dict[SeriesRole, int]] = {"earlier": 0, "validation": 2, "train": 1}


class Plot(QWidget):
    """Lines over epochs.

    Signals:
        range_changed(): another part is shown, or it is wider or narrower; draw anew.
        hovered(epoch): the mouse is at this epoch; NaN when it has left.
        reset_asked(): double-click.
    """

    range_changed = Signal()
    hovered = Signal(float)
    reset_asked = Signal()

    def __init__(self, source: ThemeSource, parent: QWidget | None = None) -> None:
        """Build the area; imports pyqtgraph."""
        import pyqtgraph  # on first use: the import takes more than half a second

        super().__init__(parent)
        self._source = source
        self._library: Any = pyqtgraph  # its annotations are partial
        self._widget: Any = pyqtgraph.PlotWidget(self)
        self._curves: dict[str, Any] = {}
        self._lines: dict[str, Line] = {}
        self._cursor: Any = pyqtgraph.InfiniteLine(angle=90, movable=False)
        self.note = QLabel(self._widget)
        self.by_hand = False
        """Whether the person has panned or zoomed since the last reset."""
        self._build()
        self._connect()
        self.wear_theme()

    @property
    def span(self) -> tuple[float, float]:
        """The epochs in view."""
        left, right = self._widget.getViewBox().viewRange()[0]
        return float(left), float(right)

    @property
    def heights(self) -> tuple[float, float]:
        """The values in view."""
        low, high = self._widget.getViewBox().viewRange()[1]
        return float(low), float(high)

    @property
    def columns(self) -> int:
        """How many columns of pixels lines can use."""
        return max(64, round(self._widget.width() * self.devicePixelRatioF()))

    @property
    def viewport(self) -> QWidget:
        """The widget that hears of the mouse."""
        area: QWidget = self._widget.viewport()
        return area

    def draw(self, lines: Sequence[Line]) -> None:
        """Draw exactly these lines; each keeps its item from one drawing to the next."""
        wanted = {line.key: line for line in lines}
        for key in [key for key in self._curves if key not in wanted]:
            self._widget.removeItem(self._curves.pop(key))
        for key, line in wanted.items():
            if key not in self._curves:
                self._curves[key] = self._widget.plot(pen=self._pen(line), antialias=True)
                self._curves[key].setZValue(2 * _ORDER[line.role] - line.faint)
            self._curves[key].setData(line.x, line.y, connect="finite")
        self._lines = wanted

    def set_range(self, epochs: tuple[float, float], heights: tuple[float, float]) -> None:
        """Show this part."""
        left, right = self.span
        low, high = self.heights
        if (left, right, low, high) != (*epochs, *heights):
            self._widget.getViewBox().setRange(xRange=epochs, yRange=heights, padding=0)

    def wear_theme(self) -> None:
        """Take the colours and fonts of the theme that holds now."""
        theme = self._source.theme
        self._widget.setBackground(QColor(theme.colors.card))
        small = font("mono_small", theme.metrics)
        for name in ("left", "bottom"):
            axis = self._widget.getAxis(name)
            axis.setTickFont(small)
            axis.setTextPen(QColor(theme.colors.text_faint))
            axis.setPen(QPen(Qt.PenStyle.NoPen))
        self._widget.getAxis("left").setTickPen(_hair(theme.colors.hairline))
        self._cursor.setPen(_hair(theme.colors.border))
        for key, curve in self._curves.items():
            curve.setPen(self._pen(self._lines[key]))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tell when the mouse has left; take the double-click before it becomes a pan."""
        if event.type() == QEvent.Type.Leave:
            self._cursor.hide()
            self.hovered.emit(float("nan"))
        elif event.type() == QEvent.Type.MouseButtonDblClick:
            self.by_hand = False
            self.reset_asked.emit()
            return True
        elif event.type() == QEvent.Type.Resize:
            self._place_note()
            self.range_changed.emit()
        return super().eventFilter(watched, event)

    def show_note(self, text: str) -> None:
        """Show words in the upper right corner of the area."""
        if text != self.note.text():
            self.note.setText(text)
            self._place_note()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._widget)
        view = self._widget.getViewBox()
        view.setMenuEnabled(False)
        view.disableAutoRange()
        view.setDefaultPadding(0)
        self._widget.hideButtons()
        self._widget.setFrameShape(self._widget.Shape.NoFrame)
        self._widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        left, bottom = self._widget.getAxis("left"), self._widget.getAxis("bottom")
        left.setGrid(255)
        left.setWidth(40)
        left.setStyle(maxTickLevel=0, tickTextOffset=8)
        bottom.setStyle(maxTickLevel=0, tickLength=0, tickTextOffset=6)
        self._cursor.hide()
        self._widget.addItem(self._cursor, ignoreBounds=True)
        self.note.setProperty("role", "faint")
        self.note.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.viewport.installEventFilter(self)

    def _connect(self) -> None:
        view = self._widget.getViewBox()
        view.sigRangeChangedManually.connect(self._on_range_changed_by_hand)
        view.sigXRangeChanged.connect(self._on_x_range_changed)
        self._widget.scene().sigMouseMoved.connect(self._on_mouse_moved)

    def _pen(self, line: Line) -> QPen:
        colour = QColor(stroke_colour(line.role, self._source.theme.colors))
        colour.setAlphaF(_FAINT if line.faint else 1.0)
        return _hair(colour)

    def _place_note(self) -> None:
        self.note.adjustSize()
        self.note.move(self._widget.width() - self.note.width() - 4, 2)

    def _on_range_changed_by_hand(self, *_: object) -> None:
        self.by_hand = True

    def _on_x_range_changed(self, *_: object) -> None:
        self.range_changed.emit()

    def _on_mouse_moved(self, position: QPointF) -> None:
        view = self._widget.getViewBox()
        inside = view.sceneBoundingRect().contains(position)
        epoch = float(view.mapSceneToView(position).x())
        self._cursor.setVisible(inside)
        self._cursor.setPos(epoch)
        self.hovered.emit(epoch if inside else float("nan"))


def _hair(colour: QColor | str) -> QPen:
    pen = QPen(QColor(colour), 1)
    pen.setCosmetic(True)
    return pen
