"""Parameters as rows of a label and a field; it must not know where values come from or go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QWidget

from designer.panels.inspector.fields import Field, make_field
from engine.graph.types import Value
from engine.layers.params import Param

_FIELD_WIDTH: Final = 164


class ParameterForm(QWidget):
    """One row per parameter; rows are built anew only for other parameters.

    Signals:
        entered(name, value, stepping): a parameter was given a value.
    """

    entered = Signal(str, object, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start without rows."""
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(8)
        self._grid.setHorizontalSpacing(12)
        self._grid.setColumnStretch(0, 1)
        self._params: tuple[Param, ...] = ()
        self._fields: dict[str, Field] = {}
        self._folded: list[QWidget] = []
        self._more = QPushButton("More", self)
        self._more.setProperty("role", "link")
        self._more.setCheckable(True)
        self._more.toggled.connect(self._on_more_toggled)

    @property
    def fields(self) -> Mapping[str, Field]:
        """The field of each parameter."""
        return self._fields

    def show_values(
        self,
        params: Sequence[Param],
        values: Mapping[str, Value],
        mixed: frozenset[str] = frozenset(),
        choices: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        """Show values.

        Args:
            params: The rows, in order.
            values: Value by name.
            mixed: Names in which several nodes differ.
            choices: What can be chosen, by name, where the graph decides that.
        """
        if tuple(params) != self._params:
            self._rebuild(tuple(params))
        for param in params:
            field = self._fields[param.name]
            if choices and param.name in choices:
                field.offer(choices[param.name])
            field.show_value(values.get(param.name, param.default), mixed=param.name in mixed)

    def focus_first(self) -> None:
        """Put the cursor into the first field."""
        for field in self._fields.values():
            field.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return

    def _rebuild(self, params: tuple[Param, ...]) -> None:
        for field in self._fields.values():
            field.entered.disconnect()  # one that loses the focus while it goes must not change other nodes
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None and widget is not self._more:
                widget.deleteLater()
        self._params, self._fields, self._folded = params, {}, []
        row = 0
        for param in sorted(params, key=lambda param: param.advanced):
            self._add_row(param, row)
            row += 1
        self._grid.addWidget(self._more, row, 0, 1, 2, Qt.AlignmentFlag.AlignLeft)
        self._on_more_toggled(on=self._more.isChecked())

    def _add_row(self, param: Param, row: int) -> None:
        label = QLabel(param.title, self)
        label.setProperty("role", "secondary")
        label.setToolTip(param.help)
        field = make_field(param, self)
        field.setFixedWidth(_FIELD_WIDTH)
        label.setBuddy(field)
        field.entered.connect(lambda value, stepping: self.entered.emit(param.name, value, stepping))
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(field, row, 1)
        self._fields[param.name] = field
        if param.advanced:
            self._folded += [label, field]

    def _on_more_toggled(self, *, on: bool) -> None:
        self._more.setVisible(bool(self._folded))
        self._more.setText("Fewer" if on else "More")
        for widget in self._folded:
            widget.setVisible(on)
