"""Models that follow others: as the formulas say, within runs, checks and stand-alone projects."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import torch
from torch import nn
from torch.nn import functional

from engine.check.checker import check
from engine.check.report import Problem
from engine.feed.dataset import Batch, Models
from engine.graph.document import Document
from engine.graph.ids import NodeId
from engine.graph.types import Model, Project
from engine.recipes.expand import expand
from engine.runs.events import EpochDone, Event
from engine.runtime import weights
from engine.train.followers import Follower, begin
from engine.train.loop import Loop, Objective
from engine.train.session import Session
from tests.engine.train import toy
from tests.engine.train.projects import Heard, Killed, finished, iris, losses_of, plan
from tests.engine.train.test_standalone_losses import _alone, _written
from tests.graphs import node, wire


def _net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Linear(8, 1))


def _pulled(models: Models, batch: Batch, held: Batch) -> torch.Tensor:
    with torch.no_grad():
        wanted = models["teacher"](batch["data.x"])
    apart = functional.mse_loss(models["net"](batch["data.x"]), wanted)
    return toy.fit(models, batch, held) + apart


def _loop(follower: Follower) -> Loop:
    models = {"net": _net(), "teacher": _net()}
    begin(models, (follower,))
    objective = Objective("fit", _pulled, ("net.*",), "adamw", {"lr": 1e-2})
    return Loop(models, toy.data().sources(3), (objective,), toy.nothing, followers=(follower,), seed=3)


def _state(model: nn.Module) -> dict[str, torch.Tensor]:
    return copy.deepcopy(model.state_dict())


def _same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(one[key], other[key]) for key in one)


def test_an_average_follows_every_update_and_statistics_are_copied() -> None:
    loop = _loop(Follower("teacher", "net", "ema", decay=0.9))
    for _ in range(5):
        before = _state(loop.models["teacher"])
        loop.step()
        net, teacher = loop.models["net"].state_dict(), loop.models["teacher"].state_dict()
        for key, parameter in loop.models["teacher"].named_parameters():
            torch.testing.assert_close(parameter, 0.9 * before[key] + 0.1 * net[key], check_device=False)
        assert torch.equal(teacher["1.running_mean"], net["1.running_mean"])
    assert not loop.models["teacher"].training


def test_copies_are_made_after_every_step_every_few_steps_or_never() -> None:
    first = _state(_net())
    same: dict[str, list[bool]] = {}
    for rule in ("copy", "periodic", "frozen"):
        loop = _loop(Follower("teacher", "net", rule, every=2))
        for _ in range(4):
            loop.step()
            same.setdefault(rule, []).append(_same(_state(loop.models["teacher"]), _state(loop.models["net"])))
    assert same == {"copy": [True] * 4, "periodic": [False, True] * 2, "frozen": [False] * 4}
    assert _same(_state(loop.models["teacher"]), first)


def test_a_step_that_is_not_finite_is_not_followed() -> None:
    loop = _loop(Follower("teacher", "net", "ema", decay=0.5))
    loop.step()
    before = _state(loop.models["teacher"])
    [objective] = loop.objectives
    loop._updates[0].objective = replace(objective, loss=lambda *given: _pulled(*given) * float("nan"))
    loop.step()
    loop.fetch()

    assert loop.flagged
    assert _same(_state(loop.models["teacher"]), before)


def mean_teacher(rule: str = "ema", epochs: int = 3) -> Project:
    """A network that is drawn to what an average over its past says."""
    project = expand(iris(epochs=epochs))
    graph = project.training["main"]
    nodes = [
        node("teacher_use", "model", model="teacher"),
        node("still", "stop_gradient"),
        node("apart", "mse"),
        node("total", "add"),
    ]
    wires = [one for one in graph.wires if one.target != "fit"]
    wires += [
        wire("standardise", "y", "teacher_use", "features"),
        wire("teacher_use", "species", "still", "x"),
        wire("net_use", "species", "apart", "x"),
        wire("still", "y", "apart", "target"),
        wire("loss", "y", "total", "a"),
        wire("apart", "y", "total", "b"),
        wire("total", "y", "fit", "loss"),
    ]
    models = {**graph.models, NodeId("teacher"): Model(network="net", follows="net", rule=rule, decay=0.9)}  # type: ignore[arg-type]  # some rules are none
    drawn = msgspec.structs.replace(
        graph, nodes={**graph.nodes, **{one.id: one for one in nodes}}, wires=tuple(wires), models=models, recipe=None
    )
    return msgspec.structs.replace(project, training={"main": drawn})


def test_a_run_with_a_follower_goes_on_as_if_it_had_not_been_broken_off(tmp_path: Path) -> None:
    heard, _ = finished(mean_teacher(), tmp_path / "whole")

    def kill(event: Event) -> None:
        if isinstance(event, EpochDone) and event.epoch == 2:
            raise Killed

    with pytest.raises(Killed):
        Session(plan(mean_teacher()), tmp_path / "run", Heard(kill)).run()
    (tmp_path / "run" / "lock").unlink(missing_ok=True)
    again = Heard()
    Session(None, tmp_path / "run", again, resume=True).run()
    files = [weights.read(tmp_path / name / "checkpoints" / "last.safetensors") for name in ("whole", "run")]

    assert heard.losses[-len(again.losses) :] == again.losses
    assert any(key.startswith("teacher.") for key in files[0])
    assert _same(*files)


def test_the_stand_alone_project_follows_alike(tmp_path: Path) -> None:
    heard, _ = finished(mean_teacher(), tmp_path / "run")
    count = len(heard.losses)
    said = _alone(_written(mean_teacher(), tmp_path / "plain"), "--print-losses", str(count))

    assert tuple(float(line.split()[-1]) for line in said.splitlines()) == losses_of(heard.events)


def _problems(project: Project) -> tuple[Problem, ...]:
    return check(project).problems


def _with(project: Project, **changes: object) -> Project:
    graph = project.training["main"]
    models = {**graph.models, NodeId("teacher"): msgspec.structs.replace(graph.models[NodeId("teacher")], **changes)}
    return msgspec.structs.replace(project, training={"main": msgspec.structs.replace(graph, models=models)})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"follows": "nett"}, "which is no model here; did you mean net?"),
        ({"follows": "teacher"}, "which follows another"),
        ({"rule": ""}, "by no rule"),
        ({"follows": ""}, "has the rule ema and follows none"),
        ({"decay": 1.5}, "a decay from 0 to 1"),
        ({"every": 0}, "at least 1 step"),
    ],
)
def test_a_follower_that_cannot_follow_is_said_before_a_run(changes: dict[str, object], words: str) -> None:
    found = [problem for problem in _problems(_with(mean_teacher(), **changes)) if problem.code == "follower"]

    assert [words in problem.message for problem in found] == [True], found
    mended = Document(_with(mean_teacher(), **changes))
    for edit in found[0].fixes[0].edits:
        mended.apply(edit)
    assert not [problem for problem in _problems(mended.project) if problem.code == "follower"]


def test_a_follower_has_no_problems_and_is_not_trained() -> None:
    project = mean_teacher()
    fit = project.training["main"].nodes[NodeId("fit")]
    graph = project.training["main"]
    greedy = msgspec.structs.replace(fit, parameters={**fit.parameters, "updates": ("teacher.*",)})
    changed = msgspec.structs.replace(graph, nodes={**graph.nodes, fit.id: greedy})

    assert not _problems(project)
    assert [p.code for p in _problems(msgspec.structs.replace(project, training={"main": changed}))] == [
        "updates-nothing"
    ]
