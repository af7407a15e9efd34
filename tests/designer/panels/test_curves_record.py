"""What a run says becomes series, once each."""

from __future__ import annotations

import math

from designer.panels.curves.record import RunRecord, Series
from designer.panels.curves.words import interval_text, loss_title, metric_title, range_text, value_text
from engine.layers.catalogue import CATALOGUE
from engine.runs.events import EpochDone, Scores, Started, StepsDone


def _started(step: int = 0) -> Started:
    return Started(step=step, epoch=0, total_steps=80, steps_per_epoch=4, device="cpu", threads=1, training_samples=128)


def _steps(first: int, *losses: float) -> StepsDone:
    return StepsDone(first=first, losses={"fit": losses}, epoch=0, seconds=0.1)


def _epoch(number: int) -> EpochDone:
    train = Scores(objectives={"fit": 0.4}, metrics={"accuracy": 0.9}, samples=30)
    validation = Scores(objectives={"fit": 0.5}, metrics={"accuracy": 0.8}, samples=30)
    return EpochDone(epoch=number, step=4 * number, train=train, validation=validation, best=True, seconds=1.0)


def test_steps_stand_at_their_part_of_an_epoch() -> None:
    record = RunRecord("run 1", _started())
    record.take([_steps(1, 2.0, 1.0, 0.5, 0.25)])

    assert record.total_epochs == 20
    assert record.step_losses["fit"].end == 1.0
    assert record.step_losses["fit"].epochs([0, 3]).tolist() == [0.25, 1.0]


def test_steps_repeated_after_a_resume_are_taken_once() -> None:
    record = RunRecord("run 1", _started())
    record.take([_steps(1, 4.0, 3.0, 2.0), _steps(2, 3.0, 2.0, 1.0)])

    curve = record.step_losses["fit"].curve
    assert curve.envelope(0, 9, 9)[1].tolist() == [4.0, 3.0, 2.0, 1.0]


def test_steps_not_heard_leave_a_gap() -> None:
    series = Series()
    series.put(3, [7.0])

    heights = series.curve.envelope(0, 3, 9)[1]
    assert [math.isnan(height) for height in heights] == [True, True, False]


def test_an_epoch_gives_losses_metrics_and_their_numbers_of_samples() -> None:
    record = RunRecord("run 1", _started())
    grown = record.take([_epoch(1), _epoch(2)])

    assert grown
    assert (record.objectives, record.metrics) == (("fit",), ("accuracy",))
    assert record.validation_metrics["accuracy"].end == 2.0
    assert record.validation_samples == 30


def test_a_value_is_found_by_its_epoch() -> None:
    record = RunRecord("run 1", _started())
    record.take([_steps(1, 2.0, 1.0, 0.5, 0.25)])

    assert record.step_losses["fit"].near(0.5) == (1.0, 1.0)
    assert record.step_losses["fit"].near(3.0) is None


def test_numbers_keep_what_they_say() -> None:
    texts = [value_text(value) for value in (0.0201, 12.345, 1234.5, 2.14e-5, -0.5, 0.0, math.nan)]

    assert texts == ["0.020", "12.35", "1234.5", "2.1e−5", "−0.500", "0.000", "not finite"]


def test_an_accuracy_has_an_interval_and_other_numbers_have_none() -> None:
    assert interval_text(0.987, 288) == " ± 0.014"
    assert interval_text(-1.5, 288) == ""


def test_titles_are_words() -> None:
    assert metric_title("accuracy", CATALOGUE["accuracy"]) == "Accuracy"
    assert metric_title("r2", CATALOGUE["r2"]) == "R²"
    assert metric_title("top_five", CATALOGUE["accuracy"]) == "Top five"
    assert metric_title("top_five", None) == "Top five"
    assert [loss_title("fit", 1), loss_title("critic", 2)] == ["Loss", "Loss · critic"]
    assert range_text(0.1, 0.25) == "0.100 … 0.250"
