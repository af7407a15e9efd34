"""One card: head, plot and read-out of one loss or one metric; it must not know other cards."""

from __future__ import annotations

import math
from abc import abstractmethod

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from designer.panels.curves.head import CardHead
from designer.panels.curves.lines import Entry, Line, SeriesRole
from designer.panels.curves.plot import Plot
from designer.panels.curves.record import RunRecord, Series
from designer.panels.curves.smoothing import smoothed
from designer.panels.curves.words import range_text
from designer.theme.source import ThemeSource

_COLUMNS = 400
_FEW = 100
"""A line through so few values is painted fast, whatever its shape."""
PART_SHOWN = "a part · double-click shows all"
_LONG = 100.0
"""Epochs of a run that is long."""


class Card(QFrame):
    """A framed plot that draws one thing of a run, and of an earlier one beneath it.

    Args:
        source: the theme.
        name: id of the objective or metric.
        title: its words.
    """

    def __init__(self, source: ThemeSource, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.name = name
        self.title = title
        self.head = CardHead(source, title, self)
        self.plot = Plot(source, self)
        self._run: RunRecord | None = None
        self._earlier: RunRecord | None = None
        self._smoothing = 0.0
        self._pointed = math.nan
        self._drawn: tuple[object, ...] = ()
        space = source.theme.metrics.space
        layout = QVBoxLayout(self)
        layout.setContentsMargins(space.row, space.grid, space.row, space.grid)
        layout.setSpacing(0)
        layout.addWidget(self.head)
        layout.addWidget(self.plot, 1)
        self.setAccessibleName(f"Curves of {title}")
        self._connect()

    def show_run(self, run: RunRecord, earlier: RunRecord | None, smoothing: float) -> None:
        """Draw what a run has said so far.

        Args:
            run: the run.
            earlier: another one drawn beneath it.
            smoothing: part of the epochs in view that one mean spans, 0..1.
        """
        self._run, self._earlier, self._smoothing = run, earlier, smoothing
        self.redraw()

    def redraw(self) -> None:
        """Draw anew: the range first, unless the person chose it, then each line once."""
        if self._run is None:
            return
        if not self.plot.by_hand:
            ends = [series.end for _key, _role, series in self.series()]
            self.plot.set_range((0.0, epochs_shown(max([0.0, *ends]), self._run.total_epochs)), self.bounds())
        self._draw_lines()
        self.head.show_entries(self.entries())
        self._show_note()

    @abstractmethod
    def series(self) -> list[tuple[str, SeriesRole, Series]]:
        """Give the curves there are: name, role, values; the lowest first."""

    @abstractmethod
    def entries(self) -> list[Entry]:
        """Give the legend."""

    @abstractmethod
    def bounds(self) -> tuple[float, float]:
        """Give the smallest and largest value the axis shows by itself."""

    @abstractmethod
    def remark(self) -> str:
        """Say what belongs to the numbers: on how many samples they stand."""

    @property
    def run(self) -> RunRecord | None:
        """The run drawn."""
        return self._run

    @property
    def earlier(self) -> RunRecord | None:
        """The run drawn beneath it."""
        return self._earlier

    def _connect(self) -> None:
        self.plot.range_changed.connect(self._on_range_changed)
        self.plot.reset_asked.connect(self.redraw)
        self.plot.hovered.connect(self._on_plot_hovered)

    def _draw_lines(self) -> None:
        if (state := self._state()) != self._drawn:
            self._drawn = state
            self.plot.draw([line for key, role, series in self.series() for line in self._lines(key, role, series)])

    def _state(self) -> tuple[object, ...]:
        """Give all that the lines depend on."""
        curves = tuple((key, id(series), len(series.curve)) for key, _role, series in self.series())
        return curves, self.plot.span, self.plot.columns, self._smoothing

    def _lines(self, key: str, role: SeriesRole, series: Series) -> list[Line]:
        left, right = self.plot.span
        first, last = series.span(left, right)
        x, y = series.curve.envelope(first, last, self.plot.columns // 2)
        window = self._smoothing * (right - left) * series.per_epoch
        if window < 3:
            return [Line(key, role, False, series.epochs(x), y, noisy=x.size > _FEW)]
        middle_x, middle_y = smoothed(series.curve, first, last, window, self.plot.columns // 2)
        raw = Line(f"{key} raw", role, True, series.epochs(x), y, noisy=True)
        return [raw, Line(key, role, False, series.epochs(middle_x), middle_y)]

    def _show_note(self) -> None:
        if math.isnan(self._pointed):
            part = PART_SHOWN if self.plot.by_hand else ""
            self.plot.show_note(" · ".join(words for words in (part, self.remark()) if words))
            return
        found = [(key, series.near(self._pointed)) for key, _role, series in self.series()]
        values = [f"{key} {range_text(*pair)}" for key, pair in found if pair is not None]
        self.plot.show_note(" · ".join([f"epoch {max(0.0, self._pointed):.1f}", *reversed(values)]))

    def _on_range_changed(self) -> None:
        self._draw_lines()
        self._show_note()

    def _on_plot_hovered(self, epoch: float) -> None:
        self._pointed = epoch
        self._show_note()


def extremes(series: Series) -> tuple[float, float] | None:
    """Give the smallest and largest mean of a curve in columns, so that one spike does not flatten it; None without values."""
    _x, sums, counts = series.curve.means(0, len(series.curve), _COLUMNS)
    known = counts > 0
    if not known.any():
        return None
    means = sums[known] / counts[known]
    return float(means.min()), float(means.max())


def epochs_shown(done: float, total: float) -> float:
    """Give how many epochs the axis spans: the whole run, or the beginning of a long one, so that it does not hide at the edge.

    Args:
        done: epochs that have a value.
        total: epochs planned.
    """
    if total <= _LONG or done * 4 >= total:
        return max(total, done)
    doublings = max(0, math.ceil(math.log2(max(done, 1.0) * 2.5 / _LONG)))
    return min(total, math.ldexp(_LONG / 2, doublings))
