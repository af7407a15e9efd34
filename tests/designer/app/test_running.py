"""A run in the window, told by a scripted engine: start, progress, pause, pictures, failure."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QPushButton

from designer.app.dialogs import Dialogs
from designer.app.program import Program
from engine.graph.edits import SetRun
from engine.graph.ids import NodeId
from engine.graph.types import Graph, GraphRef, Node
from engine.project import store
from engine.runs.commands import Pause, Resume, Stop
from engine.runs.events import (
    CheckpointWritten,
    Finished,
    Paused,
    Picture,
    Probed,
    Scores,
    Started,
    StepsDone,
    Use,
    Warned,
)
from engine.runs.folder import RunFolder
from engine.runs.planning import plan_of
from engine.service.messages import Instruct, Preview, Previewed, RunSaid, StartRun
from tests.designer.app.conftest import Engines, wait_until
from tests.designer.drawn import NETWORK, digits

CONV = NodeId("conv1")
CONV = NodeId("conv1")
STARTED = Started(step=0, epoch=0, total_steps=100, steps_per_epoch=10, device="cpu", threads=2, training_samples=320)


def test_a_preview_is_asked_for_after_an_edit_and_shown(drawn: Program, engines: Engines) -> None:
    wait_until(lambda: drawn.base.engine.welcome is not None)
    drawn.base.editor.set_parameter((CONV,), "out_channels", 48)
    interactive = engines.started[0]
    wait_until(lambda: any(isinstance(request, Preview) for request in interactive.requests))
    asked = [request for request in interactive.requests if isinstance(request, Preview)][-1]
    picture = Picture(address="digits_cnn.conv1", form="maps", shape=(1, 2, 2), data=bytes(4), low=0.0, high=1.0)
    interactive.answers.append(Previewed(id=asked.id, pictures=(picture,), samples=288, target="7"))
    wait_until(lambda: "digits_cnn.conv1" in drawn.base.pictures.pictures)

    assert asked.network == "digits_cnn"
    assert asked.training == "fit_digits"


def start(program: Program, engines: Engines) -> None:
    """Start a run by key and let it say that it has begun."""
    program.frame.view.setFocus()
    QTest.keyClick(program.frame.window, Qt.Key.Key_F5)
    wait_until(lambda: len(engines.started) > 1)
    engines.run.answers.append(RunSaid(event=STARTED))
    wait_until(lambda: program.base.runs.state.mode == "running")


def test_a_run_starts_by_key_and_shows_its_progress(drawn: Program, engines: Engines) -> None:
    start(drawn, engines)
    losses = {"fit": tuple(1.0 / (1 + n) for n in range(20))}
    engines.run.answers.append(RunSaid(event=StepsDone(first=1, losses=losses, epoch=2, seconds=2.0)))
    wait_until(lambda: drawn.base.runs.state.step == 20)

    assert drawn.frame.run_bar.words.toolTip() == "Run 1 · epoch 3 of 10 · step 20 · 8 s left"
    assert drawn.frame.run_bar.run.text() == "Pause"
    assert drawn.frame.window.workspace == "train"
    assert drawn.panels.curves.run is not None


def test_the_plan_is_what_is_drawn(drawn: Program, engines: Engines) -> None:
    start(drawn, engines)
    asked = next(request for request in engines.run.requests if isinstance(request, StartRun))

    assert asked.plan.project == digits()
    assert asked.plan.stages[0].epochs == 3
    assert Path(asked.folder).parent == drawn.base.files.runs_folder()


def test_the_run_key_pauses_and_resumes_and_stop_stops(drawn: Program, engines: Engines) -> None:
    start(drawn, engines)
    QTest.keySequence(drawn.frame.window, "Ctrl+Return")
    engines.run.answers.append(RunSaid(event=Paused(step=3)))
    wait_until(lambda: drawn.base.runs.state.mode == "paused")
    QTest.keySequence(drawn.frame.window, "Ctrl+Return")
    QTest.keySequence(drawn.frame.window, "Shift+F5")
    told = [request.command for request in engines.run.requests if isinstance(request, Instruct)]

    assert [command for command in told if isinstance(command, Pause | Resume | Stop)] == [Pause(), Resume(), Stop()]


def test_editing_while_it_trains_says_that_the_run_has_another_graph(drawn: Program, engines: Engines) -> None:
    start(drawn, engines)
    drawn.base.editor.set_parameter((CONV,), "out_channels", 48)
    text = drawn.frame.area.banner.label.text()
    changed = drawn.base.runs.changed_nodes(NETWORK)
    drawn.base.editor.undo_stack.undo()

    assert text.startswith("Run 1 trains the graph of ")
    assert changed == {"conv1"}
    assert not drawn.frame.area.banner.isVisible()


def test_pictures_of_a_run_and_its_weights_are_shown(drawn: Program, engines: Engines) -> None:
    drawn.base.editor.selection.set((CONV,))
    start(drawn, engines)
    flowing = Picture(address="digits_cnn.conv1", form="maps", shape=(1, 2, 2), data=bytes(4), low=0.0, high=1.0)
    weights = Picture(
        address="digits_cnn.conv1", form="maps", what="weight", shape=(32, 3, 3), data=bytes(288), low=0.0, high=1.0
    )
    uses = (Use(network="digits_cnn", model="net"),)
    probed = Probed(step=5, epoch=0, pictures=(flowing, weights), update_ratios={"net.conv1": 4e-4}, uses=uses)
    engines.run.answers.append(RunSaid(event=probed))
    wait_until(lambda: "digits_cnn.conv1" in drawn.base.pictures.pictures)

    assert drawn.base.pictures.pictures["digits_cnn.conv1"] == flowing
    assert drawn.panels.inspector.nodes.weights.isVisible()


def _of_two_models() -> Probed:
    names = ("teacher", "student")
    maps = Picture(address="digits_cnn.conv1", form="maps", shape=(1, 2, 2), data=bytes(4), low=0.0, high=1.0)
    pictures = [replace(maps, model=name, what=what) for name in names for what in ("activation", "weight")]
    return Probed(
        step=5,
        epoch=0,
        pictures=tuple(pictures),
        gradient_norms={"teacher.conv1": 1.0, "student.conv1": 2.0},
        uses=tuple(Use(network="digits_cnn", model=name) for name in names),
    )


def test_the_model_chosen_beside_the_picture_is_seen_on_the_canvas_and_among_the_weights(
    drawn: Program, engines: Engines
) -> None:
    drawn.base.editor.selection.set((CONV,))
    start(drawn, engines)
    drawn.frame.window.raise_dock("activations")
    captions = QSignalSpy(drawn.base.pictures.caption_changed)
    engines.run.answers.append(RunSaid(event=_of_two_models()))
    wait_until(lambda: "digits_cnn.conv1" in drawn.base.pictures.pictures)
    chooser, words = drawn.panels.activations.use, drawn.panels.inspector.nodes.weights.words
    before = (drawn.frame.view.surface.pictures.pictures[CONV].model, words.text())
    chooser.setFocus()
    QTest.keyClick(chooser, Qt.Key.Key_Down)

    assert before == ("teacher", "gradient 1.0e+00 at step 5")
    assert drawn.frame.view.surface.pictures.pictures[CONV].model == "student"
    assert words.text() == "gradient 2.0e+00 at step 5"
    assert [captions.at(number) for number in range(captions.count())][-2:] == [
        ["step 5 · teacher"],
        ["step 5 · student"],
    ]


def test_a_finished_run_says_what_came_out_and_another_can_start(drawn: Program, engines: Engines) -> None:
    start(drawn, engines)
    scores = Scores(objectives={"fit": 0.1}, metrics={"accuracy": 0.987}, samples=360)
    engines.run.answers.append(RunSaid(event=Finished(reason="done", step=100, epoch=10, test=scores, seconds=9.0)))
    wait_until(lambda: drawn.base.runs.state.mode == "idle")

    assert "accuracy 0.987 on 360 test samples" in drawn.frame.run_bar.words.toolTip()
    assert drawn.base.runs.fault() == ""


def test_a_run_that_breaks_off_is_said_and_the_window_goes_on(drawn: Program, engines: Engines) -> None:
    start(drawn, engines)
    engines.run.alive = False
    wait_until(lambda: drawn.base.runs.state.mode == "idle")

    assert "killed" in drawn.frame.area.banner.label.text()
    assert drawn.base.editor.add_node("linear") is not None


def test_a_lost_engine_is_started_again(drawn: Program, engines: Engines) -> None:
    wait_until(lambda: drawn.base.engine.welcome is not None)
    engines.started[0].alive = False
    wait_until(lambda: len(engines.started) == 2)
    wait_until(lambda: drawn.base.engine.welcome is not None)

    assert "started again" in drawn.frame.area.banner.label.text()


def test_a_run_with_errors_shows_the_problems_instead(drawn: Program, engines: Engines) -> None:
    drawn.base.editor.set_parameter((NodeId("pool"),), "kernel_size", 99)
    QTest.keyClick(drawn.frame.window, Qt.Key.Key_F5)

    assert drawn.base.runs.state.mode == "idle"
    assert drawn.panels.problems.isVisible()
    assert "errors" in drawn.frame.area.banner.label.text()


def test_a_warning_of_the_run_is_shown(drawn: Program, engines: Engines) -> None:
    start(drawn, engines)
    engines.run.answers.append(RunSaid(event=Warned(message="the disk is full, no checkpoint was written")))
    wait_until(lambda: "disk is full" in drawn.frame.area.banner.label.text())

    assert drawn.base.runs.state.mode == "running"


def test_a_run_that_goes_on_by_itself_is_taken_up_when_its_project_is_opened(
    program: Program, engines: Engines, tmp_path: Path
) -> None:
    store.save(digits(), tmp_path / "mine.netwright")
    record = RunFolder.create(tmp_path / "mine.runs" / "20260101-000000-mine", plan_of(digits(), name="mine"), {})
    record.lock()
    record.record(STARTED)
    program.base.files.open(tmp_path / "mine.netwright")
    wait_until(lambda: program.base.runs.state.mode == "running")
    program.frame.actions["stop"].trigger()
    told = (record.path / "inbox.jsonl").read_text()
    record.record(Finished(reason="stopped", step=7, epoch=0, test=Scores(), seconds=1.0))
    wait_until(lambda: program.base.runs.state.mode == "idle")
    record.unlock()

    assert "Stop" in told
    assert program.base.runs.state.outcome == "stopped"


def test_opening_another_project_lets_the_run_go_on_by_itself(drawn: Program, engines: Engines) -> None:
    start(drawn, engines)
    drawn.base.files.begin(digits(), "other")

    assert drawn.base.runs.state.number == 0
    assert drawn.frame.run_bar.words.text() == ""
    assert not engines.run.alive


def test_a_run_that_broke_off_goes_on_when_the_person_says_so(drawn: Program, engines: Engines) -> None:
    start(drawn, engines)
    first = engines.run
    losses = {"fit": (1.0, 0.9, 0.8)}
    first.answers.append(RunSaid(event=StepsDone(first=1, losses=losses, epoch=0, seconds=1.0)))
    wait_until(lambda: drawn.base.runs.state.step == 3)
    curves, folder = drawn.panels.curves.run, drawn.base.runs.folder
    assert folder is not None
    _broken_off(folder)
    first.alive = False
    wait_until(lambda: drawn.base.runs.state.outcome == "lost")
    button = next(one for one in drawn.frame.area.banner.findChildren(QPushButton) if one.text() == "Go on")
    assert drawn.frame.actions["resume"].isEnabled()

    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert drawn.base.runs.state.mode == "starting"
    again = engines.started[-1]
    wait_until(lambda: bool(again.requests))
    asked = next(request for request in again.requests if isinstance(request, StartRun))
    again.answers.append(RunSaid(event=replace(STARTED, step=2)))
    wait_until(lambda: drawn.base.runs.state.mode == "running")

    assert again is not first
    assert asked.resume
    assert asked.folder == str(folder)
    assert drawn.panels.curves.run is curves
    assert not drawn.frame.actions["resume"].isEnabled()


def test_a_run_that_broke_off_with_its_window_is_shown_and_offered_when_its_project_is_opened(
    drawn: Program, tmp_path: Path
) -> None:
    file = tmp_path / "home" / "digits.netwright"
    file.parent.mkdir()
    assert drawn.base.files.save(file)
    _broken_off(drawn.base.files.runs_folder() / "run-1")
    drawn.base.files.open(file)
    wait_until(lambda: drawn.base.runs.state.outcome == "lost")

    assert "broke off" in drawn.frame.run_bar.words.text()
    assert drawn.frame.window.workspace == "design"
    assert drawn.panels.curves.run is not None
    assert drawn.panels.curves.run.objectives == ("fit",)
    assert any(one.text() == "Go on" for one in drawn.frame.area.banner.findChildren(QPushButton))


def test_the_last_run_of_a_project_is_there_when_it_is_opened_again(
    drawn: Program, engines: Engines, tmp_path: Path
) -> None:
    file = tmp_path / "home" / "digits.netwright"
    file.parent.mkdir()
    assert drawn.base.files.save(file)
    _broken_off(drawn.base.files.runs_folder() / "run-1")
    scores = Scores(metrics={"accuracy": 0.99}, samples=359)
    folder = RunFolder(drawn.base.files.runs_folder() / "run-1")
    folder.record(Finished(reason="done", step=2, epoch=1, test=scores, seconds=1.0, best_epoch=1))
    drawn.base.files.open(file)
    wait_until(lambda: drawn.base.runs.state.outcome == "done")
    asked = engines.started[0].requests
    wait_until(lambda: any(isinstance(one, Preview) and one.run == str(folder.path) for one in asked))

    assert "accuracy 0.990 on 359 test samples" in drawn.frame.run_bar.words.text()
    assert drawn.panels.curves.run is not None


def _broken_off(path: Path) -> None:
    """Write what a run leaves whose process was killed."""
    folder = RunFolder.create(path, plan_of(digits(), name=path.name, folder=path.parent, device="cpu"), {})
    folder.record(STARTED)
    folder.record(StepsDone(first=1, losses={"fit": (1.0, 0.5)}, epoch=0, seconds=1.0))
    folder.record(CheckpointWritten(step=2, which="last"))
    (folder.checkpoints / "last.json").write_text("{}")


def test_pictures_of_a_network_come_from_the_training_graph_that_trains_it(drawn: Program, engines: Engines) -> None:
    project = digits()
    (name, graph), *_ = project.training.items()
    other = replace(graph, recipe=replace(graph.recipe, networks=("second",)) if graph.recipe else None)
    networks = {**project.networks, "second": next(iter(project.networks.values()))}
    drawn.base.files.begin(replace(project, networks=networks, training={name: graph, "other": other}), "two")
    drawn.base.editor.open_graph(GraphRef("networks", "second"))

    def asked() -> list[Preview]:
        return [one for one in engines.started[0].requests if isinstance(one, Preview) and one.network == "second"]

    wait_until(lambda: bool(asked()))
    assert asked()[-1].training == "other"


def test_weights_of_the_last_run_stay_shown_when_only_its_length_is_changed(drawn: Program, engines: Engines) -> None:
    start(drawn, engines)
    engines.run.answers.append(RunSaid(event=Finished(reason="done", step=9, epoch=1, test=Scores(), seconds=1.0)))
    wait_until(lambda: drawn.base.runs.state.outcome == "done")
    drawn.base.editor.perform(SetRun(run=replace(drawn.base.editor.project.run, seed=7)))
    assert drawn.base.runs.is_as_drawn
    drawn.base.editor.set_parameter((CONV,), "out_channels", 48)
    assert not drawn.base.runs.is_as_drawn


def test_code_is_written_beside_nothing_and_finds_the_data_of_the_project(
    drawn: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, target = tmp_path / "home", tmp_path / "code"
    home.mkdir()
    assert drawn.base.files.save(home / "digits.netwright")
    monkeypatch.setattr(Dialogs, "ask_folder", lambda self, title: target)
    drawn.frame.actions["save_code"].trigger()
    assert str(home) in (target / "train.py").read_text()

    (target / "train.py").write_text("mine")
    drawn.frame.actions["save_code"].trigger()
    assert (target / "train.py").read_text() == "mine"
    assert "the folder is not empty" in drawn.frame.area.banner.label.text()


def test_a_draft_with_errors_keeps_no_run_back_but_an_error_in_what_is_trained_does(
    drawn: Program, engines: Engines
) -> None:
    draft = Graph(nodes={NodeId("out"): Node(id=NodeId("out"), kind="output")})
    project = digits()
    drawn.base.files.begin(replace(project, networks={**project.networks, "draft": draft}), "two")
    assert drawn.base.editor.report.has_errors
    assert drawn.base.runs.fault() == ""

    drawn.base.editor.open_graph(GraphRef("networks", next(iter(project.networks))))
    drawn.base.editor.set_parameter((CONV,), "kernel_size", 99)
    assert drawn.base.runs.fault() == "there are errors to mend first"
