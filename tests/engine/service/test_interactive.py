"""One engine process that previews, inspects and exports: right answers, and clear words for wrong questions."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import __version__
from engine.check.checker import check
from engine.codegen.files import emit_file
from engine.graph.ids import NodeId
from engine.graph.types import Node, Project
from engine.recipes.expand import expand
from engine.service.messages import (
    Cancel,
    Emit,
    Emitted,
    Export,
    Exported,
    Inspect,
    Inspected,
    Preview,
    Previewed,
    Refused,
    Welcome,
)
from tests.engine.service.processes import Talk, engine, until
from tests.projects import digits_cnn


@pytest.fixture(scope="module")
def talk() -> Iterator[Talk]:
    """One process for all."""
    with engine() as found:
        yield found


def test_it_greets_with_what_it_is_and_can_do(talk: Talk) -> None:
    welcome = talk.answer(lambda answer: isinstance(answer, Welcome))

    assert isinstance(welcome, Welcome)
    assert (welcome.version, welcome.pid) == (__version__, talk.client.pid)
    assert "cpu" in welcome.devices
    assert welcome.device_titles["cpu"].startswith("CPU")
    assert talk.client.alive
    assert talk.client.exit_words() == ""


def test_a_preview_pictures_every_node(talk: Talk) -> None:
    answer = talk.ask(Preview(id=1, project=digits_cnn(), training="main", network="net", sample=3))

    assert isinstance(answer, Previewed)
    assert {picture.address for picture in answer.pictures} >= {"net.image", "net.conv1", "net.head"}
    assert answer.samples == 288
    assert answer.target in set("0123456789")
    assert not answer.trained


def test_source_is_written_as_it_is_here(talk: Talk) -> None:
    project = expand(digits_cnn())
    answer = talk.ask(Emit(id=90, project=digits_cnn(), file="model.py"))

    assert isinstance(answer, Emitted)
    assert answer.source == emit_file(project, check(project), "model.py", "")


def test_source_that_cannot_be_written_is_refused_in_words(talk: Talk) -> None:
    answer = talk.ask(Emit(id=91, project=Project(), file="model.py"))

    assert isinstance(answer, Refused)
    assert answer.what == "There is no network yet"


def test_a_preview_of_what_is_not_there_is_refused_and_the_process_lives(talk: Talk) -> None:
    answer = talk.ask(Preview(id=3, project=digits_cnn(), training="main", network="nothing"))

    assert isinstance(answer, Refused)
    assert "nothing" in answer.what
    assert "the engine failed" not in answer.what
    assert talk.client.alive


def test_only_the_newest_preview_is_answered_when_many_wait(talk: Talk) -> None:
    for number in range(10, 40):
        talk.client.send(Preview(id=number, project=digits_cnn(), training="main", network="net", sample=number))
    talk.answer(lambda answer: getattr(answer, "id", None) == 39)
    answered = [answer.id for answer in talk.answers if isinstance(answer, Previewed) and 10 <= answer.id < 40]

    assert answered[-1] == 39
    assert len(answered) < 30


def test_a_file_is_looked_at(talk: Talk, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2.5\n3,4.5\n")
    source = Node(id=NodeId("data"), kind="csv", parameters={"path": "t.csv"})
    answer = talk.ask(Inspect(id=50, source=source, project_folder=str(tmp_path)))

    assert isinstance(answer, Inspected)
    assert answer.snapshot.samples == 2
    assert answer.snapshot.outputs["features"].columns == ("a",)


@pytest.mark.parametrize(("number", "path"), [(60, "missing.csv"), (61, "")])
def test_a_file_that_is_not_there_is_refused_with_a_remedy(talk: Talk, tmp_path: Path, number: int, path: str) -> None:
    source = Node(id=NodeId("data"), kind="csv", parameters={"path": path})
    answer = talk.ask(Inspect(id=number, source=source, project_folder=str(tmp_path)))

    assert isinstance(answer, Refused)
    assert answer.remedy


def test_what_was_cancelled_is_not_answered(talk: Talk, tmp_path: Path) -> None:
    talk.client.send(Cancel(id=70))
    talk.client.send(Inspect(id=70, source=Node(id=NodeId("data"), kind="csv"), project_folder=str(tmp_path)))
    talk.ask(Inspect(id=71, source=Node(id=NodeId("data"), kind="wine"), project_folder=str(tmp_path)))

    assert not any(getattr(answer, "id", 0) == 70 for answer in talk.answers)


def test_an_export_is_answered_after_its_comparison(talk: Talk, tmp_path: Path) -> None:
    target = tmp_path / "net.safetensors"
    answer = talk.ask(Export(id=80, project=digits_cnn(), target=str(target)))

    assert isinstance(answer, Exported)
    assert answer.weights == "untrained"
    assert target.exists()


def test_an_export_nowhere_is_refused(talk: Talk, tmp_path: Path) -> None:
    answer = talk.ask(Export(id=81, project=digits_cnn(), target=str(tmp_path / "no" / "net.onnx")))

    assert isinstance(answer, Refused)
    assert "no such folder" in answer.what


def test_a_process_that_was_killed_is_said_to_be(talk: Talk) -> None:
    os.kill(talk.client.pid, signal.SIGKILL)
    until(lambda: not talk.client.alive, "the death")

    assert talk.client.exit_words() == "The engine process was killed (signal 9)"
    talk.client.send(Preview(id=90, project=digits_cnn(), training="main", network="net"))
    assert talk.client.drain() == []
