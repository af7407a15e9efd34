"""How a run stands follows from what it says."""

from __future__ import annotations

from designer.editing.run_state import RunState, after_events
from designer.panels.run_bar import progress_words
from engine.runs.events import Failed, Finished, Paused, Resumed, Scores, Started, StepsDone

STARTED = Started(step=0, epoch=0, total_steps=680, steps_per_epoch=34, device="cpu", threads=2, training_samples=1078)


def test_progress_says_epoch_step_and_time_left() -> None:
    steps = StepsDone(first=409, losses={"fit": (0.1,) * 102}, epoch=14, seconds=33.0)
    state = after_events(RunState(mode="starting", number=3), (STARTED, steps))

    assert progress_words(state) == "Run 3 · epoch 15 of 20 · step 510 · 11 s left"
    assert state.done == 0.75


def test_a_paused_run_says_so_and_goes_on() -> None:
    state = after_events(RunState(mode="starting", number=1), (STARTED, Paused(step=0)))
    resumed = after_events(state, (Resumed(step=0),))

    assert progress_words(state).endswith("paused")
    assert resumed.mode == "running"


def test_a_finished_run_shows_what_came_out() -> None:
    scores = Scores(objectives={"fit": 0.06}, metrics={"accuracy": 0.9867}, samples=360)
    end = Finished(reason="done", step=680, epoch=20, test=scores, seconds=40.0)
    state = after_events(RunState(mode="starting", number=1), (STARTED, end))

    assert progress_words(state) == "Run 1 · done · accuracy 0.987 on 360 test samples"
    assert not state.is_active


def test_a_failure_names_the_node_and_what_to_do() -> None:
    failed = Failed(step=4, what="the value is not finite", address="net.conv1", remedy="Lower the learning rate")
    state = after_events(RunState(mode="starting", number=1), (STARTED, failed))

    assert state.result == "net.conv1: the value is not finite. Lower the learning rate"
    assert state.outcome == "failed"
