"""The curves of a run, driven as a person and a run drive them."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from designer.panels.curves.card import Card, epochs_shown
from designer.panels.curves.panel import EMPTY, CurvesPanel
from designer.theme.source import ThemeSource
from engine.runs.events import EpochDone, Event, Scores, Started, StepsDone

NO_KEYS = Qt.KeyboardModifier.NoModifier
STARTED = Started(
    step=0,
    epoch=0,
    total_steps=80,
    steps_per_epoch=4,
    device="cpu",
    threads=1,
    training_samples=128,
    metrics={"accuracy": "accuracy"},
)


def _epoch(number: int, share: float, loss: float = 0.5) -> list[Event]:
    scores = Scores(objectives={"fit": loss}, metrics={"accuracy": share}, samples=288)
    steps = StepsDone(first=4 * number - 3, losses={"fit": (2.0, 1.5, 1.0, 0.75)}, epoch=number, seconds=1.0)
    done = EpochDone(epoch=number, step=4 * number, train=scores, validation=scores, best=True, seconds=1.0)
    return [steps, done]


@pytest.fixture
def panel(app: QApplication, source: ThemeSource) -> Iterator[CurvesPanel]:
    made = CurvesPanel(source)
    made.resize(1000, 360)
    made.show()
    app.processEvents()
    yield made
    made.close()
    made.deleteLater()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _begin(panel: CurvesPanel, *epochs: Event) -> Card:
    panel.begin("run 3", STARTED)
    panel.take(epochs)
    QApplication.processEvents()
    return panel.cards[0]


def test_an_empty_panel_says_what_will_be_there(panel: CurvesPanel) -> None:
    assert panel.empty.text() == EMPTY
    assert panel.empty.isVisible()


def test_each_loss_and_each_metric_has_a_card(panel: CurvesPanel) -> None:
    _begin(panel, *_epoch(1, 0.8))

    assert [card.title for card in panel.cards] == ["Loss", "Accuracy"]
    assert all(card.isVisible() for card in panel.cards)


def test_accuracy_shows_its_interval_and_on_how_many_samples_it_stands(panel: CurvesPanel) -> None:
    _begin(panel, *_epoch(1, 0.9867))
    accuracy = panel.cards[1]

    texts = [f"{entry.name} {entry.value}{entry.interval}" for entry in accuracy.head.entries]
    assert texts == ["validation 0.987 ± 0.015", "train 0.987"]
    assert accuracy.plot.note.text() == "n = 288 · one seed"
    assert "288 samples" in accuracy.head.accessibleName()


def test_several_objectives_have_a_card_each(panel: CurvesPanel) -> None:
    panel.begin("run 1", STARTED)
    panel.take([StepsDone(first=1, losses={"critic": (1.0,), "forger": (2.0,)}, epoch=0, seconds=0.1)])
    QApplication.processEvents()

    assert [card.title for card in panel.cards] == ["Loss · critic", "Loss · forger"]


def test_the_axis_spans_the_epochs_of_the_plan(panel: CurvesPanel) -> None:
    loss = _begin(panel, *_epoch(1, 0.8))

    assert loss.plot.span == (0.0, 20.0)


def test_accuracy_shows_all_of_zero_to_one(panel: CurvesPanel) -> None:
    _begin(panel, *_epoch(1, 1.0))
    low, high = panel.cards[1].plot.heights

    assert low == 0.0
    assert 1.0 < high < 1.1


def test_a_hidden_panel_draws_what_came_meanwhile_when_shown(panel: CurvesPanel) -> None:
    panel.hide()
    panel.begin("run 3", STARTED)
    panel.take(_epoch(1, 0.8))
    hidden = panel.cards

    panel.show()
    QApplication.processEvents()

    assert hidden == ()
    assert len(panel.cards) == 2


def test_an_earlier_run_lies_beneath_and_can_be_taken_away(panel: CurvesPanel) -> None:
    loss = _begin(panel, *_epoch(1, 0.8))
    panel.show_earlier("run 2", STARTED, _epoch(1, 0.7, 0.9))
    with_it = [entry.name for entry in loss.head.entries]

    panel.hide_earlier()

    assert with_it == ["run 2", "validation", "train"]
    assert [entry.name for entry in loss.head.entries] == ["validation", "train"]


def test_smoothing_leaves_the_raw_curve_beneath(panel: CurvesPanel) -> None:
    loss = _begin(panel, *[event for number in range(1, 11) for event in _epoch(number, 0.8)])
    panel.smoothing.setFocus()
    QTest.keyClick(panel.smoothing, Qt.Key.Key_End)
    smoothed = loss.plot.drawn
    QTest.keyClick(panel.smoothing, Qt.Key.Key_Home)

    assert "train raw" in smoothed
    assert "train raw" not in loss.plot.drawn


def _turn_wheel(widget: QWidget, at: QPoint) -> None:
    turn = QWheelEvent(
        QPointF(at),
        QPointF(widget.mapToGlobal(at)),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, turn)


def _drag(widget: QWidget, start: QPoint, end: QPoint) -> None:
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=start)
    for at in (start + QPoint(20, 0), end):
        left = Qt.MouseButton.LeftButton
        move = QMouseEvent(QEvent.Type.MouseMove, QPointF(at), QPointF(widget.mapToGlobal(at)), left, left, NO_KEYS)
        QApplication.sendEvent(widget, move)
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=end)


@pytest.fixture
def every_move() -> Iterator[None]:
    """Let plots hear of every mouse move, however fast they follow each other."""
    import pyqtgraph  # on use: the panel must be the first to import it

    library: Any = pyqtgraph  # its functions are untyped
    usual = library.getConfigOption("mouseRateLimit")
    library.setConfigOption("mouseRateLimit", -1)
    yield
    library.setConfigOption("mouseRateLimit", usual)


def test_the_wheel_zooms_and_a_double_click_shows_all_again(panel: CurvesPanel) -> None:
    loss = _begin(panel, *_epoch(1, 0.8))
    _turn_wheel(loss.plot.viewport, QPoint(200, 100))
    left, right = loss.plot.span
    said = loss.plot.note.text()

    QTest.mouseDClick(loss.plot.viewport, Qt.MouseButton.LeftButton, pos=QPoint(200, 100))

    assert right - left < 20
    assert (said, loss.plot.note.text()) == ("a part · double-click shows all", "")
    assert loss.plot.span == (0.0, 20.0)


@pytest.mark.usefixtures("every_move")
def test_a_panned_plot_stays_where_it_is_while_steps_come(panel: CurvesPanel) -> None:
    loss = _begin(panel, *_epoch(1, 0.8))
    _drag(loss.plot.viewport, QPoint(200, 100), QPoint(300, 100))
    panned = loss.plot.span
    panel.take(_epoch(2, 0.9))

    assert panned[0] < -1
    assert loss.plot.span == panned


def test_hovering_reads_the_values_out(panel: CurvesPanel) -> None:
    loss = _begin(panel, *[event for number in range(1, 21) for event in _epoch(number, 0.8)])
    viewport = loss.plot.viewport
    QTest.mouseMove(viewport, QPoint(viewport.width() // 2, viewport.height() // 2))
    QApplication.processEvents()
    over = loss.plot.note.text()
    QApplication.sendEvent(viewport, QEvent(QEvent.Type.Leave))

    assert over.startswith("epoch ")
    assert "validation 0.500" in over
    assert loss.plot.note.text() == ""


def test_a_loss_that_is_not_finite_leaves_a_gap_and_is_named(panel: CurvesPanel) -> None:
    loss = _begin(panel, StepsDone(first=1, losses={"fit": (1.0, math.nan)}, epoch=0, seconds=0.1))

    assert [entry.value for entry in loss.head.entries] == ["not finite"]


def test_a_new_run_shows_nothing_of_the_last_and_uses_its_cards_again(panel: CurvesPanel) -> None:
    _begin(panel, *_epoch(1, 0.8))
    before = panel.cards
    before[0].plot.by_hand = True
    panel.begin("run 4", STARTED)

    assert panel.empty.isVisible()
    assert not any(card.isVisible() for card in panel.cards)

    _begin(panel, *_epoch(1, 0.5))
    assert panel.cards == before
    assert not before[0].plot.by_hand
    assert "0.500" in before[1].head.accessibleName()


def test_a_run_of_other_losses_has_other_cards(panel: CurvesPanel) -> None:
    _begin(panel, *_epoch(1, 0.8))
    panel.begin("run 4", STARTED)
    losses = {"fit": (1.0,), "forger": (2.0,)}
    panel.take([StepsDone(first=1, losses=losses, epoch=0, seconds=0.1), *_epoch(1, 0.5)])
    QApplication.processEvents()

    assert [card.title for card in panel.cards] == ["Loss · fit", "Loss · forger", "Accuracy"]


def test_a_run_that_goes_on_keeps_its_curves(panel: CurvesPanel) -> None:
    _begin(panel, *_epoch(1, 0.8))
    panel.begin("run 3", msgspec.structs.replace(STARTED, step=4, epoch=1))
    panel.take(_epoch(2, 0.9))

    assert panel.run is not None
    assert len(panel.run.step_losses["fit"].curve) == 8


def test_a_run_is_laid_beneath_the_next_one(panel: CurvesPanel) -> None:
    _begin(panel, *_epoch(1, 0.8))
    panel.lay_beneath()
    panel.begin("run 4", STARTED)
    panel.take(_epoch(1, 0.9))

    assert [entry.name for entry in panel.cards[0].head.entries] == ["run 3", "validation", "train"]


def test_the_theme_switches_live(app: QApplication, source: ThemeSource, panel: CurvesPanel) -> None:
    loss = _begin(panel, *_epoch(1, 0.8))
    source.choose("light")
    image: QImage = loss.plot.viewport.grab().toImage()

    assert image.pixelColor(3, 3).name().upper() == source.theme.colors.card


def test_the_panel_does_not_import_the_plotting_library_before_it_is_needed() -> None:
    script = "import sys, designer.panels.curves.panel; sys.exit('pyqtgraph' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_a_long_run_begins_on_an_axis_that_it_can_be_seen_on() -> None:
    assert [epochs_shown(done, 3000) for done in (0, 30, 60, 600, 800, 3000)] == [50, 50, 100, 800, 3000, 3000]
    assert [epochs_shown(done, 30) for done in (0, 30, 40)] == [30, 30, 40]
    assert all(epochs_shown(done, 3000) >= done for done in range(3000))
