"""Exports: what others compute with the file is what PyTorch computes, and a file that differs is never written."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from safetensors import safe_open
from sklearn.datasets import load_digits

from engine.errors import ExportError, FileError, NetwrightError, UsageError
from engine.graph.edits import AddNode, Connect, SetBypassed
from engine.graph.ids import NodeId
from engine.graph.types import GraphRef, Node, Wire
from engine.interchange.comparing import difference
from engine.interchange.export import Exported, export
from engine.interchange.subject import subject_of
from engine.runs.events import Finished
from engine.runtime import weights
from engine.sources import split
from tests import graphs
from tests.projects import Ran, diabetes, digits_cnn, ran, wine_mlp

_SEED = 0


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A digits network that has learned something."""
    return ran(digits_cnn(epochs=6, lr=0.01), tmp_path_factory.mktemp("run") / "run")


@pytest.fixture(scope="module")
def file(run: Ran, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its ONNX file."""
    target = tmp_path_factory.mktemp("export") / "digits.onnx"
    _exported(run, target)
    return target


def _exported(run: Ran, target: Path) -> Exported:
    return export(digits_cnn(), target, run=str(run.folder))


def _session(file: Path) -> Any:
    options = onnxruntime.SessionOptions()  # type: ignore[attr-defined]  # onnxruntime lists no exports
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(  # type: ignore[attr-defined]  # as above
        file, options, providers=["CPUExecutionProvider"]
    )


def _test_part() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The raw pixels of scikit-learn's digits that the run was tested on, and what they show."""
    found = load_digits()
    chosen = split.indices(1797, _SEED, 0.16, 0.2, found.target.astype(np.int64))["test"]
    return found.images[chosen][:, None].astype(np.float32), found.target[chosen]


def test_its_only_input_is_the_image_and_its_first_output_the_ten_scores(file: Path) -> None:
    session = _session(file)
    (entry,) = session.get_inputs()

    assert (entry.name, entry.shape[1:], entry.type) == ("image", [1, 8, 8], "tensor(float)")
    assert isinstance(entry.shape[0], str)
    assert session.get_outputs()[0].shape[1:] == [10]
    onnx.checker.check_model(onnx.load(file), full_check=True)


@pytest.mark.parametrize("batch", [1, 7, 64, 359])
def test_raw_pixels_give_the_predictions_that_the_run_reported(run: Ran, file: Path, batch: int) -> None:
    pixels, digits = _test_part()
    session = _session(file)
    scores = np.concatenate(
        [session.run(None, {"image": pixels[start : start + batch]})[0] for start in range(0, len(pixels), batch)]
    )
    with torch.no_grad():
        expected = subject_of(digits_cnn(), run=str(run.folder), folder="", raw_input=False).module(
            torch.from_numpy(pixels)
        )
    assert isinstance(run.end, Finished)
    correct = float((scores.argmax(1) == digits).mean())

    assert correct == pytest.approx(run.end.test.metrics["accuracy"], abs=1e-6)
    assert correct > 0.6
    assert (scores.argmax(1) == expected.argmax(1).numpy()).all()
    assert float(np.abs(scores - expected.numpy()).max()) <= 1e-4


def test_it_says_what_it_is_and_what_it_expects(run: Ran, file: Path) -> None:
    notes = _session(file).get_modelmeta().custom_metadata_map

    assert notes["netwright.weights"] == "best"
    assert notes["netwright.run"] == run.folder.name
    assert json.loads(notes["netwright.classes"]) == list("0123456789")
    assert notes["netwright.outputs"] == "logits"
    assert json.loads(notes["netwright.inputs"])["image"]["high"] == 16.0
    assert onnx.load(file).producer_name == "Netwright"


def test_the_difference_is_told(run: Ran, tmp_path: Path) -> None:
    found = _exported(run, tmp_path / "digits.onnx")

    assert (found.format, found.weights, found.samples) == ("onnx", "best", 359)
    assert set(found.max_abs_difference) == {"scores"}
    assert 0 <= found.max_abs_difference["scores"] <= 1e-4


def test_a_network_for_numbers_gives_them_in_their_unit(tmp_path: Path) -> None:
    done = ran(diabetes(epochs=3), tmp_path / "run")
    found = export(diabetes(), tmp_path / "d.onnx", run=str(done.folder))
    session = _session(tmp_path / "d.onnx")

    assert session.get_inputs()[0].shape[1:] == [10]
    assert set(found.max_abs_difference) == {"progression"}
    assert session.get_modelmeta().custom_metadata_map["netwright.outputs"] == "values"


def test_without_a_run_the_weights_are_untrained_and_said_to_be(tmp_path: Path) -> None:
    found = export(wine_mlp(), tmp_path / "w.onnx")

    assert found.weights == "untrained"
    assert _session(tmp_path / "w.onnx").get_modelmeta().custom_metadata_map["netwright.weights"] == "untrained"


def test_the_bare_network_can_be_exported_without_its_transforms(run: Ran, tmp_path: Path) -> None:
    export(digits_cnn(), tmp_path / "bare.onnx", run=str(run.folder), raw_input=True)
    notes = _session(tmp_path / "bare.onnx").get_modelmeta().custom_metadata_map

    assert notes["netwright.input_scale"] == "prepared"
    assert json.loads(notes["netwright.inputs"])["image"]["transforms"] == []


def test_weights_alone_are_those_of_the_run(run: Ran, tmp_path: Path) -> None:
    found = export(digits_cnn(), tmp_path / "w.safetensors", run=str(run.folder))
    best = run.folder / "checkpoints" / "best.safetensors"
    with safe_open(tmp_path / "w.safetensors", framework="np") as ours, safe_open(best, framework="np") as theirs:
        assert set(ours.keys()) == {key.removeprefix("net.") for key in theirs.keys() if key.startswith("net.")}  # noqa: SIM118  # no mapping
        assert all((ours.get_tensor(key) == theirs.get_tensor(f"net.{key}")).all() for key in ours.keys())  # noqa: SIM118  # likewise
        assert ours.metadata()["netwright.weights"] == "best"
    assert found.format == "safetensors"


def test_a_difference_too_large_writes_nothing(run: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.interchange.comparing.TOLERANCE", -1.0)
    with pytest.raises(ExportError, match=r"differs from PyTorch by .* at output scores; nothing was written"):
        _exported(run, tmp_path / "digits.onnx")

    assert list(tmp_path.iterdir()) == []


def test_values_that_are_not_finite_never_pass_for_equal() -> None:
    infinite, missing, one = (torch.tensor([value, 0.0]) for value in (math.inf, math.nan, 1.0))

    assert difference(one, infinite) == difference(infinite, one) == math.inf
    assert difference(missing, one) == difference(one, missing) == math.inf
    assert difference(infinite, infinite) == 0.0
    assert difference(one, torch.tensor([0.75, 0.0])) == 0.25


def test_a_network_that_gives_no_numbers_is_not_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = torch.nn.Linear.reset_parameters

    def spoil(self: torch.nn.Linear) -> None:
        plain(self)
        with torch.no_grad():
            self.bias.fill_(float("nan"))

    monkeypatch.setattr(torch.nn.Linear, "reset_parameters", spoil)
    with pytest.raises(ExportError, match=r"no numbers .* nothing was written"):
        export(wine_mlp(), tmp_path / "w.onnx")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["net.pt", "net", "net.ONNX.zip"])
def test_an_ending_that_names_no_format_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"is no format to export.*\.onnx, \.pt2 or \.safetensors"):
        export(wine_mlp(), tmp_path / name)


