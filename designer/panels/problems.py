"""The problems of the project as a list with their fixes; it must not know how they are found.

A click selects the node and fits it; F8 goes on to the next.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from designer.editing.editor import Editor
from designer.theme.icons import Icons
from designer.theme.source import ThemeSource
from engine.check.report import Problem, Severity

EMPTY_WORDS: Final = (
    "No problems. What keeps a network from training, or may surprise you, will be listed here with its fix."
)
_BADGES: Final = {Severity.ERROR: "badge_error", Severity.WARNING: "badge_warning", Severity.HINT: "badge_hint"}
_MAX_ROWS: Final = 200


class ProblemRow(QFrame):
    """One problem: badge, words, where, fixes.

    Signals:
        chosen: the row was clicked or entered.
        fix_chosen(index): a fix was clicked.
    """

    chosen = Signal()
    fix_chosen = Signal(int)

    def __init__(self, problem: Problem, source: ThemeSource, icons: Icons, parent: QWidget | None = None) -> None:
        """Build the row."""
        super().__init__(parent)
        self.problem = problem
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("role", "problem-row")
        self.setCursor(Qt.CursorShape.PointingHandCursor if problem.node else Qt.CursorShape.ArrowCursor)
        self.setAccessibleName(f"{problem.severity.value}: {problem.message}")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 8, 6)
        row.setSpacing(12)
        row.addWidget(self._badge(source, icons), alignment=Qt.AlignmentFlag.AlignTop)
        row.addLayout(self._words(), 1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Go to the node."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit()
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the node with Enter or Space."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit()
        else:
            super().keyPressEvent(event)

    def _badge(self, source: ThemeSource, icons: Icons) -> QLabel:
        colours = source.theme.colors
        colour = {Severity.ERROR: colours.error, Severity.WARNING: colours.warning}.get(
            self.problem.severity, colours.text_secondary
        )
        badge = QLabel(self)
        badge.setPixmap(icons.pixmap(_BADGES[self.problem.severity], colour, 16, self.devicePixelRatioF()))
        return badge

    def _words(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(2)
        head = QHBoxLayout()
        head.setSpacing(12)
        message = QLabel(self.problem.message, self)
        message.setTextFormat(Qt.TextFormat.PlainText)
        message.setWordWrap(True)
        where = QLabel(self.problem.address, self)
        where.setTextFormat(Qt.TextFormat.PlainText)
        where.setProperty("role", "faint")
        head.addWidget(message, 1)
        head.addWidget(where, alignment=Qt.AlignmentFlag.AlignTop)
        column.addLayout(head)
        detail = _detail(self.problem)
        if detail:
            label = QLabel(detail, self)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setProperty("role", "faint")
            label.setWordWrap(True)
            column.addWidget(label)
        if self.problem.fixes:
            column.addLayout(self._fixes())
        return column

    def _fixes(self) -> QHBoxLayout:
        fixes = QHBoxLayout()
        fixes.setSpacing(8)
        for index, fix in enumerate(self.problem.fixes):
            button = QPushButton(fix.title, self)
            button.setProperty("role", "link")
            button.clicked.connect(lambda _=False, index=index: self.fix_chosen.emit(index))
            fixes.addWidget(button)
        fixes.addStretch(1)
        return fixes


class ProblemsPanel(QScrollArea):
    """All problems, worst first.

    Signals:
        count_changed(count): there are so many errors and warnings.
        fit_asked: a node was selected and should be brought into view.
    """

    count_changed = Signal(int)
    fit_asked = Signal()

    def __init__(self, editor: Editor, source: ThemeSource, icons: Icons, parent: QWidget | None = None) -> None:
        """Build the list."""
        super().__init__(parent)
        self._editor = editor
        self._source = source
        self._icons = icons
        self._problems: tuple[Problem, ...] = ()
        self._position = -1
        self._is_stale = True
        self.setProperty("role", "panel")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._connect()
        self.refresh()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems in the order of the list."""
        return self._problems

    @property
    def count(self) -> int:
        """Number of errors and warnings."""
        return sum(problem.severity is not Severity.HINT for problem in self._problems)

    def refresh(self) -> None:
        """Take over the report; the rows are built when they can be seen."""
        order = (Severity.ERROR, Severity.WARNING, Severity.HINT)
        problems = tuple(sorted(self._editor.report.problems, key=lambda problem: order.index(problem.severity)))
        if problems == self._problems and not self._is_stale:
            return
        self._problems, self._position, self._is_stale = problems, -1, True
        self.count_changed.emit(self.count)
        if self.isVisible():
            self._build_rows()

    def show_next(self) -> None:
        """Go to the next problem."""
        if self._problems:
            self._position = (self._position + 1) % len(self._problems)
            self._go_to(self._problems[self._position])

    def event(self, event: QEvent) -> bool:
        """Build the rows when the panel comes to the front."""
        if event.type() == QEvent.Type.Show and self._is_stale:
            self._build_rows()
        return super().event(event)

    def _connect(self) -> None:
        self._editor.bridge.report_changed.connect(lambda _: self.refresh())
        self._source.theme_changed.connect(lambda _: self._on_theme_changed())

    def _on_theme_changed(self) -> None:
        self._is_stale = True
        if self.isVisible():
            self._build_rows()

    def _build_rows(self) -> None:
        content = QWidget()
        content.setProperty("role", "panel")
        column = QVBoxLayout(content)
        space = self._source.theme.metrics.space
        column.setContentsMargins(space.group, space.related, space.group, space.related)
        column.setSpacing(2)
        if not self._problems:
            column.addWidget(_words(EMPTY_WORDS))
        for problem in self._problems[:_MAX_ROWS]:
            column.addWidget(self._row(problem))
        if len(self._problems) > _MAX_ROWS:
            column.addWidget(_words(f"{len(self._problems) - _MAX_ROWS} more are not listed."))
        column.addStretch(1)
        old = self.takeWidget()
        self.setWidget(content)
        if old is not None:
            old.deleteLater()
        self._is_stale = False

    def _row(self, problem: Problem) -> ProblemRow:
        row = ProblemRow(problem, self._source, self._icons)
        row.chosen.connect(lambda: self._go_to(problem))
        row.fix_chosen.connect(lambda index: self._editor.apply_fix(problem.fixes[index]))
        return row

    def _go_to(self, problem: Problem) -> None:
        if problem.graph is None:
            return
        if problem.node is None:
            self._editor.open_graph(problem.graph)
            return
        self._editor.show_node(problem.graph, problem.node)
        self.fit_asked.emit()


def _words(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "secondary")
    label.setWordWrap(True)
    return label


def _detail(problem: Problem) -> str:
    parts = (("expected", problem.expected), ("found", problem.found))
    return " · ".join(f"{word} {text}" for word, text in parts if text)
