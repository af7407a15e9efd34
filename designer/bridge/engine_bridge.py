"""The engine's processes as Qt signals in the GUI thread; it must not know the document, widgets or what an answer means.

One interactive engine answers previews and questions, each run and each export has a process of its own.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from designer.bridge.run_line import FolderLine, ProcessLine, RunLine
from engine.errors import EngineError
from engine.graph.types import Node, Project
from engine.runs.commands import Command
from engine.runs.plan import Plan
from engine.service.client import EngineClient
from engine.service.messages import (
    Answer,
    Cancel,
    Emit,
    Emitted,
    Export,
    Exported,
    Inspect,
    Inspected,
    Preview,
    Previewed,
    Refused,
    RunSaid,
    StartRun,
    Welcome,
)

DRAIN_INTERVAL_MS: Final = 33
_MAX_RESTARTS: Final = 3
_log = logging.getLogger(__name__)

Starter = Callable[[], EngineClient]


class EngineBridge(QObject):
    """Owns the clients and drains them 30 times a second.

    Signals:
        engine_ready(welcome): the interactive engine answers.
        engine_lost(words): the interactive engine is gone; it starts again with the next question.
        previewed, inspected, emitted, exported, refused(answer): answers as they came.
        run_said(events): everything the run said since the last drain.
        run_lost(words): the run's process broke off before it was over.
        export_lost(words): the export's process broke off.
    """

    engine_ready = Signal(object)
    engine_lost = Signal(str)
    previewed = Signal(object)
    inspected = Signal(object)
    emitted = Signal(object)
    exported = Signal(object)
    refused = Signal(object)
    run_said = Signal(list)
    run_lost = Signal(str)
    export_lost = Signal(str)

    def __init__(self, starter: Starter = EngineClient, parent: QObject | None = None) -> None:
        """Start no process yet.

        Args:
            starter: Starts one engine process; tests give their own.
            parent: Owner in Qt's tree.
        """
        super().__init__(parent)
        self._starter = starter
        self._ids = itertools.count(1)
        self._interactive: EngineClient | None = None
        self._run: RunLine | None = None
        self._export: EngineClient | None = None
        self._welcome: Welcome | None = None
        self._last_preview = 0
        self._restarts = 0
        self._is_closed = False
        self._timer = QTimer(self)
        self._timer.setInterval(DRAIN_INTERVAL_MS)
        self._timer.timeout.connect(self.drain)

    @property
    def welcome(self) -> Welcome | None:
        """What the interactive engine said it is; None before it has."""
        return self._welcome

    @property
    def run_alive(self) -> bool:
        """Whether a run's process is held."""
        return self._run is not None

    def start(self) -> None:
        """Start the interactive engine unless it runs, and begin to drain; nothing happens after `close`."""
        if self._is_closed:
            return
        self._timer.start()
        if self._interactive is None:
            self._interactive = self._spawn()

    def preview(
        self, project: Project, *, folder: str, training: str, network: str, sample: int = 0, run: str = ""
    ) -> int:
        """Ask for the pictures of one sample; a newer question replaces an older one.

        Returns:
            The question's id, which the answer bears.
        """
        if self._last_preview:
            self._ask(Cancel(id=self._last_preview))
        self._last_preview = next(self._ids)
        question = Preview(
            id=self._last_preview,
            project=project,
            project_folder=folder,
            training=training,
            network=network,
            sample=sample,
            run=run,
        )
        self._ask(question)
        return self._last_preview

    def inspect(self, source: Node, *, folder: str) -> int:
        """Ask what a source holds; gives the question's id."""
        number = next(self._ids)
        self._ask(Inspect(id=number, source=source, project_folder=folder))
        return number

    def emit_source(self, project: Project, *, file: str, training: str) -> int:
        """Ask for a file of source; gives the question's id."""
        number = next(self._ids)
        self._ask(Emit(id=number, project=project, file=file, training=training))
        return number

    def start_run(self, plan: Plan, folder: str, *, resume: bool = False) -> None:
        """Train in a process of its own.

        Raises:
            EngineError: a run is still going, or no process can be started.
        """
        if self._run is not None:
            raise EngineError("a run is going", remedy="Stop it first")
        client = self._starter()
        client.send(StartRun(id=next(self._ids), plan=plan, folder=folder, resume=resume))
        self._run = ProcessLine(client)
        self._timer.start()

    def attach(self, folder: Path) -> None:
        """Follow a run that goes on by itself.

        Raises:
            EngineError: a run is still followed.
        """
        if self._run is not None:
            raise EngineError("a run is going", remedy="Stop it first")
        self._run = FolderLine(folder)
        self._timer.start()

    def release_run(self) -> None:
        """Let the run go on by itself; nothing more is heard of it here."""
        if self._run is not None:
            self._run.close()
            self._run = None

    def instruct(self, command: Command) -> None:
        """Tell the run something; nothing happens without one."""
        if self._run is not None:
            self._run.command(command)

    def export(self, project: Project, *, folder: str, run: str, target: str, model: str = "") -> int:
        """Export in a process of its own; gives the question's id.

        Raises:
            EngineError: an export is still going, or no process can be started.
        """
        if self._export is not None:
            raise EngineError("an export is going", remedy="Wait until it is done")
        number = next(self._ids)
        client = self._starter()
        client.send(Export(id=number, project=project, project_folder=folder, run=run, target=target, model=model))
        self._export = client
        self._timer.start()
        return number

    def drain(self) -> None:
        """Take what the processes have said and pass it on; notice those that are gone."""
        self._drain_interactive()
        self._drain_run()
        self._drain_export()

    def close(self) -> None:
        """Let all processes go; a run goes on detached or stops, as it was told."""
        self._is_closed = True
        self._timer.stop()
        for client in (self._interactive, self._export):
            if client is not None:
                client.close(wait=False)
        if self._run is not None:
            self._run.close()
        self._interactive = self._run = self._export = None

    def _spawn(self) -> EngineClient | None:
        try:
            return self._starter()
        except EngineError as error:
            self.engine_lost.emit(str(error))
            return None

    def _ask(self, question: Preview | Inspect | Emit | Cancel) -> None:
        self.start()
        if self._interactive is not None:
            self._interactive.send(question)

    def _drain_interactive(self) -> None:
        client = self._interactive
        if client is None:
            return
        alive = client.alive
        for answer in client.drain():
            self._pass_on(answer)
        if not alive:
            words = client.exit_words()
            self._interactive, self._welcome, self._last_preview = None, None, 0
            client.close(wait=False)
            self.engine_lost.emit(words)
            self._restart()

    def _restart(self) -> None:
        self._restarts += 1
        if self._restarts <= _MAX_RESTARTS:
            self.start()

    def _drain_run(self) -> None:
        line = self._run
        if line is None:
            return
        events, others = line.drain()
        if line.over or line.broken:
            self._run = None
            line.close()
        for answer in others:
            self._pass_on(answer)
        if events:
            self.run_said.emit(events)
        if line.broken:
            self.run_lost.emit(line.broken)

    def _drain_export(self) -> None:
        client = self._export
        if client is None:
            return
        alive = client.alive
        answers = [answer for answer in client.drain() if not isinstance(answer, Welcome)]
        if answers or not alive:
            self._export = None
            client.close(wait=False)
        for answer in answers:
            self._pass_on(answer)
        if not alive and not answers:
            self.export_lost.emit(client.exit_words())

    def _pass_on(self, answer: Answer) -> None:
        match answer:
            case Welcome():
                self._welcome = answer
                self.engine_ready.emit(answer)
            case Previewed():
                if answer.id == self._last_preview:
                    self.previewed.emit(answer)
            case Inspected():
                self.inspected.emit(answer)
            case Emitted():
                self.emitted.emit(answer)
            case Exported():
                self.exported.emit(answer)
            case Refused():
                self.refused.emit(answer)
            case RunSaid():
                _log.warning("a run spoke on another line")
