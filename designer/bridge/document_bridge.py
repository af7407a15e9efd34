"""The document as Qt signals: what is drawn, the same written out, and what the check says of it.

It must not know verbs, widgets or files.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.check.checker import Checker
from engine.check.report import Report
from engine.graph.document import Document, ProjectChanged
from engine.graph.types import Project
from engine.recipes.expand import write_recipes
from engine.recipes.instances import write_instances


class DocumentBridge(QObject):
    """Tells of every change of the document, then of the new report.

    Signals:
        project_changed(before, after): the project is another one; `expanded` and `report` are already up to date.
        report_changed(report): the check has looked at it.
    """

    project_changed = Signal(object, object)
    report_changed = Signal(object)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        """Follow a document.

        Args:
            document: What to follow.
            parent: Owner in Qt's tree.
        """
        super().__init__(parent)
        self._document = document
        self._checker = Checker()
        self._shown = self._expanded = document.project
        self._report = self._look(document.project)
        self._subscription = document.subscribe(self._on_project_changed)

    @property
    def project(self) -> Project:
        """The project as drawn."""
        return self._document.project

    @property
    def shown(self) -> Project:
        """The project with its recipes written out: what is seen of it."""
        return self._shown

    @property
    def expanded(self) -> Project:
        """The project with its recipes and the instances of its networks written out: what is compiled."""
        return self._expanded

    @property
    def report(self) -> Report:
        """What the check says of the project."""
        return self._report

    def replace(self, project: Project) -> None:
        """Hold another project: undo, redo, another file."""
        self._document.replace(project)

    def close(self) -> None:
        """Stop following the document."""
        self._subscription.close()

    def _look(self, project: Project) -> Report:
        self._shown = write_recipes(project)
        self._expanded = write_instances(self._shown)
        return self._checker.check(self._expanded)

    def _on_project_changed(self, event: ProjectChanged) -> None:
        if event.after is event.before:
            return
        self._report = self._look(event.after)
        self.project_changed.emit(event.before, event.after)
        self.report_changed.emit(self._report)
