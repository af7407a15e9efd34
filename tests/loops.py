"""Drawn cells and a use of them along an axis, for tests of loops."""

from __future__ import annotations

from engine.graph.types import Graph, Project, Value
from tests.graphs import graph_of_nodes, node, wire

Shape = tuple[int | str, ...]


def elman(features: int = 8, hidden: int = 16) -> Graph:
    """The cell of Elman: tanh(W x + b + V h + c), which is both what it gives and what it carries on."""
    return graph_of_nodes(
        node("x", "input", shape=("N", features)),
        node("hidden", "input", shape=("N", hidden)),
        node("inward", "linear", out_features=hidden),
        node("onward", "linear", out_features=hidden),
        node("total", "add"),
        node("act", "tanh"),
        node("y", "output"),
        node("hidden_next", "output"),
        wires=(
            wire("x", "y", "inward", "x"),
            wire("hidden", "y", "onward", "x"),
            wire("inward", "y", "total", "a"),
            wire("onward", "y", "total", "b"),
            wire("total", "y", "act", "x"),
            wire("act", "y", "y", "x"),
            wire("act", "y", "hidden_next", "x"),
        ),
    )


def along(cell: Graph, shape: Shape = ("B", "T", 8), *, start: Shape | None = None, **parameters: Value) -> Project:
    """A network that runs a cell along an axis of what comes in at `x`.

    Args:
        cell: with an input `x` and outputs `y` and, for a state, `hidden_next`.
        shape: of the sequence.
        start: shape of an input `h0` that the state starts with.
        parameters: of the use; `along` is 1 where left out.
    """
    given: dict[str, Value] = {"network": "cell", "along": 1, **parameters}
    carries = "hidden_next" in cell.nodes
    nodes = [node("x", "input", shape=shape), node("rnn", "network", **given), node("out", "output")]
    wires = [wire("x", "y", "rnn", "x"), wire("rnn", "y", "out", "x")]
    if start is not None:
        nodes.insert(1, node("h0", "input", shape=start))
        wires.append(wire("h0", "y", "rnn", "hidden"))
    if carries:
        nodes.append(node("last", "output"))
        wires.append(wire("rnn", "hidden_next", "last", "x"))
    return Project(networks={"cell": cell, "net": graph_of_nodes(*nodes, wires=tuple(wires))})
