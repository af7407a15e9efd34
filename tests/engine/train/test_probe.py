"""The probe: pictures of a copy, named nodes, nothing of the run touched."""

from __future__ import annotations

import msgspec
import pytest
import torch

from engine.graph.types import Project
from engine.project.bundled import read_example
from engine.runs.commands import Watch
from engine.train.probe import Probe
from engine.train.staging import Stage, resolved, staged
from tests import graphs
from tests.engine.train.projects import iris, plan


def _stage(project: Project) -> Stage:
    return staged(resolved(plan(project)), 0)


@pytest.fixture(scope="module")
def digits() -> Stage:
    """The digits CNN after two steps."""
    stage = _stage(read_example("digits_cnn"))
    stage.loop.step()
    stage.loop.step()
    return stage


def test_nodes_show_maps_histograms_bars_weights_and_gradients(digits: Stage) -> None:
    probe = Probe(digits)
    probe.watch(Watch(addresses=tuple(f"digits_cnn.{node}" for node in ("image", "conv1", "norm1", "relu1", "scores"))))
    found = {(picture.address.split(".")[1], picture.what): picture for picture in probe.take().pictures}

    assert set(found) == {
        ("image", "input"),
        ("conv1", "activation"),
        ("conv1", "weight"),
        ("conv1", "gradient"),
        ("norm1", "activation"),
        ("relu1", "activation"),
        ("scores", "activation"),
        ("scores", "weight"),
        ("scores", "gradient"),
    }
    assert (found["image", "input"].form, found["image", "input"].shape) == ("maps", (1, 8, 8))
    assert found["conv1", "activation"].shape == (32, 8, 8)
    assert found["conv1", "weight"].shape == (32, 3, 3)
    assert (found["norm1", "activation"].form, found["norm1", "activation"].shape) == ("histogram", (32,))
    assert 0.2 < found["relu1", "activation"].zeros < 0.8
    assert found["scores", "activation"].form == "bars"
    assert found["scores", "activation"].labels == tuple("0123456789")


def test_gradient_norms_and_update_ratios_are_told_by_node(digits: Stage) -> None:
    probe = Probe(digits)
    probe.watch(Watch(addresses=("digits_cnn.conv1",)))
    first = probe.take()
    digits.loop.step()
    second = probe.take()

    assert set(first.gradient_norms) == {f"net.{node}" for node in ("conv1", "norm1", "conv2", "norm2", "scores")}
    assert all(size > 0 for size in first.gradient_norms.values())
    assert not first.update_ratios
    assert 1e-5 < second.update_ratios["net.conv1"] < 1e-1


def test_looking_leaves_weights_gradients_and_statistics_alone(digits: Stage) -> None:
    model = digits.loop.models["net"]
    before = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    probe = Probe(digits)
    probe.watch(Watch(addresses=("digits_cnn.conv1",)))
    probe.take()

    assert all(torch.equal(tensor, before[key]) for key, tensor in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert all(module.training for module in model.modules())


def test_another_sample_gives_another_picture(digits: Stage) -> None:
    probe = Probe(digits)
    data = []
    for sample in (0, 1, 288):
        probe.watch(Watch(addresses=("digits_cnn.image",), sample=sample))
        data.append(probe.take().pictures[0].data)

    assert data[0] != data[1]
    assert data[0] == data[2]


def test_a_probe_is_due_only_when_somebody_looks_and_training_can_afford_it(digits: Stage) -> None:
    probe = Probe(digits)
    assert not probe.is_due(1e9, 1e9)

    probe.watch(Watch(addresses=("digits_cnn.conv1",), interval_ms=0))
    assert probe.is_due(0.0, 0.0)

    probe.take()
    assert not probe.is_due(1e9, training_seconds=0.0)
    assert probe.is_due(1e9, training_seconds=60.0)


def test_an_address_that_is_not_there_is_no_picture(digits: Stage) -> None:
    probe = Probe(digits)
    probe.watch(Watch(addresses=("digits_cnn.nothing", "other.conv1")))

    assert probe.take().pictures == ()


def test_the_first_node_that_is_not_finite_is_named() -> None:
    stage = _stage(iris())
    with torch.no_grad():
        stage.loop.models["net"].get_parameter("hidden.weight")[0, 0] = float("inf")
    stage.loop.step()

    assert Probe(stage).first_not_finite(stage.loop.replay_batch()) == (
        "a value",
        "net.hidden",
    )


def test_a_gradient_that_is_not_finite_is_named_where_it_begins() -> None:
    layers = [graphs.node(f"linear{number}", "linear", out_features=3) for number in (1, 2, 3)]
    network = graphs.chain(graphs.node("features", "input", shape=("B", 4)), *layers, graphs.node("species", "output"))
    stage = _stage(msgspec.structs.replace(iris(), networks={"net": network}))
    with torch.no_grad():
        for parameter in stage.loop.models["net"].parameters():
            parameter.zero_()
        for number, size in ((1, 1e-38), (2, 1e30), (3, 1e20)):
            stage.loop.models["net"].get_parameter(f"linear{number}.weight").copy_(
                size * torch.eye(3, 4)[:, : 4 - (number > 1)]
            )
    stage.loop.step()
    found = Probe(stage).first_not_finite(stage.loop.replay_batch())

    assert stage.loop.flagged == 1
    assert found == ("a gradient", "net.linear1")


def test_both_models_of_two_objectives_are_seen_each_with_its_own_gradients() -> None:
    stage = _stage(graphs.ring())
    stage.loop.step()
    probe = Probe(stage)
    probe.watch(Watch(addresses=("gen.linear1", "disc.linear2")))
    probed = probe.take()

    assert {picture.address for picture in probed.pictures} == {"gen.linear1", "disc.linear2"}
    assert set(probed.gradient_norms) == {
        f"{model}.{node}" for model in ("generator", "discriminator") for node in ("linear1", "linear2")
    }


def test_only_what_feeds_an_output_is_labelled_with_the_classes() -> None:
    layers = [graphs.node(name, "linear", out_features=3) for name in ("hidden", "scores")]
    network = graphs.chain(graphs.node("features", "input", shape=("B", 4)), *layers, graphs.node("species", "output"))
    probe = Probe(_stage(msgspec.structs.replace(iris(), networks={"net": network})))
    probe.watch(Watch(addresses=("net.hidden", "net.scores")))
    bars = {picture.address: picture.labels for picture in probe.take().pictures if picture.form == "bars"}

    assert bars["net.hidden"] == ()
    assert len(bars["net.scores"]) == 3
