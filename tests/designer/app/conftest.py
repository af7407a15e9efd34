"""The whole program, with an engine that says what a test wants it to say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from designer.app.program import Program
from designer.settings import Settings
from engine.service.messages import Answer, Request, StartRun, Welcome
from tests.designer.drawn import digits

WELCOME = Welcome(version="test", torch="2", devices=("cpu",), device_titles={"cpu": "CPU"}, threads=2)


class ScriptedEngine:
    """Stands for one engine process: keeps what it is sent, says what it is told to say."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answers: list[Answer] = [WELCOME]
        self.alive = True
        self.pid = 1

    def send(self, request: Request) -> None:
        self.requests.append(request)

    def drain(self) -> list[Answer]:
        said, self.answers = self.answers, []
        return said

    def exit_words(self) -> str:
        return "" if self.alive else "The engine process was killed (signal 9)"

    def close(self, *, wait: bool = True) -> None:
        self.alive = False


class Engines:
    """Starts scripted processes and remembers them."""

    def __init__(self) -> None:
        self.started: list[ScriptedEngine] = []

    def __call__(self) -> ScriptedEngine:
        self.started.append(ScriptedEngine())
        return self.started[-1]

    @property
    def run(self) -> ScriptedEngine:
        """The process that was told to train."""
        return next(one for one in self.started if any(isinstance(request, StartRun) for request in one.requests))


def wait_until(true: Callable[[], bool], limit_ms: int = 5000) -> None:
    """Let events happen until something is true."""
    loop = QEventLoop()
    look, limit = QTimer(), QTimer()
    look.setInterval(5)
    look.timeout.connect(lambda: loop.quit() if true() else None)
    limit.setSingleShot(True)
    limit.timeout.connect(loop.quit)
    look.start()
    limit.start(limit_ms)
    if not true():
        loop.exec()

    assert true()


@pytest.fixture
def engines() -> Engines:
    return Engines()


@pytest.fixture
def program(app: QApplication, engines: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """Give the program with its window open on the welcome page and everything built."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    made = Program(app, Settings(tmp_path / "settings"), engines)  # type: ignore[arg-type]  # it speaks as a client does
    built: list[bool] = []
    made.built.connect(lambda: built.append(True))
    made.show()
    wait_until(lambda: bool(built))
    yield made
    made.frame.window.may_close = lambda: True
    made.frame.window.close()
    made.close()
    made.frame.window.deleteLater()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def drawn(program: Program) -> Program:
    """Give the program with the digits network open."""
    program.base.files.begin(digits(), "digits_cnn")
    return program
