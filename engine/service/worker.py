"""What an engine process does with requests: previews and inspections in turn, one export, or one run.

The main thread reads requests and never computes; a worker thread answers them; a run has a thread of its own.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Callable
from pathlib import Path

import torch

from engine import __version__
from engine.check.checker import Checker
from engine.codegen.files import emit_file
from engine.errors import EngineError, NetwrightError
from engine.inference.preview import Previewer
from engine.interchange.export import export
from engine.recipes.expand import expand
from engine.runs import control
from engine.runs.commands import Stop
from engine.runs.events import Event
from engine.runtime import devices
from engine.runtime.memory import keep_freed
from engine.service.messages import (
    Answer,
    Cancel,
    Emit,
    Emitted,
    Export,
    Exported,
    Goodbye,
    Inspect,
    Inspected,
    Instruct,
    Preview,
    Previewed,
    Refused,
    Request,
    RunSaid,
    StartRun,
    Welcome,
)
from engine.service.outbox import Outbox
from engine.sources.describe import describe
from engine.train.session import Session

_log = logging.getLogger(__name__)


class Worker:
    """The requests of one engine process.

    Args:
        outbox: where answers go.
    """

    def __init__(self, outbox: Outbox) -> None:
        torch.set_num_threads(devices.threads())
        keep_freed()
        self._outbox = outbox
        self._jobs: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._cancelled: set[int] = set()
        self._newest_preview = 0
        self._previewer = Previewer()
        self._checker = Checker()
        self._session: Session | None = None
        self._on_disconnect = "detach"
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="worker", daemon=True)
        self._thread.start()

    def welcome(self) -> Welcome:
        """Answer the greeting."""
        found = devices.available()
        return Welcome(
            version=__version__,
            torch=str(torch.__version__),
            devices=tuple(found),
            device_titles=found,
            threads=torch.get_num_threads(),
            pid=os.getpid(),
        )

    def take(self, request: Request) -> bool:
        """Accept a request; False when the client leaves."""
        match request:
            case Goodbye():
                return False
            case Instruct(command=command):
                if self._session is not None:
                    self._session.command(command)
            case StartRun():
                self._guarded(request.id, lambda: self._start_run(request))
            case Cancel(id=number):
                self._cancelled.add(number)
            case Preview(id=number):
                self._newest_preview = number
                self._jobs.put(request)
            case _:
                self._jobs.put(request)
        return True

    def leave(self) -> None:
        """End: a run goes on by itself or stops, as it was told; everything else is dropped."""
        if self._session is None:
            return
        if self._on_disconnect == "stop":
            self._session.command(Stop())
        self._session.join()
        self._ended.set()

    def _start_run(self, request: StartRun) -> None:
        if self._session is not None:
            raise EngineError("this process trains already", remedy="Start another one")
        folder = Path(request.folder)
        self._on_disconnect = request.on_disconnect
        session = Session(request.plan, folder, self._say, resume=request.resume)
        self._session = session
        session.start()
        inbox = threading.Thread(target=control.listen, args=(folder, session, self._ended), name="inbox", daemon=True)
        inbox.start()

    def _say(self, event: Event) -> None:
        self._outbox.put(RunSaid(event=event))

    def _work(self) -> None:
        while (request := self._jobs.get()) is not None:
            number = getattr(request, "id", 0)
            if number in self._cancelled or (isinstance(request, Preview) and number < self._newest_preview):
                self._cancelled.discard(number)
                continue
            self._guarded(number, lambda request=request: self._answer(request))  # type: ignore[misc]  # bound now

    def _answer(self, request: Request) -> None:
        answer: Answer
        match request:
            case Preview():
                answer = self._previewed(request)
            case Inspect():
                snapshot = describe(request.source, Path(request.project_folder))
                answer = Inspected(id=request.id, snapshot=snapshot)
            case Emit():
                answer = self._emitted(request)
            case Export():
                result = export(
                    request.project,
                    Path(request.target),
                    run=request.run,
                    raw_input=request.raw_input,
                    model=request.model,
                    folder=request.project_folder,
                )
                answer = Exported(id=request.id, **result.fields())
            case _:
                return
        self._outbox.put(answer)

    def _previewed(self, request: Preview) -> Previewed:
        flow = self._previewer.flow(
            request.project,
            request.training,
            request.network,
            folder=request.project_folder,
            sample=request.sample,
            run=request.run,
        )
        return Previewed(
            id=request.id,
            pictures=flow.pictures,
            samples=flow.samples,
            target=flow.target,
            prediction=flow.prediction,
            trained=flow.trained,
            made_up=flow.made_up,
        )

    def _emitted(self, request: Emit) -> Emitted:
        project = expand(request.project)
        source = emit_file(project, self._checker.check(project), request.file, request.training)
        return Emitted(id=request.id, source=source)

    def _guarded(self, number: int, job: Callable[[], None]) -> None:
        try:
            job()
        except NetwrightError as error:
            self._outbox.put(Refused(id=number, what=error.what, where=error.where, remedy=error.remedy))
        except Exception as error:  # noqa: BLE001  # the process border: report, stay alive
            _log.exception("request %d failed", number)
            words = str(error).splitlines()[0] if str(error) else type(error).__name__
            self._outbox.put(Refused(id=number, what=f"the engine failed: {words}", remedy="See the log"))
