"""The code pane: one file at a time, its lines tied to the nodes; it must not know other panels."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from designer.bridge.source_bridge import FILES, SourceBridge
from designer.editing.editor import Editor
from designer.panels.code.view import SourceView
from designer.theme.source import ThemeSource
from engine.codegen.source import Source
from engine.graph.ids import NodeId
from engine.graph.types import GraphRef


class CodePanel(QWidget):
    """Emitted source to read and copy.

    Signals:
        save_asked: the whole project is wanted as code.
    """

    save_asked = Signal()

    def __init__(
        self, editor: Editor, sources: SourceBridge, source: ThemeSource, parent: QWidget | None = None
    ) -> None:
        """Build the panel; source is written when it is first seen."""
        super().__init__(parent)
        self.setProperty("role", "panel")
        self._editor = editor
        self._sources = sources
        self._file = FILES[0]
        self._written: Source | None = None
        self._is_stale = True
        self._shown = ""
        self.view = SourceView(source, self)
        self.words = QLabel(self)
        self._files: dict[str, QPushButton] = {}
        self._build(source)
        self._connect()

    def show_file(self, name: str) -> None:
        """Show another file."""
        self._file = name
        self._files[name].setChecked(True)
        self.refresh()

    def refresh(self) -> None:
        """Write the shown file anew, if it can be seen."""
        self._is_stale = not self.isVisible()
        if self._is_stale:
            return
        written = self._sources.source(self._file)
        if written is None and self._shown == self._file:
            return  # what stood there stays until the new source is here
        self._shown = self._file
        self._written = written if isinstance(written, Source) else None
        self.words.setVisible(self._written is None)
        self.view.setVisible(self._written is not None)
        if written is None:
            self.words.setText("The source is being written…")
            return
        if self._written is None:
            self.words.setText(f"{written}\n\nThe source of what is drawn stands here once nothing is in its way.")
            return
        self.view.show_text(self._written.text)
        self._mark()

    def event(self, event: QEvent) -> bool:
        """Write the source when the panel comes to the front."""
        done = super().event(event)
        if event.type() == QEvent.Type.Show and self._is_stale:
            self.refresh()
        return done

    def _build(self, source: ThemeSource) -> None:
        space = source.theme.metrics.space
        column = QVBoxLayout(self)
        column.setContentsMargins(space.group, space.related, space.group, space.related)
        column.setSpacing(space.related)
        bar = QHBoxLayout()
        bar.setSpacing(4)
        group = QButtonGroup(self)
        for name in FILES:
            button = QPushButton(name, self)
            button.setProperty("role", "segment")
            button.setCheckable(True)
            button.setChecked(name == self._file)
            button.clicked.connect(lambda _=False, name=name: self.show_file(name))
            group.addButton(button)
            bar.addWidget(button)
            self._files[name] = button
        bar.addStretch(1)
        bar.addWidget(self._button("Copy", self._on_copy_clicked))
        bar.addWidget(self._button("Save project as code…", lambda: self.save_asked.emit()))
        column.addLayout(bar)
        self.words.setProperty("role", "secondary")
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.words.hide()
        column.addWidget(self.words, 1)
        column.addWidget(self.view, 1)

    def _button(self, title: str, act: Callable[[], None]) -> QPushButton:
        button = QPushButton(title, self)
        button.setProperty("role", "flat")
        button.clicked.connect(lambda _=False: act())
        return button

    def _connect(self) -> None:
        self._sources.source_changed.connect(self.refresh)
        self._editor.selection.changed.connect(self._mark)
        self._editor.ref_changed.connect(lambda ref: self._follow(ref))
        self.view.line_chosen.connect(self._on_line_chosen)

    def _follow(self, ref: GraphRef | None) -> None:
        """Show the file of the kind of graph that is open."""
        if ref is not None and (self._file == "model.py") != (ref.space == "networks"):
            self.show_file("model.py" if ref.space == "networks" else "training.py")

    def _mark(self) -> None:
        ref = self._editor.ref
        if self._written is None or ref is None:
            return
        lines: list[int] = []
        for node in self._editor.selection.ids:
            lines += self._written.lines_of(f"{ref.name}.{node}")
        self.view.mark_lines(lines, reveal=not self.view.hasFocus())

    def _on_line_chosen(self, line: int) -> None:
        address = self._written.lines.get(line, "") if self._written else ""
        graph, _, node = address.partition(".")
        if not node:
            return
        space = "networks" if self._file == "model.py" else "training"
        self._editor.show_node(GraphRef(space, graph), NodeId(node))  # type: ignore[arg-type]  # one of two literals

    def _on_copy_clicked(self) -> None:
        if self._written is not None:
            QGuiApplication.clipboard().setText(self._written.text)
