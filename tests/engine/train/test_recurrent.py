"""A drawn recurrent network learns: rows of digits are its steps, its last state is read, its last step is watched."""

from __future__ import annotations

from pathlib import Path

import msgspec

from engine.graph.types import Project
from engine.runs.commands import Watch
from engine.runs.events import Finished
from engine.train.probe import Probe
from engine.train.staging import resolved, staged
from tests.graphs import graph_of_nodes, node, wire
from tests.loops import elman
from tests.projects import plan, ran, supervised


def digits_rnn(epochs: int = 8) -> Project:
    """Eight rows of eight pixels, one after the other."""
    net = graph_of_nodes(
        node("image", "input", shape=("B", 1, 8, 8)),
        node("rows", "flatten", start_dim=1, end_dim=2),
        node("rnn", "network", network="cell", along=1),
        node("head", "linear", out_features=10),
        node("scores", "output"),
        wires=(
            wire("image", "y", "rows", "x"),
            wire("rows", "y", "rnn", "x"),
            wire("rnn", "hidden_next", "head", "x"),
            wire("head", "y", "scores", "x"),
        ),
    )
    project = supervised(net, "digits", {"lr": 0.01}, epochs=epochs)
    return msgspec.structs.replace(project, networks={"net": net, "cell": elman(hidden=32)})


def test_it_learns_digits(tmp_path: Path) -> None:
    end = ran(digits_rnn(), tmp_path / "run").end

    assert isinstance(end, Finished)
    assert end.test is not None
    assert end.test.metrics["accuracy"] > 0.85


def test_its_step_is_watched_by_the_address_of_the_node_inside() -> None:
    stage = staged(resolved(plan(digits_rnn())), 0)
    stage.loop.step()
    probe = Probe(stage)
    probe.watch(Watch(addresses=("net.rnn.act", "net.rnn.onward")))
    probed = probe.take()

    assert {picture.address for picture in probed.pictures} == {"net.rnn.act", "net.rnn.onward"}
    assert "net.rnn.onward" in probed.gradient_norms
