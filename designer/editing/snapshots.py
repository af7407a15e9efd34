"""What sources hold, asked of the engine and recorded in the project; it must not know widgets.

A snapshot is asked for when a source has none or its own parameters have changed, and becomes part of the very undo
step that made it necessary.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress

from PySide6.QtCore import QObject, Signal

from designer.bridge.engine_bridge import EngineBridge
from designer.editing.editor import Editor
from designer.editing.training_words import nodes_of
from engine.errors import ExpressionError
from engine.graph.edits import SetSnapshot
from engine.graph.types import GraphRef, Node, Project, Value
from engine.layers.catalogue import kind_of
from engine.layers.kind import Role
from engine.layers.values import settled
from engine.service.messages import Inspected, Refused

_log = logging.getLogger(__name__)

_Question = tuple[str, frozenset[tuple[str, Value]]]


class SnapshotDesk(QObject):
    """Keeps the spec snapshots of sources up to date.

    Signals:
        outdated(edit): a file holds something else than the opened project saw in it; the edit takes what it holds now.
        unreadable(words): a file is not there or not what its node says.
    """

    outdated = Signal(object)
    unreadable = Signal(str)

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
        self._doubted: set[tuple[GraphRef, str]] = set()
        """Sources of an opened project whose files may have changed since."""
        self._connect()

    def forget(self) -> None:
        """Begin with another project: its stored snapshots are believed, and held against the files they speak of."""
        self._asked.clear()
        seen = [(ref, node) for ref, node in self._sources() if node.snapshot is not None]
        self._known = {(ref, node.id): _question(node) for ref, node in seen}
        self._doubted = set(self._known)
        self.refresh()

    def refresh(self) -> None:
        """Ask for what is not known; nothing happens before the engine answers."""
        if self._engine.welcome is None:
            return
        for ref, node in self._sources():
            key, question = (ref, node.id), _question(node)
            asked = any((where, other.id) == key for where, other in self._asked.values())
            if self._known.get(key) != question or (key in self._doubted and not asked):
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
                kind = kind_of(node.kind)
                with suppress(ExpressionError):  # the check says why; there is nothing to look at
                    yield GraphRef("training", name), settled(kind, node, project.variables) if kind else node

    def _on_inspected(self, answer: Inspected) -> None:
        asked = self._asked.pop(answer.id, None)
        if asked is None:
            return
        ref, node = asked
        now = next((other for where, other in self._sources() if where == ref and other.id == node.id), None)
        doubted = (ref, node.id) in self._doubted
        self._doubted.discard((ref, node.id))
        if now is None or _question(now) != _question(node) or now.snapshot == answer.snapshot:
            return
        edit = SetSnapshot(ref=ref, id=node.id, snapshot=answer.snapshot)
        if doubted and now.snapshot is not None:
            self.outdated.emit(edit)  # a file that is only opened stays as it is until its owner says so
        else:
            self._editor.perform(edit, folds=True)

    def _on_refused(self, answer: Refused) -> None:
        asked = self._asked.pop(answer.id, None)
        if asked is not None:
            self._doubted.discard((asked[0], asked[1].id))
            where = f"{answer.where}: " if answer.where else f"{asked[1].id}: "
            self.unreadable.emit(f"{where}{answer.what}. {answer.remedy}".strip())


def _question(node: Node) -> _Question:
    """Give what decides which data a source reads."""
    kind = kind_of(node.kind)
    used = {param.name for param in kind.parameters if param.of_use} if kind else set()
    return node.kind, frozenset((name, value) for name, value in node.parameters.items() if name not in used)
