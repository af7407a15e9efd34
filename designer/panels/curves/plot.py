"""The drawing area of a card: lines over epochs, panned and zoomed by hand; it must not know runs.

pyqtgraph takes up to half a second to import: a thread does it in good time, where the window asks for that, and else
the first plot that is built.
Noisy lines are painted segment by segment in opaque colours: one wide, anti-aliased path through such a curve takes up
to seconds, its segments take two milliseconds.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from designer.panels.curves.lines import Line, SeriesRole, mixed, stroke_colour
from designer.theme.fonts import font
from designer.theme.source import ThemeSource

_FAINT: Final = 0.35
"""How much of a raw curve is seen beneath its smoothed one."""
_WIDTH_PX: Final = 1.75
_FAINT_WIDTH_PX: Final = 1.0
_DOT_PX: Final = 5
_AXIS_PX: Final = 44
_NOTE_GAP_PX: Final = 4
_TICK_DENSITY: Final = 0.8
_ORDER: Final[dict[SeriesRole, int]] = {"earlier": 0, "validation": 2, "train": 1}


def import_early() -> threading.Thread:
    """Import what plots are drawn with in a thread of its own: the window loses a few milliseconds, not half a second."""
    thread = threading.Thread(target=importlib.import_module, args=("pyqtgraph",), daemon=True)
    thread.start()
    return thread


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
        import pyqtgraph  # waits for the thread that is at it

        super().__init__(parent)
        self._source = source
        self._library: Any = pyqtgraph  # its annotations are partial
        # Menus that are never shown would take most of the time that a plot takes to build.
        view = self._library.ViewBox(enableMenu=False)
        self._widget: Any = self._library.PlotWidget(self, viewBox=view, enableMenu=False)
        self._curves: dict[str, Any] = {}
        self._lines: dict[str, Line] = {}
        self._cursor: Any = self._library.InfiniteLine(angle=90, movable=False)
        self._pen_ratio = 0.0
        self.note = QLabel(self.viewport)
        self.note_is_low = False
        """Whether the note stands at the lower edge, because the curves end at the upper one."""
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
        return max(64, int(self._widget.width() * self.devicePixelRatioF()))

    @property
    def viewport(self) -> QWidget:
        """The widget that hears of the mouse."""
        area: QWidget = self._widget.viewport()
        return area

    @property
    def drawn(self) -> tuple[str, ...]:
        """Names of the lines drawn."""
        return tuple(self._curves)

    def draw(self, lines: Sequence[Line]) -> None:
        """Draw exactly these lines; each keeps its item from one drawing to the next."""
        wanted = {line.key: line for line in lines}
        for key in [key for key in self._curves if key not in wanted]:
            self._widget.removeItem(self._curves.pop(key))
        self._lines = wanted
        for key, line in wanted.items():
            if key not in self._curves:
                self._curves[key] = self._new_curve(line)
            self._curves[key].curve.setSegmentedLineMode("on" if line.noisy else "off")
            # A line through one value is not seen: a dot is.
            dot = "o" if line.x.size == 1 else None
            self._curves[key].setData(line.x, line.y, connect="finite", symbol=dot)
        if self._pen_ratio != self.devicePixelRatioF():
            self._wear_pens()

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
        # On the ground of the card, so that the words can be read over a curve.
        self.note.setStyleSheet(f"background: {theme.colors.card}; padding: 0px 2px;")
        small = font("mono_small", theme.metrics)
        for name in ("left", "bottom"):
            axis = self._widget.getAxis(name)
            axis.setTickFont(small)
            axis.setTextPen(QColor(theme.colors.text_faint))
            axis.setPen(QPen(Qt.PenStyle.NoPen))
        grid = self._widget.getAxis("right")
        grid.setPen(QPen(Qt.PenStyle.NoPen))
        grid.setTickPen(_pen(theme.colors.hairline, 1.0))
        self._cursor.setPen(_pen(theme.colors.border, 1.0))
        self._wear_pens()

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
        view.disableAutoRange()
        view.setDefaultPadding(0)
        self._widget.hideButtons()
        self._widget.setFrameShape(self._widget.Shape.NoFrame)
        self._widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._build_axes()
        self._cursor.hide()
        self._widget.addItem(self._cursor, ignoreBounds=True)
        self.note.setProperty("role", "faint")
        self.note.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.viewport.installEventFilter(self)

    def _build_axes(self) -> None:
        left, bottom, grid = (self._widget.getAxis(name) for name in ("left", "bottom", "right"))
        # An axis that draws the grid cuts its outermost labels off, so another one does it.
        self._widget.showAxis("right")
        grid.setStyle(maxTickLevel=0, showValues=False)
        grid.setGrid(255)
        grid.setWidth(0)
        for axis in (left, bottom):
            axis.setStyle(maxTickLevel=0, tickTextOffset=8, hideOverlappingLabels=False, tickLength=0, tickAlpha=0)
        for axis in (left, bottom, grid):
            axis.setTickDensity(_TICK_DENSITY)
        left.setWidth(_AXIS_PX)
        self._widget.getPlotItem().layout.setContentsMargins(0, 8, 18, 0)

    def _connect(self) -> None:
        view = self._widget.getViewBox()
        view.sigRangeChangedManually.connect(self._on_range_changed_by_hand)
        view.sigXRangeChanged.connect(self._on_x_range_changed)
        self._widget.scene().sigMouseMoved.connect(self._on_mouse_moved)

    def _new_curve(self, line: Line) -> Any:  # pyqtgraph's items have no usable types
        item = self._widget.plot(antialias=True, symbolSize=_DOT_PX, symbolPen=None)
        item.setZValue(2 * _ORDER[line.role] - line.faint)
        self._dress(item, line)
        return item

    def _wear_pens(self) -> None:
        self._pen_ratio = self.devicePixelRatioF()
        for key, item in self._curves.items():
            self._dress(item, self._lines[key])

    def _dress(self, item: Any, line: Line) -> None:  # pyqtgraph's items have no usable types
        colours = self._source.theme.colors
        colour = stroke_colour(line.role, colours)
        shown = mixed(colour, colours.card, _FAINT) if line.faint else colour
        # A cosmetic pen counts device pixels.
        item.setPen(_pen(shown, (_FAINT_WIDTH_PX if line.faint else _WIDTH_PX) * self.devicePixelRatioF()))
        item.setSymbolBrush(QColor(shown))

    def _place_note(self) -> None:
        self.note.adjustSize()
        bottom = self.viewport.height() - self._widget.getAxis("bottom").height() - self.note.height()
        at_y = round(bottom) - _NOTE_GAP_PX if self.note_is_low else _NOTE_GAP_PX * 2
        self.note.move(self.viewport.width() - self.note.width() - 10, at_y)

    def _on_range_changed_by_hand(self, *_: object) -> None:
        self.by_hand = True
        self.range_changed.emit()

    def _on_x_range_changed(self, *_: object) -> None:
        self.range_changed.emit()

    def _on_mouse_moved(self, position: QPointF) -> None:
        view = self._widget.getViewBox()
        inside = view.sceneBoundingRect().contains(position)
        epoch = float(view.mapSceneToView(position).x())
        self._cursor.setVisible(inside)
        self._cursor.setPos(epoch)
        self.hovered.emit(epoch if inside else float("nan"))


def _pen(colour: str, width: float) -> QPen:
    pen = QPen(QColor(colour), width)
    pen.setCosmetic(True)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    return pen
