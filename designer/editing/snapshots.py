"""What sources hold, asked of the engine and recorded in the project; it must not know widgets.

A snapshot is asked for when a source has none or its own parameters have changed, and becomes part of the very undo
step that made it necessary.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject

from designer.bridge.engine_bridge import EngineBridge
from designer.editing.editor import Editor
from designer.editing.training_words import nodes_of
from engine.graph.edits import SetSnapshot
from engine.graph.types import GraphRef, Node, Project, Value
from engine.layers.kind import Role
from engine.service.messages import Inspected, Refused

_log = logging.getLogger(__name__)
_NOT_LOOKED_AT = frozenset({"batch_size", "validation", "test", "stratify"})
"""Parameters that say how data is used, not which data it is."""

_Question = tuple[str, frozenset[tuple[str, Value]]]


class SnapshotDesk(QObject):
    """Keeps the spec snapshots of sources up to date."""

    def __init__(
        self, editor: Editor, engine: EngineBridge, folder: Callable[[], str], parent: QObject | None = None
    ) -> None:
        """Follow the project.

        Args:
            editor: Whose sources are looked at.
            engine: Who looks.
            folder: Gives the folder that relative data paths start from.
            parent: Owner in Qt's tree.
        """
        super().__init__(parent)
        self._editor = editor
        self._engine = engine
        self._folder = folder
        self._asked: dict[int, tuple[GraphRef, Node]] = {}
        self._known: dict[tuple[GraphRef, str], _Question] = {}
        self._connect()

    def forget(self) -> None:
        """Begin with another project: its stored snapshots are believed."""
        self._asked.clear()
        self._known = {(ref, node.id): _question(node) for ref, node in self._sources() if node.snapshot is not None}
        self.refresh()

    def refresh(self) -> None:
        """Ask for what is not known; nothing happens before the engine answers."""
        if self._engine.welcome is None:
            return
        for ref, node in self._sources():
            key, question = (ref, node.id), _question(node)
            if self._known.get(key) != question:
                self._known[key] = question
                self._asked[self._engine.inspect(node, folder=self._folder())] = (ref, node)

    def _connect(self) -> None:
        self._editor.bridge.project_changed.connect(lambda before, after: self.refresh())
        self._engine.engine_ready.connect(lambda _: self._ask_again())
        self._engine.inspected.connect(self._on_inspected)
        self._engine.refused.connect(self._on_refused)

    def _ask_again(self) -> None:
        """Ask a new engine what the one before did not answer."""
        for ref, node in self._asked.values():
            self._known.pop((ref, node.id), None)
        self._asked.clear()
        self.refresh()

    def _sources(self) -> Iterator[tuple[GraphRef, Node]]:
        project: Project = self._editor.shown
        for name, graph in project.training.items():
            for node in nodes_of(graph, Role.SOURCE):
                yield GraphRef("training", name), node

    def _on_inspected(self, answer: Inspected) -> None:
        asked = self._asked.pop(answer.id, None)
        if asked is None:
            return
        ref, node = asked
        now = next((other for where, other in self._sources() if where == ref and other.id == node.id), None)
        if now is None or _question(now) != _question(node) or now.snapshot == answer.snapshot:
            return
        self._editor.perform(SetSnapshot(ref=ref, id=node.id, snapshot=answer.snapshot), folds=True)

    def _on_refused(self, answer: Refused) -> None:
        asked = self._asked.pop(answer.id, None)
        if asked is not None:
            where = f"{answer.where}: " if answer.where else f"{asked[1].id}: "
            self._editor.refused.emit(f"{where}{answer.what}. {answer.remedy}".strip())


def _question(node: Node) -> _Question:
    return node.kind, frozenset((name, value) for name, value in node.parameters.items() if name not in _NOT_LOOKED_AT)
