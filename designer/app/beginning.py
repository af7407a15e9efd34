"""How a project comes onto the table: welcome page, New, Open, a dropped file, work that a crash left; no panels in here."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QMenu

from designer.app.dialogs import Dialogs
from designer.app.foundation import Foundation
from designer.app.frame import WELCOME, Frame
from designer.editing.files import ENDING
from designer.panels.welcome.page import WelcomePage
from engine.errors import NetwrightError
from engine.graph.edits import SetSnapshot
from engine.graph.ids import NodeId
from engine.graph.types import Graph, Node, Project
from engine.layers.catalogue import CATALOGUE
from engine.project import journal
from engine.project.bundled import example_names, template_names
from engine.recipes.new import new_project, suggested_recipe
from engine.service.messages import Inspected, Refused
from engine.sources.files import kind_reading, node_reading

_log = logging.getLogger(__name__)


class Beginning(QObject):
    """Opens projects and begins new ones."""

    def __init__(self, base: Foundation, frame: Frame, dialogs: Dialogs) -> None:
        """Build the welcome page and connect it.

        Args:
            base: Files and engine.
            frame: The window.
            dialogs: Who asks what becomes of unsaved work.
        """
        super().__init__()
        self._base = base
        self._frame = frame
        self._dialogs = dialogs
        self._asked: dict[int, Node] = {}
        self._found: list[journal.Recovered] = []
        self._newer: SetSnapshot | None = None
        self._left = "design"
        """Workspace that was open before the welcome page."""
        self.welcome = WelcomePage(base.theme, base.icons)
        frame.area.place_welcome(self.welcome)
        self._recent = QMenu("Open recent", frame.window)
        self._gallery = QMenu("Open example", frame.window)
        self._templates = QMenu("New from template", frame.window)
        self._build_menus()
        self._connect()

    def start(self, path: Path | None) -> None:
        """Open a file, or the welcome page; there it is said why a file could not be opened."""
        if path is not None and self._base.files.open(path):
            return
        why = self._frame.area.banner.label.text() if path is not None else ""
        self._base.files.begin(Project())
        self._frame.area.banner.show_text(why)

    def look_for_lost_work(self) -> None:
        """Offer back what a crash has left behind."""
        for path in journal.abandoned(self._base.settings.folder / "journals"):
            try:
                found = journal.recover(path)
            except NetwrightError as error:
                _log.warning("journal not read: %s", error)
                continue
            if found is None or not found.edits:
                path.unlink(missing_ok=True)
                continue
            self._found.append(found)
        if self._found:
            name = Path(self._found[0].file).stem if self._found[0].file else "an untitled project"
            said = self._frame.area.banner.label.text() if self._frame.area.banner.isVisible() else ""
            text = f"{said} Unsaved work on {name} was found; the program ended without saving it.".strip()
            self._frame.area.banner.show_text(text, (("take_back", "Take it back"), ("drop_lost", "Throw it away")))

    def _build_menus(self) -> None:
        file = self._frame.window.menus["File"]
        save = self._frame.actions["save"]
        before = file.actions()[file.actions().index(save) - 1]
        file.insertMenu(before, self._recent)
        for menu, names in ((self._gallery, example_names()), (self._templates, template_names())):
            file.insertMenu(before, menu)
            for name in names:
                menu.addAction(name).triggered.connect(lambda _=False, name=name: self.open_example(name))
        self._recent.aboutToShow.connect(self._fill_recent)

    def _connect(self) -> None:
        page, base = self.welcome, self._base
        page.example_chosen.connect(self.open_example)
        page.file_chosen.connect(lambda path: self.open_file(Path(path)))
        page.open_asked.connect(self._dialogs.open)
        page.new_chosen.connect(self.begin)
        page.refused.connect(lambda words: self._say(words))
        base.files.opened.connect(self._on_opened)
        base.snapshots.outdated.connect(self._on_outdated)
        base.snapshots.unreadable.connect(self._say)
        base.engine.inspected.connect(self._on_inspected)
        base.engine.refused.connect(self._on_refused)
        self._frame.actions["new"].triggered.connect(lambda _=False: self._on_new_asked())
        self._frame.window.dropped.connect(self._on_dropped)
        self._frame.area.banner.chosen.connect(self._on_banner_chosen)

    def open_example(self, name: str) -> None:
        """Open a bundled example as an untitled copy."""
        if self._dialogs.may_leave():
            self._base.files.open_example(name)

    def open_file(self, path: Path) -> None:
        """Open a project file."""
        if self._dialogs.may_leave():
            self._dialogs.open_path(path)

    def begin(self, kind: str, path: str) -> None:
        """Begin a project from data.

        Args:
            kind: Key of the source's kind; empty to choose data later.
            path: File of the data; empty for a bundled set.
        """
        if not self._dialogs.may_leave():
            return
        if not kind:
            self._base.files.begin(Project(networks={"network": Graph()}))
            return
        source = node_reading(CATALOGUE[kind], Path(path)) if path else Node(id=NodeId(kind), kind=kind)
        from engine.sources.describe import SNAPSHOTS  # numpy, which nothing else here needs

        if kind in SNAPSHOTS:
            self._propose(msgspec.structs.replace(source, snapshot=SNAPSHOTS[kind]))
        else:
            self._asked[self._base.engine.inspect(source, folder="")] = source
            self._say(f"Looking at {Path(path).name}…")

    def _propose(self, source: Node) -> None:
        try:
            project = new_project(suggested_recipe(source), source)
        except NetwrightError as error:
            self._say(str(error))
            return
        self._base.files.begin(project)

    def _fill_recent(self) -> None:
        self._recent.clear()
        for path in self._base.settings.preferences.recent_files:
            entry = self._recent.addAction(Path(path).name)
            entry.setToolTip(path)
            entry.triggered.connect(lambda _=False, path=path: self.open_file(Path(path)))
        if self._recent.isEmpty():
            self._recent.addAction("Nothing was opened yet").setEnabled(False)

    def _on_opened(self) -> None:
        project = self._base.editor.project
        empty = not project.networks and not project.training
        self.welcome.set_recent(self._base.settings.preferences.recent_files)
        self._frame.area.banner.show_text("")
        self._show_welcome(shown=empty)

    def _show_welcome(self, *, shown: bool) -> None:
        window = self._frame.window
        self._frame.area.show_welcome(shown=shown)
        if shown:
            self._left = window.workspace if window.workspace != WELCOME else self._left
            window.open_workspace(WELCOME)
            self.welcome.new_rows[0].setFocus()
            return
        if window.workspace == WELCOME:
            window.open_workspace(self._left)
            # The docks take their room first; then the whole graph is shown in what is left.
            QTimer.singleShot(0, self._frame.view, self._frame.view.fit)
        self._frame.view.setFocus()

    def _on_new_asked(self) -> None:
        if self._dialogs.may_leave():
            self._base.files.begin(Project())

    def _on_dropped(self, path: str) -> None:
        if path.endswith(ENDING):
            self.open_file(Path(path))
        elif kind := kind_reading(Path(path)):
            self.begin(kind.key, path)
        else:
            self._say(f"{Path(path).name} is neither a project nor data that can be read here (CSV, NPZ, IDX)")

    def _on_inspected(self, answer: Inspected) -> None:
        source = self._asked.pop(answer.id, None)
        if source is not None:
            self._propose(msgspec.structs.replace(source, snapshot=answer.snapshot))

    def _on_refused(self, answer: Refused) -> None:
        if self._asked.pop(answer.id, None) is not None:
            where = f"{answer.where}: " if answer.where else ""
            self._say(f"{where}{answer.what}. {answer.remedy}".strip())

    def _on_outdated(self, edit: SetSnapshot) -> None:
        self._newer = edit
        text = f"The data of {edit.id} has changed since this project looked at it."
        self._frame.area.banner.show_text(text, (("take_data", "Take it as it is now"),))

    def _on_banner_chosen(self, name: str) -> None:
        if name == "take_data" and self._newer is not None:
            self._frame.area.banner.show_text("")
            self._base.editor.perform(self._newer)
        if name not in ("take_back", "drop_lost") or not self._found:
            return
        found = self._found.pop(0)
        if name == "take_back":
            self._base.files.take_back(found)
        else:
            found.journal.unlink(missing_ok=True)
            self._on_opened()

    def _say(self, words: str) -> None:
        self._frame.area.banner.show_text(words)
