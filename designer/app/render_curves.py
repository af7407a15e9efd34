"""The curves of a run as a picture, drawn by the panel of the window without one; it must not know projects."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QSize, Qt, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from designer.panels.curves.panel import CurvesPanel
from designer.theme.source import ThemeSource
from designer.theme.stylesheet import apply_theme
from designer.theme.tokens import ThemeName
from engine.errors import FileError, UsageError
from engine.project.store import write_bytes
from engine.runs.events import Started
from engine.runs.record import gaps, read_events, read_plan

_SIZE = QSize(1200, 480)


def draw_curves(app: QApplication, run: Path, theme: ThemeName, target: Path) -> None:
    """Draw loss and metrics of a run.

    Args:
        app: Qt's application object.
        run: the run folder.
        theme: light or dark.
        target: the picture to write, a .png.

    Raises:
        UsageError: the picture is no .png.
        FormatError: the folder is no run.
        FileError: nothing was recorded, or the picture cannot be written.
    """
    if target.suffix.lower() != ".png":
        raise UsageError("curves are drawn as .png", where=str(target))
    plan = read_plan(run)
    events = list(read_events(run))
    for warned in gaps(run, 0):
        sys.stderr.write(f"netwright: {warned.message}\n")
    begun = next((event for event in events if isinstance(event, Started)), None)
    if begun is None:
        raise FileError("nothing was recorded in this run", where=str(run))
    source = ThemeSource(app, theme)
    apply_theme(app, source.theme)
    # The offscreen platform says on standard error what it cannot do, which nobody asked of it.
    before = qInstallMessageHandler(lambda kind, context, text: None)
    panel = CurvesPanel(source)
    panel.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    panel.resize(_SIZE)
    panel.show()
    panel.begin(plan.name, begun)
    panel.take(events)
    app.processEvents()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    panel.grab().save(buffer, "PNG")
    write_bytes(target, bytes(buffer.data().data()))
    panel.close()
    panel.deleteLater()
    qInstallMessageHandler(before)
