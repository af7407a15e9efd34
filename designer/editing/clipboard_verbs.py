"""Verbs for the clipboard: copy, cut, paste, duplicate; they must not know any view."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication

from designer.editing import clipboard, nodes
from designer.editing.desk import Desk
from engine.errors import EditRefused
from engine.graph.edits import Batch
from engine.graph.types import Place


class ClipboardVerbs(Desk):
    """What can be copied and pasted; the clipboard holds text that an e-mail can carry."""

    def copy(self) -> bool:
        """Copy the selected nodes."""
        if self._ref is None or self.graph is None or not self.selection.ids:
            return False
        text = clipboard.copied(self.shown, self._ref, self.graph, self.selection.ids)
        QGuiApplication.clipboard().setText(text)
        return True

    def cut(self) -> bool:
        """Copy the selected nodes and remove them."""
        if self.own_graph() is None or self._ref is None or not self.copy():
            return False
        return self.perform(Batch(label="Cut", edits=nodes.removal(self._ref, self.selection.ids, ())))

    def paste(self, place: Place | None = None, *, keep_incoming: bool = False) -> bool:
        """Add what was copied and select it.

        Args:
            place: Where its upper left corner goes; beside the original when left out.
            keep_incoming: Whether wires from nodes that were not copied come too.
        """
        return self._insert(QGuiApplication.clipboard().text(), place, "Paste", keep_incoming=keep_incoming)

    def duplicate(self) -> bool:
        """Add a copy of the selected nodes beside them; the clipboard stays as it is."""
        if self._ref is None or self.graph is None or not self.selection.ids:
            return False
        text = clipboard.copied(self.shown, self._ref, self.graph, self.selection.ids)
        return self._insert(text, None, "Duplicate", keep_incoming=False)

    def _insert(self, text: str, place: Place | None, label: str, *, keep_incoming: bool) -> bool:
        graph = self.own_graph()
        if self._ref is None or graph is None:
            return False
        try:
            clip = clipboard.read_clip(text)
            ids, edit = clipboard.pasting(self.project, self._ref, graph, clip, place, keep_incoming=keep_incoming)
        except EditRefused as error:
            self.refused.emit(str(error))
            return False
        if not self.perform(Batch(label=label, edits=(edit,))):
            return False
        self.selection.set(ids)
        return True
