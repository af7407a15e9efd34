"""The canvas: shows what the editor, the check and the run tell, painting no more than what changed.

Events are taken by the class below it; it must not know panels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from designer.canvas.accessible import install, tell_focus
from designer.canvas.camera import Outlook
from designer.canvas.input_view import FIT_MARGIN_PX, InputView
from designer.canvas.pictures import FEW
from designer.canvas.projection import Projection
from designer.canvas.style import Style
from designer.editing.editor import Editor
from designer.theme.icons import Icons
from designer.theme.source import ThemeSource
from designer.theme.tokens import Theme
from engine.check.report import Report
from engine.graph.ids import NodeId
from engine.graph.types import GraphRef
from engine.runs.events import Picture

STILL_MS: Final = 140
"""After so long without movement the exact zoom is painted."""
SEEN_MS: Final = 200
"""After so long it is told which nodes are on screen."""


class GraphView(InputView):
    """Shows the open graph and lets hands and keys edit it.

    Signals:
        visible_nodes_changed(ids): nodes on screen that show a picture, or would.
        settled: everything on screen is painted as it is.
    """

    visible_nodes_changed = Signal(tuple)
    settled = Signal()

    def __init__(self, editor: Editor, source: ThemeSource, icons: Icons, parent: QWidget | None = None) -> None:
        """Show the open graph.

        Args:
            editor: The only door to the document.
            source: The theme.
            icons: Who draws badges.
            parent: Owner in Qt's tree.
        """
        super().__init__(editor, source.theme, icons, parent)
        self._source = source
        self._projection = Projection()
        self._pictures: Mapping[str, Picture] = {}
        self._outlooks: dict[GraphRef, Outlook] = {}
        self._needs_fit = True
        self._visible: tuple[NodeId, ...] = ()
        self._still = self._timer(STILL_MS, self._on_still)
        self._more = self._timer(0, self._on_more)
        self._look = self._timer(SEEN_MS, self._tell_visible)
        install()
        self._connect()
        self.show_graph(editor.ref)

    @property
    def is_settled(self) -> bool:
        """Whether everything on screen is painted as it is and nothing moves."""
        return self.surface.is_complete and not self._still.isActive() and not self.surface.is_moving

    def show_graph(self, ref: GraphRef | None) -> None:
        """Show another graph, where it was left or as a whole."""
        if self._shown is not None:
            self._outlooks[self._shown.ref] = self.camera.outlook
        self._hand.cancel()
        self.drawing.show(None)
        self.surface.forget()
        self._take_pictures()
        self._project(ref)
        outlook = self._outlooks.get(ref) if ref else None
        self._needs_fit = outlook is None
        if outlook is not None:
            self.camera.put(outlook)
        self._fit_at_first()
        self.repaint_soon()

    def set_report(self, report: Report) -> None:
        """Show what the check found; called after every edit."""
        self._project(self.editor.ref)

    def set_pictures(self, pictures: Mapping[str, Picture]) -> None:
        """Show pictures by address (`NETWORK.node`), and no others."""
        self._pictures = pictures
        self._take_pictures()
        if self._projection.grows(self.surface.pictures.pictures):
            self._project(self.editor.ref)
        self.repaint_soon()

    def set_caption(self, text: str) -> None:
        """Say where the pictures come from: `untrained`, `step 510`."""
        self.surface.pictures.is_untrained = text.startswith("untrained")
        self.repaint_soon()

    def set_sample(self, text: str) -> None:
        """Say which sample flows: `sample 7`."""
        self._projection.sample = text
        self._project(self.editor.ref)

    def set_not_in_run(self, ids: frozenset[NodeId]) -> None:
        """Mark nodes that the watched run does not have as they are drawn."""
        if frozenset(ids) != self._projection.stale:
            self._projection.stale = frozenset(ids)
            self._project(self.editor.ref)

    def _connect(self) -> None:
        editor = self.editor
        editor.ref_changed.connect(self.show_graph)
        editor.bridge.report_changed.connect(self.set_report)
        editor.selection.changed.connect(self._on_selection_changed)
        self._source.theme_changed.connect(self._on_theme_changed)
        self.camera.moved.connect(self._on_moved)
        self.camera.zoomed.connect(self._on_zoomed)

    def _timer(self, interval_ms: int, act: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval_ms)
        timer.timeout.connect(act)
        return timer

    def _project(self, ref: GraphRef | None) -> None:
        """Bring the drawing up to date; only what changed is painted again."""
        pictured = self.surface.pictures.pictures
        self._shown = self._projection.shown(self.editor.shown, ref, self.editor.report, pictured)
        spots = self.drawing.show(self._shown)
        if spots:
            self.surface.change(spots)
            self.note.close_note()
            self._fit_at_first()
            self._look.start()
            self.repaint_soon()

    def _take_pictures(self) -> None:
        ref = self.editor.ref
        prefix = f"{ref.name}." if ref else ""
        found = {
            NodeId(address[len(prefix) :]): picture
            for address, picture in self._pictures.items()
            if prefix and address.startswith(prefix)
        }
        self.surface.pictures.put(found)

    def _fit_at_first(self) -> None:
        """Show a graph as a whole when it is first seen."""
        if self._needs_fit and self.drawing.cards and self.isVisible():
            self._needs_fit = False
            self.camera.put(self.camera.fitting(self.drawing.bounds, FIT_MARGIN_PX))
            self._still.stop()
            self.surface.is_moving = self.surface.is_zooming = False

    def _tell_visible(self) -> None:
        """Tell which nodes are worth a picture: those on screen, as long as pictures of so many can be seen."""
        seen, scale = self.camera.seen(), self.camera.scale
        cards = self.drawing.cards_in(seen, margin=0.0)
        if len(cards) > FEW and scale < 0.4:
            cards = [card for card in cards if card.id in self.editor.selection]
        ids = tuple(card.id for card in cards)
        if ids != self._visible:
            self._visible = ids
            self.visible_nodes_changed.emit(ids)

    def _on_selection_changed(self) -> None:
        tell_focus(self, self.editor.selection.current)
        self.repaint_soon()

    def _on_theme_changed(self, theme: Theme) -> None:
        self.surface.restyle(Style(theme))
        self.note.restyle(theme)
        self.repaint_soon()

    def _on_moved(self) -> None:
        self.note.close_note()
        self.surface.is_moving = True
        self._still.start()
        self._look.start()
        self.repaint_soon()

    def _on_zoomed(self) -> None:
        self.surface.is_zooming = True
        self._on_moved()

    def _on_still(self) -> None:
        self.surface.is_moving = self.surface.is_zooming = False
        self.repaint_soon()

    def _on_more(self) -> None:
        """Use a free moment: paint what is missing, then what may come into view."""
        if not self.surface.is_complete:
            self.repaint_soon()
        elif self.surface.is_moving:
            return
        elif not self.surface.prepare(2.0):
            self._more.start()
        else:
            self.surface.refresh_overview()
            self.settled.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint a frame, and ask for what it could not finish."""
        super().paintEvent(event)
        if not self._more.isActive():
            self._more.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show more or less of the canvas; its upper left corner stays."""
        super().resizeEvent(event)
        self._fit_at_first()
        self._look.start()
        self.repaint_soon()
