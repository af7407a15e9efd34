"""Which nodes and wires of the open graph are selected; it must not know views, and is never part of the document."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from engine.graph.ids import NodeId
from engine.graph.types import Graph, Wire


class Selection(QObject):
    """Ids of the selected nodes, in the order they were selected, and the selected wires.

    Signals:
        changed: nodes or wires are others than before.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        """Start with nothing selected."""
        super().__init__(parent)
        self._ids: tuple[NodeId, ...] = ()
        self._wires: tuple[Wire, ...] = ()

    @property
    def ids(self) -> tuple[NodeId, ...]:
        """The selected nodes, in the order they were selected."""
        return self._ids

    @property
    def wires(self) -> tuple[Wire, ...]:
        """The selected wires."""
        return self._wires

    @property
    def current(self) -> NodeId | None:
        """The node selected last, which the inspector shows first."""
        return self._ids[-1] if self._ids else None

    def __contains__(self, node: object) -> bool:
        """Whether a node is selected."""
        return node in self._ids

    def set(self, ids: Iterable[NodeId], wires: Iterable[Wire] = ()) -> None:
        """Select these and nothing else."""
        nodes, threads = tuple(dict.fromkeys(ids)), tuple(dict.fromkeys(wires))
        if (nodes, threads) == (self._ids, self._wires):
            return
        self._ids, self._wires = nodes, threads
        self.changed.emit()

    def add(self, ids: Iterable[NodeId]) -> None:
        """Select these too."""
        self.set((*self._ids, *ids), self._wires)

    def toggle(self, ids: Iterable[NodeId]) -> None:
        """Select those that were not, and the other way round."""
        turned = tuple(ids)
        kept = tuple(node for node in self._ids if node not in turned)
        self.set((*kept, *(node for node in turned if node not in self._ids)), self._wires)

    def clear(self) -> None:
        """Select nothing."""
        self.set(())

    def keep_within(self, graph: Graph | None) -> None:
        """Drop what is no longer there."""
        nodes = graph.nodes if graph else {}
        wires = graph.wires if graph else ()
        self.set((node for node in self._ids if node in nodes), (wire for wire in self._wires if wire in wires))
