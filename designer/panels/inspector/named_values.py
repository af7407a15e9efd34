"""Named numbers and switches that can be added, changed and taken away: a network's parameters, a project's variables.

It must not know whose they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QToolButton, QVBoxLayout, QWidget

from designer.panels.inspector.form import ParameterForm
from engine.graph.types import Value
from engine.layers.arguments import params_for

_WORDS: Final = {"yes": True, "no": False, "on": True, "off": False, "true": True, "false": False}


class NamedValues(QWidget):
    """One row per value, a line to add one, and a button to take one away.

    Signals:
        entered(name, value, stepping): a value was changed, or one was added.
        removed(name): a value was taken away.
        refused(words): what was typed is no name and value.
    """

    entered = Signal(str, object, bool)
    removed = Signal(str)
    refused = Signal(str)

    def __init__(self, example: str, parent: QWidget | None = None) -> None:
        """Start empty.

        Args:
            example: What may be typed to add one, e.g. `width = 64`.
            parent: Owner in Qt's tree.
        """
        super().__init__(parent)
        self.form = ParameterForm(self)
        self.line = QLineEdit(self)
        self.line.setPlaceholderText(f"Add: {example}")
        self.line.setAccessibleName("Add a name and its value")
        self.take_away = QToolButton(self)
        self.take_away.setText("Remove")
        self.take_away.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.take_away.setProperty("role", "framed")
        self.take_away.setMenu(QMenu(self.take_away))
        self._names: tuple[str, ...] = ()
        self._build()

    def show_values(self, values: Mapping[str, bool | float], *, read_only: bool = False) -> None:
        """Show these values and no others."""
        self.form.show_values(params_for(values), dict(values))
        self.form.setVisible(bool(values))
        self.setEnabled(not read_only)
        self.take_away.setVisible(bool(values))
        if tuple(values) != self._names:
            self._names = tuple(values)
            menu = self.take_away.menu()
            menu.clear()
            for name in values:
                menu.addAction(name).triggered.connect(lambda _=False, name=name: self.removed.emit(name))

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.form)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.line, 1)
        row.addWidget(self.take_away, 0, Qt.AlignmentFlag.AlignRight)
        column.addLayout(row)
        self.form.entered.connect(self.entered.emit)
        self.line.returnPressed.connect(self._on_return)

    def _on_return(self) -> None:
        name, equals, text = (part.strip() for part in self.line.text().partition("="))
        value = _read(text)
        if not name or not equals or value is None:
            self.refused.emit("write a name and a value, such as width = 64 or bias = yes")
            return
        self.line.clear()
        self.entered.emit(name, value, False)


def _read(text: str) -> Value:
    """Read a number or a switch; None for anything else."""
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    try:
        found: int | float = msgspec.json.decode(text, type=int | float)
    except msgspec.DecodeError:
        return None
    return found
