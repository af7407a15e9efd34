"""Files that others wrote are read without running anything in them, and applied in our keys."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from engine.check.checker import check
from engine.errors import FileError
from engine.graph.address import key_of
from engine.graph.types import GraphRef
from engine.interchange.foreign import apply, read, shapes_of, wanted_of
from engine.interchange.mapping import match
from engine.project.bundled import read_example
from engine.recipes.expand import expand


class _Code:
    """What runs when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self._trace = trace

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self._trace,))


def _tensors() -> dict[str, torch.Tensor]:
    return {"fc.weight": torch.arange(6.0).reshape(2, 3), "fc.bias": torch.tensor([7.0, 8.0])}


@pytest.mark.parametrize("ending", [".pt", ".pth", ".bin"])
@pytest.mark.parametrize("wrapper", ["", "state_dict", "model"])
def test_a_state_dict_is_read_also_out_of_a_checkpoint(tmp_path: Path, ending: str, wrapper: str) -> None:
    file = tmp_path / f"weights{ending}"
    torch.save({wrapper: _tensors(), "epoch": torch.tensor(3)} if wrapper else _tensors(), file)

    found = read(file)

    assert list(found) == ["fc.weight", "fc.bias"]
    assert torch.equal(found["fc.weight"], _tensors()["fc.weight"])


def test_a_safetensors_file_is_read_in_the_order_of_numbers(tmp_path: Path) -> None:
    file = tmp_path / "weights.safetensors"
    save_file({f"h.{block}.weight": torch.full((2,), float(block)) for block in range(12)}, file)

    assert list(read(file)) == [f"h.{block}.weight" for block in range(12)]


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_with_code_is_refused_and_nothing_runs(tmp_path: Path, zipped: bool) -> None:
    file, trace = tmp_path / "weights.pt", tmp_path / "ran"
    if zipped:
        torch.save({**_tensors(), "more": _Code(trace)}, file)
    else:
        file.write_bytes(pickle.dumps({"more": _Code(trace)}))

    with pytest.raises(FileError, match="would have to be run, which is never done"):
        read(file)
    assert not trace.exists()
    if not zipped:  # the trap is one
        pickle.loads(file.read_bytes())
        assert trace.exists()


@pytest.mark.parametrize("held", [{"epoch": 3}, [1, 2], {"state_dict": {}}, torch.zeros(3)])
def test_a_file_without_a_state_dict_says_so(tmp_path: Path, held: object) -> None:
    file = tmp_path / "weights.pt"
    torch.save(held, file)

    with pytest.raises(FileError, match="no state dict"):
        read(file)


@pytest.mark.parametrize("name", ["weights.pt", "weights.safetensors"])
@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x80\x02}", b"PK\x03\x04rest"])
def test_a_damaged_file_is_one_clear_error(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(FileError, match=name):
        read(tmp_path / name)


@pytest.mark.parametrize("name", ["gone.pt", "gone.safetensors", "gone.onnx"])
def test_a_file_that_is_not_there_is_one_clear_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError, match=name):
        read(tmp_path / name)


def test_tensors_are_turned_and_cut_as_their_layers_compute() -> None:
    torch.manual_seed(0)
    x, fused, bias = torch.randn(5, 4), torch.randn(4, 12), torch.randn(12)
    theirs = {"attn.c_attn.weight": fused, "attn.c_attn.bias": bias, "extra": torch.zeros(1)}
    ours = {
        f"a.{letter}_proj.{role}": (4, 4)[: 2 - (role == "bias")] for letter in "qkv" for role in ("weight", "bias")
    }

    found = apply(match(ours, shapes_of(theirs)), theirs)

    given = [
        torch.nn.functional.linear(x, found.tensors[f"a.{letter}_proj.weight"], found.tensors[f"a.{letter}_proj.bias"])
        for letter in "qkv"
    ]
    assert torch.allclose(torch.cat(given, dim=1), x @ fused + bias, atol=1e-6)
    assert set(found.loaded) == set(ours)
    assert found.transposed == tuple(key for key in ours if key.endswith("weight"))
    assert found.missing == ()
    assert found.left_over == ("extra",)


@pytest.mark.parametrize("name", ["gpt2_small", "resnet18"])
def test_a_network_wants_what_the_check_says_it_holds_and_tied_names_once(name: str) -> None:
    project = expand(read_example(name))
    report = check(project)
    signature = report.graphs[GraphRef("networks", name)].signature
    assert signature is not None

    wanted = wanted_of(project, report, name)

    tied = {key_of(address) for address in project.networks[name].ties}
    told = {key_of(weight.name): weight.shape for weight in signature.weights()}
    assert list(wanted.shapes.items()) == [(key, shape) for key, shape in told.items() if key not in tied]
    assert wanted.tied == {key: told[key] for key in tied}


def test_a_token_loses_its_leading_axis_and_counters_start_at_nought() -> None:
    theirs = {"cls_token": torch.ones(1, 1, 4)}
    theirs |= {f"bn.{name}": torch.ones(3) for name in ("weight", "bias", "running_mean", "running_var")}
    ours = {"token.weight": (1, 4), "bn.num_batches_tracked": ()}
    ours |= {key: (3,) for key in theirs if key != "cls_token"}

    found = apply(match(ours, shapes_of(theirs)), theirs)

    assert shapes_of(found.tensors) == ours
    assert found.tensors["bn.num_batches_tracked"] == 0
    assert found.missing == ()
