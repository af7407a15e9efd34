"""The one undo command: an edit's label and the difference it made; it must not know verbs or views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtGui import QUndoCommand

from designer.bridge.document_bridge import DocumentBridge
from engine.graph.changes import difference
from engine.graph.edits import Edit
from engine.graph.types import Project

_ID: Final = 1
"""Qt asks only commands with the same id, other than -1, whether they merge; `mergeWith` decides."""


@dataclass(frozen=True, slots=True)
class MergeKey:
    """What two steps must agree in to become one: the turning of one parameter."""

    verb: str
    ids: tuple[str, ...]
    parameter: str = ""


class EditCommand(QUndoCommand):
    """Goes forwards and backwards over the difference that an edit made.

    It is computed when the command is built, so that a refused edit is never pushed.
    """

    def __init__(
        self, bridge: DocumentBridge, edit: Edit, merge: MergeKey | None = None, *, folds: bool = False
    ) -> None:
        """Work out what the edit changes.

        Args:
            bridge: The document.
            edit: What to do.
            merge: What a following command must agree in to merge with this one.
            folds: Merge with the command before, whatever it is.

        Raises:
            EditRefused: the edit does not fit the project.
        """
        super().__init__(edit.label)
        self._bridge = bridge
        self._merge = merge
        self._folds = folds
        before = bridge.project
        self._difference = difference(before, edit.apply(before))

    @property
    def changes_nothing(self) -> bool:
        """Whether the edit left the project as it was."""
        return self._difference.change is None

    def id(self) -> int:
        """Let Qt ask whether neighbours merge."""
        return _ID

    def redo(self) -> None:
        """Go forwards."""
        self._bridge.replace(self._difference.forward(self._bridge.project))

    def undo(self) -> None:
        """Go backwards."""
        self._bridge.replace(self._difference.backward(self._bridge.project))

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Swallow the next step of the same turn, or one that belongs to this one."""
        if not isinstance(other, EditCommand):
            return False
        if not other._folds and (self._merge is None or other._merge != self._merge):
            return False
        after = self._bridge.project
        before = self._difference.backward(other._difference.backward(after))
        self._difference = difference(before, after)
        self.setObsolete(self.changes_nothing)
        return True


class ReplaceCommand(QUndoCommand):
    """Puts another state of the project in the place of the one that is there."""

    def __init__(self, bridge: DocumentBridge, project: Project, label: str) -> None:
        """Work out what differs.

        Args:
            bridge: The document.
            project: The other state.
            label: Words for the Edit menu.
        """
        super().__init__(label)
        self._bridge = bridge
        self._difference = difference(bridge.project, project)

    @property
    def changes_nothing(self) -> bool:
        """Whether the other state is the same."""
        return self._difference.change is None

    def redo(self) -> None:
        """Show the other state."""
        self._bridge.replace(self._difference.forward(self._bridge.project))

    def undo(self) -> None:
        """Show what was there."""
        self._bridge.replace(self._difference.backward(self._bridge.project))
