"""Text becomes another text in steps of a few lines; what is alike stays."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QApplication

from designer.panels.code.changes import STEP, changes, write
from designer.panels.code.view import SourceView
from designer.theme.source import ThemeSource
from tests.designer.app.conftest import wait_until

texts = st.lists(st.sampled_from(("", "a", "b", "x = 1")), max_size=2 * STEP + 20).map("\n".join)


@settings(max_examples=60, deadline=None)
@given(texts, texts)
def test_changes_lead_from_any_text_to_any_other(old: str, new: str) -> None:
    document = QTextDocument()
    document.setPlainText(old)
    for change in changes(old.split("\n"), new.split("\n")):
        write(document, change)

        assert max(change.count, len(change.lines)) <= STEP

    assert document.toPlainText() == new


def test_one_edited_line_is_the_only_one_written() -> None:
    old = [f"line {number}" for number in range(1000)]
    new = [*old[:500], "another", *old[501:]]

    assert [(change.at, change.count, change.lines) for change in changes(old, new)] == [(500, 1, ("another",))]


@pytest.mark.usefixtures("app")
def test_a_long_text_keeps_its_marks_while_it_changes(source: ThemeSource, app: QApplication) -> None:
    old = "\n".join(f"line {number}" for number in range(1000))
    new = "\n".join(f"other {number}" for number in range(1000))
    view = SourceView(source)
    view.show_text(old)
    wait_until(lambda: view.toPlainText() == old)
    view.mark_lines([700], reveal=False)
    marks, lengths = set(), set()
    view.textChanged.connect(lambda: lengths.add(view.blockCount()))
    view.show_text(new)
    marks.add(tuple(mark.cursor.blockNumber() for mark in view.extraSelections()))
    wait_until(lambda: view.toPlainText() == new)
    marks.add(tuple(mark.cursor.blockNumber() for mark in view.extraSelections()))

    assert lengths == {1000}
    assert marks == {(699,)}


def test_a_text_that_changes_again_before_it_stands_ends_as_the_last(source: ThemeSource) -> None:
    view = SourceView(source)
    for number in (900, 10, 400):
        view.show_text("\n".join(f"{number} {line}" for line in range(number)))
    last = view.toPlainText().split("\n")

    assert last[-1] != "400 399"
    wait_until(lambda: view.toPlainText() == "\n".join(f"400 {line}" for line in range(400)))
