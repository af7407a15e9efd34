"""The drawing follows the document by differences."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QRectF

from designer.canvas.drawing import Drawing, Shown
from designer.canvas.geometry import card_size
from designer.theme.tokens import load_metrics
from engine.check.checker import Checker
from engine.check.report import Severity
from engine.graph.edits import Connect, Disconnect, Edit, MoveNodes, SetParameters, SetTitle
from engine.graph.ids import NodeId
from engine.graph.types import GraphRef, Place, Project, Wire, graph_of
from tests.designer.canvas.conftest import chain_project
from tests.loops import along, elman

REF = GraphRef("networks", "net")
CONV, RELU, DROP, OUT = NodeId("conv"), NodeId("relu"), NodeId("drop"), NodeId("out")


class Sketch:
    """A drawing of a project that is edited."""

    def __init__(self, project: Project) -> None:
        self.drawing = Drawing(card_size(load_metrics()))
        self.project = project
        self._checker = Checker()
        self.spots = self._show()

    def edit(self, edit: Edit) -> list[QRectF]:
        """Do an edit; gives the parts that changed."""
        self.project = edit.apply(self.project)
        self.spots = self._show()
        return self.spots

    def _show(self) -> list[QRectF]:
        graph = graph_of(self.project, REF)
        assert graph is not None
        report = self._checker.check(self.project).graphs[REF]
        return self.drawing.show(Shown(project=self.project, ref=REF, graph=graph, report=report))


@pytest.fixture
def sketch() -> Sketch:
    return Sketch(chain_project())


def _covers(spots: list[QRectF], rect: QRectF) -> bool:
    return any(spot.contains(rect) for spot in spots)


def test_a_card_says_what_its_node_is(sketch: Sketch) -> None:
    card = sketch.drawing.cards[CONV]

    assert (card.title, card.kind, card.family) == ("conv", "Conv 2d", "vision")
    assert card.shape == "B × 4 × 8 × 8"
    assert card.count == "40"
    assert [spot.id for spot in (*card.inputs, *card.outputs)] == ["x", "y"]


def test_a_node_without_a_place_stands_somewhere() -> None:
    project = chain_project()
    bare = Sketch(Project(networks=project.networks))

    assert len({card.rect.topLeft().toTuple() for card in bare.drawing.cards.values()}) == 5


def test_moving_a_node_changes_where_it_was_and_is_and_its_wires(sketch: Sketch) -> None:
    before = sketch.drawing.cards[RELU].rect
    spots = sketch.edit(MoveNodes(ref=REF, places={RELU: Place(480.0, 300.0)}))
    after = sketch.drawing.cards[RELU].rect

    assert after.topLeft() == QPointF(480, 300)
    assert _covers(spots, before)
    assert _covers(spots, after)
    assert not any(spot.intersects(sketch.drawing.cards[NodeId("image")].rect) for spot in spots)


def test_an_edit_keeps_the_cards_it_does_not_touch(sketch: Sketch) -> None:
    image, drop = sketch.drawing.cards[NodeId("image")], sketch.drawing.cards[DROP]
    sketch.edit(SetTitle(ref=REF, id=CONV, title="First"))

    assert sketch.drawing.cards[CONV].title == "First"
    assert sketch.drawing.cards[NodeId("image")] is image
    assert sketch.drawing.cards[DROP] is drop


def test_a_shape_follows_through_the_nodes_behind(sketch: Sketch) -> None:
    sketch.edit(SetParameters(ref=REF, id=CONV, values={"out_channels": 7}))

    assert sketch.drawing.cards[RELU].shape == "B × 7 × 8 × 8"


def test_showing_the_same_again_changes_nothing(sketch: Sketch) -> None:
    assert sketch._show() == []


def test_a_wire_shows_what_flows_and_what_is_wrong(sketch: Sketch) -> None:
    flows = sketch.drawing.threads[Wire(NodeId("image"), "y", CONV, "x")]
    sketch.edit(SetParameters(ref=REF, id=CONV, values={"kernel_size": 99}))
    wrong = sketch.drawing.threads[Wire(NodeId("image"), "y", CONV, "x")]
    behind = sketch.drawing.threads[Wire(CONV, "y", RELU, "x")]

    assert (flows.signal, flows.state) == ("image", "known")
    assert wrong.state == "problem"
    assert behind.state == "pending"
    assert sketch.drawing.cards[CONV].severity is Severity.ERROR


def test_wires_that_are_cut_and_drawn_are_found(sketch: Sketch) -> None:
    wire = Wire(RELU, "y", OUT, "x")
    sketch.edit(Connect(ref=REF, wire=wire))
    drawn = sketch.drawing.threads[wire]
    sketch.edit(Disconnect(ref=REF, wires=(wire,)))

    assert drawn.path.elementCount() > 2
    assert wire not in sketch.drawing.threads
    assert sketch.drawing.wires_of.get(OUT, []) == []
    assert sketch.drawing.wire_at(drawn.path.pointAtPercent(0.5), 4.0) is None


def test_the_uppermost_card_is_found_at_a_point(sketch: Sketch) -> None:
    sketch.edit(MoveNodes(ref=REF, places={DROP: Place(480.0, 10.0)}))
    found = sketch.drawing.card_at(QPointF(500, 40))

    assert found is not None
    assert found.id == DROP


def test_a_port_is_found_within_the_reach_of_a_hand_at_any_zoom(sketch: Sketch) -> None:
    spot = sketch.drawing.cards[CONV].inputs[0].point
    near, far = QPointF(spot.x() - 11, spot.y()), QPointF(spot.x() - 30, spot.y())

    assert sketch.drawing.port_at(near, 1.0) is not None
    assert sketch.drawing.port_at(far, 1.0) is None
    hit = sketch.drawing.port_at(far, 0.3)
    assert hit is not None
    assert (hit.card.id, hit.spot.id, hit.is_output) == (CONV, "x", False)


def test_a_wire_is_found_beside_its_line_but_not_within_its_rectangle(sketch: Sketch) -> None:
    sketch.edit(Connect(ref=REF, wire=Wire(RELU, "y", DROP, "x")))
    thread = sketch.drawing.threads[Wire(RELU, "y", DROP, "x")]
    on, beside = thread.path.pointAtPercent(0.5), thread.bounds.center() + QPointF(0, 40)

    assert sketch.drawing.wire_at(on, 5.0) is thread
    assert sketch.drawing.wire_at(beside, 5.0) is not thread


def test_nothing_is_drawn_where_no_graph_is_open(sketch: Sketch) -> None:
    spots = sketch.drawing.show(None)

    assert sketch.drawing.cards == {}
    assert sketch.drawing.threads == {}
    assert len(spots) >= 7


def test_a_card_of_a_network_says_along_which_axis_it_runs_and_that_states_may_stay_open() -> None:
    drawing = Drawing(card_size(load_metrics()))
    project = along(elman())
    graph = project.networks["net"]
    drawing.show(Shown(project=project, ref=REF, graph=graph, report=Checker().check(project).graphs[REF]))
    card = drawing.cards[NodeId("rnn")]

    assert (card.kind, card.severity) == ("cell along 1", Severity.WARNING)
    assert [spot.id for spot in (*card.inputs, *card.outputs)] == ["x", "hidden", "y", "hidden_next"]
