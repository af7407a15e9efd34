"""Networks as source: the text, what it computes, and its variants. Expected texts are written by hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from engine.check.checker import check
from engine.codegen.networks import emit_networks
from engine.codegen.source import Source
from engine.errors import BuildError
from engine.graph.ids import NodeId
from engine.graph.types import Node, Project
from engine.layers.emission import Variant
from engine.runtime.build import build
from tests.graphs import chain, digits_cnn, graph_of_nodes, network, node, wire

DIGITS_TEXT = '''\
"""Networks; written by Netwright."""

import torch
from torch import nn


class DigitsCnn(nn.Module):
    """Network digits_cnn."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, padding=1)
        self.norm1 = nn.BatchNorm2d(32)
        self.relu1 = nn.ReLU()
        self.pool = nn.MaxPool2d(2)
        self.dropout = nn.Dropout(0.3)
        self.head = nn.Linear(512, 10)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        conv1 = self.conv1(image)  # B × 32 × 8 × 8
        norm1 = self.norm1(conv1)  # B × 32 × 8 × 8
        relu1 = self.relu1(norm1)  # B × 32 × 8 × 8
        pool = self.pool(relu1)  # B × 32 × 4 × 4
        flatten = torch.flatten(pool, 1)  # B × 512
        dropout = self.dropout(flatten)  # B × 512
        head = self.head(dropout)  # B × 10
        return head  # scores: B × 10
