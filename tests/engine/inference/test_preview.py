"""Previews: one sample through a network as it is drawn, finished or not, trained or not."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from engine.errors import DataError
from engine.graph.ids import NodeId
from engine.graph.types import Graph, Node, Project, Wire
from engine.inference.preview import Flow, Previewer
from tests.graphs import chain, node, ring
from tests.projects import diabetes, digits_cnn, ran, wine_mlp


def _seen(project: Project, training: str = "main", network: str = "net", sample: int = 0, run: str = "") -> Flow:
    return Previewer().flow(project, training, network, sample=sample, run=run)


def _forms(flow: Flow) -> dict[str, tuple[str, tuple[int, ...]]]:
    return {picture.address: (picture.form, picture.shape) for picture in flow.pictures}


def test_every_node_shows_what_it_gives() -> None:
    forms = _forms(_seen(digits_cnn()))

    assert forms["net.image"] == ("maps", (1, 8, 8))
    assert forms["net.conv1"] == ("maps", (4, 8, 8))
    assert forms["net.pool"] == ("maps", (4, 4, 4))
    assert forms["net.head"] == ("bars", (10,))


def test_another_sample_is_another_picture_and_the_same_one_the_same() -> None:
    first, again, other = (_seen(digits_cnn(), sample=number).pictures[0].data for number in (0, 0, 1))

    assert first == again
    assert first != other


def test_samples_are_counted_and_go_round() -> None:
    flow = _seen(digits_cnn())

    assert flow.samples == 288
    assert _seen(digits_cnn(), sample=288).pictures[0].data == flow.pictures[0].data


def test_a_trained_network_predicts_and_says_that_it_is_trained(tmp_path: Path) -> None:
    project = digits_cnn(epochs=6, lr=0.01)
    run = str(ran(project, tmp_path / "run").folder)
    flows = [_seen(project, sample=number, run=run) for number in range(12)]

    assert all(flow.trained for flow in flows)
    assert sum(flow.prediction == flow.target for flow in flows) >= 7


def test_weights_that_fit_no_more_leave_the_initial_ones(tmp_path: Path) -> None:
    run = str(ran(wine_mlp(epochs=1), tmp_path / "run").folder)
    project = wine_mlp()
    wider = Node(id=NodeId("hidden"), kind="linear", parameters={"out_features": 16})
    nodes = {**project.networks["net"].nodes, wider.id: wider}
    changed = msgspec.structs.replace(
        project, networks={"net": msgspec.structs.replace(project.networks["net"], nodes=nodes)}
    )

    assert _seen(project, run=run).trained
    assert not _seen(changed, run=run).trained
    assert not _seen(project, run=str(tmp_path / "nothing")).trained


def test_numbers_to_predict_are_shown_as_numbers() -> None:
    flow = _seen(diabetes())

    assert float(flow.target) > 20
    assert float(flow.prediction) == pytest.approx(float(flow.prediction))


def test_what_comes_before_a_problem_is_shown() -> None:
    network = chain(
        node("image", "input", shape=("B", 1, 8, 8)),
        node("conv1", "conv2d", out_channels=4),
        node("big", "max_pool2d", kernel_size=20),
        node("flatten", "flatten"),
        node("scores", "output"),
    )
    flow = _seen(msgspec.structs.replace(digits_cnn(), networks={"net": network}))
    sound = _seen(digits_cnn())

    assert set(_forms(flow)) == {"net.image", "net.conv1"}
    assert (flow.samples, flow.target, flow.made_up) == (sound.samples, sound.target, False)


def test_a_network_without_data_shows_made_up_numbers() -> None:
    project = Project(networks={"net": digits_cnn().networks["net"]})
    flow = _seen(project, training="")

    assert _forms(flow)["net.conv1"] == ("maps", (4, 8, 8))
    assert (flow.samples, flow.target, flow.made_up) == (0, "", True)


def test_masks_without_data_are_seen_as_well() -> None:
    mask = node("mask", "input", shape=("B", 6), dtype="bool")
    flow = _seen(Project(networks={"net": chain(mask, node("no", "logical_not"), node("out", "output"))}), training="")

    assert {picture.address for picture in flow.pictures} >= {"net.mask", "net.no"}


def test_both_networks_of_a_pair_are_seen() -> None:
    assert "disc.linear1" in _forms(_seen(ring(), "gan", "disc"))
    assert "gen.linear1" in _forms(_seen(ring(), "gan", "gen"))


def test_a_loop_in_the_drawing_is_no_surprise() -> None:
    project = digits_cnn()
    net = project.networks["net"]
    looped = msgspec.structs.replace(net, wires=(*net.wires, Wire(NodeId("relu1"), "y", NodeId("conv1"), "x")))
    shown = _forms(_seen(msgspec.structs.replace(project, networks={"net": looped})))

    assert set(shown) == {"net.image"}


def test_an_empty_network_shows_nothing() -> None:
    assert _seen(msgspec.structs.replace(digits_cnn(), networks={"net": Graph()})).pictures == ()


def test_data_that_is_not_there_is_said(tmp_path: Path) -> None:
    project = wine_mlp()
    graph = project.training["main"]
    assert graph.recipe is not None
    source = msgspec.structs.replace(graph.recipe.sources[0], kind="csv", parameters={"path": "gone.csv"})
    recipe = msgspec.structs.replace(graph.recipe, sources=(source,))
    gone = msgspec.structs.replace(project, training={"main": Graph(recipe=recipe)})
    with pytest.raises(DataError, match=r"gone\.csv cannot be read: No such file"):
        Previewer().flow(gone, "main", "net", folder=str(tmp_path))


def test_prepared_data_is_kept_while_the_network_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    previewer = Previewer()
    previewer.flow(digits_cnn(), "main", "net")

    def refuse(*arguments: object, **named: object) -> None:
        raise AssertionError("the data was prepared again")

    monkeypatch.setattr("engine.inference.preview.prepare", refuse)
    wider = node("conv1", "conv2d", out_channels=6, padding=1)
    project = digits_cnn()
    nodes = {**project.networks["net"].nodes, wider.id: wider}
    changed = msgspec.structs.replace(project.networks["net"], nodes=nodes)
    flow = previewer.flow(msgspec.structs.replace(project, networks={"net": changed}), "main", "net")

    assert _forms(flow)["net.conv1"] == ("maps", (6, 8, 8))
