"""The emitted source of what is drawn, written when somebody looks at it; it must not know widgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, QTimer, Signal

from designer.bridge.document_bridge import DocumentBridge
from engine.check.report import Report
from engine.codegen.source import Source
from engine.errors import NetwrightError
from engine.graph.types import Project

FILES = ("model.py", "training.py", "data.py")


class SourceBridge(QObject):
    """Writes the source of the project at most once per edit, and only on demand.

    Signals:
        source_changed: the source is another one; ask for it.
    """

    source_changed = Signal()

    def __init__(self, bridge: DocumentBridge, parent: QObject | None = None) -> None:
        """Follow a document.

        Args:
            bridge: The document.
            parent: Owner in Qt's tree.
        """
        super().__init__(parent)
        self._bridge = bridge
        self._written: dict[str, Source | str] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self.source_changed)
        bridge.report_changed.connect(lambda _: self._forget())

    def source(self, file: str) -> Source | str:
        """Give the source of a file; or, where it cannot be written, one sentence that says why."""
        if file not in self._written:
            self._written[file] = self._write(file)
        return self._written[file]

    def lines_of(self, address: str) -> str:
        """Give the emitted lines of a node, `NETWORK.node`; empty where there are none."""
        for file in FILES[:2]:
            source = self.source(file)
            if isinstance(source, Source):
                numbers = source.lines_of(address)
                if numbers:
                    lines = source.text.splitlines()
                    plain = (lines[number - 1].partition("  # ")[0].strip() for number in numbers)
                    return "\n".join(dict.fromkeys(line for line in plain if line))
        return ""

    def _forget(self) -> None:
        self._written.clear()
        self._timer.start()

    def _write(self, file: str) -> Source | str:
        project, report = self._bridge.expanded, self._bridge.report
        writers: Mapping[str, Callable[[Project, Report], Source | str]] = {
            "model.py": _networks,
            "training.py": _training,
            "data.py": _data,
        }
        try:
            return writers[file](project, report)
        except NetwrightError as error:
            return str(error)


def _networks(project: Project, report: Report) -> Source | str:
    if not project.networks:
        return "There is no network yet."
    from engine.codegen.networks import emit_networks  # not needed for the first paint

    return emit_networks(project, report, tuple(project.networks))


def _training(project: Project, report: Report) -> Source | str:
    from engine.codegen.training import emit_training  # not needed for the first paint

    name = next(iter(project.training), None)
    return emit_training(project, report, name, "") if name else "There is no training graph yet: choose data first."


def _data(project: Project, report: Report) -> Source | str:
    from engine.codegen.data import emit_data  # not needed for the first paint

    name = next(iter(project.training), None)
    return emit_data(project, report, name, "") if name else "There is no data yet."
