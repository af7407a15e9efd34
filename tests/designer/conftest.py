"""What all tests of the window share: one application, offscreen, and no patience for Qt warnings or leaked widgets."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

_HARMLESS = (
    "This plugin does not support propagateSizeHints()",
    "This plugin does not support raise()",
    "This plugin does not support grabbing the keyboard",
)
"""What the offscreen platform says of itself."""


@pytest.fixture(scope="session")
def app() -> QApplication:
    """Give the one application of this process."""
    existing = QApplication.instance()
    return existing if isinstance(existing, QApplication) else QApplication([])


@pytest.fixture(autouse=True)
def no_qt_warnings() -> Iterator[None]:
    """Fail a test in which Qt warns."""
    said: list[str] = []

    def listen(kind: QtMsgType, context: object, message: str) -> None:
        if kind is not QtMsgType.QtDebugMsg and message not in _HARMLESS:
            said.append(message)

    before = qInstallMessageHandler(listen)
    yield
    qInstallMessageHandler(before)

    assert said == []


@pytest.fixture(autouse=True)
def no_leaked_widgets(app: QApplication) -> Iterator[None]:
    """Fail a test that leaves windows behind; widgets that nothing holds any more are taken away first."""
    before = {id(widget) for widget in app.topLevelWidgets()}
    yield
    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    left = [widget for widget in app.topLevelWidgets() if id(widget) not in before]
    names = [f"{type(widget).__name__} {widget.objectName()}" for widget in left if widget.isVisible()]

    assert names == []
