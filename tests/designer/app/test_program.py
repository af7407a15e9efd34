"""The window as a person uses it: keys, clicks, and what is seen of it."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import SIGNAL, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from designer.app.program import Program
from designer.panels.inspector.fields import TextField
from engine.graph.ids import NodeId
from engine.graph.types import Graph, Wire
from engine.project import store
from engine.runs.events import Started
from tests.designer.app.conftest import Engines, wait_until
from tests.designer.drawn import NETWORK, TRAINING, digits

CONV = NodeId("conv1")
TRIGGERED = SIGNAL("triggered(bool)")
STARTED = Started(step=0, epoch=0, total_steps=100, steps_per_epoch=10, device="cpu", threads=2, training_samples=320)


def network(program: Program) -> Graph:
    return program.base.editor.project.networks["digits_cnn"]


def test_the_window_opens_on_the_welcome_page(program: Program) -> None:
    assert program.beginning.welcome.isVisible()
    assert not program.frame.palette.isVisible()


def test_the_window_has_loaded_neither_torch_nor_scikit_learn(program: Program) -> None:
    assert "sklearn" not in sys.modules or "torch" in sys.modules  # other tests of this process may have


def test_choosing_digits_proposes_a_network_and_opens_it(program: Program) -> None:
    row = program.beginning.welcome.new_rows[0]
    QTest.mouseClick(row, Qt.MouseButton.LeftButton)

    assert list(program.base.editor.project.networks) == ["digits_cnn"]
    assert program.base.editor.ref == NETWORK
    assert program.frame.view.isVisible()
    assert not program.base.editor.report.has_errors


def test_the_title_says_name_and_whether_something_is_unsaved(drawn: Program) -> None:
    before = drawn.frame.window.windowTitle(), drawn.frame.window.isWindowModified()
    drawn.base.editor.set_parameter((CONV,), "out_channels", 48)

    assert before == ("digits_cnn[*] — Netwright", False)
    assert drawn.frame.window.isWindowModified()


def test_a_value_entered_in_the_inspector_changes_the_network(drawn: Program) -> None:
    drawn.base.editor.selection.set((CONV,))
    field = drawn.panels.inspector.nodes.form.fields["out_channels"]
    assert isinstance(field, TextField)
    field.line.setFocus()
    field.line.selectAll()
    QTest.keyClicks(field.line, "48")
    QTest.keyClick(field.line, Qt.Key.Key_Return)

    assert network(drawn).nodes[CONV].parameters["out_channels"] == 48
    assert "B×48×8×8" in drawn.panels.inspector.nodes.shape_label.text()


def test_several_nodes_of_a_kind_are_changed_together(drawn: Program) -> None:
    drawn.base.editor.selection.set((CONV,))
    drawn.base.editor.duplicate()
    drawn.base.editor.selection.set((CONV, NodeId("conv2")))
    field = drawn.panels.inspector.nodes.form.fields["out_channels"]
    field.entered.emit(16, False)
    values = [network(drawn).nodes[NodeId(name)].parameters.get("out_channels") for name in ("conv1", "conv2")]
    drawn.base.editor.undo_stack.undo()

    assert values == [16, 16]
    assert network(drawn).nodes[CONV].parameters == {"padding": 1}


def test_the_palette_finds_and_adds_with_enter(drawn: Program) -> None:
    search = drawn.frame.palette.search
    search.setFocus()
    QTest.keyClicks(search, "batch norm 2d")
    QTest.keyClick(search, Qt.Key.Key_Return)

    assert "norm1" in network(drawn).nodes
    assert drawn.base.settings.preferences.recent_kinds == ("batch_norm2d",)


def test_the_palette_shows_what_belongs_on_the_open_tab(drawn: Program) -> None:
    drawn.base.editor.open_graph(TRAINING)
    model = drawn.frame.palette.view.model()
    groups = [str(model.index(row, 0).data()) for row in range(model.rowCount())]

    assert "Metric" in groups
    assert "Convolution" not in groups


def test_the_tabs_say_what_they_are_and_open_their_graphs(drawn: Program) -> None:
    tabs = drawn.frame.area.tabs
    words = [tabs.tabText(index) for index in range(tabs.count())]
    QTest.mouseClick(tabs, Qt.MouseButton.LeftButton, pos=tabs.tabRect(1).center())

    assert words == ["Network", "Training"]
    assert drawn.base.editor.ref == TRAINING


def test_undo_by_key_takes_the_last_edit_back(drawn: Program) -> None:
    before = drawn.base.editor.project
    drawn.base.editor.set_parameter((CONV,), "out_channels", 48)
    drawn.frame.view.setFocus()
    QTest.keySequence(drawn.frame.window, "Ctrl+Z")

    assert drawn.base.editor.project == before


def test_delete_acts_on_the_canvas_only(drawn: Program) -> None:
    drawn.base.editor.selection.set((CONV,))
    drawn.frame.palette.search.setFocus()
    QTest.keyClick(drawn.frame.palette.search, Qt.Key.Key_Delete)
    kept = CONV in network(drawn).nodes
    drawn.frame.view.setFocus()
    QTest.keyClick(drawn.frame.view, Qt.Key.Key_Delete)

    assert kept
    assert CONV not in network(drawn).nodes


def test_nothing_can_be_run_before_something_is_open(program: Program) -> None:
    run = program.frame.actions["run"]

    assert not run.isEnabled()
    assert "open an example" in run.toolTip()

    program.base.files.begin(digits(), "digits_cnn")
    assert run.isEnabled()


def test_a_disabled_action_says_why(drawn: Program) -> None:
    action = drawn.frame.actions["delete"]

    assert not action.isEnabled()
    assert "select nodes first" in action.toolTip()


def test_a_problem_is_listed_counted_and_mended_by_its_fix(drawn: Program) -> None:
    drawn.base.editor.insert_node("softmax", Wire(NodeId("scores"), "y", NodeId("digit"), "x"))
    drawn.frame.window.raise_dock("problems")
    problems = drawn.panels.problems
    fixes = [button for button in problems.findChildren(QPushButton) if "softmax" in button.text().lower()]
    shown = drawn.frame.status.problems.text()
    QTest.mouseClick(fixes[0], Qt.MouseButton.LeftButton)

    assert "error" in shown or "warning" in shown
    assert drawn.base.editor.report.problems == ()


def test_going_to_the_next_problem_selects_its_node(drawn: Program) -> None:
    drawn.base.editor.set_parameter((NodeId("pool"),), "kernel_size", 99)
    QTest.keyClick(drawn.frame.window, Qt.Key.Key_F8)

    assert drawn.base.editor.selection.ids == ("pool",)


def test_the_code_pane_marks_the_line_of_the_selected_node_and_the_other_way_round(drawn: Program) -> None:
    drawn.frame.window.raise_dock("code")
    code = drawn.panels.code
    wait_until(lambda: "class DigitsCnn" in code.view.toPlainText())
    drawn.base.editor.selection.set((CONV,))
    marked = [mark.cursor.block().text().strip() for mark in code.view.extraSelections()]
    line = next(n for n, text in enumerate(code.view.toPlainText().splitlines(), 1) if "self.scores = " in text)
    code.view.line_chosen.emit(line)

    assert "self.conv1 = nn.Conv2d(1, 32, 3, padding=1)" in marked
    assert drawn.base.editor.selection.ids == ("scores",)


def test_saving_writes_the_file_and_clears_the_mark(drawn: Program, tmp_path: Path) -> None:
    drawn.base.editor.set_parameter((CONV,), "out_channels", 48)
    drawn.base.files.save(tmp_path / "mine.netwright")

    assert store.load(tmp_path / "mine.netwright") == drawn.base.editor.project
    assert drawn.frame.window.windowTitle() == "mine[*] — Netwright"
    assert drawn.base.settings.preferences.recent_files == (str(tmp_path / "mine.netwright"),)


def test_a_project_dropped_on_the_window_is_opened(drawn: Program, tmp_path: Path) -> None:
    store.save(digits(), tmp_path / "dropped.netwright")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "dropped.netwright"))])
    no = Qt.KeyboardModifier.NoModifier
    event = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, no)
    drawn.frame.window.dropEvent(event)  # Qt sends it only while a real drag is under way

    assert drawn.base.files.name == "dropped"


def test_a_broken_file_is_said_in_the_banner_and_the_open_project_stays(drawn: Program, tmp_path: Path) -> None:
    (tmp_path / "bad.netwright").write_text("{")
    drawn.base.files.open(tmp_path / "bad.netwright")

    assert drawn.frame.area.banner.isVisible()
    assert "bad.netwright" in drawn.frame.area.banner.label.text()
    assert drawn.base.editor.project == digits()


def test_a_broken_file_named_at_the_start_is_said_on_the_welcome_page(drawn: Program, tmp_path: Path) -> None:
    (tmp_path / "bad.netwright").write_text("{")
    drawn.beginning.start(tmp_path / "bad.netwright")

    assert drawn.frame.area.banner.isVisible()
    assert "bad.netwright" in drawn.frame.area.banner.label.text()


def test_the_theme_changes_live_and_is_remembered(drawn: Program) -> None:
    drawn.frame.actions["theme_light"].trigger()
    light = drawn.base.theme.theme.name
    drawn.frame.actions["theme_dark"].trigger()

    assert light == "light"
    assert drawn.base.theme.theme.name == "dark"
    assert drawn.base.settings.preferences.theme == "dark"


def test_docks_are_remembered_by_workspace(drawn: Program) -> None:
    window = drawn.frame.window
    window.open_workspace("design")
    window.hide_dock("inspector")
    window.open_workspace("train")
    in_train = drawn.panels.inspector.isVisible()
    window.open_workspace("design")

    assert in_train
    assert not drawn.panels.inspector.isVisible()


def test_every_command_can_be_searched_and_given(drawn: Program) -> None:
    QTest.keySequence(drawn.frame.window, "Ctrl+Shift+P")
    chooser = QApplication.activePopupWidget()
    assert chooser is not None
    line = drawn.searching.chooser.line
    QTest.keyClicks(line, "select all")
    QTest.keyClick(line, Qt.Key.Key_Return)

    assert len(drawn.base.editor.selection.ids) == 7


def test_a_kind_is_searched_at_the_cursor_and_wired_to_the_selection(drawn: Program) -> None:
    drawn.base.editor.selection.set((NodeId("scores"),))
    drawn.frame.view.setFocus()
    QTest.keyClick(drawn.frame.view, Qt.Key.Key_Tab)
    line = drawn.searching.chooser.line
    QTest.keyClicks(line, "softmax")
    QTest.keyClick(line, Qt.Key.Key_Return)
    wires = {(wire.source, wire.target) for wire in network(drawn).wires}

    assert ("scores", "softmax1") in wires


def test_unsaved_work_of_a_dead_program_is_offered_back(drawn: Program, engines: Engines, tmp_path: Path) -> None:
    from engine.graph.edits import SetParameters
    from engine.project.journal import Journal

    journals = drawn.base.settings.folder / "journals"
    dead = Journal(journals, digits(), "")
    edit = SetParameters(ref=NETWORK, id=CONV, values={"out_channels": 99})
    dead.record(edit, edit.apply(digits()))
    dead.close(discard=False)
    drawn.beginning.look_for_lost_work()
    button = next(one for one in drawn.frame.area.banner.findChildren(QPushButton) if one.text() == "Take it back")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    assert network(drawn).nodes[CONV].parameters["out_channels"] == 99
    assert drawn.base.files.is_modified


def test_every_action_does_something(program: Program) -> None:
    done = {name for name, action in program.frame.actions.by_name().items() if action.receivers(TRIGGERED) > 0}

    assert done | {"unlock_panels"} == set(program.frame.actions)


def test_help_on_the_selected_node_tells_of_its_kind(drawn: Program) -> None:
    drawn.base.editor.selection.set((CONV,))
    QTest.keyClick(drawn.frame.window, Qt.Key.Key_F1)
    card = QApplication.activePopupWidget()
    assert card is not None
    words = [label.text() for label in card.findChildren(QLabel)]
    card.hide()

    assert "Conv 2d" in words
