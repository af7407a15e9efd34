"""What goes wrong in a run is one clear word, and nothing is lost."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
import torch
from safetensors.torch import load_file

from engine.errors import FileError, UsageError
from engine.graph.ids import NodeId
from engine.runs.commands import SetLearningRate
from engine.runs.events import CheckpointWritten, Failed, Finished, Warned
from engine.runs.folder import RunFolder
from engine.runs.record import read_end
from engine.runtime import weights
from engine.train.measure import measured_test
from engine.train.session import Session, run_plan
from tests.engine.train.projects import Heard, failed, finished, iris, plan


def test_a_learning_rate_of_no_objective_is_a_warning(tmp_path: Path) -> None:
    heard = Heard()
    session = Session(plan(iris()), tmp_path / "run", heard)
    session.command(SetLearningRate(objective="other", lr=0.1))
    session.command(SetLearningRate(objective="fit", lr=float("nan")))
    session.run()

    assert [event.message for event in heard.events if isinstance(event, Warned)] == [
        "the learning rate was not changed: there is no objective 'other'",
        "the learning rate was not changed: nan is no learning rate",
    ]


def test_a_huge_learning_rate_stops_the_run_names_the_node_and_keeps_good_weights(tmp_path: Path) -> None:
    heard, end = failed(iris(epochs=200, lr=1e9), tmp_path / "run")
    tensors = load_file(tmp_path / "run" / "checkpoints" / "last.safetensors")

    assert end.address.startswith(("net.", "main."))
    assert "is not finite at step" in end.what
    assert "Lower the learning rate (now 1e+09)" in end.remedy
    assert all(bool(torch.isfinite(tensor).all()) for tensor in tensors.values())
    assert all(loss < float("inf") for loss in heard.losses)
    assert read_end(tmp_path / "run") == end


def test_a_full_disk_while_checkpointing_is_a_warning_and_training_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, tensors: object, notes: object = None) -> None:
        raise FileError("the file cannot be written: the disk is full", where=str(path))

    straight, _ = finished(iris(), tmp_path / "a")
    monkeypatch.setattr(weights, "write", full)
    heard, end = failed(iris(), tmp_path / "b")
    warnings = [event for event in heard.events if isinstance(event, Warned)]

    assert heard.losses == straight.losses
    assert len(warnings) == 1
    assert "the disk is full" in warnings[0].message
    assert not [event for event in heard.events if isinstance(event, CheckpointWritten)]
    assert not list((tmp_path / "b" / "checkpoints").iterdir())
    assert end.what == "the weights could not be saved"
    assert "Make room" in end.remedy


def test_a_run_whose_best_weights_found_no_room_goes_on_to_the_same_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, count = weights.write, 0

    def full(path: Path, tensors: weights.Tensors, notes: Mapping[str, str] | None = None) -> None:
        nonlocal count
        count += 1
        if count > 3:  # the first last, the first best, and the last one beside it
            raise FileError("the file cannot be written: the disk is full", where=str(path))
        plain(path, tensors, notes)

    straight, expected = finished(iris(), tmp_path / "a")
    with monkeypatch.context() as patched:
        patched.setattr(weights, "write", full)
        failed(iris(), tmp_path / "b")
    heard = Heard()
    end = run_plan(None, tmp_path / "b", heard, resume=True)

    assert isinstance(end, Finished)
    assert (end.test, end.best_epoch) == (expected.test, expected.best_epoch)
    assert measured_test(tmp_path / "b") == expected.test
    assert heard.losses == straight.losses[-len(heard.losses) :]


def test_best_weights_that_found_no_room_at_first_are_those_that_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, refused = weights.write, False

    def full_once(path: Path, tensors: weights.Tensors, notes: Mapping[str, str] | None = None) -> None:
        nonlocal refused
        if path.name == "best.safetensors" and not refused:
            refused = True
            raise FileError("the file cannot be written: the disk is full", where=str(path))
        plain(path, tensors, notes)

    _, expected = finished(iris(), tmp_path / "a")
    monkeypatch.setattr(weights, "write", full_once)
    _, end = finished(iris(), tmp_path / "b")

    assert refused
    assert (end.test, end.best_epoch) == (expected.test, expected.best_epoch)
    assert measured_test(tmp_path / "b") == expected.test


def test_a_record_that_cannot_be_written_is_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RunFolder, "_append", lambda self, name, line: False)
    heard, _ = finished(iris(), tmp_path / "run")

    assert [event.message for event in heard.events if isinstance(event, Warned)] == [
        "the run's record cannot be written: the disk is full or read-only; training goes on"
    ]


def test_a_folder_that_holds_something_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        run_plan(plan(iris()), tmp_path / "run", Heard())

    assert [path.name for path in (tmp_path / "run").iterdir()] == ["thesis.txt"]


def test_a_folder_in_which_a_live_process_trains_is_refused_and_left_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished(iris(), tmp_path / "run")
    (tmp_path / "run" / "lock").write_text("1")
    monkeypatch.setattr("engine.runs.folder.process_lives", lambda pid: True)
    before = (tmp_path / "run" / "events.jsonl").read_bytes()
    end = run_plan(None, tmp_path / "run", Heard(), resume=True)

    assert isinstance(end, Failed)
    assert "process 1 trains in this folder" in end.what
    assert (tmp_path / "run" / "lock").read_text() == "1"
    assert (tmp_path / "run" / "events.jsonl").read_bytes() == before


def test_a_lock_that_a_dead_process_left_is_taken_over(tmp_path: Path) -> None:
    finished(iris(), tmp_path / "run")
    (tmp_path / "run" / "lock").write_text("999999999")

    assert isinstance(run_plan(None, tmp_path / "run", Heard(), resume=True), Finished)
    assert not (tmp_path / "run" / "lock").exists()


def test_a_project_with_an_error_fails_before_it_leaves_anything(tmp_path: Path) -> None:
    project = iris()
    broken = msgspec.structs.replace(project.networks["net"], wires=project.networks["net"].wires[:-1])
    heard, end = failed(msgspec.structs.replace(project, networks={"net": broken}), tmp_path / "run")

    assert end.address.startswith("networks.net")
    assert not (tmp_path / "run").exists()
    assert heard.events == [end]


def test_a_device_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    end = run_plan(msgspec.structs.replace(plan(iris()), device="cuda:63"), tmp_path / "run", Heard())

    assert isinstance(end, Failed)
    assert "no device 'cuda:63'" in end.what
    assert "cpu" in end.remedy


def test_errors_of_a_project_are_named_and_counted_before_a_run(tmp_path: Path) -> None:
    project = iris()
    net = project.networks["net"]
    nodes = {**net.nodes}
    for name in ("hidden", "scores"):
        node = nodes[NodeId(name)]
        nodes[node.id] = msgspec.structs.replace(node, parameters={"out_features": -3})
    broken = msgspec.structs.replace(project, networks={"net": msgspec.structs.replace(net, nodes=nodes)})
    _, end = failed(broken, tmp_path / "run")

    assert end.address == "networks.net.hidden"
    assert end.remedy.endswith("1 more error: netwright check lists them")
