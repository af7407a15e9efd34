"""Run, previews and export tied to the widgets that show them; it must not know how training works."""

from __future__ import annotations

import logging

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from designer.app.dialogs import FIGURES, MODELS, Dialogs
from designer.app.foundation import Foundation
from designer.app.frame import WELCOME, Frame
from designer.editing.run_state import RunState
from engine.errors import NetwrightError
from engine.project.folders import write_folder
from engine.runs.events import Event, Warned
from engine.service.messages import Exported, Refused, Welcome

_log = logging.getLogger(__name__)


class TrainingLinks(QObject):
    """Connects the run, the pictures and the export."""

    def __init__(self, base: Foundation, frame: Frame, dialogs: Dialogs) -> None:
        """Connect everything.

        Args:
            base: Run and engine.
            frame: The window.
            dialogs: Who asks where to write.
        """
        super().__init__()
        self._base = base
        self._frame = frame
        self._dialogs = dialogs
        self._exporting = 0
        self._written = ""
        self._exported_run = ""
        self._watched: tuple[str, ...] = ()
        self._connect_run()
        self._connect_pictures()
        self._connect_export()
        self._show_devices(None)

    def _connect_run(self) -> None:
        runs, frame = self._base.runs, self._frame
        frame.actions["run"].triggered.connect(lambda _=False: runs.run_or_pause())
        frame.actions["step"].triggered.connect(lambda _=False: runs.step())
        frame.actions["resume"].triggered.connect(lambda _=False: runs.resume())
        frame.actions["stop"].triggered.connect(lambda _=False: runs.stop())
        runs.state_changed.connect(self._on_state_changed)
        runs.blocked.connect(self._on_blocked)
        runs.plan_outdated.connect(self._on_plan_outdated)
        runs.started.connect(lambda _: self._on_run_started())
        runs.said.connect(self._on_run_said)
        frame.area.banner.chosen.connect(self._on_banner_chosen)
        frame.run_bar.workspace_chosen.connect(frame.window.open_workspace)
        frame.run_bar.device_chosen.connect(self._on_device_chosen)
        frame.window.workspace_changed.connect(lambda _: self._show_workspaces())
        self._base.engine.engine_ready.connect(self._show_devices)
        self._base.engine.engine_lost.connect(self._on_engine_lost)
        self._show_workspaces()

    def _connect_pictures(self) -> None:
        base, view = self._base, self._frame.view
        base.pictures.pictures_changed.connect(view.set_pictures)
        base.pictures.caption_changed.connect(view.set_caption)
        base.pictures.previewed.connect(lambda answer: view.set_sample(f"sample {base.pictures.sample}"))
        view.training_asked.connect(lambda: base.editor.open_graph(base.editor.graph_for("training")))
        view.set_wheel_zooms(on=base.settings.preferences.wheel == "zoom")
        view.visible_nodes_changed.connect(self._on_visible_nodes_changed)
        base.bridge.project_changed.connect(lambda before, after: self._mark_not_in_run())
        base.editor.ref_changed.connect(lambda _: self._mark_not_in_run())

    def _connect_export(self) -> None:
        actions, engine = self._frame.actions, self._base.engine
        actions["export"].triggered.connect(lambda _=False: self._export())
        actions["save_code"].triggered.connect(lambda _=False: self._save_code())
        actions["save_figure"].triggered.connect(lambda _=False: self._save_figure())
        engine.exported.connect(self._on_exported)
        engine.export_lost.connect(lambda words: self._say(f"The export broke off: {words}"))
        engine.refused.connect(self._on_refused)

    def _show_workspaces(self) -> None:
        window = self._frame.window
        names = [name for name in window.workspaces if name != WELCOME]
        self._frame.run_bar.show_workspaces(names if window.workspace != WELCOME else [], window.workspace)

    def _show_devices(self, welcome: Welcome | None) -> None:
        titles = {"auto": "Automatic"}
        if welcome is not None:
            titles |= {name: welcome.device_titles.get(name, name) for name in welcome.devices}
        chosen = self._base.runs.device
        best = welcome.devices[0] if welcome and welcome.devices else ""
        name = best if chosen == "auto" else chosen
        shown = titles.get(name, name).upper() if name == "cpu" else titles.get(name, name)
        if name == "cpu" and welcome is not None:
            shown = f"CPU · {welcome.threads} thread{'s' if welcome.threads != 1 else ''}"
        self._frame.run_bar.show_devices(titles, chosen, shown or "Device")

    def _on_device_chosen(self, name: str) -> None:
        self._base.runs.device = name
        self._base.settings.change(device=name)
        self._show_devices(self._base.engine.welcome)

    def _on_state_changed(self, state: RunState) -> None:
        self._frame.run_bar.show_state(state)
        if state.outcome in ("failed", "lost"):
            buttons = (("resume_run", "Go on"),) if state.outcome == "lost" else ()
            self._frame.area.banner.show_text(f"Run {state.number}: {state.result}", buttons)
        if not state.is_active:
            self._mark_not_in_run()

    def _on_run_said(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Warned):
                self._say(f"{event.address}: {event.message}" if event.address else event.message)

    def _on_run_started(self) -> None:
        self._frame.area.banner.hide()
        self._frame.window.open_workspace("train")
        self._frame.window.raise_dock("curves")
        self._watch()
        self._mark_not_in_run()

    def _on_blocked(self, words: str) -> None:
        self._frame.window.raise_dock("problems")
        self._say(f"The run cannot start: {words}.")

    def _on_plan_outdated(self, outdated: bool) -> None:
        runs, banner = self._base.runs, self._frame.area.banner
        if outdated:
            text = f"Run {runs.state.number} trains the graph of {runs.started_at}."
            banner.show_text(text, (("show_run", "Show it"), ("run_this", "Stop and train this")))
        elif banner.label.text().startswith("Run ") and not runs.state.outcome:
            banner.hide()

    def _on_banner_chosen(self, name: str) -> None:
        runs, editor = self._base.runs, self._base.editor
        if name == "show_run" and runs.project is not None:
            editor.restore(runs.project, f"Show the graph of run {runs.state.number}")
        elif name == "run_this":
            runs.stop_and_start_again()
        elif name == "resume_run":
            runs.resume()
        elif name in ("go_training", "go_networks"):
            editor.open_graph(editor.graph_for("training" if name == "go_training" else "networks"))
        elif name == "show_file" and self._written:
            QDesktopServices.openUrl(QUrl.fromLocalFile(self._written))
        self._frame.area.banner.hide()

    def _on_visible_nodes_changed(self, ids: tuple[str, ...]) -> None:
        ref = self._base.editor.ref
        self._watched = tuple(f"{ref.name}.{node}" for node in ids) if ref and ref.space == "networks" else ()
        self._watch()

    def _watch(self) -> None:
        self._base.runs.watch(self._watched)

    def _mark_not_in_run(self) -> None:
        runs, ref = self._base.runs, self._base.editor.ref
        changed = runs.changed_nodes(ref) if ref and runs.state.is_active else frozenset()
        self._frame.view.set_not_in_run(changed)

    def _export(self) -> None:
        target = self._dialogs.ask_target("Export model", f"{self._base.files.name}.onnx", MODELS)
        if target is None:
            return
        runs = self._base.runs
        self._exported_run = "" if runs.is_as_drawn else f" of {runs.started_at}, which is not what is drawn now"
        project = self._base.editor.project
        try:
            self._exporting = self._base.engine.export(
                project, folder=self._base.files.folder, run=runs.with_weights, target=str(target), model=self._model()
            )
        except NetwrightError as error:
            self._say(str(error))
            return
        self._frame.area.banner.show_text(f"Exporting {target.name} and comparing it with PyTorch…", good=True)

    def _model(self) -> str:
        """Name the model of the network that is open; empty where a training graph is, so that only one can be meant."""
        ref, graphs = self._base.editor.ref, self._base.editor.shown.training.values()
        network = ref.name if ref and ref.space == "networks" else ""
        return next((str(name) for graph in graphs for name, m in graph.models.items() if m.network == network), "")

    def _on_exported(self, answer: Exported) -> None:
        self._written = answer.file
        run = f"run {self._base.runs.state.number}{self._exported_run}"
        weights = {"best": f"the best weights of {run}", "last": f"the last of {run}", "untrained": "untrained weights"}
        largest = max(answer.max_abs_difference.values(), default=0.0)
        compared = f"Compared with PyTorch on {answer.samples} samples: largest difference {largest:.1e}."
        text = f"{answer.file} holds {weights[answer.weights]}. {compared if answer.samples else 'Read back, they are equal.'}"
        buttons = (("show_file", "Open"),)
        note = f" {answer.note[0].upper()}{answer.note[1:]}." if answer.note else ""
        self._frame.area.banner.show_text(f"{text}{note}", buttons, good=True)

    def _on_refused(self, answer: Refused) -> None:
        if answer.id == self._exporting:
            where = f"{answer.where}: " if answer.where else ""
            self._say(f"Not exported. {where}{answer.what}. {answer.remedy}".strip())
        else:
            _log.info("refused: %s", answer)

    def _save_code(self) -> None:
        from engine.codegen.standalone import standalone  # reads the files it copies

        folder = self._dialogs.ask_folder("Save project as code")
        if folder is None:
            return
        try:
            files = standalone(self._base.bridge.expanded, self._base.bridge.report, self._base.files.folder)
            write_folder(folder, files)
        except NetwrightError as error:
            self._say(f"Not written: {error}")
            return
        words = f"{len(files)} files written to {folder}. Run python train.py there."
        self._frame.area.banner.show_text(words, good=True)

    def _save_figure(self) -> None:
        from designer.canvas.figure import render_figure  # needed for this alone

        ref, base = self._base.editor.ref, self._base
        target = self._dialogs.ask_target("Save canvas as figure", f"{base.files.name}.svg", FIGURES)
        if target is None or ref is None:
            return
        try:
            render_figure(base.bridge.shown, ref, base.bridge.report, base.theme.theme, target)
        except NetwrightError as error:
            self._say(f"Not written: {error}")

    def _on_engine_lost(self, words: str) -> None:
        self._say(f"{words}. It is started again; nothing of the project is lost.")

    def _say(self, text: str, buttons: tuple[tuple[str, str], ...] = ()) -> None:
        self._frame.area.banner.show_text(text, buttons)
