"""The canvas for screen readers: a child for each node and, in it, one for each port, with names, words and places.

It must not know painting; Qt asks for all this only while a screen reader runs.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QPoint, QPointF, QRect, QRectF
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget, QApplication

from designer.canvas.cards import Card
from designer.canvas.input_view import InputView
from designer.canvas.words import spoken, spoken_port
from engine.graph.ids import NodeId

_INSTALLED: Final = "netwright_canvas_accessible"
_PortKey = tuple[bool, str]


def install() -> None:
    """Tell Qt, once per application, who speaks for canvases."""
    app = QApplication.instance()
    if app is not None and not app.property(_INSTALLED):
        app.setProperty(_INSTALLED, True)
        QAccessible.installFactory(_speaker_for)


def tell_focus(view: InputView, node: NodeId | None) -> None:
    """Tell a screen reader, if one runs, that another node has the focus."""
    if not QAccessible.isActive():
        return
    speaker = QAccessible.queryAccessibleInterface(view)
    child = speaker.child_of(node) if isinstance(speaker, AccessibleCanvas) and node is not None else None
    if child is not None:
        QAccessible.updateAccessibility(QAccessibleEvent(child, QAccessible.Event.Focus))


def _speaker_for(key: str, subject: QObject) -> QAccessibleInterface | None:
    return AccessibleCanvas(subject) if isinstance(subject, InputView) else None


class AccessibleCanvas(QAccessibleWidget):
    """Speaks for a canvas; its children are the nodes, in the order of the document."""

    def __init__(self, view: InputView) -> None:
        """Speak for a view.

        Args:
            view: The canvas.
        """
        super().__init__(view, QAccessible.Role.Canvas, view.accessibleName())
        self.view = view
        self._children: dict[NodeId, AccessibleNode] = {}

    def child_of(self, node: NodeId) -> AccessibleNode | None:
        """Give the child that speaks for a node."""
        if node not in self.view.drawing.cards:
            return None
        if node not in self._children:
            self._children[node] = AccessibleNode(self, node)
        return self._children[node]

    def childCount(self) -> int:
        """Count the nodes."""
        self._let_go()
        return len(self.view.drawing.cards)

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # Qt takes None for no child
        """Give a node by its place in the document."""
        cards = self._ordered()
        return self.child_of(cards[index].id) if 0 <= index < len(cards) else None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        """Give the place of a child; -1 for a stranger."""
        ids = [card.id for card in self._ordered()]
        return ids.index(child.node) if isinstance(child, AccessibleNode) and child.node in ids else -1

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]  # None for no child
        """Give the node under a point of the screen."""
        at = self.view.viewport().mapFromGlobal(QPoint(x, y))
        card = self.view.drawing.card_at(self.view.camera.to_scene(QPointF(at)))
        return self.child_of(card.id) if card else None

    def focusChild(self) -> QAccessibleInterface | None:  # type: ignore[override]  # None for no child
        """Give the node that is selected last."""
        current = self.view.editor.selection.current
        return self.child_of(current) if current else None

    def text(self, what: QAccessible.Text) -> str:
        """Say what the canvas is."""
        if what == QAccessible.Text.Description:
            return f"{len(self.view.drawing.cards)} nodes; arrow keys walk along the wires"
        return self.view.accessibleName() if what == QAccessible.Text.Name else ""

    def _ordered(self) -> list[Card]:
        return sorted(self.view.drawing.cards.values(), key=lambda card: card.order)

    def _let_go(self) -> None:
        """Drop the children of nodes that are gone; Qt's register lets go of them too."""
        for node in [node for node in self._children if node not in self.view.drawing.cards]:
            self._children.pop(node).retire()


