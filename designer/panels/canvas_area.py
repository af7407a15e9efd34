"""The middle of the window: a tab per graph, a banner, the canvas; it must not know how a graph is drawn."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer.editing.editor import Editor
from designer.theme.icons import Icons
from designer.theme.source import ThemeSource
from designer.theme.tabs import SegmentedTabBar
from engine.graph.types import GraphRef, Project, graph_refs


class Banner(QFrame):
    """One line across the canvas with buttons.

    Signals:
        chosen(name): a button was pressed.
        closed: the cross was pressed.
    """

    chosen = Signal(str)
    closed = Signal()

    def __init__(self, source: ThemeSource, icons: Icons, parent: QWidget | None = None) -> None:
        """Start hidden."""
        super().__init__(parent)
        self.setProperty("role", "notice")
        self._source = source
        self._icons = icons
        self.label = QLabel(self)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setWordWrap(True)
        # However long a path in it is, it takes no room from the panels beside the canvas.
        self.label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._buttons = QHBoxLayout()
        self._close = QToolButton(self)
        self._close.setProperty("role", "small")
        self._close.setToolTip("Hide")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 8, 4)
        row.addWidget(self.label, 1)
        row.addLayout(self._buttons)
        row.addWidget(self._close)
        self._close.clicked.connect(self._on_close_clicked)
        source.theme_changed.connect(lambda _: self._dress())
        self._dress()
        self.hide()

    def show_text(self, text: str, buttons: tuple[tuple[str, str], ...] = (), *, good: bool = False) -> None:
        """Show a line; hide for an empty one.

        Args:
            text: The line.
            buttons: A name and the words of each button.
            good: Nothing is wrong; it only tells.
        """
        self.label.setText(text)
        self.label.setToolTip(text)
        role = "card" if good else "notice"
        if self.property("role") != role:
            self.setProperty("role", role)
            self.style().polish(self)
        while (item := self._buttons.takeAt(0)) is not None:
            _drop(item.widget())
        for name, words in buttons:
            button = QPushButton(words, self)
            button.setProperty("role", "link")
            # By mouse the focus stays where the person works: a button that goes would hand it to anything.
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _=False, name=name: self.chosen.emit(name))
            self._buttons.addWidget(button)
        self.setVisible(bool(text))

    def _dress(self) -> None:
        self._close.setIcon(self._icons.icon("close", self._source.theme.colors.text_secondary, 12))

    def _on_close_clicked(self) -> None:
        self.hide()
        self.closed.emit()


class CanvasArea(QWidget):
    """Tabs, banner and canvas, or the words for an empty project."""

    def __init__(
        self, editor: Editor, view: QWidget, source: ThemeSource, icons: Icons, parent: QWidget | None = None
    ) -> None:
        """Build the area around a canvas.

        Args:
            editor: Whose graphs the tabs name.
            view: The canvas.
            source: The theme.
            icons: Who draws icons.
            parent: Owner in Qt's tree.
        """
        super().__init__(parent)
        self.setProperty("role", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._editor = editor
        self._closed: set[GraphRef] = set()
        self._refs: tuple[GraphRef, ...] = ()
        self.tabs = SegmentedTabBar(self)
        self.banner = Banner(source, icons, self)
        self._stack = QStackedLayout()
        self._welcome: QWidget | None = None
        self._view = view
        self._build(source)
        self._connect()
        self._show_tabs()

    def place_welcome(self, page: QWidget) -> None:
        """Put a page in front of the canvas while no project is open."""
        self._welcome = page
        self._stack.addWidget(page)

    def show_welcome(self, *, shown: bool) -> None:
        """Show the welcome page instead of the canvas."""
        page = self._welcome if shown and self._welcome is not None else self._canvas
        self._stack.setCurrentWidget(page)

    @property
    def close_fault(self) -> str:
        """Why the open tab cannot be closed; empty when it can."""
        return "the last tab stays open" if len(self._refs) < 2 else ""

    def close_tab(self) -> None:
        """Take the open graph's tab away; going into the graph brings it back."""
        ref = self._editor.ref
        if ref is None or self.close_fault:
            return
        index = self._refs.index(ref)
        self._closed.add(ref)
        rest = [other for other in self._refs if other != ref]
        self._editor.open_graph(rest[max(0, index - 1)])
        self._show_tabs()

    def step_tab(self, count: int) -> None:
        """Go to the next tab, or the one before."""
        if self._refs:
            self.tabs.setCurrentIndex((self.tabs.currentIndex() + count) % len(self._refs))

    def _build(self, source: ThemeSource) -> None:
        space = source.theme.metrics.space
        self._canvas = QWidget(self)
        column = QVBoxLayout(self._canvas)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        bar = QHBoxLayout()
        bar.setContentsMargins(space.group, 0, space.group, space.related)
        bar.addWidget(self.tabs)
        bar.addStretch(1)
        column.addLayout(bar)
        column.addWidget(self._view, 1)
        self._stack.addWidget(self._canvas)
        strip = QHBoxLayout()
        strip.setContentsMargins(space.group, 0, space.group, 0)
        self.banner.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        strip.addWidget(self.banner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, space.row, 0, 0)
        outer.setSpacing(space.related)
        outer.addLayout(strip)
        outer.addLayout(self._stack, 1)

    def _connect(self) -> None:
        self._editor.ref_changed.connect(self._on_ref_changed)
        self._editor.bridge.project_changed.connect(lambda before, after: self._show_tabs())
        self.tabs.currentChanged.connect(self._on_current_changed)

    def _show_tabs(self) -> None:
        refs = tuple(ref for ref in graph_refs(self._editor.project) if ref not in self._closed)
        if refs == self._refs:
            self._mark_current()
            return
        current = self._editor.ref
        self._refs = ()
        while self.tabs.count():
            self.tabs.removeTab(0)
        for ref in refs:
            index = self.tabs.addTab(_title(ref, self._editor.project))
            self.tabs.set_second_text(index, "what it computes" if ref.space == "networks" else "how it learns")
            self.tabs.setTabToolTip(index, f"{'Network' if ref.space == 'networks' else 'Training graph'} {ref.name}")
        self._refs = refs
        if current in refs:
            self._mark_current()

    def _mark_current(self) -> None:
        if self._editor.ref in self._refs:
            self.tabs.setCurrentIndex(self._refs.index(self._editor.ref))

    def _on_ref_changed(self, ref: GraphRef | None) -> None:
        self._closed.discard(ref) if ref else None
        self._show_tabs()

    def _on_current_changed(self, index: int) -> None:
        if 0 <= index < len(self._refs):
            self._editor.open_graph(self._refs[index])


def _title(ref: GraphRef, project: Project) -> str:
    """Name a tab: by what it is while there is one of it, else by the graph's name."""
    graphs = project.networks if ref.space == "networks" else project.training
    if len(graphs) > 1:
        return ref.name
    return "Network" if ref.space == "networks" else "Training"


def _drop(widget: QWidget | None) -> None:
    if widget is not None:
        widget.deleteLater()
