"""Starting the window: application, log, theme, first paint; it must not know what the window does."""

from __future__ import annotations

import logging
import logging.handlers
import sys
from pathlib import Path
from typing import Final

from PySide6.QtCore import QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from designer.app.program import Program
from designer.settings import Settings, data_folder

APP_NAME: Final = "Netwright"
_LOG_BYTES: Final = 1_000_000
_LOG_FILES: Final = 3
_log = logging.getLogger("designer")
_LEVELS: Final = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def run(path: str = "") -> int:
    """Open the window and stay until it is closed.

    Args:
        path: A project file to open; the welcome page without one.

    Returns:
        The exit status.
    """
    start_log(data_folder() / "logs")
    app = make_application()
    program = Program(app, Settings())
    program.show(Path(path) if path else None)
    try:
        return app.exec()
    finally:
        program.close()


def make_application() -> QApplication:
    """Build Qt's application object with the program's name."""
    app = QApplication(sys.argv[:1])
    app.setApplicationName(APP_NAME)
    app.setApplicationDisplayName("")
    app.setDesktopFileName("netwright")
    return app


def start_log(folder: Path) -> None:
    """Write what the program says to one rotating file; Qt's messages and uncaught exceptions too."""
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = logging.handlers.RotatingFileHandler(
            log_file(folder), maxBytes=_LOG_BYTES, backupCount=_LOG_FILES, encoding="utf-8", delay=True
        )
    except OSError:
        handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
    qInstallMessageHandler(_on_qt_message)
    sys.excepthook = _on_uncaught


def log_file(folder: Path) -> Path:
    """Give the log's path within its folder."""
    return folder / "netwright.log"


def _on_qt_message(kind: QtMsgType, context: object, message: str) -> None:
    _log.log(_LEVELS.get(kind, logging.WARNING), "Qt: %s", message)


def _on_uncaught(kind: type[BaseException], error: BaseException, trace: object) -> None:
    _log.critical("uncaught", exc_info=(kind, error, trace))  # type: ignore[arg-type]  # the hook's own triple
    sys.__excepthook__(kind, error, trace)  # type: ignore[arg-type]
