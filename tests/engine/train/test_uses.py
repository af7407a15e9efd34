"""What is seen of models in training: one for one, use for use, though they share a network."""

from __future__ import annotations

import pytest
import torch

from engine.check.checker import check
from engine.codegen.training import emit_training
from engine.graph.ids import NodeId
from engine.graph.specs import Snapshot, TensorSpec
from engine.graph.types import Graph, Length, Model, Node, Project, RunSettings, Value
from engine.graph.types import Stage as StageSettings
from engine.runs.commands import Watch
from engine.runs.events import Picture, Probed, Use
from engine.train.probe import Probe
from engine.train.staging import Stage, resolved, staged
from tests import graphs
from tests.engine.train.projects import plan

_Seen = dict[tuple[str, str, str], Picture]


def _cycle(**parameters: Value) -> Project:
    """Points there and back again by two models of one network, the first of them used twice."""
    snapshot = Snapshot(content="ring", outputs={"point": TensorSpec(shape=("B", 2))}, samples=2000)
    network = graphs.chain(
        graphs.node("point", "input", shape=("B", 2)),
        graphs.node("wide", "linear", out_features="=width" if parameters else 4),
        graphs.node("moved", "linear", out_features=2),
        graphs.node("out", "output"),
    )
    nodes = (
        Node(id=NodeId("ring"), kind="ring", snapshot=snapshot),
        graphs.node("there", "model", model="forth"),
        graphs.node("here", "model", model="back"),
        graphs.node("again", "model", model="forth"),
        graphs.node("gap", "subtract"),
        graphs.node("size", "softplus"),
        graphs.node("loss", "mean", dims=(0, 1)),
        graphs.node("fit", "objective", updates=("*",), optimizer="adam"),
    )
    rows = (
        "ring point there point, there out here point, here out again point, again out gap a, ring point gap b, "
        "gap y size x, size y loss x, loss y fit loss"
    )
    wires = tuple(graphs.wire(*row.split()) for row in rows.split(", "))
    models = {
        NodeId("forth"): Model(network="map"),
        NodeId("back"): Model(network="map", parameters=parameters),
    }
    drawn = Graph(models=models, nodes={one.id: one for one in nodes}, wires=wires, objectives=(NodeId("fit"),))
    if parameters:
        network = Graph(nodes=network.nodes, wires=network.wires, parameters={"width": 4})
    run = RunSettings(stages=(StageSettings(training="cycle", length=Length(steps=5)),))
    return Project(networks={"map": network}, training={"cycle": drawn}, run=run)


def _stage(project: Project) -> Stage:
    stage = staged(resolved(plan(project)), 0)
    stage.loop.step()
    return stage


def _probed(project: Project, *addresses: str) -> Probed:
    probe = Probe(_stage(project))
    probe.watch(Watch(addresses=addresses))
    return probe.take()


def _by_use(probed: Probed) -> _Seen:
    found: _Seen = {(picture.model, picture.use, picture.what): picture for picture in probed.pictures}
    assert len(found) == len(probed.pictures)
    return found


def test_two_models_of_one_network_have_pictures_norms_and_weights_of_their_own() -> None:
    probed = _probed(_cycle(), "map.wide")
    seen = _by_use(probed)

    assert {picture.address for picture in probed.pictures} == {"map.wide"}
    assert list(seen) == [
        ("forth", "there", "activation"),
        ("forth", "again", "activation"),
        ("back", "", "activation"),
        ("forth", "", "weight"),
        ("forth", "", "gradient"),
        ("back", "", "weight"),
        ("back", "", "gradient"),
    ]
    assert len({picture.data for picture in seen.values()}) == len(seen)
    assert set(probed.gradient_norms) == {"forth.wide", "forth.moved", "back.wide", "back.moved"}
    assert len(set(probed.gradient_norms.values())) == 4


def test_every_use_of_a_model_is_seen_by_its_node_with_what_flows_there() -> None:
    stage = _stage(graphs.ring())
    probe = Probe(stage)
    probe.watch(Watch(addresses=("disc.point", "gen.sample")))
    seen = _by_use(probe.take())
    real = seen["discriminator", "see_real", "input"]
    made = seen["generator", "", "activation"]

    assert [use for model, use, _ in seen if model == "discriminator"] == ["see_real", "see_fake", "judge"]
    assert real.data != made.data
    # Both get the generated point: one of them by the hold.
    assert seen["discriminator", "see_fake", "input"].data == seen["discriminator", "judge", "input"].data == made.data


@pytest.mark.parametrize("more", [{"steps": 2}, {"steps": 2, "fresh": True}])
def test_uses_that_a_hold_lets_be_left_out_are_not_mistaken(more: dict[str, Value]) -> None:
    plain, guarded = (
        _by_use(_probed(graphs.ring(discriminator=options), "disc.point", "gen.z")) for options in (None, more)
    )

    assert {key: picture.shape for key, picture in plain.items()} == {
        key: picture.shape for key, picture in guarded.items()
    }
    assert plain["discriminator", "see_real", "input"] == guarded["discriminator", "see_real", "input"]


def test_a_probe_tells_all_uses_there_are() -> None:
    uses = _probed(_cycle()).uses

    assert uses == (
        Use(network="map", model="forth", use="there"),
        Use(network="map", model="forth", use="again"),
        Use(network="map", model="back"),
    )


def test_watching_a_drawn_network_reaches_its_instances() -> None:
    probed = _probed(_cycle(width=9), "map.wide", "map.moved")
    seen = {key: picture for key, picture in _by_use_of(probed, "map.wide").items() if key[2] == "weight"}

    assert {model: picture.shape for (model, _, _), picture in seen.items()} == {"forth": (1, 4, 2), "back": (1, 9, 2)}
    assert {use.network for use in probed.uses} == {"map"}


def _by_use_of(probed: Probed, address: str) -> _Seen:
    return {(one.model, one.use, one.what): one for one in probed.pictures if one.address == address}


def test_update_ratios_are_told_by_model() -> None:
    stage = _stage(_cycle())
    probe = Probe(stage)
    probe.watch(Watch(addresses=("map.wide",)))
    probe.take()
    with torch.no_grad():
        stage.loop.models["back"].get_parameter("wide.weight").mul_(2.0)
    stage.loop.step()
    ratios = probe.take().update_ratios

    assert ratios["back.wide"] > 2 * ratios["forth.wide"]


def test_a_failure_names_the_model_and_the_use() -> None:
    stage = _stage(_cycle())
    probe = Probe(stage)
    with torch.no_grad():
        stage.loop.models["back"].get_parameter("wide.weight")[0, 0] = float("inf")
    stage.loop.step()

    assert probe.first_not_finite(stage.loop.replay_batch()) == ("a value", "back.wide")

    with torch.no_grad():
        stage.loop.models["forth"].get_parameter("moved.weight")[0, 0] = float("inf")

    assert probe.first_not_finite(stage.loop.replay_batch()) == ("a value in there", "forth.moved")


def test_only_the_probe_finds_models_by_their_uses() -> None:
    project = graphs.ring()
    model, probe = (
        emit_training(project, check(project), "gan", "engine.train", variant).text for variant in ("model", "probe")
    )

    assert 'models["discriminator"]' in model
    assert 'see_real = models["see_real"]' in probe
    assert 'models["discriminator"]' not in probe
