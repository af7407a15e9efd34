"""Source is written on demand: a little at once, much by the engine; an answer to an older question is dropped."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from PySide6.QtWidgets import QApplication

from designer.bridge.document_bridge import DocumentBridge
from designer.bridge.engine_bridge import EngineBridge
from designer.bridge.source_bridge import SourceBridge
from engine.check.checker import check
from engine.codegen.files import emit_file
from engine.codegen.source import Source
from engine.graph.document import Document
from engine.graph.edits import SetParameters
from engine.graph.ids import NodeId
from engine.graph.types import Graph, GraphRef, Project
from engine.recipes.expand import expand
from engine.service.messages import Emit, Emitted, Refused
from tests.benchmarks.canvas import chain
from tests.designer.app.conftest import Engines, wait_until
from tests.graphs import digits

NET = GraphRef("networks", "net")


class Setting:
    """A document, an engine that keeps questions, and the bridge between."""

    def __init__(self) -> None:
        self.engines = Engines()
        self.document = Document()
        self.bridge = DocumentBridge(self.document)
        self.engine = EngineBridge(self.engines)  # type: ignore[arg-type]  # stands for a client
        self.sources = SourceBridge(self.bridge, self.engine)
        self.told = 0
        self.sources.source_changed.connect(self._count)

    def _count(self) -> None:
        self.told += 1

    @property
    def asked(self) -> list[Emit]:
        """Questions to the engine."""
        return [one for engine in self.engines.started for one in engine.requests if isinstance(one, Emit)]

    def edit(self, padding: int) -> None:
        """Change a parameter of one node."""
        edit = SetParameters(ref=NET, id=NodeId("n5"), values={"out_channels": padding})
        self.bridge.replace(edit.apply(self.bridge.project))

    def answer(self, question: Emit) -> None:
        """Write what was asked for."""
        project = expand(question.project)
        source = emit_file(project, check(project), question.file, question.training)
        self.engines.started[-1].answers.append(Emitted(id=question.id, source=source))
        self.engine.drain()


@pytest.fixture
def setting(app: QApplication) -> Iterator[Setting]:
    made = Setting()
    yield made
    made.engine.close()
    made.bridge.close()


def test_a_big_network_is_written_by_the_engine_once_for_edits_in_a_row(setting: Setting) -> None:
    setting.bridge.replace(chain(200))
    for channels in (9, 10, 11):
        setting.edit(channels)

        assert setting.sources.source("model.py") is None
    wait_until(lambda: bool(setting.asked))
    setting.answer(setting.asked[0])
    found = setting.sources.source("model.py")

    assert len(setting.asked) == 1
    assert isinstance(found, Source)
    assert "self.n5 = nn.Conv2d(8, 11, 3, padding=1)" in found.text
    assert setting.sources.lines_of(NET, "n5").startswith("self.n5 = nn.Conv2d(8, 11")
    assert setting.sources.source("model.py") is found


def test_an_answer_to_an_older_question_is_dropped(setting: Setting) -> None:
    setting.bridge.replace(chain(200))
    setting.sources.source("model.py")
    wait_until(lambda: bool(setting.asked))
    setting.edit(12)
    told = setting.told
    setting.answer(setting.asked[0])

    assert setting.told == told
    assert setting.sources.lines_of(NET, "n5") == ""
    assert setting.sources.source("model.py") is None
    wait_until(lambda: len(setting.asked) == 2)
    setting.answer(setting.asked[1])
    found = setting.sources.source("model.py")
    assert isinstance(found, Source)
    assert "nn.Conv2d(8, 12" in found.text


def test_the_last_lines_of_a_node_stand_until_new_ones_are_there(setting: Setting) -> None:
    setting.bridge.replace(chain(200))
    setting.sources.source("model.py")
    wait_until(lambda: bool(setting.asked))
    setting.answer(setting.asked[0])
    setting.edit(13)

    assert setting.sources.lines_of(NET, "n5").startswith("self.n5 = nn.Conv2d(8, 8")


def test_what_the_engine_refuses_is_said(setting: Setting) -> None:
    setting.bridge.replace(chain(200))
    setting.sources.source("model.py")
    wait_until(lambda: bool(setting.asked))
    setting.engines.started[-1].answers.append(Refused(id=setting.asked[0].id, what="the network has problems"))
    setting.engine.drain()

    assert setting.sources.source("model.py") == "the network has problems"


def test_an_engine_that_was_lost_is_asked_again(setting: Setting) -> None:
    setting.bridge.replace(chain(200))
    setting.sources.source_changed.connect(lambda: setting.sources.source("model.py"))
    setting.sources.source("model.py")
    wait_until(lambda: bool(setting.asked))
    setting.engines.started[-1].alive = False
    wait_until(lambda: len(setting.asked) == 2)

    assert len(setting.engines.started) == 2


def test_a_small_network_is_written_at_once_and_only_when_it_changes(setting: Setting) -> None:
    setting.bridge.replace(digits())
    first = setting.sources.source("model.py")
    project = setting.bridge.project
    setting.bridge.replace(msgspec.structs.replace(project, notes="another"))

    assert isinstance(first, Source)
    assert setting.sources.source("model.py") is first
    assert not setting.asked


def test_the_training_graph_that_is_open_is_written(setting: Setting) -> None:
    project = digits()
    ((name, graph),) = project.training.items()
    setting.bridge.replace(
        Project(networks=project.networks, training={name: graph, "other": Graph(recipe=graph.recipe)})
    )
    texts = []
    for opened in (name, "other"):
        setting.sources.follow(GraphRef("training", opened))
        setting.sources.follow(GraphRef("networks", next(iter(project.networks))))
        found = setting.sources.source("training.py")
        assert isinstance(found, Source)
        texts.append(found.text.splitlines()[0])

    assert texts == [
        f'"""Training graph {one}: what one step computes; written by Netwright."""' for one in (name, "other")
    ]
