"""One widget per type of parameter: shows a value, says what was entered; it must not know nodes or the document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QFileDialog, QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from designer.panels.inspector.codecs import codec_of, read_value, write_value
from engine.graph.types import Value
from engine.layers.params import (
    BoolParam,
    ChoiceParam,
    FloatParam,
    IntParam,
    IntsParam,
    Param,
    ShapeParam,
    SizeParam,
    TextParam,
    TextsParam,
    fault_of,
)

MIXED: Final = "differs"
"""Shown where several selected nodes do not agree."""


class Field(QWidget):
    """Shows and takes one value.

    Signals:
        entered(value, stepping): a valid value was entered; `stepping` while it is turned up or down.
    """

    entered = Signal(object, bool)

    def __init__(self, param: Param, parent: QWidget | None = None) -> None:
        """Make an empty row for a parameter."""
        super().__init__(parent)
        self.param = param
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(0)

    def show_value(self, value: Value, *, mixed: bool = False) -> None:
        """Show a value; `mixed` where several nodes do not agree."""
        raise NotImplementedError

    def offer(self, choices: tuple[str, ...]) -> None:
        """Take note of what could be chosen; most fields have no use for it."""


class EntryLine(QLineEdit):
    """A line that reverts with Escape and turns with the arrow keys and the wheel.

    Signals:
        turned(count): so many steps up, or down where negative.
        reverted: Escape was pressed.
    """

    turned = Signal(int)
    reverted = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Turn, revert, or type."""
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_PageUp: 10, Qt.Key.Key_PageDown: -10}
        if event.key() in steps:
            self.turned.emit(steps[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_Escape:
            self.reverted.emit()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn while the line has the focus; else let the panel scroll."""
        if not self.hasFocus() or event.angleDelta().y() == 0:
            event.ignore()
            return
        self.turned.emit(1 if event.angleDelta().y() > 0 else -1)
        event.accept()


class TextField(Field):
    """Whatever is typed as text: numbers, sizes, shapes, lists, words, expressions that start with `=`."""

    def __init__(self, param: Param, parent: QWidget | None = None) -> None:
        """Make the line, with its unit inside on the right."""
        super().__init__(param, parent)
        self.line = EntryLine(self)
        self._shown = ""
        self._value: Value = None
        self._unit = QLabel(getattr(param, "unit", ""), self.line)
        self._unit.setProperty("role", "faint")
        self.row.addWidget(self.line)
        self.setFocusProxy(self.line)
        self.line.setAccessibleName(param.title)
        self._connect()

    def show_value(self, value: Value, *, mixed: bool = False) -> None:
        """Show a value, unless it is already shown: what is being typed stays."""
        text = "" if mixed else write_value(self.param, value)
        self._value = value
        self.line.setPlaceholderText(MIXED if mixed else "")
        if text != self._shown or not self.line.isModified():
            self._set_text(text)

    def resizeEvent(self, event: QEvent) -> None:
        """Keep the unit at the right end of the line."""
        super().resizeEvent(event)  # type: ignore[arg-type]  # Qt passes a QResizeEvent
        self._unit.adjustSize()
        size = self._unit.size()
        self._unit.move(self.line.width() - size.width() - 10, (self.line.height() - size.height()) // 2)

    def _connect(self) -> None:
        self.line.editingFinished.connect(self._on_editing_finished)
        self.line.textEdited.connect(self._on_text_edited)
        self.line.turned.connect(self._on_turned)
        self.line.reverted.connect(lambda: self._set_text(self._shown))

    def _set_text(self, text: str) -> None:
        self._shown = text
        if self.line.text() != text:
            self.line.setText(text)
        self.line.setModified(False)
        self._unit.setHidden(text[:1].isalpha())  # a word in the place of a number has no unit
        self._mark("")

    def _fault(self, value: Value) -> str:
        if isinstance(value, str) and value.startswith("=") and not isinstance(self.param, TextParam):
            return ""
        return fault_of(self.param, value)

    def _on_text_edited(self, text: str) -> None:
        self._mark(self._fault(read_value(self.param, text)))

    def _on_editing_finished(self) -> None:
        if not self.line.isModified():
            return
        value = read_value(self.param, self.line.text())
        if self._fault(value):
            self._set_text(self._shown)
            return
        self._set_text(write_value(self.param, value))
        self._value = value
        self.entered.emit(value, False)

    def _on_turned(self, count: int) -> None:
        step = codec_of(self.param).step
        if step is None or self.line.placeholderText() == MIXED:
            return
        typed = read_value(self.param, self.line.text())
        value = step(self._value if self._fault(typed) else typed, count)
        if value != self._value and not self._fault(value):
            self._value = value
            self._set_text(write_value(self.param, value))
            self.entered.emit(value, True)

    def _mark(self, fault: str) -> None:
        self.line.setToolTip(fault or self.param.help)
        if self.line.property("invalid") != bool(fault):
            self.line.setProperty("invalid", bool(fault))
            self.line.style().polish(self.line)


class SwitchField(Field):
    """On or off."""

    def __init__(self, param: Param, parent: QWidget | None = None) -> None:
        """Make the switch."""
        super().__init__(param, parent)
        self.box = QCheckBox(self)
        self.box.setProperty("role", "switch")
        self.box.setAccessibleName(param.title)
        self.box.setToolTip(param.help)
        self.row.addWidget(self.box)
        self.setFocusProxy(self.box)
        self.box.clicked.connect(lambda on: self._on_clicked(on=on))

    def show_value(self, value: Value, *, mixed: bool = False) -> None:
        """Show on, off, or neither."""
        self.box.setTristate(mixed)
        state = Qt.CheckState.PartiallyChecked if mixed else Qt.CheckState.Checked if value else Qt.CheckState.Unchecked
        self.box.setCheckState(state)
        self.box.setText(MIXED if mixed else "on" if value else "off")

    def _on_clicked(self, *, on: bool) -> None:
        self.show_value(on)
        self.entered.emit(on, False)


class ChoiceField(Field):
    """One of a few words."""

    def __init__(self, param: Param, parent: QWidget | None = None) -> None:
        """Make the list."""
        super().__init__(param, parent)
        self.box = QComboBox(self)
        self.box.setAccessibleName(param.title)
        self.box.setToolTip(param.help)
        self.box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.row.addWidget(self.box)
        self.setFocusProxy(self.box)
        if isinstance(param, ChoiceParam):
            self.offer(param.choices)
        self.box.textActivated.connect(lambda text: self.entered.emit(text, False))

    def offer(self, choices: tuple[str, ...]) -> None:
        """Fill the list."""
        if choices != tuple(self.box.itemText(index) for index in range(self.box.count())):
            self.box.clear()
            self.box.addItems(list(choices))

    def show_value(self, value: Value, *, mixed: bool = False) -> None:
        """Show the choice; one that is not in the list is added, so that nothing is hidden."""
        text = str(value)
        if not mixed and self.box.findText(text) < 0:
            self.box.addItem(text)
        self.box.setPlaceholderText(MIXED)
        self.box.setCurrentIndex(-1 if mixed else self.box.findText(text))


class PathField(TextField):
    """A path, typed or chosen."""

    def __init__(self, param: Param, parent: QWidget | None = None) -> None:
        """Make the line and a button beside it."""
        super().__init__(param, parent)
        button = QToolButton(self)
        button.setText("…")
        button.setProperty("role", "framed")
        button.setToolTip("Choose a file")
        self.row.setSpacing(4)
        self.row.addWidget(button)
        button.clicked.connect(self._on_button_clicked)

    def _on_button_clicked(self) -> None:
        folder = isinstance(self.param, TextParam) and self.param.form == "folder"
        chosen = (
            QFileDialog.getExistingDirectory(self, self.param.title, self.line.text())
            if folder
            else QFileDialog.getOpenFileName(self, self.param.title, self.line.text())[0]
        )
        if chosen:
            self._set_text(chosen)
            self.entered.emit(chosen, False)


def _text_param_field(param: Param, parent: QWidget | None) -> Field:
    forms: Mapping[str, Callable[[Param, QWidget | None], Field]] = {
        "text": TextField,
        "column": TextField,
        "node": TextField,
        "equation": TextField,
        "path": PathField,
        "folder": PathField,
        "network": ChoiceField,
        "model": ChoiceField,
    }
    assert isinstance(param, TextParam)
    return forms[param.form](param, parent)


FIELDS: Final[Mapping[type, Callable[[Param, QWidget | None], Field]]] = {
    IntParam: TextField,
    FloatParam: TextField,
    BoolParam: SwitchField,
    ChoiceParam: ChoiceField,
    TextParam: _text_param_field,
    TextsParam: TextField,
    SizeParam: TextField,
    IntsParam: TextField,
    ShapeParam: TextField,
}
"""The widget of each type of parameter."""


def make_field(param: Param, parent: QWidget | None = None) -> Field:
    """Build the widget of a parameter.

    Raises:
        KeyError: the type of parameter is missing in the table, which is a mistake of ours.
    """
    return FIELDS[type(param)](param, parent)