'''


LOOP_TEXT = """\
        blocks = x
        for block in self.blocks:
            blocks = block(blocks)  # B × 8
        return blocks  # out: B × 8
"""


class DigitsByHand(nn.Module):
    """The digits network as a person writes it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, padding=1)
        self.norm1 = nn.BatchNorm2d(32)
        self.dropout = nn.Dropout(0.3)
        self.head = nn.Linear(512, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Give scores."""
        x = torch.relu(self.norm1(self.conv1(x)))
        x = torch.max_pool2d(x, 2)
        scores: torch.Tensor = self.head(self.dropout(x.flatten(1)))
        return scores


class Operators(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch leaves it untyped
    """Writes down every operator that is called."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        self.names: list[str] = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]  # torch's own
        """Write one down and call it."""
        self.names.append(str(func))
        return func(*args, **(kwargs or {}))


def written(project: Project, *names: str, variant: Variant = "model") -> Source:
    """The source of networks of a project."""
    return emit_networks(project, check(project), names or list(project.networks), variant)


def made(project: Project, title: str, variant: Variant = "model") -> nn.Module:
    """A module of a project's network, with the weights of seed 0."""
    torch.manual_seed(0)
    module: nn.Module = getattr(build(written(project, variant=variant), "model"), title)()
    return module


def operators(module: nn.Module, x: torch.Tensor) -> list[str]:
    """The operators of one training step's forward and backward."""
    seen = Operators()
    with seen:
        module(x).sum().backward()
    return seen.names


def test_the_digits_network_reads_as_a_person_would_write_it() -> None:
    source = written(Project(networks={"digits_cnn": digits_cnn()}))

    assert source.text == DIGITS_TEXT


def test_every_line_of_a_node_names_its_address() -> None:
    source = written(Project(networks={"digits_cnn": digits_cnn()}))
    lines = source.text.splitlines()

    assert [lines[line - 1].strip() for line in source.lines_of("digits_cnn.conv1")] == [
        "self.conv1 = nn.Conv2d(1, 32, 3, padding=1)",
        "conv1 = self.conv1(image)  # B × 32 × 8 × 8",
    ]
    assert source.line_of("digits_cnn.scores") == len(lines)


def test_the_emitted_module_calls_the_operators_of_the_hand_written_one() -> None:
    torch.manual_seed(0)
    by_hand = DigitsByHand()
    emitted = made(Project(networks={"digits_cnn": digits_cnn()}), "DigitsCnn")
    x = torch.rand(4, 1, 8, 8)

    assert list(emitted.state_dict()) == list(by_hand.state_dict())
    assert operators(emitted, x) == operators(by_hand, x)


def test_every_variant_has_the_same_keys_and_outputs() -> None:
    project = Project(networks={"digits_cnn": digits_cnn()})
    model, probe, export = (made(project, "DigitsCnn", variant) for variant in ("model", "probe", "export"))
    x = torch.rand(4, 1, 8, 8)

    for mode in (True, False):
        results = []
        for module in (model, probe, export):
            torch.manual_seed(1)
            results.append(module.train(mode)(x))
        assert torch.equal(results[0], results[1][0])
        assert torch.equal(results[0], results[2])
    assert list(model.state_dict()) == list(probe.state_dict()) == list(export.state_dict())


def test_the_probe_gives_what_every_node_gives() -> None:
    probe = made(Project(networks={"digits_cnn": digits_cnn()}), "DigitsCnn", "probe")
    _, watched = probe(torch.rand(2, 1, 8, 8))

    assert list(watched) == ["image", "conv1", "norm1", "relu1", "pool", "flatten", "dropout", "head", "scores"]
    assert watched["pool"].shape == (2, 32, 4, 4)


def test_the_probe_of_an_unfinished_network_shows_what_is_known() -> None:
    graph = chain(
        node("x", "input", shape=("B", 8)),
        node("a", "relu"),
        node("b", "conv2d"),
        node("c", "relu"),
        node("out", "output"),
    )
    project = Project(networks={"net": graph})
    outputs, watched = made(project, "Net", "probe")(torch.rand(2, 8))

    assert (outputs, list(watched)) == ((), ["x", "a"])
    with pytest.raises(BuildError, match="has problems"):
        written(project)


def test_a_branch_that_reaches_no_output_is_computed_for_the_eye_only() -> None:
    graph = network(node("a", "linear", out_features=8)).networks["net"]
    branch = graph_of_nodes(
        *graph.nodes.values(), node("side", "linear"), wires=(*graph.wires, wire("x", "y", "side", "x"))
    )
    project = Project(networks={"net": branch})
    model, probe = made(project, "Net"), made(project, "Net", "probe")

    assert "side = " not in written(project).text.split("def forward")[1]
    assert list(model.state_dict()) == list(probe.state_dict())
    assert list(probe(torch.rand(2, 8))[1]) == ["x", "a", "side", "out"]


def test_a_bypassed_node_says_so_and_keeps_its_module() -> None:
    bypassed = Node(id=NodeId("b"), kind="linear", parameters={"out_features": 8}, bypassed=True)
    project = network(node("a", "linear", out_features=8), node("r", "relu"), bypassed)
    source = written(project)

    assert "        b = r  # bypassed\n" in source.text
    assert "b.weight" in made(project, "Net").state_dict()


def test_a_node_that_shares_calls_the_module_of_its_owner() -> None:
    shared = Node(id=NodeId("b"), kind="linear", parameters={"out_features": 8}, shares="a")
    project = network(node("a", "linear", out_features=8), node("r", "relu"), shared)

    assert "        b = self.a(r)  # B × 8\n" in written(project).text
    assert list(made(project, "Net").state_dict()) == ["a.weight", "a.bias"]


def nested(repeat: int) -> Project:
    """A network around a block."""
    block = chain(
        node("a", "input", shape=("N", 8)),
        node("fc", "linear", out_features=8),
        node("act", "relu"),
        node("b", "output"),
    )
    nodes = (
        node("x", "input", shape=("B", 8)),
        node("blocks", "network", network="res_block", repeat=repeat),
        node("out", "output"),
    )
    outer = graph_of_nodes(*nodes, wires=(wire("x", "y", "blocks", "a"), wire("blocks", "b", "out", "x")))
    return Project(networks={"outer": outer, "res_block": block})


def test_a_repeated_network_is_a_list_of_modules_and_a_loop() -> None:
    text = written(nested(3), "outer").text

    assert text.index("class ResBlock(nn.Module)") < text.index("class Outer(nn.Module)")
    assert "        self.blocks = nn.ModuleList([ResBlock() for _ in range(3)])\n" in text
    assert text.endswith(LOOP_TEXT)


@pytest.mark.parametrize("repeat", [1, 3])
def test_the_probe_looks_into_networks_by_address(repeat: int) -> None:
    probe = made(nested(repeat), "Outer", "probe")
    model = made(nested(repeat), "Outer")
    x = torch.rand(2, 8)
    outputs, watched = probe(x)

    last = "blocks[2].fc" if repeat == 3 else "blocks.fc"
    assert torch.equal(outputs, model(x))
    assert last in watched
    assert torch.equal(watched["blocks"], outputs)


def test_several_inputs_and_outputs_stand_in_node_order() -> None:
    graph = graph_of_nodes(
        node("b", "input", shape=("B", 4)), node("a", "input", shape=("B", 4)),
        node("sum", "add"), node("gap", "subtract"), node("second", "output"), node("first", "output"),
        wires=(
            wire("a", "y", "sum", "a"), wire("b", "y", "sum", "b"), wire("a", "y", "gap", "a"), wire("b", "y", "gap", "b"),
            wire("sum", "y", "second", "x"), wire("gap", "y", "first", "x"),
        ),
    )  # fmt: skip
    text = written(Project(networks={"net": graph})).text

    assert "def forward(self, b: torch.Tensor, a: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:" in text
    assert "        return sum, gap  # second: B × 4, first: B × 4\n" in text


def test_two_networks_whose_class_names_come_out_alike_are_told_apart() -> None:
    networks = {"a_b": chain(node("x", "input"), node("out", "output"))}
    networks["aB".lower().replace("ab", "a__b")] = networks["a_b"]
    text = written(Project(networks=networks)).text

    assert "class AB(nn.Module):" in text
    assert "class AB_2(nn.Module):" in text


def test_emission_is_the_same_every_time() -> None:
    assert written(nested(3)) == written(nested(3))


def test_emitted_text_is_formatted_as_ruff_would(tmp_path: Path) -> None:
    wide = chain(
        node("a_rather_long_name_of_an_input", "input", shape=("B", 3, 64, 64)),
        node("a_convolution_with_a_very_long_name_indeed", "conv2d", out_channels=1024, kernel_size=(3, 5), stride=(2, 1),
             padding=(1, 2), dilation=(1, 2), bias=False),
        node("another_convolution_with_a_name_that_is_long", "conv2d", out_channels=8),
        node("out", "output"),
    )  # fmt: skip
    project = Project(networks={"digits_cnn": digits_cnn(), "wide": wide, **nested(3).networks})
    variants: tuple[Variant, ...] = ("model", "probe")
    for variant in variants:
        file = tmp_path / f"{variant}.py"
        file.write_text(written(project, variant=variant).text, encoding="utf-8")
        command = [sys.executable, "-m", "ruff", "format", "--diff", "--isolated", "--line-length", "110", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)

        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("variant", ["model", "probe"])
def test_what_a_network_without_inputs_makes_is_on_its_device(variant: Variant) -> None:
    ones, noise, sum_ = node("ones", "constant", shape=(2, 3)), node("noise", "noise", shape=(2, 3)), node("sum", "add")
    wires = (wire("ones", "y", "sum", "a"), wire("noise", "y", "sum", "b"), wire("sum", "y", "out", "x"))
    project = Project(networks={"alone": graph_of_nodes(ones, noise, sum_, node("out", "output"), wires=wires)})
    module = build(emit_networks(project, check(project), ["alone"], variant), "alone").Alone()
    here, there = module(), module.to("meta")()
    found = (here[0], there[0]) if variant == "probe" else (here, there)

    assert [made.device.type for made in found] == ["cpu", "meta"]
    assert [made.shape for made in found] == [(2, 3), (2, 3)]
    assert module.state_dict() == {}


def test_a_note_becomes_the_docstring() -> None:
    graph = msgspec.structs.replace(digits_cnn(), notes="Reads digits.\n\nIt is small.")
    text = written(Project(networks={"digits_cnn": graph})).text

    assert '    """Reads digits.\n\n    It is small.\n    """\n' in text


def test_a_weight_is_initialised_and_normalised_as_one_would_write_it() -> None:
    project = network(
        node("head", "linear", out_features=4, init="trunc_normal", weight_norm="spectral"),
    )
    text = emit_networks(project, check(project), ["net"]).text

    lines = [line.strip() for line in text.splitlines()]
    at = lines.index("self.head = nn.Linear(8, 4)")

    assert lines[at + 1] == "nn.init.trunc_normal_(self.head.weight, std=0.02)"
    assert lines[at + 2] == "parametrizations.spectral_norm(self.head)"


@pytest.mark.parametrize("norm", ["none", "weight", "spectral"])
def test_a_weight_starts_as_it_was_told_also_where_it_is_normalised(norm: str) -> None:
    torch.manual_seed(0)
    project = network(node("head", "linear", out_features=64, init="orthogonal", weight_norm=norm), shape=("B", 64))
    module = build(emit_networks(project, check(project), ["net"]), "m").Net().eval()
    weight = module.head.weight

    assert torch.allclose(weight @ weight.T, torch.eye(64), atol=1e-4)
