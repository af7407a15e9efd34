"""The panels that are built after the first paint, and what connects them; it must not know how they work."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject

from designer.app.foundation import Foundation
from designer.app.frame import Frame
from designer.editing.run_state import RunState
from designer.panels.activations.panel import ActivationsPanel
from designer.panels.activations.words import sample_words
from designer.panels.code.panel import CodePanel
from designer.panels.curves.panel import CurvesPanel
from designer.panels.inspector.panel import InspectorPanel
from designer.panels.problems import ProblemsPanel
from engine.layers.catalogue import kind_of
from engine.runs.events import Event, Probed, Started, StepsDone
from engine.service.messages import Previewed


@dataclass(frozen=True, slots=True, kw_only=True)
class Panels:
    """The docked views that are not needed for the first paint."""

    inspector: InspectorPanel
    problems: ProblemsPanel
    code: CodePanel
    curves: CurvesPanel
    activations: ActivationsPanel
    links: PanelLinks


def build_panels(base: Foundation, frame: Frame) -> Panels:
    """Build the panels and put them into their docks."""
    editor, theme, icons = base.editor, base.theme, base.icons
    inspector = InspectorPanel(editor, theme, icons, base.sources.lines_of)
    base.sources.source_changed.connect(inspector.refresh_code)
    problems = ProblemsPanel(editor, theme, icons)
    code = CodePanel(editor, base.sources, theme)
    curves, activations = CurvesPanel(theme), ActivationsPanel(theme)
    for name, panel in (
        ("inspector", inspector),
        ("problems", problems),
        ("code", code),
        ("curves", curves),
        ("activations", activations),
    ):
        frame.window.fill_dock(name, panel)
    _connect(frame, inspector, problems, code)
    base.pictures.weights_changed.connect(inspector.show_weights)
    return Panels(
        inspector=inspector,
        problems=problems,
        code=code,
        curves=curves,
        activations=activations,
        links=PanelLinks(base, curves, activations),
    )


class PanelLinks(QObject):
    """Leads what a run says, and what a preview shows, to curves and activations."""

    def __init__(self, base: Foundation, curves: CurvesPanel, activations: ActivationsPanel) -> None:
        """Connect everything.

        Args:
            base: Run and pictures.
            curves: The curves.
            activations: The bigger pictures.
        """
        super().__init__()
        self._base = base
        self._curves = curves
        self._activations = activations
        self._events: list[Event] = []
        self._number = 0
        self._connect()
        self._show_families()

    def _connect(self) -> None:
        base = self._base
        base.runs.state_changed.connect(self._on_state_changed)
        base.runs.said.connect(self._on_run_said)
        base.files.opened.connect(self._on_opened)
        base.pictures.previewed.connect(self._on_previewed)
        base.pictures.unseen.connect(self._on_unseen)
        base.bridge.project_changed.connect(lambda before, after: self._show_families())
        base.editor.selection.changed.connect(self._on_selection_changed)
        self._activations.sample_chosen.connect(base.pictures.show_sample)
        self._activations.node_chosen.connect(self._on_node_chosen)
        self._activations.use_chosen.connect(base.pictures.choose_use)

    def _on_state_changed(self, state: RunState) -> None:
        if state.number != self._number and state.is_active:
            self._lay_beneath()
            self._number = state.number

    def _lay_beneath(self) -> None:
        """Keep the run that was shown as the earlier one, under the new one."""
        started = next((event for event in self._events if isinstance(event, Started)), None)
        events, self._events = self._events, []
        self._curves.clear()
        if started is not None:
            self._curves.show_earlier(f"run {self._number}", started, events)

    def _on_run_said(self, events: list[Event]) -> None:
        kept = [event for event in events if not isinstance(event, Probed)]
        for event in kept:
            if isinstance(event, Started):
                self._curves.begin(f"run {self._number}", event)
            if isinstance(event, StepsDone):
                self._activations.set_cost(event.probe_share)
        self._events += kept
        self._curves.take(kept)
        probed = [event for event in events if isinstance(event, Probed)]
        if probed:
            self._activations.set_probe(probed[-1])

    def _on_opened(self) -> None:
        self._events, self._number = [], 0
        self._curves.clear()
        self._activations.clear()

    def _on_previewed(self, answer: Previewed) -> None:
        self._activations.set_pictures({picture.address: picture for picture in answer.pictures})
        words = sample_words(answer.target, answer.prediction, trained=answer.trained, made_up=answer.made_up)
        self._activations.set_sample(self._base.pictures.sample, answer.samples, words)

    def _on_unseen(self, words: str) -> None:
        self._activations.set_pictures({})
        self._activations.set_sample(self._base.pictures.sample, 0, words)

    def _show_families(self) -> None:
        families = {}
        for name, graph in self._base.editor.project.networks.items():
            for node in graph.nodes.values():
                kind = kind_of(node.kind)
                families[f"{name}.{node.id}"] = kind.family if kind else "data"
        self._activations.set_families(families)

    def _on_selection_changed(self) -> None:
        editor = self._base.editor
        if editor.ref is not None and editor.selection.current is not None:
            self._activations.choose_node(f"{editor.ref.name}.{editor.selection.current}")

    def _on_node_chosen(self, address: str) -> None:
        name, _, node = address.partition(".")
        editor = self._base.editor
        if editor.ref is not None and editor.ref.name == name and editor.graph is not None:
            editor.selection.set(found for found in editor.graph.nodes if found == node)


def _connect(frame: Frame, inspector: InspectorPanel, problems: ProblemsPanel, code: CodePanel) -> None:
    window, actions = frame.window, frame.actions
    problems.count_changed.connect(lambda count: window.show_count("problems", count))
    window.show_count("problems", problems.count)
    problems.fit_asked.connect(frame.view.fit_selection)
    frame.status.problems_asked.connect(lambda: window.raise_dock("problems"))
    actions["next_problem"].triggered.connect(lambda _=False: problems.show_next())
    actions["rename"].triggered.connect(lambda _=False: inspector.focus_title())
    frame.view.node_activated.connect(lambda _: inspector.focus_first_field())
    code.save_asked.connect(actions["save_code"].trigger)
