"""A field shows a value and says what was entered; what is no value is not entered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from designer.panels.inspector.codecs import read_value, write_value
from designer.panels.inspector.fields import FIELDS, ChoiceField, SwitchField, TextField, make_field
from engine.graph.types import Value
from engine.layers.catalogue import CATALOGUE
from engine.layers.params import (
    BoolParam,
    ChoiceParam,
    FloatParam,
    IntParam,
    IntsParam,
    Param,
    ShapeParam,
    SizeParam,
    TextsParam,
)

CHANNELS = IntParam(name="out_channels", title="Out channels", default=32)
KERNEL = SizeParam(name="kernel_size", title="Kernel size", default=3, axes=2)
STRIDE = SizeParam(name="stride", title="Stride", default=0, axes=2, low=0, zero="as the kernel")
PADDING = SizeParam(name="padding", title="Padding", default=0, axes=2, low=0, words=("same",))
RATE = FloatParam(name="lr", title="Learning rate", default=1e-3, low=0.0)


@pytest.fixture
def host(app: QApplication) -> Iterator[QWidget]:
    made = QWidget()
    made.show()
    yield made
    made.deleteLater()


def shown(host: QWidget, param: Param, value: Value) -> TextField:
    field = make_field(param, host)
    assert isinstance(field, TextField)
    field.show_value(value)
    field.show()
    return field


@pytest.mark.parametrize(
    ("param", "text", "value"),
    [
        (CHANNELS, "48", 48),
        (CHANNELS, "=2*width", "=2*width"),
        (KERNEL, "3", 3),
        (KERNEL, "3 x 5", (3, 5)),
        (KERNEL, "3 × 3", 3),
        (STRIDE, "As the kernel", 0),
        (PADDING, "same", "same"),
        (RATE, "1e-3", 0.001),
        (IntsParam(name="dims", title="Dims", default=(0, 1)), "0, 2, 1", (0, 2, 1)),
        (ShapeParam(name="shape", title="Shape", default=("B",)), "B, 1, 28, 28", ("B", 1, 28, 28)),
        (TextsParam(name="targets", title="Targets", default=()), "price, size", ("price", "size")),
    ],
)
def test_what_is_typed_is_read_as_its_type(param: Param, text: str, value: Value) -> None:
    assert read_value(param, text) == value


@pytest.mark.parametrize(
    ("param", "value", "text"),
    [
        (KERNEL, 3, "3 × 3"),
        (KERNEL, (3, 5), "3 × 5"),
        (STRIDE, 0, "as the kernel"),
        (STRIDE, (0, 2), "0 × 2"),
        (PADDING, 0, "0 × 0"),
        (PADDING, "same", "same"),
        (RATE, 0.001, "0.001"),
        (RATE, 1e-5, "1e-05"),
        (CHANNELS, 32, "32"),
    ],
)
def test_a_value_is_written_as_people_read_it(param: Param, value: Value, text: str) -> None:
    assert write_value(param, value) == text


def test_every_parameter_of_every_kind_has_a_field(host: QWidget) -> None:
    for kind in CATALOGUE.values():
        for param in kind.parameters:
            make_field(param, host)

    assert set(FIELDS) >= {type(param) for kind in CATALOGUE.values() for param in kind.parameters}


def test_a_zero_that_is_no_size_is_shown_as_what_it_stands_for_and_turns_to_numbers(host: QWidget) -> None:
    field = shown(host, STRIDE, 0)
    unit = field.line.findChild(QLabel)
    assert unit is not None
    assert (field.line.text(), unit.isVisible()) == ("as the kernel", False)

    QTest.keyClick(field.line, Qt.Key.Key_Up)
    assert (field.line.text(), unit.isVisible()) == ("1 × 1", True)

    QTest.keyClick(field.line, Qt.Key.Key_Down)
    assert field.line.text() == "as the kernel"


def test_enter_enters_the_value(host: QWidget) -> None:
    field = shown(host, CHANNELS, 32)
    spy = QSignalSpy(field.entered)
    field.line.selectAll()
    QTest.keyClicks(field.line, "48")
    QTest.keyClick(field.line, Qt.Key.Key_Return)

    assert [spy.at(index) for index in range(spy.count())] == [[48, False]]


def test_what_is_no_value_is_marked_and_taken_back(host: QWidget) -> None:
    field = shown(host, CHANNELS, 32)
    spy = QSignalSpy(field.entered)
    field.line.selectAll()
    QTest.keyClicks(field.line, "many")
    marked = field.line.property("invalid")
    QTest.keyClick(field.line, Qt.Key.Key_Return)

    assert marked
    assert spy.count() == 0
    assert field.line.text() == "32"


def test_escape_takes_back_what_was_typed(host: QWidget) -> None:
    field = shown(host, CHANNELS, 32)
    QTest.keyClicks(field.line, "9")
    QTest.keyClick(field.line, Qt.Key.Key_Escape)

    assert field.line.text() == "32"


def test_the_arrow_keys_turn_the_value(host: QWidget) -> None:
    field = shown(host, CHANNELS, 32)
    spy = QSignalSpy(field.entered)
    QTest.keyClick(field.line, Qt.Key.Key_Up)
    QTest.keyClick(field.line, Qt.Key.Key_PageDown)

    assert [spy.at(index) for index in range(spy.count())] == [[33, True], [23, True]]


def test_a_value_does_not_turn_beyond_its_limits(host: QWidget) -> None:
    field = shown(host, CHANNELS, 1)
    spy = QSignalSpy(field.entered)
    QTest.keyClick(field.line, Qt.Key.Key_Down)

    assert spy.count() == 0


def test_a_small_rate_turns_within_its_decade(host: QWidget) -> None:
    field = shown(host, RATE, 0.003)
    spy = QSignalSpy(field.entered)
    QTest.keyClick(field.line, Qt.Key.Key_Up)
    QTest.keyClick(field.line, Qt.Key.Key_Down)

    assert [spy.at(index)[0] for index in range(spy.count())] == [0.004, 0.003]


def test_the_wheel_turns_only_what_has_the_focus(host: QWidget) -> None:
    field = shown(host, CHANNELS, 32)
    spy = QSignalSpy(field.entered)
    no = Qt.KeyboardModifier.NoModifier
    event = QWheelEvent(
        QPointF(5, 5),
        QPointF(5, 5),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        no,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    field.line.clearFocus()
    QApplication.sendEvent(field.line, event)

    assert spy.count() == 0


def test_nodes_that_differ_are_shown_as_such_and_can_be_made_one(host: QWidget) -> None:
    field = make_field(CHANNELS, host)
    assert isinstance(field, TextField)
    field.show_value(32, mixed=True)
    field.show()
    spy = QSignalSpy(field.entered)
    words = field.line.placeholderText()
    QTest.keyClicks(field.line, "16")
    QTest.keyClick(field.line, Qt.Key.Key_Return)

    assert words == "differs"
    assert spy.at(0) == [16, False]


def test_a_switch_is_turned_by_a_click(host: QWidget) -> None:
    field = make_field(BoolParam(name="bias", title="Bias", default=True), host)
    assert isinstance(field, SwitchField)
    field.show_value(True)
    field.show()
    spy = QSignalSpy(field.entered)
    QTest.mouseClick(field.box, Qt.MouseButton.LeftButton, pos=QPoint(8, field.box.height() // 2))

    assert spy.at(0) == [False, False]
    assert field.box.text() == "off"


def test_a_choice_that_is_not_in_the_list_is_shown_all_the_same(host: QWidget) -> None:
    field = make_field(ChoiceParam(name="optimizer", title="Optimiser", default="adam", choices=("sgd", "adam")), host)
    assert isinstance(field, ChoiceField)
    field.show_value("lion")

    assert field.box.currentText() == "lion"
