"""The widget under the canvas: what Qt tells it becomes gestures, keys, drops and tooltips.

It must not know where what it shows comes from.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QCursor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QSinglePointEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QToolTip, QWidget

from designer.canvas.badges import Badges
from designer.canvas.bench import Bench, Pointer
from designer.canvas.camera import WORLD, Camera
from designer.canvas.drawing import Drawing, Shown
from designer.canvas.geometry import card_size
from designer.canvas.gestures.drop import DropKind
from designer.canvas.hand import Hand
from designer.canvas.keys import Keys
from designer.canvas.problem_note import ProblemNote
from designer.canvas.style import Style
from designer.canvas.surface import Surface
from designer.canvas.tips import tip
from designer.canvas.wheel import roll
from designer.editing.drag import KIND_MIME, kind_from_mime
from designer.editing.editor import Editor
from designer.theme.icons import Icons
from designer.theme.tokens import Theme
from engine.graph.ids import NodeId
from engine.graph.types import Place

FIT_MARGIN_PX: Final = 48.0


class InputView(QGraphicsView):
    """Takes events for a canvas.

    Signals:
        hint_changed(text): what the gesture in hand does; for the status bar.
        node_activated(id): Enter or a double click on a node that is no network.
        training_asked: Enter or a double click on an output: what trains it is asked for.
        search_asked(place, point): a kind is to be searched for and added; place on the canvas (None: where it suits), point
            on the screen.
    """

    hint_changed = Signal(str)
    node_activated = Signal(str)
    training_asked = Signal()
    search_asked = Signal(object, QPoint)

    def __init__(self, editor: Editor, theme: Theme, icons: Icons, parent: QWidget | None = None) -> None:
        """Build what events act on.

        Args:
            editor: The only door to the document.
            theme: Colours and sizes.
            icons: Who draws badges.
            parent: Owner in Qt's tree.
        """
        super().__init__(parent)
        self.editor = editor
        self.camera = Camera(self, theme.metrics.motion.normal_ms)
        """What is seen."""
        self.drawing = Drawing(card_size(theme.metrics))
        """What is drawn."""
        self.surface = Surface(self.drawing, self.camera, editor.selection, Style(theme), icons)
        """Who paints."""
        self._shown: Shown | None = None
        self._hint = ""
        self._drop: DropKind | None = None
        self._wheel_zooms = False
        self._bench = self._make_bench(float(theme.metrics.space.grid))
        self._hand = Hand(self._bench, self)
        self._keys = Keys(self._bench, self._enter, self.fit_selection, self.fit)
        self.note = ProblemNote(theme, self.viewport())
        """What is wrong with the node whose badge the hand is on."""
        self._hand.cursor_changed.connect(self._on_cursor_changed)
        self._badges = Badges(self._bench, self.note)
        self._set_up()

    def set_wheel_zooms(self, *, on: bool) -> None:
        """Choose whether a mouse wheel without a key zooms instead of scrolling."""
        self._wheel_zooms = on

    def fit(self) -> None:
        """Show the whole graph."""
        if self.drawing.cards:
            self.camera.fly(self.drawing.bounds, FIT_MARGIN_PX)

    def fit_selection(self) -> None:
        """Show the selected nodes, or the whole graph where none are."""
        cards = [self.drawing.cards[node] for node in self.editor.selection.ids if node in self.drawing.cards]
        rect = QRectF()
        for card in cards:
            rect = rect.united(card.rect)
        if cards:
            self.camera.fly(rect, 2 * FIT_MARGIN_PX)
        else:
            self.fit()

    def repaint_soon(self) -> None:
        """Show a frame as soon as events are done."""
        self.viewport().update()

    def _make_bench(self, grid: float) -> Bench:
        return Bench(
            editor=self.editor,
            drawing=self.drawing,
            camera=self.camera,
            surface=self.surface,
            repaint=self.repaint_soon,
            say=self._say,
            search=self.ask_search,
            shown=lambda: self._shown,
            grid=grid,
        )

    def _set_up(self) -> None:
        scene = QGraphicsScene(-WORLD, -WORLD, 2 * WORLD, 2 * WORLD, self)
        scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        scene.addItem(self.surface)
        self.setScene(scene)
        self.setFrameShape(QFrame.Shape.NoFrame)
        # Repaints are asked for here alone: Qt's own would follow every scroll and paint twice.
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.NoViewportUpdate)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Canvas")

    def _enter(self, node: NodeId) -> None:
        card = self.drawing.cards.get(node)
        if self.editor.enter(node) or card is None:
            return
        if card.facts.chip:
            self.training_asked.emit()
        else:
            self.node_activated.emit(node)

    def _say(self, text: str) -> None:
        if text != self._hint:
            self._hint = text
            self.hint_changed.emit(text)

    def show_problem(self, node: NodeId) -> None:
        """Open the note beside a node, if something is wrong with it."""
        self._badges.open_for(node)

    def _on_cursor_changed(self, shape: Qt.CursorShape | None) -> None:
        if shape is None:
            self.viewport().unsetCursor()
        else:
            self.viewport().setCursor(shape)

    def _pointer(self, event: QSinglePointEvent) -> Pointer:
        at = event.position()
        return Pointer(at, self.camera.to_scene(at), event.modifiers())

    def _dropping(self, event: QDropEvent) -> Pointer:
        at = event.position()
        return Pointer(at, self.camera.to_scene(at), event.modifiers())

    def ask_search(self, at: QPointF | None = None) -> None:
        """Ask for a kind to add at a point of the view, or under the cursor; beside the selection where a card is there."""
        at = at or _cursor_spot(self.viewport())
        place = _free_place(self.drawing, self.camera.to_scene(at))
        self.search_asked.emit(place, self.viewport().mapToGlobal(at.toPoint()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a gesture."""
        self._hand.press(self._pointer(event), event.button())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Let the gesture follow."""
        self.surface.is_moving = self._hand.is_dragging
        pointer = self._pointer(event)
        self._hand.move(pointer)
        self._badges.follow(pointer, is_dragging=self._hand.is_dragging)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the gesture."""
        self.surface.is_moving = False
        self._hand.release(self._pointer(event))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Go into a node, or search for one to add."""
        pointer = self._pointer(event)
        card = self.drawing.card_at(pointer.scene)
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if card is not None:
            self._enter(card.id)
        else:
            self.ask_search(pointer.at)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Pan; with Ctrl, or where mouse wheels zoom, zoom at the cursor."""
        roll(self.camera, event, zooms=self._wheel_zooms)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what a key does on the canvas; what it does nothing for goes on to Qt."""
        if event.key() == Qt.Key.Key_Escape:
            if self.note.node is not None:
                self.note.close_note()
            elif not self._hand.cancel():
                self.editor.selection.clear()
        elif event.key() == Qt.Key.Key_Tab:
            self.ask_search()
        elif event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._hand.hold_space(held=True)
        elif not self._keys.press(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Let go of Space; a search is asked for when nothing was moved meanwhile."""
        if event.key() != Qt.Key.Key_Space or event.isAutoRepeat():
            super().keyReleaseEvent(event)
        elif self._hand.hold_space(held=False):
            self.ask_search()

    def focusNextPrevChild(self, forwards: bool) -> bool:
        """Keep Tab for the search; Shift+Tab and F6 lead out."""
        return False if forwards else super().focusNextPrevChild(forwards)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Forget that Space is held."""
        self._hand.hold_space(held=False)
        super().focusOutEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Take pinches and questions for tooltips."""
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.camera.zoom(1.0 + event.value(), event.position())
            return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.tip_at(QPointF(event.pos())), self.viewport())
            return True
        return super().viewportEvent(event)

    def tip_at(self, at: QPointF) -> str:
        """Tell what lies under a point of the view, as rich text; empty for nothing."""
        return tip(self._bench, self.camera.to_scene(at))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take kinds from the palette."""
        if not event.mimeData().hasFormat(KIND_MIME):
            event.ignore()
            return
        self._drop = DropKind(self._bench, kind_from_mime(event.mimeData()))
        self._drop.move(self._dropping(event))
        event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Show where it would go."""
        if self._drop is None:
            event.ignore()
            return
        self._drop.move(self._dropping(event))
        event.setAccepted(not self._drop.fault)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Show nothing more."""
        if self._drop is not None:
            self._drop.cancel()
            self._drop = None

    def dropEvent(self, event: QDropEvent) -> None:
        """Add the kind."""
        drop, self._drop = self._drop, None
        if drop is not None:
            drop.finish(self._dropping(event))
            event.acceptProposedAction()
            self.setFocus(Qt.FocusReason.MouseFocusReason)


def _cursor_spot(viewport: QWidget) -> QPointF:
    """Give the point of a view under the cursor; its middle where the cursor is elsewhere."""
    at, rect = viewport.mapFromGlobal(QCursor.pos()), viewport.rect()
    return QPointF(at if rect.contains(at) else rect.center())


def _free_place(drawing: Drawing, scene: QPointF) -> Place | None:
    """Give a point of the canvas as a place for a node; None where a card is."""
    return None if drawing.card_at(scene) else Place(scene.x(), scene.y())
