"""The searches that open at a point: a kind to add, a node to find, a command to give; no panels but the chooser."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QKeySequence

from designer.app.foundation import Foundation
from designer.app.frame import Frame
from designer.editing.kind_icons import icon_of
from designer.editing.search import search_kinds
from designer.panels.chooser import Choice, Chooser
from engine.graph.types import Place
from engine.layers.catalogue import CATALOGUE, kind_of


class Searching(QObject):
    """Opens the chooser for what is searched and does what is chosen."""

    def __init__(self, base: Foundation, frame: Frame) -> None:
        """Connect the ways to search.

        Args:
            base: Editor and theme.
            frame: The window.
        """
        super().__init__()
        self._base = base
        self._frame = frame
        self.chooser = Chooser(base.theme, frame.window)
        self._act: Callable[[str], object] = lambda key: None
        self._connect()

    def ask_kind(self, place: Place | None, at: QPoint) -> None:
        """Search for a kind; the chosen one is added at a place, or beside the selection, and wired to that."""
        self._act = lambda key: self._base.editor.add_node(key, place)
        self.chooser.ask(at, "Add a node", self._kinds)

    def _connect(self) -> None:
        actions, view = self._frame.actions, self._frame.view
        self.chooser.chosen.connect(lambda key: self._act(key))
        view.search_asked.connect(self.ask_kind)
        actions["add_node"].triggered.connect(lambda _=False: view.ask_search())
        actions["find"].triggered.connect(lambda _=False: self._ask_node())
        actions["commands"].triggered.connect(lambda _=False: self._ask_command())

    def _ask_node(self) -> None:
        self._act = self._show_node
        self.chooser.ask(self._middle(), "Find a node by title, id or kind", self._nodes)

    def _ask_command(self) -> None:
        self._act = lambda key: self._frame.actions[key].trigger()
        self.chooser.ask(self._middle(), "Type a command", self._commands)

    def _middle(self) -> QPoint:
        viewport = self._frame.view.viewport()
        return viewport.mapToGlobal(QPoint(viewport.width() // 2 - 160, 48))

    def _kinds(self, text: str) -> Sequence[Choice]:
        space = self._base.editor.ref.space if self._base.editor.ref else "networks"
        kinds = [kind for kind in CATALOGUE.values() if space in kind.spaces]
        if not text:
            recent = [kind_of(key) for key in self._base.settings.preferences.recent_kinds]
            used = [kind for kind in recent if kind in kinds]
            kinds = [*(kind for kind in used if kind), *(kind for kind in kinds if kind not in used)]
        theme, icons = self._base.theme.theme, self._base.icons
        return [
            Choice(kind.key, kind.title, kind.group, icons.icon(icon_of(kind), theme.families[kind.family]))
            for kind in search_kinds(text, kinds)
        ]

    def _nodes(self, text: str) -> Sequence[Choice]:
        graph = self._base.editor.graph
        found = []
        for node in graph.nodes.values() if graph else ():
            kind = kind_of(node.kind)
            title = kind.title if kind else node.kind
            if all(word in f"{node.title} {node.id} {title}".lower() for word in text.lower().split()):
                found.append(Choice(node.id, node.title or node.id, title))
        return found

    def _commands(self, text: str) -> Sequence[Choice]:
        words = text.lower().split()
        found = []
        for name, action in self._frame.actions.by_name().items():
            title = self._frame.actions.title(name)
            if name != "commands" and all(word in title.lower() for word in words):
                keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
                fault = "" if action.isEnabled() else action.statusTip()
                found.append(Choice(name, title, keys, fault=fault))
        return found

    def _show_node(self, key: str) -> None:
        editor = self._base.editor
        if editor.graph is not None:
            editor.selection.set(node for node in editor.graph.nodes if node == key)
            self._frame.view.fit_selection()
