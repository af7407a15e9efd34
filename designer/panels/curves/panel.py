"""The curves of a run, live: one card for each loss and each metric, side by side; it must not know other panels."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QSlider, QStackedLayout, QVBoxLayout, QWidget

from designer.panels.curves.card import Card
from designer.panels.curves.cards import LossCard, MetricCard
from designer.panels.curves.record import RunRecord
from designer.panels.curves.words import loss_title, metric_title
from designer.theme.source import ThemeSource
from engine.runs.events import Event, Started

EMPTY: Final = "Run trains the network: its loss and accuracy appear here. Ctrl+Enter"
WAITING: Final = "The run has begun: its first steps appear here in a moment."
_USUAL_SMOOTHING: Final = 12
_CARD_WIDTH_MIN: Final = 340
_Key = tuple[str, str, str]
"""`loss` or `metric`, id, title."""


class CurvesPanel(QWidget):
    """Loss and metrics of the run in hand, with an earlier run beneath.

    Slots: `begin` for a new run, `take` for each batch of events, `lay_beneath` to keep the
    present run under the next one, `show_earlier` to lay any other run beneath.
    Plots are built (and pyqtgraph imported) when the panel is first seen with something to draw.
    """

    def __init__(self, source: ThemeSource, parent: QWidget | None = None) -> None:
        """Build the empty panel.

        Args:
            source: The theme.
            parent: Owner in Qt's tree.
        """
        super().__init__(parent)
        self.setProperty("role", "panel")
        self._source = source
        self._run: RunRecord | None = None
        self._earlier: RunRecord | None = None
        self._behind = False
        self._cards: dict[_Key, Card] = {}
        self.smoothing = QSlider(Qt.Orientation.Horizontal, self)
        self.empty = QLabel(EMPTY, self)
        self._row = QHBoxLayout()
        self._pages = QStackedLayout()
        self._build()
        self._connect()

    @property
    def cards(self) -> tuple[Card, ...]:
        """The cards there are, from left to right."""
        return tuple(self._cards.values())

    @property
    def run(self) -> RunRecord | None:
        """What the run in hand has said."""
        return self._run

    def begin(self, run_title: str, started: Started) -> None:
        """Show a new run from its start; a run that goes on after a stop keeps its curves.

        Args:
            run_title: What people call it, e.g. `run 3`.
            started: Its first word.
        """
        if self._run is not None and self._run.title == run_title and started.step > 0:
            return
        self._run = RunRecord(run_title, started)
        self.empty.setText(WAITING)
        self._fold_cards()

    def take(self, events: Sequence[Event]) -> None:
        """Take what the run said since the last time; every curve in view is drawn once.

        Args:
            events: In the order they were said.
        """
        if self._run is None:
            first = next((event for event in events if isinstance(event, Started)), None)
            if first is None:
                return
            self.begin("run", first)
        if self._run is not None and self._run.take(events):
            self._redraw()

    def show_earlier(self, run_title: str, started: Started, events: Sequence[Event]) -> None:
        """Lay an earlier run beneath the present one.

        Args:
            run_title: What people call it.
            started: Its first word.
            events: All it said.
        """
        self._earlier = RunRecord(run_title, started)
        self._earlier.take(events)
        self._redraw()

    def lay_beneath(self) -> None:
        """Make the present run the earlier one, with what its curves hold already; the next one is drawn over it."""
        if self._run is not None:
            self._earlier, self._run = self._run, None
        self.empty.setText(WAITING if self._earlier else EMPTY)
        self._fold_cards()

    def hide_earlier(self) -> None:
        """Take the earlier run away."""
        self._earlier = None
        self._redraw()

    def clear(self) -> None:
        """Forget all runs."""
        self._run = self._earlier = None
        self.empty.setText(EMPTY)
        self._fold_cards()
        self._drop_cards(set(self._cards))

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what came while nobody looked."""
        super().showEvent(event)
        if self._behind:
            self._redraw()

    def _build(self) -> None:
        space = self._source.theme.metrics.space
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.empty.setProperty("role", "secondary")
        cards = QWidget()
        cards.setLayout(self._row)
        cards.setProperty("role", "panel")
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(space.related)
        area = QScrollArea()
        area.setProperty("role", "panel")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(cards)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(space.group, 0, space.group, space.row)
        column.setSpacing(space.grid)
        column.addLayout(self._tools())
        column.addWidget(area, 1)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(page)
        self.setLayout(self._pages)

    def _tools(self) -> QHBoxLayout:
        name = QLabel("Smoothing", self)
        name.setProperty("role", "faint")
        self.smoothing.setRange(0, 50)
        self.smoothing.setValue(_USUAL_SMOOTHING)
        self.smoothing.setFixedWidth(96)
        self.smoothing.setAccessibleName("Smoothing of the curves")
        self.smoothing.setToolTip("Drawn over the raw curves, which stay visible")
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(name)
        row.addWidget(self.smoothing)
        return row

    def _connect(self) -> None:
        self.smoothing.valueChanged.connect(lambda _: self._redraw())
        self._source.theme_changed.connect(lambda _: self._on_theme_changed())

    def _redraw(self) -> None:
        run = self._run
        self._behind = not self.isVisible()
        if run is None or self._behind:
            return
        wanted = [("loss", name, loss_title(name, len(run.objectives))) for name in run.objectives]
        wanted += [("metric", name, metric_title(name, run.kind_of(name))) for name in run.metrics]
        self._drop_cards(self._cards.keys() - set(wanted))
        missing = [key for key in wanted if key not in self._cards]
        if missing:
            self._add_card(missing[0], wanted)
        if missing[1:]:
            QTimer.singleShot(0, self, self._redraw)
        elif wanted:
            self._pages.setCurrentIndex(1)
            for card in self._cards.values():
                card.show_run(run, self._earlier, self.smoothing.value() / 100)

    def _add_card(self, key: _Key, wanted: Sequence[_Key]) -> None:
        """Make one card: a plot takes some 10 ms to build, and the window stays awake between two."""
        kind, name, title = key
        found = self._run.kind_of(name) if self._run and kind == "metric" else None
        measure = found.measure if found else None
        card: Card = (
            LossCard(self._source, name, title) if kind == "loss" else MetricCard(self._source, name, title, measure)
        )
        card.setMinimumWidth(_CARD_WIDTH_MIN)
        made = {**self._cards, key: card}
        self._cards = {each: made[each] for each in wanted if each in made}
        self._row.insertWidget(list(self._cards).index(key), card, 1)

    def _fold_cards(self) -> None:
        """Show none for now; those that the next run needs too are used again."""
        self._pages.setCurrentIndex(0)
        for card in self._cards.values():
            card.plot.by_hand = False

    def _drop_cards(self, keys: Set[_Key]) -> None:
        for key in keys:
            card = self._cards.pop(key)
            self._row.removeWidget(card)
            card.hide()
            card.deleteLater()

    def _on_theme_changed(self) -> None:
        for card in self._cards.values():
            card.plot.wear_theme()
            card.head.update()
