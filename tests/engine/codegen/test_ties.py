"""Ties: two parameters that are one tensor, from the drawing to the file of weights."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import torch
from torch import nn

from engine.check.checker import check
from engine.check.report import GraphReport
from engine.codegen.networks import emit_networks
from engine.codegen.source import Source
from engine.codegen.verify import verify
from engine.errors import BuildError, EditRefused
from engine.graph.edits import GroupNodes, RenameNode, SetTies, UnpackNetwork
from engine.graph.ids import NodeId
from engine.graph.types import GraphRef, Node, Project
from engine.project.format import decode, encode
from engine.runtime import weights
from engine.runtime.build import build
from tests.graphs import chain, node

NET = GraphRef("networks", "net")
TIE = {"head.weight": "embed.weight"}


def project(*between: Node, ties: dict[str, str] | None = None) -> Project:
    """A network whose last layer turns vectors back into words."""
    net = chain(
        node("words", "input", shape=("B", "T"), dtype="int64"),
        node("embed", "embedding", num_embeddings=50, embedding_dim=8),
        *between,
        node("head", "linear", out_features=50, bias=False),
        node("scores", "output"),
    )
    return Project(networks={"net": msgspec.structs.replace(net, ties=TIE if ties is None else ties)})


def report(drawn: Project) -> GraphReport:
    """What the check says of the network."""
    return check(drawn).graphs[NET]


def module_of(drawn: Project, name: str) -> nn.Module:
    """The network as a module."""
    made: nn.Module = build(emit_networks(drawn, check(drawn), ["net"]), name).Net()
    return made


def test_what_is_tied_is_one_tensor_counted_once() -> None:
    drawn = project()
    torch.manual_seed(0)
    module = module_of(drawn, "tied")

    assert report(drawn).problems == ()
    assert report(drawn).parameters == 400 == sum(parameter.numel() for parameter in module.parameters())
    assert module.get_parameter("head.weight") is module.get_parameter("embed.weight")
    assert list(module.state_dict()) == ["embed.weight", "head.weight"]


def test_files_hold_the_owner_only_and_fill_both(tmp_path: Path) -> None:
    first, second = module_of(project(), "one"), module_of(project(), "two")
    weights.write(tmp_path / "w.safetensors", weights.state_of({"net": first}))
    found = weights.read(tmp_path / "w.safetensors")
    weights.load_into({"net": second}, found, "w")

    assert list(found) == ["net.embed.weight"]
    assert torch.equal(second.get_parameter("head.weight"), first.get_parameter("embed.weight"))


@pytest.mark.parametrize(
    ("ties", "words"),
    [
        ({"head.weight": "embed.wait"}, "head.weight cannot be tied to embed.wait: there is no parameter embed.wait"),
        ({"head.weight": "middle.weight"}, "head.weight is 50 × 8, middle.weight is 8 × 8"),
        ({"embed.weight": "head.weight"}, "head.weight comes later in the network than embed.weight: the first owns"),
    ],
)
def test_what_cannot_be_tied_is_a_problem_with_a_way_out(ties: dict[str, str], words: str) -> None:
    between = (node("middle", "linear", out_features=8), node("act", "relu"))
    (problem,) = report(project(*between, ties=ties)).problems
    mended = problem.fixes[0].edits[0].apply(project(*between, ties=ties))

    assert problem.code == "tie"
    assert problem.message.endswith(words)
    assert report(mended).problems == ()


def test_ties_follow_a_node_that_is_renamed_grouped_and_unpacked() -> None:
    renamed = RenameNode(ref=NET, id=NodeId("head"), to="back").apply(project())
    assert renamed.networks["net"].ties == {"back.weight": "embed.weight"}

    grouped = GroupNodes(
        ref=NET, ids=(NodeId("back"),), name="decoder", inputs={"embed.y": {"shape": ("B", "T", 8)}}
    ).apply(renamed)
    assert grouped.networks["net"].ties == {"decoder.back.weight": "embed.weight"}
    assert "self.decoder.back.weight = self.embed.weight" in emit_networks(grouped, check(grouped), ["net"]).text

    unpacked = UnpackNetwork(ref=NET, id=NodeId("decoder")).apply(grouped)
    assert unpacked.networks["net"].ties == {"back.weight": "embed.weight"}
    assert report(unpacked).parameters == 400


def test_ties_survive_the_file() -> None:
    text = encode(project())

    assert decode(text) == project()
    assert encode(decode(text)) == text


@pytest.mark.parametrize("ties", [{"head": "embed.weight"}, {"a.b": "a.b"}, {"head.weight": "__class__.x"}])
def test_what_names_no_parameters_is_refused(ties: dict[str, str]) -> None:
    with pytest.raises(EditRefused):
        SetTies(ref=NET, ties=ties).apply(project())


@pytest.mark.parametrize(
    "line", ["self.a.__class__ = self.b.weight", "self.weight = self.b.weight.x.__init__", "torch.x.y = self.a.b"]
)
def test_a_tie_is_the_only_way_to_write_into_a_module(line: str) -> None:
    body = f"import torch\nfrom torch import nn\n\n\nclass A(nn.Module):\n    def __init__(self) -> None:\n        {line}\n"
    with pytest.raises(BuildError):
        verify(Source(body))
