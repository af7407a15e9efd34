"""A project whose data file has changed since: said when it is opened, taken up when the person says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from designer.app.program import Program
from engine.graph.ids import NodeId
from engine.graph.specs import Snapshot
from engine.graph.types import Node, Project
from engine.project import store
from engine.recipes.new import new_project
from engine.service.messages import Inspect, Inspected, Refused
from engine.sources.describe import describe
from tests.designer.app.conftest import Engines, wait_until

OLD = "a,b,y\n" + "\n".join(f"{n},{n % 7},{n / 2}" for n in range(40))
WIDER = "a,b,c,y\n" + "\n".join(f"{n},{n % 7},1,{n / 2}" for n in range(40))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Write a project about a table beside it."""
    (tmp_path / "table.csv").write_text(OLD)
    node = Node(id=NodeId("data"), kind="csv", parameters={"path": "table.csv", "targets": ("y",)})
    node = replace(node, snapshot=describe(node, tmp_path))
    store.save(new_project("regression", node), tmp_path / "table.netwright")
    return tmp_path


def _asked(program: Program, engines: Engines) -> Inspect:
    def requests() -> list[Inspect]:
        return [request for request in engines.started[0].requests if isinstance(request, Inspect)]

    wait_until(lambda: program.base.engine.welcome is not None and bool(requests()))
    return requests()[-1]


def _snapshot(project: Project) -> Snapshot | None:
    return next(iter(project.training.values())).recipe.sources[0].snapshot  # type: ignore[union-attr]  # it has one


def test_data_that_has_changed_is_said_and_taken_when_the_person_says_so(
    program: Program, engines: Engines, table: Path
) -> None:
    program.base.files.open(table / "table.netwright")
    asked = _asked(program, engines)
    (table / "table.csv").write_text(WIDER)
    now = describe(asked.source, table)
    engines.started[0].answers.append(Inspected(id=asked.id, snapshot=now))
    banner = program.frame.area.banner
    wait_until(lambda: "has changed since this project looked at it" in banner.label.text())
    assert program.base.editor.undo_stack.isClean()

    button = next(one for one in banner.findChildren(QPushButton) if one.text() == "Take it as it is now")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert _snapshot(program.base.editor.project) == now
    assert not program.base.editor.undo_stack.isClean()


def test_data_as_it_was_is_not_spoken_of(program: Program, engines: Engines, table: Path) -> None:
    program.base.files.open(table / "table.netwright")
    asked = _asked(program, engines)
    engines.started[0].answers.append(Inspected(id=asked.id, snapshot=describe(asked.source, table)))
    wait_until(lambda: not engines.started[0].answers)

    assert not program.frame.area.banner.isVisible()


def test_data_that_is_gone_is_said_when_its_project_is_opened(program: Program, engines: Engines, table: Path) -> None:
    program.base.files.open(table / "table.netwright")
    asked = _asked(program, engines)
    gone = Refused(id=asked.id, what="table.csv cannot be read", where="data", remedy="Choose the file again")
    engines.started[0].answers.append(gone)

    wait_until(lambda: "table.csv cannot be read" in program.frame.area.banner.label.text())
