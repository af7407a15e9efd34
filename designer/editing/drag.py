"""What travels while something is dragged inside the window; it must not know who drags or who takes it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QByteArray, QMimeData

KIND_MIME: Final = "application/x-netwright-kind"


def kind_to_mime(key: str) -> QMimeData:
    """Pack the key of a kind."""
    data = QMimeData()
    data.setData(KIND_MIME, QByteArray(key.encode()))
    return data


def kind_from_mime(data: QMimeData) -> str:
    """Unpack the key of a kind; empty when something else is dragged."""
    return bytes(data.data(KIND_MIME).data()).decode(errors="replace") if data.hasFormat(KIND_MIME) else ""
