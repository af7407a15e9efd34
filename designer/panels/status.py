"""What is true now, in one line: size of the open network, problems, the gesture in hand; it must not change anything."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from designer.editing.editor import Editor
from designer.panels.estimates import memory_parts
from designer.panels.figures import bytes_text, count_text, counted
from designer.theme.icons import Icons
from designer.theme.source import ThemeSource
from engine.check.memory import training_memory
from engine.check.report import Severity

IDLE_HINT: Final = "drag from a port to connect · Tab to add"


class StatusLine(QWidget):
    """Facts on the left, problems beside them, a hint on the right.

    Signals:
        problems_asked: the problems were clicked.
    """

    problems_asked = Signal()

    def __init__(self, editor: Editor, source: ThemeSource, icons: Icons, parent: QWidget | None = None) -> None:
        """Build the line."""
        super().__init__(parent)
        self._editor = editor
        self._source = source
        self._icons = icons
        self.facts = QLabel(self)
        self.problems = QToolButton(self)
        self.hint = QLabel(IDLE_HINT, self)
        self._build()
        self._connect()
        self.refresh()

    def refresh(self) -> None:
        """Show what the check knows now."""
        self.facts.setText(" · ".join(self._facts()))
        self._show_problems()

    def show_hint(self, text: str) -> None:
        """Show what the gesture in hand does; the usual hint for an empty text."""
        self.hint.setText(text or IDLE_HINT)

    def _build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 16, 0)
        row.setSpacing(24)
        self.problems.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.problems.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.problems.setToolTip("Show the problems (F8 goes from one to the next)")
        row.addWidget(self.facts)
        row.addWidget(self.problems)
        row.addStretch(1)
        row.addWidget(self.hint)

    def _connect(self) -> None:
        self.problems.clicked.connect(lambda _=False: self.problems_asked.emit())
        self._editor.bridge.report_changed.connect(lambda _: self.refresh())
        self._editor.ref_changed.connect(lambda _: self.refresh())
        self._source.theme_changed.connect(lambda _: self._show_problems())

    def _facts(self) -> list[str]:
        ref = self._editor.ref
        if ref is not None and ref.space == "training":
            ref = self._editor.graph_for("networks")
        report = self._editor.report.graphs.get(ref) if ref else None
        if ref is None or report is None or not report.nodes:
            self.facts.setToolTip("")
            return ["nothing drawn yet"]
        memory = training_memory(self._editor.shown, report, ref.name)
        self.facts.setToolTip(memory_parts(memory))
        return [
            f"{count_text(report.parameters)} parameters",
            f"{count_text(report.multiply_adds)} multiply-adds",
            f"about {bytes_text(memory.total)} to train",
        ]

    def _show_problems(self) -> None:
        found = [problem.severity for problem in self._editor.report.problems]
        errors, warnings = found.count(Severity.ERROR), found.count(Severity.WARNING)
        colours = self._source.theme.colors
        if errors:
            icon, colour, text = "badge_error", colours.error, counted(errors, "error")
            text += f", {counted(warnings, 'warning')}" if warnings else ""
        elif warnings:
            icon, colour, text = "badge_warning", colours.warning, counted(warnings, "warning")
        else:
            icon, colour, text = "badge_ok", colours.ok, "no problems"
        self.problems.setText(text)
        self.problems.setIcon(self._icons.icon(icon, colour))
