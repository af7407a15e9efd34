"""A project is opened, saved and given back after a crash."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtTest import QSignalSpy

from designer.editing.editor import Editor
from designer.editing.files import FileDesk
from engine.graph.ids import NodeId
from engine.project import journal, store
from engine.runs.folder import RunFolder
from tests.designer.drawn import NETWORK, digits


@pytest.fixture
def files(editor: Editor, tmp_path: Path) -> FileDesk:
    return FileDesk(editor, tmp_path / "journals", tmp_path / "loose")


def test_what_is_saved_is_what_was_drawn(editor: Editor, files: FileDesk, tmp_path: Path) -> None:
    files.begin(digits())
    editor.set_parameter((NodeId("conv1"),), "out_channels", 48)

    assert files.save(tmp_path / "mine")
    assert store.load(tmp_path / "mine.netwright") == editor.project
    assert files.name == "mine"


def test_an_edit_makes_it_modified_and_undo_takes_that_back(editor: Editor, files: FileDesk) -> None:
    files.begin(digits())
    told: list[bool] = []
    files.title_changed.connect(lambda name, modified: told.append(modified))
    editor.set_parameter((NodeId("conv1"),), "out_channels", 48)
    editor.undo_stack.undo()

    assert told == [True, False]


def test_saving_makes_it_unmodified(editor: Editor, files: FileDesk, tmp_path: Path) -> None:
    files.begin(digits())
    editor.set_parameter((NodeId("conv1"),), "out_channels", 48)
    files.save(tmp_path / "mine.netwright")

    assert not files.is_modified


def test_a_file_that_is_no_project_is_refused_and_the_open_one_stays(
    editor: Editor, files: FileDesk, tmp_path: Path
) -> None:
    files.begin(digits())
    said: list[str] = []
    files.failed.connect(said.append)
    (tmp_path / "bad.netwright").write_bytes(b"\x00\x01 nonsense")

    assert not files.open(tmp_path / "bad.netwright")
    assert editor.project == digits()
    assert "bad.netwright" in said[0]


def test_a_folder_that_is_not_there_is_said_and_nothing_is_lost(
    editor: Editor, files: FileDesk, tmp_path: Path
) -> None:
    files.begin(digits())
    said: list[str] = []
    files.failed.connect(said.append)
    editor.set_parameter((NodeId("conv1"),), "out_channels", 48)

    assert not files.save(tmp_path / "nowhere" / "mine.netwright")
    assert files.is_modified
    assert said


def test_unsaved_work_is_given_back_after_a_crash(editor: Editor, files: FileDesk, tmp_path: Path) -> None:
    files.begin(digits())
    editor.set_parameter((NodeId("conv1"),), "out_channels", 48)
    editor.add_node("linear")
    drawn = editor.project
    found = [journal.recover(path) for path in (tmp_path / "journals").iterdir()]

    assert [work.project for work in found if work] == [drawn]


def test_work_that_was_taken_back_is_still_unsaved(editor: Editor, files: FileDesk, tmp_path: Path) -> None:
    work = journal.Recovered(tmp_path / "gone.journal", "", digits(), 2, complete=True)
    (tmp_path / "gone.journal").touch()
    files.take_back(work)

    assert files.is_modified
    assert editor.ref == NETWORK
    written = [journal.recover(path) for path in (tmp_path / "journals").iterdir()]
    assert [again.project for again in written if again] == [digits()]
    assert not work.journal.exists()


def test_nothing_is_left_behind_when_the_window_closes(editor: Editor, files: FileDesk, tmp_path: Path) -> None:
    files.begin(digits())
    editor.add_node("linear")
    files.close()

    assert list((tmp_path / "journals").iterdir()) == []


def test_runs_move_beside_the_project_on_its_first_save(editor: Editor, files: FileDesk, tmp_path: Path) -> None:
    files.begin(digits())
    loose = files.runs_folder()
    (loose / "one").mkdir(parents=True)
    files.save(tmp_path / "mine.netwright")

    assert (tmp_path / "mine.runs" / "one").is_dir()
    assert not loose.exists()


def test_a_run_is_known_where_it_has_moved_to(editor: Editor, files: FileDesk, tmp_path: Path) -> None:
    files.begin(digits())
    loose = files.runs_folder()
    (loose / "one").mkdir(parents=True)
    moved = QSignalSpy(files.run_moved)
    files.save(tmp_path / "mine.netwright")

    assert [moved.at(index) for index in range(moved.count())] == [[loose / "one", tmp_path / "mine.runs" / "one"]]


def test_a_run_that_is_going_stays_where_it_writes_until_it_has_ended(
    editor: Editor, files: FileDesk, tmp_path: Path
) -> None:
    files.begin(digits())
    loose = files.runs_folder()
    (loose / "ended").mkdir(parents=True)
    (loose / "going").mkdir()
    going = RunFolder(loose / "going")
    going.lock()
    files.save(tmp_path / "mine.netwright")
    assert (loose / "going").is_dir()
    assert (tmp_path / "mine.runs" / "ended").is_dir()
    moved = QSignalSpy(files.run_moved)
    going.unlock()

    assert moved.wait(5000)
    assert (tmp_path / "mine.runs" / "going").is_dir()
    assert not loose.exists()


def test_a_copy_under_another_name_leaves_the_runs_with_the_first(
    editor: Editor, files: FileDesk, tmp_path: Path
) -> None:
    files.begin(digits())
    files.save(tmp_path / "mine.netwright")
    (tmp_path / "mine.runs" / "one").mkdir(parents=True)
    files.save(tmp_path / "other.netwright")

    assert (tmp_path / "mine.runs" / "one").is_dir()
    assert not (tmp_path / "other.runs").exists()


def test_what_a_newer_version_has_written_is_shown_and_never_changed(
    editor: Editor, files: FileDesk, tmp_path: Path
) -> None:
    path = tmp_path / "new.netwright"
    store.save(digits(), path)
    path.write_text(path.read_text().replace('"format": 1', '"format": 2'))
    before = path.read_text()
    told: list[str] = []
    files.failed.connect(told.append)
    editor.refused.connect(told.append)

    assert files.open(path)
    assert editor.project.networks.keys() == digits().networks.keys()
    assert not editor.set_parameter((NodeId("conv1"),), "out_channels", 48)
    assert not files.save()
    assert not files.save(tmp_path / "other.netwright")
    assert path.read_text() == before
    assert not files.is_modified
    assert all("this version can show it, not save it" in words for words in told)
    files.begin(digits())
    assert editor.set_parameter((NodeId("conv1"),), "out_channels", 48)
