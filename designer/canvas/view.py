"""The canvas as a widget: follows the editor, the check and the run, and hands events to gestures.

What is painted and what a gesture does stands in the modules beside it; it must not know panels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPaintEvent,
    QResizeEvent,
    QSinglePointEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QToolTip, QWidget

from designer.canvas.bench import Bench, Pointer
from designer.canvas.camera import WORLD, Camera, Outlook
from designer.canvas.drawing import Drawing, Shown
from designer.canvas.geometry import card_size
from designer.canvas.gestures.drop import DropKind
from designer.canvas.hand import Hand
from designer.canvas.keys import Keys
from designer.canvas.pictures import FEW
from designer.canvas.projection import Projection
from designer.canvas.style import Style
from designer.canvas.surface import Surface
from designer.canvas.words import card_words, port_words, thread_words
from designer.editing.drag import KIND_MIME, kind_from_mime
from designer.editing.editor import Editor
from designer.theme.icons import Icons
from designer.theme.source import ThemeSource
from designer.theme.tokens import Theme
from engine.check.report import Report
from engine.graph.ids import NodeId
from engine.graph.types import GraphRef, Place
from engine.runs.events import Picture

STILL_MS: Final = 140
"""After so long without movement the exact zoom is painted."""
SEEN_MS: Final = 200
_FIT_MARGIN_PX: Final = 48.0
_WHEEL_STEP: Final = 120.0
_ZOOM_PER_STEP: Final = 1.2
_PX_PER_STEP: Final = 80.0


class GraphView(QGraphicsView):
    """Shows the open graph and lets hands and keys edit it.

    Signals:
        visible_nodes_changed(ids): nodes on screen that show a picture, or would.
        hint_changed(text): what the gesture in hand does; for the status bar.
        node_activated(id): Enter or a double click on a node that is no network.
        training_asked: a double click on the chip of an output: what trains it.
        search_asked(place, point): a kind is to be searched for and added; place on the canvas, point on the screen.
        settled: everything on screen is painted as it is.
    """

    visible_nodes_changed = Signal(tuple)
    hint_changed = Signal(str)
    node_activated = Signal(str)
    training_asked = Signal()
    search_asked = Signal(object, QPoint)
    settled = Signal()

    def __init__(self, editor: Editor, source: ThemeSource, icons: Icons, parent: QWidget | None = None) -> None:
        """Show the open graph.

        Args:
            editor: The only door to the document.
            source: The theme.
            icons: Who draws badges.
            parent: Owner in Qt's tree.
        """
        super().__init__(parent)
        self._editor = editor
        self._source = source
        metrics = source.theme.metrics
        self._camera = Camera(self, metrics.motion.normal_ms)
        self._drawing = Drawing(card_size(metrics))
        self._projection = Projection()
        self._shown: Shown | None = None
        self._pictures: Mapping[str, Picture] = {}
        self._outlooks: dict[GraphRef, Outlook] = {}
        self._needs_fit = True
        self._hint = ""
        self._visible: tuple[NodeId, ...] = ()
        self._drop: DropKind | None = None
        self._wheel_zooms = False
        self._surface = Surface(self._drawing, self._camera, editor.selection, Style(source.theme), icons)
        self._bench = Bench(
            editor=editor,
            drawing=self._drawing,
            camera=self._camera,
            surface=self._surface,
            repaint=self.repaint_soon,
            say=self._say,
            shown=lambda: self._shown,
            grid=float(metrics.space.grid),
        )
        self._hand = Hand(self._bench, self)
        self._keys = Keys(self._bench, self._enter, self.fit_selection, self.fit)
        self._still = self._timer(STILL_MS, self._on_still)
        self._more = self._timer(0, self._on_more)
        self._look = self._timer(SEEN_MS, self._tell_visible)
        self._set_up()
        self._connect()
        self.show_graph(editor.ref)

    @property
    def drawing(self) -> Drawing:
        """What is drawn."""
        return self._drawing

    @property
    def camera(self) -> Camera:
        """What is seen."""
        return self._camera

    @property
    def surface(self) -> Surface:
        """Who paints."""
        return self._surface

    @property
    def is_settled(self) -> bool:
        """Whether everything on screen is painted as it is and nothing moves."""
        return self._surface.is_complete and not self._still.isActive() and not self._surface.is_moving

    def show_graph(self, ref: GraphRef | None) -> None:
        """Show another graph, where it was left or as a whole."""
        if self._shown is not None:
            self._outlooks[self._shown.ref] = self._camera.outlook
        self._hand.cancel()
        self._drawing.show(None)
        self._surface.forget()
        self._take_pictures()
        self._project(ref)
        outlook = self._outlooks.get(ref) if ref else None
        self._needs_fit = outlook is None
        if outlook is not None:
            self._camera.put(outlook)
        self._fit_at_first()
        self.repaint_soon()

    def set_report(self, report: Report) -> None:
        """Show what the check found; called after every edit."""
        self._project(self._editor.ref)

    def set_pictures(self, pictures: Mapping[str, Picture]) -> None:
        """Show pictures by address (`NETWORK.node`), and no others."""
        self._pictures = pictures
        self._take_pictures()
        if self._projection.grows(self._surface.pictures.pictures):
            self._project(self._editor.ref)
        self.repaint_soon()

    def set_caption(self, text: str) -> None:
        """Say where the pictures come from: `untrained`, `step 510`."""
        self._surface.pictures.is_untrained = text.startswith("untrained")
        self.repaint_soon()

    def set_sample(self, text: str) -> None:
        """Say which sample flows: `sample 7`."""
        self._projection.sample = text
        self._project(self._editor.ref)

    def set_not_in_run(self, ids: frozenset[NodeId]) -> None:
        """Mark nodes that the watched run does not have as they are drawn."""
        if frozenset(ids) != self._projection.stale:
            self._projection.stale = frozenset(ids)
            self._project(self._editor.ref)

    def set_wheel_zooms(self, *, on: bool) -> None:
        """Choose whether a mouse wheel without a key zooms instead of scrolling."""
        self._wheel_zooms = on

    def fit(self) -> None:
        """Show the whole graph."""
        if self._drawing.cards:
            self._camera.fly(self._drawing.bounds, _FIT_MARGIN_PX)

    def fit_selection(self) -> None:
        """Show the selected nodes, or the whole graph where none are."""
        cards = [self._drawing.cards[node] for node in self._editor.selection.ids if node in self._drawing.cards]
        rect = QRectF()
        for card in cards:
            rect = rect.united(card.rect)
        if cards:
            self._camera.fly(rect, 2 * _FIT_MARGIN_PX)
        else:
            self.fit()

    def repaint_soon(self) -> None:
        """Show a frame as soon as events are done."""
        self.viewport().update()

    def _set_up(self) -> None:
        scene = QGraphicsScene(-WORLD, -WORLD, 2 * WORLD, 2 * WORLD, self)
        scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        scene.addItem(self._surface)
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

    def _connect(self) -> None:
        editor = self._editor
        editor.ref_changed.connect(self.show_graph)
        editor.bridge.report_changed.connect(self.set_report)
        editor.selection.changed.connect(self.repaint_soon)
        self._source.theme_changed.connect(self._on_theme_changed)
        self._camera.moved.connect(self._on_moved)
        self._camera.zoomed.connect(self._on_zoomed)
        self._hand.cursor_changed.connect(self._on_cursor_changed)

    def _timer(self, interval_ms: int, act: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval_ms)
        timer.timeout.connect(act)
        return timer

    def _project(self, ref: GraphRef | None) -> None:
        """Bring the drawing up to date; only what changed is painted again."""
        pictured = self._surface.pictures.pictures
        self._shown = self._projection.shown(self._editor.shown, ref, self._editor.report, pictured)
        spots = self._drawing.show(self._shown)
        if spots:
            self._surface.change(spots)
            self._fit_at_first()
            self._look.start()
            self.repaint_soon()

    def _take_pictures(self) -> None:
        ref = self._editor.ref
        prefix = f"{ref.name}." if ref else ""
        found = {
            NodeId(address[len(prefix) :]): picture
            for address, picture in self._pictures.items()
            if prefix and address.startswith(prefix)
        }
        self._surface.pictures.put(found)

    def _fit_at_first(self) -> None:
        """Show a graph as a whole when it is first seen."""
        if self._needs_fit and self._drawing.cards and self.isVisible():
            self._needs_fit = False
            self._camera.put(self._camera.fitting(self._drawing.bounds, _FIT_MARGIN_PX))
            self._surface.is_moving = self._surface.is_zooming = False

    def _enter(self, node: NodeId) -> None:
        card = self._drawing.cards.get(node)
        if self._editor.enter(node) or card is None:
            return
        if card.facts.chip:
            self.training_asked.emit()
        else:
            self.node_activated.emit(node)

    def _say(self, text: str) -> None:
        if text != self._hint:
            self._hint = text
            self.hint_changed.emit(text)

    def _tell_visible(self) -> None:
        """Tell which nodes are worth a picture: those on screen, as long as pictures of so many can be seen."""
        seen, scale = self._camera.seen(), self._camera.scale
        cards = self._drawing.cards_in(seen, margin=0.0)
        if len(cards) > FEW and scale < 0.4:
            cards = [card for card in cards if card.id in self._editor.selection]
        ids = tuple(card.id for card in cards)
        if ids != self._visible:
            self._visible = ids
            self.visible_nodes_changed.emit(ids)

    def _on_theme_changed(self, theme: Theme) -> None:
        self._surface.restyle(Style(theme))
        self.repaint_soon()

    def _on_moved(self) -> None:
        self._surface.is_moving = True
        self._still.start()
        self._look.start()
        self.repaint_soon()

    def _on_zoomed(self) -> None:
        self._surface.is_zooming = True
        self._on_moved()

    def _on_still(self) -> None:
        self._surface.is_moving = self._surface.is_zooming = False
        self.repaint_soon()

    def _on_more(self) -> None:
        """Use a free moment: paint what is missing, then what may come into view."""
        if not self._surface.is_complete:
            self.repaint_soon()
        elif self._surface.is_moving:
            return
        elif not self._surface.prepare(2.0):
            self._more.start()
        else:
            self._surface.refresh_overview()
            self.settled.emit()

    def _on_cursor_changed(self, shape: Qt.CursorShape | None) -> None:
        if shape is None:
            self.viewport().unsetCursor()
        else:
            self.viewport().setCursor(shape)

    def _pointer(self, event: QSinglePointEvent) -> Pointer:
        at = event.position()
        return Pointer(at, self._camera.to_scene(at), event.modifiers())

    def _dropping(self, event: QDropEvent) -> Pointer:
        at = event.position()
        return Pointer(at, self._camera.to_scene(at), event.modifiers())

    def _ask_search(self, at: QPointF) -> None:
        scene = self._camera.to_scene(at)
        self.search_asked.emit(Place(scene.x(), scene.y()), self.viewport().mapToGlobal(at.toPoint()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint a frame, and ask for what it could not finish."""
        super().paintEvent(event)
        if not self._more.isActive():
            self._more.start()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a gesture."""
        self._hand.press(self._pointer(event), event.button())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Let the gesture follow."""
        self._surface.is_moving = self._hand.is_dragging
        self._hand.move(self._pointer(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the gesture."""
        self._surface.is_moving = False
        self._hand.release(self._pointer(event))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Go into a node, or search for one to add."""
        pointer = self._pointer(event)
        card = self._drawing.card_at(pointer.scene)
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if card is not None:
            self._enter(card.id)
        else:
            self._ask_search(pointer.at)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Pan; with Ctrl, or where mouse wheels zoom, zoom at the cursor."""
        fine, steps = event.pixelDelta(), event.angleDelta()
        is_wheel = fine.isNull() and self._wheel_zooms
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier or is_wheel:
            self._camera.zoom(_ZOOM_PER_STEP ** (steps.y() / _WHEEL_STEP), event.position())
        elif not fine.isNull():
            self._camera.pan(fine.x(), fine.y())
        else:
            across, down = steps.x() / _WHEEL_STEP * _PX_PER_STEP, steps.y() / _WHEEL_STEP * _PX_PER_STEP
            turned = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._camera.pan(down if turned else across, 0.0 if turned else down)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what a key does on the canvas; what it does nothing for goes on to Qt."""
        if event.key() == Qt.Key.Key_Escape:
            if not self._hand.cancel():
                self._editor.selection.clear()
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
            self._ask_search(QPointF(self.viewport().mapFromGlobal(self.cursor().pos())))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Forget that Space is held."""
        self._hand.hold_space(held=False)
        super().focusOutEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show more or less of the canvas; its upper left corner stays."""
        super().resizeEvent(event)
        self._fit_at_first()
        self._look.start()
        self.repaint_soon()

    def viewportEvent(self, event: QEvent) -> bool:
        """Take pinches and questions for tooltips."""
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self._camera.zoom(1.0 + event.value(), event.position())
            return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.tip_at(QPointF(event.pos())), self.viewport())
            return True
        return super().viewportEvent(event)

    def tip_at(self, at: QPointF) -> str:
        """Tell what lies under a point of the view, as rich text; empty for nothing."""
        point = self._camera.to_scene(at)
        port, card = self._bench.port_at(point), self._drawing.card_at(point)
        if port is not None and (card is None or card.id == port.card.id):
            return port_words(port)
        if card is not None:
            pictures = self._surface.pictures
            return card_words(card, pictures.pictures.get(card.id), is_untrained=pictures.is_untrained)
        thread = self._bench.wire_at(point)
        return thread_words(thread) if thread else ""

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
