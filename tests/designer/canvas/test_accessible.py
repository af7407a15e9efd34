"""A screen reader finds a child for each node and, in it, one for each port."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QAccessible, QAccessibleInterface

from engine.graph.ids import NodeId
from tests.designer.canvas.conftest import Desk

Text = QAccessible.Text


@pytest.fixture
def canvas(desk: Desk) -> Iterator[QAccessibleInterface]:
    """Ask as a screen reader does."""
    QAccessible.setActive(True)
    yield QAccessible.queryAccessibleInterface(desk.view)
    QAccessible.setActive(False)


def test_every_node_is_a_child_in_the_order_of_the_document(canvas: QAccessibleInterface) -> None:
    names = [canvas.child(index).text(Text.Name) for index in range(canvas.childCount())]

    assert names == ["image", "conv", "relu", "out", "drop"]
    assert canvas.role() == QAccessible.Role.Canvas
    assert "5 nodes" in canvas.text(Text.Description)


def test_a_node_tells_kind_shapes_and_parameters(canvas: QAccessibleInterface) -> None:
    said = canvas.child(1).text(Text.Description)

    assert said == "Conv 2d, B × 1 × 8 × 8 → B × 4 × 8 × 8, 40 parameters"


def test_a_node_tells_its_problems(desk: Desk, canvas: QAccessibleInterface) -> None:
    desk.editor.set_parameter((NodeId("conv"),), "kernel_size", 99)

    assert "error:" in canvas.child(1).text(Text.Description)


def test_ports_are_children_of_their_node_and_tell_where_wires_lead(canvas: QAccessibleInterface) -> None:
    conv = canvas.child(1)
    ports = [conv.child(index) for index in range(conv.childCount())]

    assert [port.text(Text.Name) for port in ports] == ["input x", "output y"]
    assert ports[0].text(Text.Description) == "B × 1 × 8 × 8, connected to image"
    assert ports[1].parent() is conv
    assert conv.indexOfChild(ports[1]) == 1


def test_a_node_stands_where_it_is_seen(desk: Desk, canvas: QAccessibleInterface) -> None:
    at: QPoint = desk.view.viewport().mapToGlobal(desk.at("relu"))
    found = canvas.childAt(at.x(), at.y())

    assert found.text(Text.Name) == "relu"
    assert found.rect().contains(at)


def test_the_selected_node_has_the_focus(desk: Desk, canvas: QAccessibleInterface) -> None:
    desk.editor.selection.set((NodeId("relu"),))

    assert canvas.focusChild().text(Text.Name) == "relu"
    assert canvas.child(2).state().selected
    assert not canvas.child(1).state().selected


def test_a_node_that_is_removed_is_no_child_any_more(desk: Desk, canvas: QAccessibleInterface) -> None:
    conv = canvas.child(1)
    desk.editor.selection.set((NodeId("conv"),))
    desk.editor.remove()

    assert not conv.isValid()
    assert canvas.childCount() == 4
    assert canvas.child(1).text(Text.Name) == "relu"
    desk.editor.undo_stack.undo()
    assert canvas.child(1).text(Text.Name) == "conv"