@pytest.mark.parametrize("ending", [".onnx", ".pt2", ".safetensors"])
def test_a_folder_that_is_not_there_is_refused(tmp_path: Path, ending: str) -> None:
    with pytest.raises(ExportError, match="no such folder"):
        export(wine_mlp(), tmp_path / "no" / f"net{ending}")


@pytest.mark.parametrize("ending", [".onnx", ".pt2", ".safetensors"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    target = tmp_path / f"net{ending}"
    target.write_bytes(b"old")

    def full(file: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match="the disk is full"):
        export(wine_mlp(), target)

    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_a_run_without_weights_or_with_torn_ones_is_refused(tmp_path: Path) -> None:
    done = ran(wine_mlp(epochs=1), tmp_path / "run")
    best = done.folder / "checkpoints" / "best.safetensors"
    best.write_bytes(best.read_bytes()[:50])
    with pytest.raises(FileError, match="these are no weights"):
        export(wine_mlp(), tmp_path / "w.onnx", run=str(done.folder))
    with pytest.raises(NetwrightError, match="no run in this folder"):
        export(wine_mlp(), tmp_path / "w.onnx", run=str(tmp_path))

    assert not (tmp_path / "w.onnx").exists()


def test_of_several_models_the_one_named_is_exported_and_none_is_guessed(tmp_path: Path) -> None:
    project = graphs.ring()
    with pytest.raises(ExportError, match="several models: generator, discriminator"):
        export(project, tmp_path / "m.safetensors")
    with pytest.raises(ExportError, match="no model 'critic'"):
        export(project, tmp_path / "m.safetensors", model="critic")
    export(project, tmp_path / "d.safetensors", model="discriminator")
    export(project, tmp_path / "g.onnx", model="generator")

    assert weights.read(tmp_path / "d.safetensors").keys() != {}
    assert (tmp_path / "g.onnx").exists()


@pytest.mark.parametrize("opset", [17, 24])
def test_another_opset_is_written_and_compared(tmp_path: Path, opset: int) -> None:
    found = export(wine_mlp(), tmp_path / "w.onnx", opset=opset)

    assert found.opset == opset
    assert onnx.load(tmp_path / "w.onnx").opset_import[0].version == opset


def test_an_opset_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="opset 3 is none"):
        export(wine_mlp(), tmp_path / "w.onnx", opset=3)


def test_a_program_is_read_back_compared_and_takes_any_batch(run: Ran, tmp_path: Path) -> None:
    found = export(digits_cnn(), tmp_path / "digits.pt2", run=str(run.folder))
    notes = {"netwright.json": ""}
    program = torch.export.load(tmp_path / "digits.pt2", extra_files=notes)

    assert found.format == "pt2"
    assert max(found.max_abs_difference.values()) <= 1e-4
    assert program.module()(torch.zeros(5, 1, 8, 8)).shape == (5, 10)
    assert json.loads(notes["netwright.json"])["netwright.weights"] == "best"


def test_what_is_bypassed_is_said_with_the_export(tmp_path: Path) -> None:
    project = wine_mlp()
    relu = next(node for node in project.networks["net"].nodes.values() if node.kind == "relu")
    edit = SetBypassed(ref=GraphRef("networks", "net"), ids=(relu.id,), bypassed=True)

    assert export(edit.apply(project), tmp_path / "w.onnx").note == f"bypassed, as drawn: net.{relu.id}"


def test_scores_that_are_chances_already_are_said_to_be(tmp_path: Path) -> None:
    project = wine_mlp()
    wire = next(
        wire for wire in project.networks["net"].wires if project.networks["net"].nodes[wire.target].kind == "output"
    )
    softmax = Node(id=NodeId("chances"), kind="softmax")
    ref = GraphRef("networks", "net")
    for edit in (
        AddNode(ref=ref, node=softmax),
        Connect(ref=ref, wire=Wire(wire.source, wire.output, softmax.id, "x")),
        Connect(ref=ref, wire=Wire(softmax.id, "y", wire.target, wire.input)),
    ):
        project = edit.apply(project)
    export(project, tmp_path / "w.onnx")
    export(wine_mlp(), tmp_path / "plain.onnx")

    assert _props(tmp_path / "w.onnx")["netwright.outputs"] == "probabilities"
    assert _props(tmp_path / "plain.onnx")["netwright.outputs"] == "logits"


def _props(file: Path) -> dict[str, str]:
    return {prop.key: prop.value for prop in onnx.load(file).metadata_props}
