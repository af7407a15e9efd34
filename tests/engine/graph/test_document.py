"""The document tells of each change once."""

from __future__ import annotations

import pytest

from engine.errors import EditRefused
from engine.graph.document import Document, ProjectChanged
from engine.graph.edits import SetNotes, SetVariable
from engine.graph.types import Project


def test_each_change_is_told_exactly_once() -> None:
    document = Document(Project(notes="a"))
    heard: list[ProjectChanged] = []
    document.subscribe(heard.append)
    document.apply(SetNotes(notes="b"))
    document.replace(Project(notes="c"))

    assert [(change.before.notes, change.after.notes) for change in heard] == [("a", "b"), ("b", "c")]
    assert document.project.notes == "c"


def test_a_refused_edit_changes_and_tells_nothing() -> None:
    document = Document()
    heard: list[ProjectChanged] = []
    document.subscribe(heard.append)
    with pytest.raises(EditRefused, match="no variable 'width'"):
        document.apply(SetVariable(name="width", value=None))

    assert heard == []
    assert document.project == Project()


def test_a_closed_subscription_hears_nothing_more() -> None:
    document = Document()
    heard: list[ProjectChanged] = []
    subscription = document.subscribe(heard.append)
    subscription.close()
    subscription.close()
    document.apply(SetNotes(notes="b"))

    assert heard == []


def test_two_subscriptions_of_one_listener_are_closed_one_by_one() -> None:
    document = Document()
    heard: list[ProjectChanged] = []
    first = document.subscribe(heard.append)
    document.subscribe(heard.append)
    first.close()
    document.apply(SetNotes(notes="b"))

    assert len(heard) == 1


def test_changes_made_while_telling_are_told_afterwards_to_all() -> None:
    document = Document()
    heard: list[tuple[str, str]] = []

    def answer(change: ProjectChanged) -> None:
        heard.append(("first", change.after.notes))
        if change.after.notes == "a":
            document.apply(SetNotes(notes="b"))

    document.subscribe(answer)
    document.subscribe(lambda change: heard.append(("second", change.after.notes)))
    document.apply(SetNotes(notes="a"))

    assert heard == [("first", "a"), ("second", "a"), ("first", "b"), ("second", "b")]


def test_a_listener_that_fails_leaves_the_document_usable() -> None:
    document = Document()

    def fail(change: ProjectChanged) -> None:
        raise RuntimeError(change.after.notes)

    broken = document.subscribe(fail)
    with pytest.raises(RuntimeError, match="a"):
        document.apply(SetNotes(notes="a"))
    broken.close()
    heard: list[ProjectChanged] = []
    document.subscribe(heard.append)
    document.apply(SetNotes(notes="b"))

    assert [change.after.notes for change in heard] == ["b"]
