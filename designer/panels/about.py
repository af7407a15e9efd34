"""What the program is and what it stands on, with licences; it must not know the document."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

LICENCES: Final[Mapping[str, str]] = {
    "PySide6-Essentials": "LGPL-3.0",
    "torch": "BSD-3-Clause",
    "numpy": "BSD-3-Clause",
    "msgspec": "BSD-3-Clause",
    "networkx": "BSD-3-Clause",
    "pyqtgraph": "MIT",
    "onnx": "Apache-2.0",
    "onnxscript": "MIT",
    "onnxruntime": "MIT",
    "safetensors": "Apache-2.0",
    "scikit-learn": "BSD-3-Clause",
    "torchmetrics": "Apache-2.0",
    "fast-sugiyama": "MIT",
    "tqdm": "MPL-2.0 and MIT",
}
_LOG_LINES: Final = 40


class AboutPanel(QWidget):
    """A small window of its own that does not stop the person."""

    def __init__(self, parent: QWidget) -> None:
        """Build the window."""
        super().__init__(parent, Qt.WindowType.Tool)
        self.setWindowTitle("About Netwright")
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(8)
        for role, text in (
            ("heading", f"Netwright {version_of('netwright')}"),
            ("", "Draw a neural network, watch it learn, own the code."),
            ("secondary", "Apache License 2.0. It stands on:"),
            ("secondary", "\n".join(f"{name} {version_of(name)} · {licence}" for name, licence in LICENCES.items())),
        ):
            label = QLabel(text, self)
            label.setProperty("role", role)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(label)


def version_of(package: str) -> str:
    """Give the version of an installed package; a dash where it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "–"


def diagnostics(devices: Mapping[str, str], log: Path) -> str:
    """Write what a report needs: versions, devices and the end of the log.

    Args:
        devices: Titles of the devices by name; empty before the engine has said them.
        log: The log file.
    """
    lines = [
        f"Netwright {version_of('netwright')}",
        f"Python {platform.python_version()} on {platform.platform()}",
        f"Qt {qVersion()}, PySide6 {version_of('PySide6-Essentials')}, torch {version_of('torch')}",
        f"Devices: {', '.join(devices.values()) or 'not known yet'}",
        "",
        f"End of {log.name}:",
        *_tail(log),
    ]
    return "\n".join(lines) + "\n"


def _tail(log: Path) -> list[str]:
    try:
        return log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:]
    except OSError:
        return ["(there is none)"]
