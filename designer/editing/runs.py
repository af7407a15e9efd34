"""The run of the window: start, pause, step, stop, and how it stands; it must not know widgets.

One run goes at a time. It trains its own copy of the project; what is edited since is told by `changed_nodes`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from designer.bridge.engine_bridge import EngineBridge
from designer.editing.editor import Editor
from designer.editing.files import FileDesk
from designer.editing.run_state import RunState, after_events
from engine.check.trained import errors_of_run
from engine.errors import NetwrightError
from engine.graph.computing import changed_nodes, computes_alike, trains_alike
from engine.graph.ids import NodeId
from engine.graph.types import GraphRef, Project
from engine.runs.commands import Command, Pause, Resume, StepOnce, Stop, Watch
from engine.runs.events import Event
from engine.runs.folder import has_weights, new_run_folder, running
from engine.runs.planning import plan_of
from engine.runs.record import read_plan
from engine.service.messages import Refused

_log = logging.getLogger(__name__)


class RunDesk(QObject):
    """Holds the run that is going, or the last one.

    Signals:
        state_changed(state): a `RunState`.
        started(plan): a run was started with this plan.
        said(events): what the run has said, once per drain.
        blocked(words): no run can start; the problems say why.
        plan_outdated(outdated): whether what is drawn differs from what is trained.
    """

    state_changed = Signal(object)
    started = Signal(object)
    said = Signal(list)
    blocked = Signal(str)
    plan_outdated = Signal(bool)

    def __init__(self, editor: Editor, engine: EngineBridge, files: FileDesk, parent: QObject | None = None) -> None:
        """Follow the engine.

        Args:
            editor: What is trained.
            engine: Who trains it.
            files: Where runs are kept and relative data paths start.
            parent: Owner in Qt's tree.
        """
        super().__init__(parent)
        self._editor = editor
        self._engine = engine
        self._files = files
        self._state = RunState()
        self._project: Project | None = None
        self._started_at = ""
        self._is_outdated = False
        self._again = False
        self.folder: Path | None = None
        """Folder of the run that is going, or of the last one."""
        self.device = "auto"
        """What the next run computes on."""
        self._connect()

    @property
    def state(self) -> RunState:
        """How the run stands."""
        return self._state

    @property
    def started_at(self) -> str:
        """Time of day the run started, `14:02`."""
        return self._started_at

    @property
    def project(self) -> Project | None:
        """What the run trains, as it was drawn then; None before any run."""
        return self._project

    @property
    def is_as_drawn(self) -> bool:
        """Whether the run trains what is drawn now."""
        return self._project is not None and trains_alike(self._project, self._editor.project)

    @property
    def with_weights(self) -> str:
        """Folder of the run whose weights people mean: that of this window's run, as soon as it has written some."""
        return str(self.folder) if self.folder and has_weights(self.folder) else ""

    def weights_of(self, network: str) -> str:
        """Give the run folder with weights of a network as it is drawn; empty where it was changed since."""
        fits = self._project is not None and computes_alike(self._project, self._editor.project, network)
        return self.with_weights if fits else ""

    def run_or_pause(self) -> None:
        """Start a run; pause or resume the one that is going."""
        if self._state.mode == "idle":
            self.start()
        elif self._state.mode == "running":
            self._engine.instruct(Pause())
        elif self._state.mode == "paused":
            self._engine.instruct(Resume())

    def start(self) -> None:
        """Start a run of what is drawn, unless problems stand in its way."""
        fault = self.fault()
        if fault:
            self.blocked.emit(fault)
            return
        project = self._editor.project
        number = self._count_runs() + 1
        try:
            folder = new_run_folder(self._files.path, self._files.name, self._files.runs_folder())
            plan = plan_of(project, name=folder.name, folder=self._data_folder(), device=self._wanted_device())
            self._engine.start_run(plan, str(folder))
        except (NetwrightError, OSError) as error:
            self.blocked.emit(str(error))
            return
        self.folder, self._project, self._started_at = folder, project, time.strftime("%H:%M")
        self._set(RunState(mode="starting", number=number))
        self.started.emit(plan)
        self._tell_outdated()

    def resume(self) -> None:
        """Go on with the run that broke off: from its last checkpoint, and as it was planned."""
        if self.folder is None or self._state.outcome != "lost":
            return
        if self._files.is_moving_runs:
            self.blocked.emit("the run is being copied beside the project: go on with it in a moment")
            return
        try:
            plan = read_plan(self.folder)
            self._engine.start_run(plan, str(self.folder), resume=True)
        except NetwrightError as error:
            self.blocked.emit(str(error))
            return
        self._project = plan.project
        self._set(RunState(mode="starting", number=self._state.number))
        self.started.emit(plan)
        self._tell_outdated()

    def look_for_run(self) -> None:
        """Take up a run of this project that goes on by itself, or else the last one: how it ended, and what it learned."""
        if self._state.is_active:
            return
        found = _to_take_up(_run_folders(self._files.runs_folder()))
        if found is not None:
            self._take_up(*found)

    def _take_up(self, number: int, folder: Path) -> None:
        try:
            plan = read_plan(folder)
            self._engine.attach(folder)
        except NetwrightError as error:
            _log.warning("run not taken up: %s", error)
            return
        self.folder, self._project = folder, plan.project
        self._started_at = time.strftime("%H:%M", time.localtime(folder.stat().st_ctime))
        self._set(RunState(mode="starting", number=number))
        if running(folder):
            self.started.emit(plan)
        self._tell_outdated()

    def fault(self) -> str:
        """Say why no run can start; empty when one can."""
        return "a run is going" if self._state.is_active else _fault(self._editor)

    def step(self) -> None:
        """Take one step and pause; start a run for it where none is going."""
        if self._state.mode == "idle":
            self.start()
        if self._state.is_active:
            self._engine.instruct(StepOnce())

    def stop(self) -> None:
        """Finish after the current step; what was learned is kept."""
        if self._state.is_active:
            self._engine.instruct(Stop())
            self._set(replace(self._state, mode="stopping"))

    def stop_and_start_again(self) -> None:
        """Finish the run and train what is drawn now."""
        self._again = True
        self.stop()

    def watch(self, addresses: Iterable[str]) -> None:
        """Say which nodes are looked at; nothing happens without a run."""
        self.instruct(Watch(addresses=tuple(addresses)))

    def instruct(self, command: Command) -> None:
        """Tell the run that is going something."""
        if self._state.is_active:
            self._engine.instruct(command)

    def changed_nodes(self, ref: GraphRef) -> frozenset[NodeId]:
        """Give the nodes of a graph that are not as the run has them; none without a run."""
        if self._project is None:
            return frozenset()
        return changed_nodes(self._project, self._editor.project, ref)

    def _connect(self) -> None:
        self._engine.run_said.connect(self._on_run_said)
        self._engine.run_lost.connect(self._on_run_lost)
        self._engine.refused.connect(self._on_refused)
        self._files.opened.connect(self._on_opened)
        self._files.run_moved.connect(self._on_run_moved)
        self._editor.bridge.project_changed.connect(lambda before, after: self._tell_outdated())

    def _data_folder(self) -> Path | None:
        return Path(self._files.folder) if self._files.folder else None

    def _on_opened(self) -> None:
        """Let the run of the project before go on by itself, and take up one of this project."""
        self._engine.release_run()
        self.folder, self._project, self._again = None, None, False
        self._set(RunState())
        self._tell_outdated()
        self.look_for_run()

    def _on_run_moved(self, before: Path, after: Path) -> None:
        if self.folder == before:
            self.folder = after

    def _wanted_device(self) -> str:
        return "" if self.device == "auto" else self.device

    def _count_runs(self) -> int:
        return len(_run_folders(self._files.runs_folder()))

    def _set(self, state: RunState) -> None:
        if state == self._state:
            return
        self._state = state
        self.state_changed.emit(state)

    def _on_run_said(self, events: list[Event]) -> None:
        stopping = self._state.mode == "stopping"
        state = after_events(self._state, events)
        self._set(replace(state, mode="stopping") if stopping and state.is_active else state)
        self.said.emit(events)
        self._go_on()

    def _on_run_lost(self, words: str) -> None:
        _log.warning("run lost: %s", words)
        result = f"{words}. What it had learned at its last checkpoint is kept"
        self._set(replace(self._state, mode="idle", outcome="lost", result=result))
        self._tell_outdated()

    def _on_refused(self, answer: Refused) -> None:
        if self._state.mode == "starting" and not self._engine.run_alive:
            self._set(replace(self._state, mode="idle", outcome="failed", result=answer.what))

    def _go_on(self) -> None:
        if self._state.is_active:
            return
        self._tell_outdated()
        if self._again:
            self._again = False
            self.start()

    def _tell_outdated(self) -> None:
        outdated = self._state.is_active and self._project is not None and not self.is_as_drawn
        if outdated != self._is_outdated:
            self._is_outdated = outdated
            self.plan_outdated.emit(outdated)


def _to_take_up(folders: list[Path]) -> tuple[int, Path] | None:
    """Choose the run that still goes, else the last one that learned something; with its number."""
    known = list(enumerate(folders, 1))
    going = [(number, folder) for number, folder in known if running(folder)]
    last = [(number, folder) for number, folder in known[-1:] if has_weights(folder)]
    return next(iter((going or last)[-1:]), None)


def _run_folders(root: Path) -> list[Path]:
    """Give the folders of runs, first ones first; one that is still being copied has a name with a dot before it."""
    entries = root.iterdir() if root.is_dir() else ()
    return sorted(entry for entry in entries if entry.is_dir() and not entry.name.startswith("."))


def _fault(editor: Editor) -> str:
    """Say why a project cannot be trained as it is drawn; empty when it can."""
    project = editor.project
    if editor.only_shown:
        return editor.only_shown
    if not project.networks:
        return "there is no network yet"
    if not project.training:
        return "there is no training graph: choose data first"
    if errors_of_run(editor.bridge.expanded, editor.report):
        return "there are errors to mend first"
    return ""
