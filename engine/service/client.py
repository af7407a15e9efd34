"""The near end of an engine process, for the designer and the tests: start, send, drain, close. No torch, no Qt."""

from __future__ import annotations

import logging
import queue
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Sequence
from typing import Final

import msgspec

from engine.errors import EngineError
from engine.service import frames
from engine.service.messages import Answer, Goodbye, Hello, Request

_log = logging.getLogger(__name__)
_TAIL_LINES: Final = 40
_GRACE_SECONDS: Final = 3.0
ENGINE_COMMAND: Final = (sys.executable, "-P", "-m", "engine.service.server")


class EngineClient:
    """One engine process; nothing here waits for it but `close`.

    Attributes:
        pid: process id.
    """

    def __init__(self, command: Sequence[str] = ENGINE_COMMAND, *, version: str = "") -> None:
        self._home = tempfile.TemporaryDirectory(prefix="netwright-", ignore_cleanup_errors=True)
        self._process = _spawn(command, self._home.name)
        self.pid = self._process.pid
        self._outgoing: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._incoming: deque[Answer] = deque()
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._fault = ""
        jobs = (self._write, self._read, self._log_errors)
        self._threads = [threading.Thread(target=job, name=f"engine-{job.__name__}", daemon=True) for job in jobs]
        for thread in self._threads:
            thread.start()
        self.send(Hello(version=version))

    def send(self, request: Request) -> None:
        """Queue a request; it is lost, as everything is, when the process is gone."""
        self._outgoing.put(request)

    def drain(self) -> list[Answer]:
        """Give every answer that has come since the last call; never waits."""
        count = len(self._incoming)
        return [self._incoming.popleft() for _ in range(count)]

    @property
    def alive(self) -> bool:
        """Whether the process runs and its line holds."""
        return self._process.poll() is None and not self._fault

    def exit_words(self) -> str:
        """Say in one sentence why the process is gone; empty while it lives."""
        if self.alive:
            return ""
        if self._fault:
            return f"The engine process spoke nonsense: {self._fault}"
        code = self._process.poll()
        if code is not None and code < 0:
            return f"The engine process was killed (signal {-code})"
        last = next((line for line in reversed(self._tail) if line.strip()), "")
        return f"The engine process ended with status {code}" + (f": {last.strip()}" if last else "")

    def close(self, *, wait: bool = True) -> None:
        """Say goodbye and let the line go; a run does what it was told to do when nobody listens."""
        self.send(Goodbye())
        self._outgoing.put(None)
        if wait:
            self._threads[0].join(_GRACE_SECONDS)
            try:
                self._process.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                _log.info("engine process %d goes on by itself", self.pid)
                return
            for thread in self._threads:
                thread.join(_GRACE_SECONDS)
            self._close_pipes()
        self._home.cleanup()

    def kill(self) -> None:
        """End the process at once, whatever it does."""
        self._process.kill()
        self._process.wait()
        self._outgoing.put(None)
        for thread in self._threads:
            thread.join(_GRACE_SECONDS)
        self._close_pipes()
        self._home.cleanup()

    def _close_pipes(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    _log.debug("a pipe of engine process %d was broken already", self.pid)

    def _write(self) -> None:
        pipe = self._process.stdin
        assert pipe is not None
        while (request := self._outgoing.get()) is not None:
            try:
                pipe.write(frames.encode(request))
                pipe.flush()
            except OSError:
                return
            except EngineError as error:
                self._fault = str(error)
                return
        try:
            pipe.close()
        except OSError:
            return

    def _read(self) -> None:
        pipe = self._process.stdout
        assert pipe is not None
        decoder = msgspec.msgpack.Decoder(Answer)
        try:
            while (answer := frames.read(pipe, decoder)) is not None:
                self._incoming.append(answer)
        except EngineError as error:
            if self._process.poll() is None:
                self._fault = str(error)
        except (OSError, ValueError):
            return

    def _log_errors(self) -> None:
        pipe = self._process.stderr
        assert pipe is not None
        try:
            for raw in pipe:
                line = raw.decode("utf-8", "replace").rstrip()
                self._tail.append(line)
                _log.info("engine %d: %s", self.pid, line)
        except (OSError, ValueError):
            return


def _spawn(command: Sequence[str], home: str) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=home,
            start_new_session=sys.platform != "win32",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
    except OSError as error:
        raise EngineError(
            f"the engine process could not be started: {error}", remedy="Install Netwright again"
        ) from error
