"""A node on a wire finds room there: what stands behind it in the row moves on."""

from __future__ import annotations

from designer.editing.room import room_on
from engine.graph.ids import NodeId
from engine.graph.types import GraphLayout, GraphRef, Layout, Place, Project, Wire
from tests.graphs import chain, node

NET = GraphRef("networks", "net")
A, B, C, D = (NodeId(name) for name in "abcd")
WIRE = Wire(A, "y", B, "x")


def _project(**places: Place) -> Project:
    graph = chain(*(node(name, "relu") for name in "abcd"))
    at = {NodeId(name): place for name, place in places.items()}
    return Project(networks={"net": graph}, layout=Layout(networks={"net": GraphLayout(nodes=at)}))


ROW = _project(a=Place(0, 0), b=Place(184, 0), c=Place(368, 10), d=Place(0, 150))


def test_what_stands_behind_in_the_row_moves_on() -> None:
    place, moved = room_on(ROW, NET, ROW.networks["net"], WIRE, Place(90, 20))

    assert place == Place(184, 0)
    assert moved == {B: Place(368, 0), C: Place(552, 10)}


def test_where_there_is_room_nothing_moves() -> None:
    wide = _project(a=Place(0, 0), b=Place(600, 0), c=Place(800, 0), d=Place(0, 150))

    assert room_on(wide, NET, wide.networks["net"], WIRE, Place(250, 30)) == (Place(250, 0), {})


def test_away_from_the_row_a_node_stays_where_it_was_let_go() -> None:
    assert room_on(ROW, NET, ROW.networks["net"], WIRE, Place(90, 300)) == (Place(90, 300), {})


def test_on_a_wire_to_the_next_row_it_stays_too() -> None:
    wire = Wire(C, "y", D, "x")

    assert room_on(ROW, NET, ROW.networks["net"], wire, Place(200, 80)) == (Place(200, 80), {})
