"""Stages that leave a model out: it waits, and a later stage goes on with it as it was."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import torch

from engine.graph.ids import NodeId
from engine.graph.types import Graph, Length, Model, Node, Project, Stage
from engine.recipes.expand import expand
from engine.runs.events import EpochDone, Event, Finished
from engine.runs.record import read_events
from engine.runtime import weights
from engine.train.session import run_plan
from tests.engine.codegen.test_standalone import files_of, laid_out, run
from tests.engine.train.projects import Heard, Killed, finished, iris, losses_of, plan

_EPOCH = 3  # steps


def _of_another_model(drawn: Graph) -> Graph:
    """The same training graph, written out, for the model `second`."""
    nodes = dict(drawn.nodes)
    for name, own in (("net_use", {"model": "second"}), ("fit", {"updates": ("second.*",)})):
        use = nodes[NodeId(name)]
        nodes[use.id] = msgspec.structs.replace(use, parameters={**use.parameters, **own})
    return msgspec.structs.replace(drawn, recipe=None, models={NodeId("second"): Model(network="second")}, nodes=nodes)


def _project(*trainings: str) -> Project:
    """Stages of two epochs: `main` and `again` train one model, `other` another one."""
    project = iris()
    main = project.training["main"]
    other = _of_another_model(expand(project).training["main"])
    return msgspec.structs.replace(
        project,
        networks={**project.networks, "second": project.networks["net"]},
        training={"main": main, "other": other, "again": main},
        run=msgspec.structs.replace(
            project.run, stages=tuple(Stage(training=name, length=Length(epochs=2)) for name in trainings)
        ),
    )


def _last(folder: Path) -> dict[str, torch.Tensor]:
    return weights.read(folder / "checkpoints" / "last.safetensors")


def test_the_third_stage_goes_on_with_the_model_of_the_first(tmp_path: Path) -> None:
    through, end = finished(_project("main", "other", "again"), tmp_path / "a")
    direct, expected = finished(_project("main", "again"), tmp_path / "b")
    lone, _ = finished(_project("again"), tmp_path / "c")

    assert through.losses[: 2 * _EPOCH] == direct.losses[: 2 * _EPOCH]
    assert through.losses[4 * _EPOCH :] == direct.losses[2 * _EPOCH :]
    assert through.losses[4 * _EPOCH :] != lone.losses
    assert end.test == expected.test


def test_checkpoints_hold_the_models_of_all_stages_so_far(tmp_path: Path) -> None:
    finished(_project("main", "other"), tmp_path / "run")
    finished(_project("main"), tmp_path / "first")
    found, first = _last(tmp_path / "run"), _last(tmp_path / "first")
    kept = [key for key in first if key.startswith("net.")]

    assert any(key.startswith("second.") for key in found)
    assert kept
    assert all(torch.equal(found[key], first[key]) for key in kept)


@pytest.mark.parametrize("epoch", [1, 3, 4, 5])
def test_a_run_resumes_with_the_models_that_wait(tmp_path: Path, epoch: int) -> None:
    def react(event: Event) -> None:
        if isinstance(event, EpochDone) and event.epoch == epoch:
            raise Killed

    project = _project("main", "other", "again")
    straight, end = finished(project, tmp_path / "a")
    with pytest.raises(Killed):
        run_plan(plan(project), tmp_path / "b", Heard(react))
    resumed = run_plan(None, tmp_path / "b", Heard(), resume=True)

    assert isinstance(resumed, Finished)
    assert resumed.test == end.test
    assert losses_of(list(read_events(tmp_path / "b"))) == straight.losses
    assert all(torch.equal(tensor, _last(tmp_path / "b")[key]) for key, tensor in _last(tmp_path / "a").items())


def test_the_project_of_its_own_carries_models_likewise_and_saves_all(tmp_path: Path) -> None:
    project = _project("main", "other", "again")
    said = run(laid_out(files_of(project), tmp_path / "plain")).splitlines()
    _, end = finished(project, tmp_path / "run")
    measured = {**end.test.objectives, **end.test.metrics}
    saved = weights.read(tmp_path / "plain" / "weights.safetensors")

    assert said[-1] == " ".join(("test", *(f"{name} {value:.4f}" for name, value in measured.items())))
    assert {key.partition(".")[0] for key in saved} == {"net", "second"}


def test_a_draft_beside_what_is_trained_keeps_nothing_back(tmp_path: Path) -> None:
    project = _project("main")
    draft = Graph(nodes={NodeId("out"): Node(id=NodeId("out"), kind="output")})
    drafts = {"networks": {**project.networks, "draft": draft}, "training": {**project.training, "half": draft}}
    _, alone = finished(project, tmp_path / "alone")
    _, beside = finished(msgspec.structs.replace(project, **drafts), tmp_path / "beside")

    assert beside.test == alone.test
