"""Verbs for nodes: add, insert, move, remove, change; they must not know any view."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from PySide6.QtCore import QElapsedTimer, QObject

from designer.bridge.document_bridge import DocumentBridge
from designer.editing import nodes
from designer.editing.commands import MergeKey
from designer.editing.desk import Desk
from designer.editing.room import room_on
from engine.check.report import Fix
from engine.graph.edits import Batch, Connect, Edit, MoveNodes, SetBypassed, SetNotes, SetTitle
from engine.graph.ids import NodeId
from engine.graph.types import Place, Value, Wire
from engine.layers.catalogue import kind_of

TURN_PAUSE_MS: Final = 1500
"""A parameter that rests for so long has been turned; the next turn is a step of its own."""


class NodeVerbs(Desk):
    """What can be done to nodes."""

    def __init__(self, bridge: DocumentBridge, parent: QObject | None = None) -> None:
        """Start with nothing turning."""
        super().__init__(bridge, parent)
        self._turning = QElapsedTimer()
        self._num_turns = 0

    def add_node(self, key: str, place: Place | None = None, *, wired: bool = True) -> NodeId | None:
        """Add a node and select it.

        Args:
            key: Its kind.
            place: Where it goes; beside the selected node when left out.
            wired: Whether the selected node is wired to it.

        Returns:
            Its id; None where it was refused.
        """
        kind, ref, graph = kind_of(key), self._ref, self.own_graph()
        if kind is None or ref is None or graph is None:
            return None
        if ref.space not in kind.spaces:
            self.misplaced.emit(key, kind.spaces[0])
            return None
        after = self.selection.current if wired else None
        node, edit = nodes.addition(self.project, ref, graph, kind, place, after)
        return self._added(key, node, edit)

    def insert_node(self, key: str, wire: Wire, place: Place | None = None) -> NodeId | None:
        """Add a node on a wire and select it; gives its id, None where it was refused."""
        kind, ref, graph = kind_of(key), self._ref, self.own_graph()
        if kind is None or ref is None or graph is None:
            return None
        if ref.space not in kind.spaces:
            self.misplaced.emit(key, kind.spaces[0])
            return None
        found = nodes.insertion(self.project, ref, graph, kind, place, wire)
        if found is None:
            return self.add_node(key, place, wired=False)
        return self._added(key, *found)

    def put_on_wire(self, node: NodeId, wire: Wire, places: Mapping[NodeId, Place] | None = None) -> bool:
        """Lead a wire through a node that is there already.

        Args:
            node: The node.
            wire: What it comes to stand on.
            places: Where nodes go in the same step: the node was dragged there.
        """
        graph = self.own_graph()
        if self._ref is None or graph is None or node not in graph.nodes:
            return False
        parts = nodes.threaded(self.project, graph, graph.nodes[node], wire)
        if parts is None:
            return False
        if places and node in places:
            stands, room = room_on(self.project, self._ref, graph, wire, places[node])
            places = {**room, **places, node: stands}
        moved = (MoveNodes(ref=self._ref, places=dict(places)),) if places else ()
        drawn = (Connect(ref=self._ref, wire=part) for part in parts)
        return self.perform(batch(f"Insert {node}", (*moved, *drawn)))

    def move(self, places: Mapping[NodeId, Place]) -> bool:
        """Put nodes at other places: the end of a drag, a nudge, a layout."""
        return self._ref is not None and bool(places) and self.perform(MoveNodes(ref=self._ref, places=dict(places)))

    def remove(self) -> bool:
        """Remove the selected nodes and wires."""
        if self._ref is None:
            return False
        edits = nodes.removal(self._ref, self.selection.ids, self.selection.wires)
        return self.perform(batch("Delete", edits))

    def remove_and_reconnect(self) -> bool:
        """Remove the selected nodes and lead what flowed through them on."""
        graph = self.own_graph()
        if self._ref is None or graph is None:
            return False
        edits = nodes.removal_with_bridge(self._ref, graph, self.selection.ids)
        return self.perform(batch("Delete and reconnect", edits))

    def detach(self) -> bool:
        """Take the selected nodes off their wires and lead what flowed through them on."""
        graph = self.own_graph()
        if self._ref is None or graph is None:
            return False
        return self.perform(batch("Detach", nodes.detachment(self._ref, graph, self.selection.ids)))

    def set_parameter(self, ids: Iterable[NodeId], name: str, value: Value, *, turning: bool = False) -> bool:
        """Give a parameter of nodes a value.

        Args:
            ids: The nodes.
            name: The parameter.
            value: What it becomes.
            turning: The value is being turned up or down: turns that follow each other are one step.
        """
        if self._ref is None or self.graph is None:
            return False
        chosen = [self.graph.nodes[node] for node in ids if node in self.graph.nodes]
        edits = nodes.parameter_change(self.project, self._ref, chosen, name, value)
        key = self.turn_key(tuple(node.id for node in chosen), name) if turning else None
        return self.perform(edits[0] if len(edits) == 1 else batch(f"Change {name}", edits), key)

    def set_title(self, node: NodeId, title: str) -> bool:
        """Give a node another title; an empty one shows its id."""
        return self._ref is not None and self.perform(SetTitle(ref=self._ref, id=node, title=title))

    def set_notes(self, node: NodeId | None, notes: str) -> bool:
        """Write notes about a node, or about the open graph."""
        return self.perform(SetNotes(ref=self._ref, id=node, notes=notes))

    def toggle_bypass(self) -> bool:
        """Make the selected nodes identities, or let them compute again."""
        if self._ref is None or self.graph is None:
            return False
        fault = nodes.bypass_words(self.report, self._ref, self.graph, self.selection.ids)
        if fault:
            self.refused.emit(fault)
            return False
        ids = self.selection.ids
        bypassed = not all(self.graph.nodes[node].bypassed for node in ids)
        return self.perform(SetBypassed(ref=self._ref, ids=ids, bypassed=bypassed))

    def apply_fix(self, fix: Fix) -> bool:
        """Do what mends a problem."""
        return self.perform(batch(fix.title, fix.edits))

    def _added(self, key: str, node: NodeId, edit: Edit) -> NodeId | None:
        if not self.perform(edit):
            return None
        self.selection.set((node,))
        self.kind_added.emit(key)
        return node

    def turn_key(self, ids: tuple[str, ...], name: str) -> MergeKey:
        """Give the key by which the turns of one parameter become one step while they follow each other."""
        if not self._turning.isValid() or self._turning.elapsed() > TURN_PAUSE_MS:
            self._num_turns += 1
        self._turning.start()
        return MergeKey("turn", ids, f"{name}#{self._num_turns}")


def batch(label: str, edits: Iterable[Edit]) -> Batch:
    """Make several edits one step."""
    return Batch(label=label, edits=tuple(edits))
