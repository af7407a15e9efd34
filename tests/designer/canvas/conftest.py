"""A small network on a canvas, with the real document, check and editor behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QEvent, QEventLoop, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from designer.bridge.document_bridge import DocumentBridge
from designer.canvas.view import GraphView
from designer.editing.editor import Editor
from designer.theme.icons import Icons
from designer.theme.source import ThemeSource
from engine.graph.document import Document
from engine.graph.ids import NodeId
from engine.graph.types import Graph, GraphLayout, Layout, Node, Place, Project, Value, Wire

LIMIT_MS = 5000
Modifier = Qt.KeyboardModifier


def node(name: str, kind: str, **parameters: Value) -> Node:
    """Make a node."""
    return Node(id=NodeId(name), kind=kind, parameters=parameters)


def chain_project() -> Project:
    """Make a network image -> conv -> relu, with an output beside it that nothing reaches."""
    nodes = [
        node("image", "input", shape=("B", 1, 8, 8)),
        node("conv", "conv2d", out_channels=4, padding=1),
        node("relu", "relu"),
        node("out", "output"),
        node("drop", "dropout"),
    ]
    wires = (Wire(NodeId("image"), "y", NodeId("conv"), "x"), Wire(NodeId("conv"), "y", NodeId("relu"), "x"))
    places = {
        NodeId("image"): Place(0.0, 0.0),
        NodeId("conv"): Place(240.0, 0.0),
        NodeId("relu"): Place(480.0, 0.0),
        NodeId("out"): Place(480.0, 160.0),
        NodeId("drop"): Place(0.0, 160.0),
    }
    return Project(
        networks={"net": Graph(nodes={item.id: item for item in nodes}, wires=wires)},
        layout=Layout(networks={"net": GraphLayout(nodes=places)}),
    )


class Desk:
    """A canvas with what stands behind it, and a hand."""

    def __init__(self, app: QApplication, project: Project) -> None:
        """Open a project in a canvas of 900 x 500 px at zoom 1, its first node near the upper left corner."""
        self.bridge = DocumentBridge(Document())
        self.editor = Editor(self.bridge)
        self.bridge.replace(project)
        self.source = ThemeSource(app, "dark")
        self.view = GraphView(self.editor, self.source, Icons())
        self.view.resize(900, 500)
        self.view.show()
        self.wait()
        assert self.view.camera.scale == 1.0

    @property
    def graph(self) -> Graph:
        """The open graph."""
        assert self.editor.graph is not None
        return self.editor.graph

    def wait(self) -> None:
        """Wait until everything on screen is painted as it is."""
        loop = QEventLoop()
        self.view.settled.connect(loop.quit)
        QTimer.singleShot(LIMIT_MS, loop, lambda: loop.exit(1))
        self.view.repaint_soon()
        failed = loop.exec()
        self.view.settled.disconnect(loop.quit)
        assert not failed

    def at(self, name: str) -> QPoint:
        """Give the middle of a card, in px of the view."""
        return self.spot(self.view.drawing.cards[NodeId(name)].rect.center())

    def port(self, name: str, port: str, *, is_output: bool) -> QPoint:
        """Give where a port is, in px of the view."""
        spot = self.view.drawing.cards[NodeId(name)].port(port, is_output=is_output)
        assert spot is not None
        return self.spot(spot.point)

    def spot(self, point: QPointF) -> QPoint:
        """Give where a place on the canvas is, in px of the view."""
        return self.view.camera.to_view(point).toPoint()

    def place(self, name: str) -> Place:
        """Give where a node stands in the document."""
        return self.editor.project.layout.networks["net"].nodes[NodeId(name)]

    def press(self, at: QPoint, held: Qt.KeyboardModifier = Modifier.NoModifier) -> None:
        """Put the hand down."""
        QTest.mousePress(self.view.viewport(), Qt.MouseButton.LeftButton, held, at)

    def move(self, at: QPoint, held: Qt.KeyboardModifier = Modifier.NoModifier) -> None:
        """Move the hand, with keys held: QTest's own mouse moves know none."""
        viewport = self.view.viewport()
        point = QPointF(at)
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            point,
            QPointF(viewport.mapToGlobal(at)),
            Qt.MouseButton.NoButton,
            Qt.MouseButton.LeftButton,
            held,
        )
        QApplication.sendEvent(viewport, event)

    def move_only(self, at: QPoint) -> None:
        """Move the mouse with no button held."""
        QTest.mouseMove(self.view.viewport(), at)
        QApplication.processEvents()

    def release(self, at: QPoint, held: Qt.KeyboardModifier = Modifier.NoModifier) -> None:
        """Take the hand up."""
        QTest.mouseRelease(self.view.viewport(), Qt.MouseButton.LeftButton, held, at)

    def drag(self, start: QPoint, end: QPoint, held: Qt.KeyboardModifier = Modifier.NoModifier) -> None:
        """Drag from one point to another, by way of their middle."""
        self.press(start, held)
        self.move((start + end) / 2, held)
        self.move(end, held)
        self.release(end, held)

    def click(self, at: QPoint, held: Qt.KeyboardModifier = Modifier.NoModifier) -> None:
        """Click."""
        QTest.mouseClick(self.view.viewport(), Qt.MouseButton.LeftButton, held, at)

    def key(self, key: Qt.Key, held: Qt.KeyboardModifier = Modifier.NoModifier) -> None:
        """Press a key and let it go."""
        QTest.keyClick(self.view, key, held)

    def close(self) -> None:
        """Let everything go."""
        self.view.close()
        self.view.deleteLater()
        self.editor.undo_stack.clear()
        self.bridge.close()


@pytest.fixture
def open_project(app: QApplication) -> Iterator[Callable[[Project], Desk]]:
    """Give a function that opens a project on a canvas; they are closed at the end."""
    desks: list[Desk] = []

    def opened(project: Project) -> Desk:
        desks.append(Desk(app, project))
        return desks[-1]

    yield opened
    for desk in desks:
        desk.close()


@pytest.fixture
def desk(open_project: Callable[[Project], Desk]) -> Desk:
    """Give a canvas with the small network."""
    return open_project(chain_project())