class AccessibleNode(QAccessibleInterface):
    """Speaks for a node; its children are its inputs, then its outputs."""

    def __init__(self, canvas: AccessibleCanvas, node: NodeId) -> None:
        """Speak for a node.

        Args:
            canvas: The parent.
            node: Which node.
        """
        super().__init__()
        self._canvas = canvas
        self.node = node
        self._ports: dict[_PortKey, AccessiblePort] = {}

    @property
    def card(self) -> Card | None:
        """The node as it is drawn now."""
        return self._canvas.view.drawing.cards.get(self.node)

    @property
    def view(self) -> InputView:
        """The canvas."""
        return self._canvas.view

    def retire(self) -> None:
        """Leave Qt's register."""
        for speaker in (*self._ports.values(), self):
            QAccessible.deleteAccessibleInterface(QAccessible.uniqueId(speaker))

    def parent(self) -> QAccessibleInterface:
        """Give the canvas."""
        return self._canvas

    def childCount(self) -> int:
        """Count the ports."""
        return len(self._keys())

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # None for no child
        """Give a port."""
        keys = self._keys()
        if not 0 <= index < len(keys):
            return None
        if keys[index] not in self._ports:
            self._ports[keys[index]] = AccessiblePort(self, *keys[index])
        return self._ports[keys[index]]

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        """Give the place of a port; -1 for a stranger."""
        keys = self._keys()
        return keys.index(child.key) if isinstance(child, AccessiblePort) and child.key in keys else -1

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]  # None for no child
        """Give the port under a point of the screen."""
        children = (self.child(index) for index in range(self.childCount()))
        return next((child for child in children if child is not None and child.rect().contains(x, y)), None)

    def isValid(self) -> bool:
        """Whether the node is still there."""
        return self.card is not None

    def object(self) -> QObject | None:  # type: ignore[override]  # a node is no QObject
        """Give nothing: a node is a value."""
        return None

    def rect(self) -> QRect:
        """Give where the card is on the screen."""
        card = self.card
        return on_screen(self.view, card.rect) if card else QRect()

    def role(self) -> QAccessible.Role:
        """Say that it is an item of a graph."""
        return QAccessible.Role.ListItem

    def state(self) -> QAccessible.State:
        """Say whether it is selected, has the focus, and is seen."""
        state = QAccessible.State()
        selected = self.view.editor.selection.ids
        state.selectable = state.focusable = True
        state.selected = self.node in selected
        state.focused = bool(selected) and selected[-1] == self.node
        state.invisible = self.card is None
        return state

    def text(self, what: QAccessible.Text) -> str:
        """Say its title, or tell of it."""
        card = self.card
        if card is None:
            return ""
        if what == QAccessible.Text.Description:
            return spoken(card)
        return card.title if what == QAccessible.Text.Name else ""

    def setText(self, what: QAccessible.Text, text: str) -> None:
        """Change nothing: titles are edited in the inspector."""

    def _keys(self) -> list[_PortKey]:
        card = self.card
        if card is None:
            return []
        return [(False, spot.id) for spot in card.inputs] + [(True, spot.id) for spot in card.outputs]


class AccessiblePort(QAccessibleInterface):
    """Speaks for a port."""

    def __init__(self, parent: AccessibleNode, is_output: bool, port: str) -> None:
        """Speak for a port.

        Args:
            parent: The node.
            is_output: Which side.
            port: Which port.
        """
        super().__init__()
        self._node = parent
        self.key: _PortKey = (is_output, port)

    def parent(self) -> QAccessibleInterface:
        """Give the node."""
        return self._node

    def childCount(self) -> int:
        """A port has nothing in it."""
        return 0

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # None for no child
        """Give nothing."""
        return None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        """Know no child."""
        return -1

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]  # None for no child
        """Give nothing."""
        return None

    def isValid(self) -> bool:
        """Whether node and port are still there."""
        card = self._node.card
        return card is not None and card.port(self.key[1], is_output=self.key[0]) is not None

    def object(self) -> QObject | None:  # type: ignore[override]  # a port is no QObject
        """Give nothing: a port is a value."""
        return None

    def rect(self) -> QRect:
        """Give where the port is on the screen."""
        card = self._node.card
        spot = card.port(self.key[1], is_output=self.key[0]) if card else None
        if spot is None:
            return QRect()
        radius = self._node.view.drawing.size.port_radius
        return on_screen(
            self._node.view, QRectF(spot.point.x() - radius, spot.point.y() - radius, 2 * radius, 2 * radius)
        )

    def role(self) -> QAccessible.Role:
        """Say that something can be plugged in here."""
        return QAccessible.Role.Button

    def state(self) -> QAccessible.State:
        """Say nothing special."""
        return QAccessible.State()

    def text(self, what: QAccessible.Text) -> str:
        """Say its name, or tell what flows and where to."""
        card = self._node.card
        spot = card.port(self.key[1], is_output=self.key[0]) if card else None
        if card is None or spot is None:
            return ""
        side = "output" if self.key[0] else "input"
        if what == QAccessible.Text.Description:
            wires = self._node.view.drawing.wires_of.get(card.id, ())
            return spoken_port(spot, card.id, wires, is_output=self.key[0])
        return f"{side} {spot.title}" if what == QAccessible.Text.Name else ""

    def setText(self, what: QAccessible.Text, text: str) -> None:
        """Change nothing: ports have the names of their kind."""


def on_screen(view: InputView, rect: QRectF) -> QRect:
    """Give where a part of the canvas is on the screen."""
    camera = view.camera
    shown = QRectF(camera.to_view(rect.topLeft()), rect.size() * camera.scale).toAlignedRect()
    return QRect(view.viewport().mapToGlobal(shown.topLeft()), shown.size())
