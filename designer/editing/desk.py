"""What all verbs stand on: document, undo stack, selection, the open graph; it must not know any verb or view."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from designer.bridge.document_bridge import DocumentBridge
from designer.editing.commands import EditCommand, MergeKey, ReplaceCommand
from designer.editing.selection import Selection
from engine.check.report import Report
from engine.errors import NetwrightError
from engine.graph.edits import Edit
from engine.graph.ids import NodeId
from engine.graph.queries import downstream, upstream
from engine.graph.types import Graph, GraphRef, Project, Space, graph_of, graph_refs


class Desk(QObject):
    """Undo stack, selection, and which graph is open.

    Signals:
        ref_changed(ref): another graph is open; None when there is none.
        refused(text): a verb did nothing, and why; for the status bar.
        kind_added(key): a node of this kind was added.
        performed(edit): an edit was done; not sent for undo and redo.
        misplaced(key, space): a kind was dropped that belongs on the other kind of graph.
    """

    ref_changed = Signal(object)
    refused = Signal(str)
    kind_added = Signal(str)
    performed = Signal(object)
    misplaced = Signal(str, str)

    def __init__(self, bridge: DocumentBridge, parent: QObject | None = None) -> None:
        """Start with an empty undo stack and the first graph open.

        Args:
            bridge: The document.
            parent: Owner in Qt's tree.
        """
        super().__init__(parent)
        self.bridge = bridge
        self.undo_stack = QUndoStack(self)
        self.selection = Selection(self)
        self._ref: GraphRef | None = None
        self.only_shown = ""
        """Why nothing of this project can be changed: a newer version has written it; empty when it can."""
        self._connect()
        self._keep_open(bridge.project)

    @property
    def project(self) -> Project:
        """The project as drawn."""
        return self.bridge.project

    @property
    def shown(self) -> Project:
        """The project with its recipes written out: what the canvas shows."""
        return self.bridge.shown

    @property
    def report(self) -> Report:
        """What the check knows now."""
        return self.bridge.report

    @property
    def ref(self) -> GraphRef | None:
        """The open graph."""
        return self._ref

    @property
    def graph(self) -> Graph | None:
        """The open graph as the canvas shows it: a recipe written out."""
        return graph_of(self.shown, self._ref) if self._ref else None

    @property
    def read_only_reason(self) -> str:
        """Why the open graph cannot be edited node by node; empty when it can."""
        drawn = graph_of(self.project, self._ref) if self._ref else None
        if self.only_shown:
            return self.only_shown
        if drawn is None:
            return "no graph is open"
        if drawn.recipe is not None:
            return (
                f"this graph is written by the recipe “{drawn.recipe.name}”; change its options, or open it as a graph"
            )
        return ""

    def open_graph(self, ref: GraphRef | None) -> None:
        """Open another graph; nothing is selected in it."""
        if ref == self._ref or (ref is not None and graph_of(self.project, ref) is None):
            return
        self._ref = ref
        self.selection.clear()
        self.ref_changed.emit(ref)

    def show_node(self, ref: GraphRef, node: NodeId) -> None:
        """Open a graph and select one of its nodes."""
        self.open_graph(ref)
        if self.graph is not None and node in self.graph.nodes:
            self.selection.set((node,))

    def perform(self, edit: Edit, merge: MergeKey | None = None, *, folds: bool = False) -> bool:
        """Do an edit as one undo step.

        Args:
            edit: What to do; its label is what the step is called.
            merge: Steps that follow each other with the same key become one.
            folds: The step belongs to the one before it and is undone with it.

        Returns:
            Whether something changed; the signal `refused` says why not.
        """
        if self._is_only_shown():
            return False
        try:
            command = EditCommand(self.bridge, edit, merge, folds=folds)
        except NetwrightError as error:
            self.refused.emit(str(error))
            return False
        if command.changes_nothing:
            return False
        self.undo_stack.push(command)
        self.performed.emit(edit)
        return True

    def restore(self, project: Project, label: str) -> bool:
        """Put another state of the project in the place of this one, as one undo step."""
        command = ReplaceCommand(self.bridge, project, label)
        if command.changes_nothing or self._is_only_shown():
            return False
        self.undo_stack.push(command)
        return True

    def _is_only_shown(self) -> bool:
        if self.only_shown:
            self.refused.emit(self.only_shown)
        return bool(self.only_shown)

    def select_all(self) -> None:
        """Select every node of the open graph."""
        self.selection.set(self.graph.nodes if self.graph else ())

    def select_stream(self, *, down: bool) -> None:
        """Select everything upstream or downstream of the selection too."""
        if self.graph is not None:
            reached = (downstream if down else upstream)(self.graph, self.selection.ids)
            self.selection.add(node for node in self.graph.nodes if node in reached)

    def graph_for(self, space: Space) -> GraphRef | None:
        """Give the first graph of a space."""
        return next((ref for ref in graph_refs(self.project) if ref.space == space), None)

    def own_graph(self) -> Graph | None:
        """Give the open graph if its nodes are the user's own; else say why nothing happens."""
        reason = self.read_only_reason
        if reason:
            self.refused.emit(reason[0].upper() + reason[1:])
            return None
        return self.graph

    def _connect(self) -> None:
        self.bridge.project_changed.connect(self._on_project_changed)

    def _on_project_changed(self, before: Project, after: Project) -> None:
        self._keep_open(after)

    def _keep_open(self, project: Project) -> None:
        if self._ref is None or graph_of(project, self._ref) is None:
            first = next(iter(graph_refs(project)), None)
            if first != self._ref:
                self._ref = None
                self.open_graph(first)
                if first is None:
                    self.ref_changed.emit(None)
        self.selection.keep_within(self.graph)
