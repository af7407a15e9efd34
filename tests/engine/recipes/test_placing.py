"""Nodes of a graph that nobody placed stand where they can be read."""

from __future__ import annotations

from engine.graph.ids import NodeId
from engine.graph.types import Place
from engine.recipes.placing import places
from tests.graphs import chain, node


def test_a_long_chain_stands_in_rows_that_can_be_read() -> None:
    graph = chain(*(node(f"relu{number}", "relu") for number in range(12)))
    found = places(graph)

    assert len(set(found.values())) == 12
    assert max(place.x for place in found.values()) == 4 * 184
    assert found[NodeId("relu5")] == Place(0, 144)


def test_a_short_chain_stands_in_one_row() -> None:
    graph = chain(*(node(f"relu{number}", "relu") for number in range(6)))

    assert {place.y for place in places(graph).values()} == {0.0}
