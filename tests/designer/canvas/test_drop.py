"""Kinds dragged from the palette."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from designer.editing.drag import kind_to_mime
from engine.graph.ids import NodeId
from engine.graph.types import Wire
from tests.designer.canvas.conftest import Desk, Modifier

SECOND = Wire(NodeId("conv"), "y", NodeId("relu"), "x")
CONV, RELU, IMAGE, DROP, OUT = (NodeId(name) for name in ("conv", "relu", "image", "drop", "out"))


def _drop(desk: Desk, data: QMimeData, at: QPoint, held: Qt.KeyboardModifier = Modifier.NoModifier) -> bool:
    """Drag data over the canvas and let it go; whether it was taken."""
    viewport, action, button = desk.view.viewport(), Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(at, action, data, button, held)
    QApplication.sendEvent(viewport, enter)
    if not enter.isAccepted():
        return False
    QApplication.sendEvent(viewport, QDragMoveEvent(at, action, data, button, held))
    drop = QDropEvent(QPointF(at), action, data, button, held)
    QApplication.sendEvent(viewport, drop)
    return drop.isAccepted()


def test_a_kind_from_the_palette_is_added_where_it_is_dropped(desk: Desk) -> None:
    at = desk.at("drop") + QPoint(240, 60)
    taken = _drop(desk, kind_to_mime("linear"), at)
    card = desk.view.drawing.cards[NodeId("linear1")]

    assert taken
    assert card.rect.contains(desk.view.camera.to_scene(QPointF(at)))
    assert len(desk.graph.wires) == 2
    assert desk.editor.undo_stack.count() == 1


def test_a_kind_dropped_on_a_wire_is_inserted(desk: Desk) -> None:
    middle = (desk.port("conv", "y", is_output=True) + desk.port("relu", "x", is_output=False)) / 2
    _drop(desk, kind_to_mime("batch_norm2d"), middle)

    assert Wire(CONV, "y", NodeId("norm1"), "x") in desk.graph.wires
    assert Wire(NodeId("norm1"), "y", RELU, "x") in desk.graph.wires
    assert desk.editor.undo_stack.count() == 1


def test_other_things_are_not_taken(desk: Desk) -> None:
    data = QMimeData()
    data.setText("hello")

    assert not _drop(desk, data, QPoint(100, 300))
