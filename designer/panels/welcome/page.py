"""The page in front of the canvas while no project is open; it must not open anything itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from designer.panels.welcome.buttons import ChoiceRow, GalleryCard
from designer.panels.welcome.entries import (
    DATA,
    FROM_FILE,
    LATER,
    DataChoice,
    Example,
    examples,
    is_project,
)
from designer.panels.welcome.gallery import Gallery
from designer.theme.icons import Icons
from designer.theme.source import ThemeSource
from engine.sources.files import kind_reading

HEADLINE: Final = "Draw it, watch it learn, own the code"
_LEFT_WIDTH: Final = 296
_WIDTH_MAX: Final = 1320
_MOST_RECENT: Final = 5
_DATA_FILES: Final = "Data (*.csv *.tsv *.txt *.npz *.gz *.idx *ubyte);;All files (*)"


class WelcomePage(QWidget):
    """New from data, open, recent projects, and the gallery; everything is one click or one Enter.

    Slots: `set_recent(paths)`.

    Signals:
        example_chosen(str): open this example as an untitled copy.
        file_chosen(str): open the project at this path.
        open_asked(): ask which project to open.
        new_chosen(str, str): a new project from this kind of source (empty: choose data later) and, for files, this path.
        refused(str): a dropped file is nothing to begin with; says why.
    """

    example_chosen = Signal(str)
    file_chosen = Signal(str)
    open_asked = Signal()
    new_chosen = Signal(str, str)
    refused = Signal(str)

    def __init__(
        self,
        source: ThemeSource,
        icons: Icons,
        gallery: Sequence[Example] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """Build the page.

        Args:
            source: The theme.
            icons: Who draws icons.
            gallery: Examples to show; those that come with the program by default.
            parent: Owner in Qt's tree.
        """
        super().__init__(parent)
        self.setProperty("role", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAcceptDrops(True)
        self.setAccessibleName("Welcome")
        self._source = source
        self._icons = icons
        self.new_rows: tuple[ChoiceRow, ...] = ()
        self.recent_rows: tuple[ChoiceRow, ...] = ()
        self.cards: tuple[GalleryCard, ...] = ()
        self.open_button = QPushButton("Open a project…", self)
        self.message = QLabel(self)
        self._recent_box = QVBoxLayout()
        self._recent_title = _group("Recent projects", self)
        self._gallery = Gallery(source.theme.metrics.space.group, self)
        self._build(tuple(gallery) if gallery is not None else examples())
        self._connect()
        self.set_recent(())

    def set_recent(self, paths: Sequence[str]) -> None:
        """Show the projects opened last.

        Args:
            paths: Newest first.
        """
        for row in self.recent_rows:
            self._recent_box.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.recent_rows = tuple(self._recent_row(path) for path in paths[:_MOST_RECENT])
        before: QWidget = self.open_button
        for row in self.recent_rows:
            self._recent_box.addWidget(row)
            row.show()
            QWidget.setTabOrder(before, row)
            before = row
        self._recent_title.setVisible(bool(self.recent_rows))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take one local file."""
        if len(event.mimeData().urls()) == 1 and event.mimeData().urls()[0].isLocalFile():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open a project, or begin a new one with data."""
        event.acceptProposedAction()
        self._begin_with(event.mimeData().urls()[0].toLocalFile())

    def _build(self, gallery: tuple[Example, ...]) -> None:
        space = self._source.theme.metrics.space
        inner = QWidget()
        inner.setProperty("role", "canvas")
        inner.setMaximumWidth(_WIDTH_MAX)
        whole = QVBoxLayout(inner)
        whole.setContentsMargins(2 * space.edge, 2 * space.edge, 2 * space.edge, space.edge)
        whole.setSpacing(space.edge)
        headline = QLabel(HEADLINE, self)
        headline.setProperty("role", "heading")
        whole.addWidget(headline)
        columns = QHBoxLayout()
        columns.setSpacing(2 * space.edge)
        whole.addLayout(columns, 1)
        columns.addLayout(self._left())
        columns.addLayout(self._right(gallery), 1)
        centred = QWidget()
        centred.setProperty("role", "canvas")
        row = QHBoxLayout(centred)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(inner, 1000)
        row.addStretch(1)
        area = QScrollArea(self)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.viewport().setProperty("role", "canvas")
        area.setWidget(centred)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)

    def _left(self) -> QVBoxLayout:
        space = self._source.theme.metrics.space
        column = QVBoxLayout()
        column.setSpacing(space.grid)
        column.addWidget(_group("New: choose data first", self))
        self.new_rows = tuple(self._new_row(choice) for choice in (*DATA, FROM_FILE, LATER))
        for row in self.new_rows:
            column.addWidget(row)
        self.message.setProperty("role", "warning")
        self.message.setWordWrap(True)
        self.message.hide()
        column.addWidget(self.message)
        column.addSpacing(space.group)
        column.addWidget(self.open_button)
        column.addSpacing(space.group)
        column.addWidget(self._recent_title)
        column.addLayout(self._recent_box)
        column.addStretch(1)
        for index in range(column.count()):
            item = column.itemAt(index)
            if item is not None and (widget := item.widget()) is not None:
                widget.setFixedWidth(_LEFT_WIDTH)
        return column

    def _right(self, gallery: tuple[Example, ...]) -> QVBoxLayout:
        space = self._source.theme.metrics.space
        self.cards = tuple(GalleryCard(self._source, self._icons, example, self._gallery) for example in gallery)
        self._gallery.place(self.cards)
        column = QVBoxLayout()
        column.setSpacing(space.related)
        column.addWidget(_group("Examples: one click opens a copy", self))
        column.addWidget(self._gallery)
        column.addStretch(1)
        return column

    def _connect(self) -> None:
        self.open_button.clicked.connect(lambda _=False: self.open_asked.emit())
        for row, choice in zip(self.new_rows, (*DATA, FROM_FILE, LATER), strict=True):
            row.clicked.connect(lambda _=False, choice=choice: self._on_data_chosen(choice))
        for card in self.cards:
            card.clicked.connect(lambda _=False, name=card.example.name: self.example_chosen.emit(name))

    def _new_row(self, choice: DataChoice) -> ChoiceRow:
        return ChoiceRow(self._source, self._icons, choice.icon, choice.title, choice.words, self)

    def _recent_row(self, path: str) -> ChoiceRow:
        place = Path(path)
        row = ChoiceRow(self._source, self._icons, "netwright", place.stem, str(place.parent), self)
        row.setFixedWidth(_LEFT_WIDTH)
        row.setToolTip(path)
        row.clicked.connect(lambda _=False: self.file_chosen.emit(path))
        return row

    def _on_data_chosen(self, choice: DataChoice) -> None:
        if choice is not FROM_FILE:
            self.new_chosen.emit(choice.kind, "")
            return
        path, _filter = QFileDialog.getOpenFileName(self, "Choose data", "", _DATA_FILES)
        if path:
            self._begin_with(path)

    def _begin_with(self, path: str) -> None:
        self.message.hide()
        if is_project(path):
            self.file_chosen.emit(path)
        elif kind := kind_reading(Path(path)):
            self.new_chosen.emit(kind.key, path)
        else:
            words = (
                f"{Path(path).name} is neither a project nor data that can be read here: choose a CSV, NPZ or IDX file"
            )
            self.message.setText(words)
            self.message.show()
            self.refused.emit(words)


def _group(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setProperty("role", "group")
    return label
