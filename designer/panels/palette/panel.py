"""The palette: search, recently used, families folded with counts; it must not know other panels.

Shows what belongs on the open graph. Dragging a row onto the canvas, double-clicking it or pressing Enter adds a node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QLabel, QLineEdit, QTreeView, QVBoxLayout, QWidget

from designer.editing.editor import Editor
from designer.editing.search import search_kinds
from designer.panels.palette.delegate import PaletteDelegate
from designer.panels.palette.model import KEY, ROW, PaletteModel
from designer.theme.icons import Icons
from designer.theme.source import ThemeSource
from engine.layers.catalogue import CATALOGUE
from engine.layers.kind import LayerKind


class PalettePanel(QWidget):
    """What can be added.

    Signals:
        hint_changed(text): what to do with the row under the mouse.
    """

    hint_changed = Signal(str)

    def __init__(
        self,
        editor: Editor,
        source: ThemeSource,
        icons: Icons,
        recent: Callable[[], Iterable[str]],
        parent: QWidget | None = None,
    ) -> None:
        """Build the panel.

        Args:
            editor: Where nodes are added.
            source: The theme.
            icons: Who draws icons.
            recent: Gives the keys of the recently used kinds, newest first.
            parent: Owner in Qt's tree.
        """
        super().__init__(parent)
        self.setProperty("role", "panel")
        self._editor = editor
        self._recent = recent
        self._model = PaletteModel(self)
        self.search = QLineEdit(self)
        self.view = QTreeView(self)
        self._source = source
        self._build(icons)
        self._connect()
        self.refresh()

    def refresh(self) -> None:
        """Show what belongs on the open graph, or what the search finds."""
        opened = self._opened_groups()
        text = self.search.text().strip()
        if text:
            self._model.show_found(search_kinds(text, self._kinds()))
            self._select_first()
            return
        self._model.show_groups(self._kinds(), self._recent())
        self._open_groups(opened)

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrow keys and Enter of the search field act on the rows."""
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                self.view.setFocus(Qt.FocusReason.TabFocusReason)
                if not self.view.currentIndex().isValid():
                    self._select_first()
                return True
            if event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
        return super().eventFilter(watched, event)

    def _build(self, icons: Icons) -> None:
        space = self._source.theme.metrics.space
        layout = QVBoxLayout(self)
        layout.setContentsMargins(space.row, space.row, space.row, 0)
        layout.setSpacing(space.related)
        self.search.setPlaceholderText("Search layers")
        self.search.setAccessibleName("Search layers")
        self.search.installEventFilter(self)
        hint = QLabel("Tab", self.search)
        hint.setProperty("role", "faint")
        row = QVBoxLayout(self.search)
        row.setContentsMargins(0, 0, 10, 0)
        row.addWidget(hint, alignment=Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self.search)
        self._build_view(icons)
        layout.addWidget(self.view, 1)

    def _build_view(self, icons: Icons) -> None:
        view = self.view
        view.setModel(self._model)
        view.setItemDelegate(PaletteDelegate(self._source, icons, view))
        view.setHeaderHidden(True)
        view.setRootIsDecorated(False)
        view.setIndentation(0)
        view.setMouseTracking(True)
        view.setDragEnabled(True)
        view.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setExpandsOnDoubleClick(False)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setAccessibleName("Kinds of nodes")

    def _connect(self) -> None:
        self.search.textChanged.connect(self.refresh)
        self.search.returnPressed.connect(self._on_return_pressed)
        self.view.activated.connect(self._on_activated)
        self.view.clicked.connect(self._on_clicked)
        self.view.entered.connect(self._on_entered)
        self._editor.ref_changed.connect(self.refresh)
        self._source.theme_changed.connect(lambda _: self.view.viewport().update())

    def _kinds(self) -> list[LayerKind]:
        space = self._editor.ref.space if self._editor.ref else "networks"
        return [kind for kind in CATALOGUE.values() if space in kind.spaces]

    def _groups(self) -> Iterable[QModelIndex]:
        rows = (self._model.index(row, 0) for row in range(self._model.rowCount()))
        return (index for index in rows if index.data(ROW) == "group")

    def _opened_groups(self) -> set[str]:
        return {str(index.data()) for index in self._groups() if self.view.isExpanded(index)}

    def _open_groups(self, names: set[str]) -> None:
        for index in self._groups():
            self.view.setExpanded(index, str(index.data()) in names)

    def _select_first(self) -> None:
        rows = (self._model.index(row, 0) for row in range(self._model.rowCount()))
        first = next((index for index in rows if index.data(ROW) != "section"), QModelIndex())
        self.view.setCurrentIndex(first)

    def _on_return_pressed(self) -> None:
        self._on_activated(self.view.currentIndex())

    def _on_activated(self, index: QModelIndex) -> None:
        key = index.data(KEY)
        if key:
            self._editor.add_node(str(key))
        elif index.data(ROW) == "group":
            self.view.setExpanded(index, not self.view.isExpanded(index))

    def _on_clicked(self, index: QModelIndex) -> None:
        if index.data(ROW) == "group":
            self.view.setExpanded(index, not self.view.isExpanded(index))

    def _on_entered(self, index: QModelIndex) -> None:
        self.hint_changed.emit("drag onto the canvas · double-click or Enter adds" if index.data(KEY) else "")
