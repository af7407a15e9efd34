"""The panels that are built after the first paint, and what connects them; it must not know how they work."""

from __future__ import annotations

from dataclasses import dataclass

from designer.app.foundation import Foundation
from designer.app.frame import Frame
from designer.panels.code.panel import CodePanel
from designer.panels.inspector.panel import InspectorPanel
from designer.panels.problems import ProblemsPanel


@dataclass(frozen=True, slots=True, kw_only=True)
class Panels:
    """The docked views that are not needed for the first paint."""

    inspector: InspectorPanel
    problems: ProblemsPanel
    code: CodePanel


def build_panels(base: Foundation, frame: Frame) -> Panels:
    """Build the panels and put them into their docks."""
    editor, theme, icons = base.editor, base.theme, base.icons

    panels = Panels(
        inspector=InspectorPanel(editor, theme, icons, lambda ref, node: base.sources.lines_of(f"{ref.name}.{node}")),
        problems=ProblemsPanel(editor, theme, icons),
        code=CodePanel(editor, base.sources, theme),
    )
    frame.window.fill_dock("inspector", panels.inspector)
    frame.window.fill_dock("problems", panels.problems)
    frame.window.fill_dock("code", panels.code)
    _connect(frame, panels)
    return panels


def _connect(frame: Frame, panels: Panels) -> None:
    window, problems, actions = frame.window, panels.problems, frame.actions
    problems.count_changed.connect(lambda count: window.show_count("problems", count))
    window.show_count("problems", problems.count)
    problems.fit_asked.connect(frame.view.fit_selection)
    frame.status.problems_asked.connect(lambda: window.raise_dock("problems"))
    actions["next_problem"].triggered.connect(lambda _=False: problems.show_next())
    actions["rename"].triggered.connect(lambda _=False: panels.inspector.focus_title())
    panels.code.save_asked.connect(actions["save_code"].trigger)
