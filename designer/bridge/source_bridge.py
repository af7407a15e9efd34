"""The emitted source of what is drawn, written when somebody looks at it; it must not know widgets.

A few nodes are written at once. More of them take longer than a frame: the interactive engine writes those, and until it
answers the last source stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from designer.bridge.document_bridge import DocumentBridge
from designer.bridge.engine_bridge import EngineBridge
from engine.codegen.source import Source
from engine.errors import NetwrightError
from engine.graph.types import GraphRef
from engine.service.messages import Emitted, Refused

FILES: Final = ("model.py", "training.py", "data.py")
DELAY_MS: Final = 60
"""Edits that follow each other faster are written once."""
AT_ONCE: Final = 40
"""So many nodes are written within half a frame."""


@dataclass(frozen=True, slots=True)
class _Written:
    """A file as it was written last."""

    of: tuple[object, ...]
    """What it was written of."""
    source: Source | str


@dataclass(frozen=True, slots=True)
class _Asked:
    """A file that the engine is writing."""

    id: int
    of: tuple[object, ...]


class SourceBridge(QObject):
    """Writes source at most once per change of what it is of, and only on demand.

    Signals:
        source_changed: source may be another one; ask for it.
    """

    source_changed = Signal()

    def __init__(self, bridge: DocumentBridge, engine: EngineBridge, parent: QObject | None = None) -> None:
        """Follow a document.

        Args:
            bridge: The document.
            engine: Who writes what takes long.
            parent: Owner in Qt's tree.
        """
        super().__init__(parent)
        self._bridge = bridge
        self._engine = engine
        self._open = ""
        self._written: dict[str, _Written] = {}
        self._asked: dict[str, _Asked] = {}
        self._wanted: set[str] = set()
        self._soon = _once(self, 0)
        self._delay = _once(self, DELAY_MS)
        self._soon.timeout.connect(self.source_changed)
        self._delay.timeout.connect(self._ask)
        bridge.report_changed.connect(lambda _: self._soon.start())
        engine.emitted.connect(self._on_emitted)
        engine.refused.connect(self._on_refused)
        engine.engine_lost.connect(lambda _: self._asked.clear())
        engine.engine_ready.connect(lambda _: self._soon.start())

    def follow(self, ref: GraphRef | None) -> None:
        """Write the training graph that is open; a network leaves it as it was."""
        if ref is not None and ref.space == "training" and ref.name != self._open:
            self._open = ref.name
            self._soon.start()

    def source(self, file: str) -> Source | str | None:
        """Give the source of a file; one sentence where it cannot be written; None while it is being written."""
        of = self._of(file)
        written = self._written.get(file)
        if written is not None and _same(written.of, of):
            return written.source
        if self._size(file) > AT_ONCE:
            asked = self._asked.get(file)
            if asked is None or not _same(asked.of, of):
                self._wanted.add(file)
                self._delay.start()
            return None
        self._written[file] = _Written(of, self._write(file))
        return self._written[file].source

    def lines_of(self, ref: GraphRef, node: str) -> str:
        """Give the emitted lines of a node; the last known ones while they are being written."""
        file = "model.py" if ref.space == "networks" else "training.py"
        source = self.source(file)
        if source is None and file in self._written:
            source = self._written[file].source
        if not isinstance(source, Source):
            return ""
        lines = source.text.splitlines()
        numbers = source.lines_of(f"{ref.name}.{node}")
        plain = (lines[number - 1].partition("  # ")[0].strip() for number in numbers)
        return "\n".join(dict.fromkeys(line for line in plain if line))

    def _training(self) -> str:
        graphs = self._bridge.expanded.training
        return self._open if self._open in graphs else next(iter(graphs), "")

    def _of(self, file: str) -> tuple[object, ...]:
        """Give everything that the source of a file depends on."""
        project, report = self._bridge.expanded, self._bridge.report
        refs = [GraphRef("networks", name) for name in project.networks]
        graphs: list[object] = list(project.networks.values())
        if file != "model.py" and (name := self._training()):
            refs.append(GraphRef("training", name))
            graphs.append(project.training[name])
        return (project.variables, *refs, *graphs, *(report.graphs.get(ref) for ref in refs))

    def _size(self, file: str) -> int:
        project, name = self._bridge.expanded, self._training()
        if file == "model.py":
            return sum(len(graph.nodes) for graph in project.networks.values())
        return len(project.training[name].nodes) if name else 0

    def _write(self, file: str) -> Source | str:
        from engine.codegen.files import emit_file  # not needed for the first paint

        try:
            return emit_file(self._bridge.expanded, self._bridge.report, file, self._training())
        except NetwrightError as error:
            return str(error)

    def _ask(self) -> None:
        wanted, self._wanted = self._wanted, set()
        for file in wanted:
            number = self._engine.emit_source(self._bridge.project, file=file, training=self._training())
            self._asked[file] = _Asked(number, self._of(file))

    def _on_emitted(self, answer: Emitted) -> None:
        self._take(answer.id, answer.source)

    def _on_refused(self, answer: Refused) -> None:
        self._take(answer.id, str(NetwrightError(answer.what, where=answer.where, remedy=answer.remedy)))

    def _take(self, number: int, source: Source | str) -> None:
        """Keep an answer, unless what it is of has changed since it was asked for."""
        file = next((file for file, asked in self._asked.items() if asked.id == number), None)
        if file is None:
            return
        asked = self._asked.pop(file)
        if _same(asked.of, self._of(file)):
            self._written[file] = _Written(asked.of, source)
            self.source_changed.emit()


def _once(owner: QObject, delay_ms: int) -> QTimer:
    timer = QTimer(owner)
    timer.setSingleShot(True)
    timer.setInterval(delay_ms)
    return timer


def _same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Say whether two are of the very same values: graphs are immutable, and comparing big ones takes long."""
    return len(one) == len(other) and all(
        a is b or (isinstance(a, GraphRef) and a == b) for a, b in zip(one, other, strict=True)
    )
