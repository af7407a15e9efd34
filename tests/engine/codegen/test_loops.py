"""Networks along an axis: the loop that is written, and that it computes what PyTorch's own recurrent layers do."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from engine.check.checker import check
from engine.codegen.networks import emit_networks
from engine.errors import EditRefused
from engine.graph.ids import NodeId
from engine.graph.structure_edits import UnpackNetwork
from engine.graph.types import Graph, Node, Project
from engine.layers.emission import Variant
from engine.project.format import decode, encode
from engine.recipes.expand import expand
from engine.runtime.build import build
from tests.graphs import NETWORK, chain, graph_of_nodes, node, wire
from tests.loops import along, elman

ELMAN_TEXT = """\
    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        rnn_hidden_next = x.new_zeros(x.shape[0], 16)
        steps = []
        for step in x.unbind(1):
            y, rnn_hidden_next = self.rnn(step, rnn_hidden_next)
            steps.append(y)
        rnn_y = torch.stack(steps, dim=1)  # B × T × 16, B × 16
        return rnn_y, rnn_hidden_next  # out: B × T × 16, last: B × 16
"""


def text_of(project: Project, variant: Variant = "model") -> str:
    """The source of all networks."""
    return emit_networks(project, check(project), list(project.networks), variant).text


def made(project: Project, variant: Variant = "model") -> nn.Module:
    """The outer network, with the weights of seed 0."""
    source = emit_networks(project, check(project), list(project.networks), variant)
    torch.manual_seed(0)
    module: nn.Module = build(source, "model").Net()
    return module


def of_torch(module: nn.Module) -> nn.RNN:
    """PyTorch's own layer with the weights of a drawn one."""
    rnn = nn.RNN(8, 16, batch_first=True)
    own = module.state_dict()
    names = {"ih": "inward", "hh": "onward"}
    rnn.load_state_dict(
        {f"{part}_{of}_l0": own[f"rnn.{name}.{part}"] for of, name in names.items() for part in ("weight", "bias")}
    )
    return rnn


def test_a_drawn_recurrent_network_reads_as_a_person_would_write_it() -> None:
    text = text_of(along(elman()))

    assert "        self.rnn = Cell()\n" in text
    assert text.endswith(ELMAN_TEXT)


@settings(max_examples=25, deadline=None)
@given(length=st.integers(1, 40), batch=st.integers(1, 9), seed=st.integers(0, 99))
def test_a_drawn_elman_network_is_pytorchs_own_bit_for_bit(length: int, batch: int, seed: int) -> None:
    module = made(along(elman()))
    # PyTorch multiplies the inputs of all steps at once, which sums in another order: here every such sum is exact.
    with torch.no_grad():
        for parameter in module.get_submodule("rnn.inward").parameters():
            parameter.copy_((parameter * 64).round() / 64)
    x = (torch.randn(batch, length, 8, generator=torch.Generator().manual_seed(seed)) * 64).round() / 64
    outputs, last = module(x)
    expected, expected_last = of_torch(module)(x)

    assert torch.equal(outputs, expected)
    assert torch.equal(last, expected_last[0])


@settings(max_examples=25, deadline=None)
@given(length=st.integers(1, 40), batch=st.integers(1, 9), seed=st.integers(0, 99))
def test_a_drawn_elman_network_is_a_loop_over_pytorchs_own_cell_bit_for_bit(length: int, batch: int, seed: int) -> None:
    module = made(along(elman()))
    x = torch.randn(batch, length, 8, generator=torch.Generator().manual_seed(seed))
    cell = nn.RNNCell(8, 16)
    cell.load_state_dict({name.removesuffix("_l0"): tensor for name, tensor in of_torch(module).state_dict().items()})
    hidden, steps = torch.zeros(batch, 16), []
    for step in x.unbind(1):
        hidden = cell(step, hidden)
        steps.append(hidden)

    assert torch.equal(module(x)[0], torch.stack(steps, dim=1))
    torch.testing.assert_close(module(x)[0], of_torch(module)(x)[0])


def test_its_gradients_are_pytorchs_own() -> None:
    module = made(along(elman()))
    rnn = of_torch(module).double()
    module.double()
    x = torch.randn(3, 11, 8, dtype=torch.float64)
    module(x)[0].square().sum().backward()
    rnn(x)[0].square().sum().backward()
    names = {"rnn.inward.weight": "weight_ih_l0", "rnn.onward.weight": "weight_hh_l0", "rnn.onward.bias": "bias_hh_l0"}

    for drawn, own in names.items():
        torch.testing.assert_close(module.get_parameter(drawn).grad, rnn.get_parameter(own).grad)


def test_a_state_starts_with_what_comes_in() -> None:
    project = along(elman(), start=("B", 16))
    module = made(project)
    x, h0 = torch.randn(4, 7, 8), torch.randn(4, 16)

    assert "        rnn_hidden_next = h0\n" in text_of(project)
    torch.testing.assert_close(module(x, h0)[0], of_torch(module)(x, h0[None])[0])


@settings(max_examples=15, deadline=None)
@given(batch=st.integers(1, 5), hidden=st.integers(1, 6), seed=st.integers(0, 99))
def test_a_loop_of_one_step_is_the_plain_use(batch: int, hidden: int, seed: int) -> None:
    looped = made(along(elman(hidden=hidden), ("B", 1, 8), start=("B", hidden)))
    plain = made(along(elman(hidden=hidden), ("B", 8), start=("B", hidden), along=0))
    generator = torch.Generator().manual_seed(seed)
    x, h0 = torch.randn(batch, 8, generator=generator), torch.randn(batch, hidden, generator=generator)
    steps, last = looped(x[:, None], h0)

    assert list(looped.state_dict()) == list(plain.state_dict())
    assert torch.equal(steps[:, 0], plain(x, h0)[0])
    assert torch.equal(last, plain(x, h0)[1])


def test_a_network_without_a_state_is_applied_to_every_step() -> None:
    cell = chain(node("x", "input", shape=("N", 8)), node("fc", "linear", out_features=3), node("y", "output"))
    project = along(cell)
    module = made(project)
    x = torch.randn(2, 5, 8)
    fc = module.get_submodule("rnn.fc")

    assert "        for step in x.unbind(1):\n            steps.append(self.rnn(step))\n" in text_of(project)
    torch.testing.assert_close(module(x), fc(x))


def several(axis: int) -> Project:
    """A cell of two sequences and one whole input, which carries a count; ids that loops would use are taken."""
    cell = graph_of_nodes(
        node("a", "input", shape=("N", 4)), node("b", "input", shape=("N", 4)), node("scale", "input", shape=("N", 4)),
        node("index", "input", shape=("N", 4)), node("sum", "add"), node("product", "multiply"), node("next", "add"),
        node("steps", "output"), node("index_next", "output"), node("whole", "output"),
        wires=(
            wire("a", "y", "sum", "a"), wire("b", "y", "sum", "b"), wire("sum", "y", "product", "a"),
            wire("scale", "y", "product", "b"), wire("product", "y", "next", "a"), wire("index", "y", "next", "b"),
            wire("product", "y", "steps", "x"), wire("next", "y", "index_next", "x"), wire("next", "y", "whole", "x"),
        ),
    )  # fmt: skip
    shape = ("B", "T", 4) if axis == 1 else ("B", 4, "T")
    outer = graph_of_nodes(
        node("index", "input", shape=shape), node("steps", "input", shape=shape), node("scale", "input", shape=("B", 4)),
        node("run", "network", network="cell", along=axis), node("run_steps", "relu"), node("out", "output"),
        node("last", "output"), node("all", "output"),
        wires=(
            wire("index", "y", "run", "a"), wire("steps", "y", "run", "b"), wire("scale", "y", "run", "scale"),
            wire("run", "steps", "run_steps", "x"), wire("run_steps", "y", "out", "x"),
            wire("run", "index_next", "last", "x"), wire("run", "whole", "all", "x"),
        ),
    )  # fmt: skip
    return Project(networks={"cell": cell, "net": outer})


@pytest.mark.parametrize("axis", [1, 2])
@pytest.mark.parametrize("variant", ["model", "probe"])
def test_several_sequences_and_names_that_are_taken(axis: int, variant: Variant) -> None:
    project = several(axis)
    assert [problem.code for problem in check(project).problems] == ["loop-length"]
    module = made(project, variant)
    index, steps, scale = torch.randn(2, 6, 4), torch.randn(2, 6, 4), torch.randn(2, 4)
    products = (index + steps) * scale[:, None]
    given = [tensor if axis == 1 else tensor.transpose(1, 2) for tensor in (index, steps)]
    found = module(*given, scale)
    out, last, every = found[0] if variant == "probe" else found
    if axis == 2:
        out, every = out.transpose(1, 2), every.transpose(1, 2)

    torch.testing.assert_close(out, products.relu())
    torch.testing.assert_close(every, products.cumsum(1))
    torch.testing.assert_close(last, products.sum(1))


def test_the_probe_watches_the_last_step_by_address() -> None:
    project = along(elman())
    x = torch.randn(2, 5, 8)
    (steps, last), watched = made(project, "probe")(x)

    assert torch.equal(steps, made(project)(x)[0])
    assert torch.equal(watched["rnn"], steps)
    assert torch.equal(watched["rnn.act"], last)
    assert torch.equal(watched["rnn.x"], x[:, -1])


def test_a_state_of_tokens_is_of_its_own_type() -> None:
    cell = graph_of_nodes(
        node("x", "input", shape=("N",), dtype="int64"), node("hidden", "input", shape=("N", 3)),
        node("look", "embedding", num_embeddings=7, embedding_dim=3), node("total", "add"), node("hidden_next", "output"),
        wires=(wire("x", "y", "look", "x"), wire("look", "y", "total", "a"), wire("hidden", "y", "total", "b"),
               wire("total", "y", "hidden_next", "x")),
    )  # fmt: skip
    outer = graph_of_nodes(
        node("x", "input", shape=("B", "T"), dtype="int64"), node("bag", "network", network="cell", along=1),
        node("out", "output"), wires=(wire("x", "y", "bag", "x"), wire("bag", "hidden_next", "out", "x")),
    )  # fmt: skip
    project = Project(networks={"cell": cell, "net": outer})
    module = made(project)
    x = torch.randint(0, 7, (2, 6))

    assert "        bag = x.new_zeros(x.shape[0], 3, dtype=torch.float32)\n" in text_of(project)
    torch.testing.assert_close(module(x), module.get_submodule("bag.look")(x).sum(1))


def test_a_second_use_may_share_its_weights() -> None:
    graph = along(elman(hidden=8)).networks["net"]
    again = Node(id=NodeId("again"), kind="network", parameters={"network": "cell", "along": 1}, shares="rnn")
    kept = tuple(each for each in graph.wires if each.target != "out")
    wires = (*kept, wire("rnn", "y", "again", "x"), wire("again", "y", "out", "x"))
    project = Project(
        networks={"cell": elman(hidden=8), "net": graph_of_nodes(*graph.nodes.values(), again, wires=wires)}
    )

    assert "            y, again_hidden_next = self.rnn(step, again_hidden_next)\n" in text_of(project)
    assert len(made(project).state_dict()) == 4


def test_the_width_of_a_state_is_an_argument_where_instances_differ() -> None:
    cell = elman(hidden=8)
    wide = dict(cell.nodes) | {
        NodeId("hidden"): node("hidden", "input", shape=("N", "width")),
        NodeId("inward"): node("inward", "linear", out_features="=width"),
        NodeId("onward"): node("onward", "linear", out_features="=width"),
    }
    cell = Graph(nodes=wide, wires=cell.wires, parameters={"width": 8})
    around = along(cell, width="=width").networks["net"]
    layer = Graph(nodes=around.nodes, wires=around.wires, parameters={"width": 8})
    nodes = (node("x", "input", shape=("B", "T", 8)), node("one", "network", network="layer"),
             node("two", "network", network="layer", width=5), node("a", "output"), node("b", "output"))  # fmt: skip
    wires = (wire("x", "y", "one", "x"), wire("x", "y", "two", "x"), wire("one", "out", "a", "x"),
             wire("two", "out", "b", "x"))  # fmt: skip
    project = expand(Project(networks={"cell": cell, "layer": layer, "net": graph_of_nodes(*nodes, wires=wires)}))
    text = text_of(project)
    first, second = made(project)(torch.randn(2, 3, 8))

    assert "        rnn_hidden_next = x.new_zeros(x.shape[0], self.width)\n" in text
    assert (first.shape, second.shape) == ((2, 3, 8), (2, 3, 5))


def test_a_loop_comes_back_from_its_file() -> None:
    project = along(elman(), start=("B", 16))

    assert decode(encode(project)) == project


def test_a_network_along_an_axis_is_not_unpacked() -> None:
    with pytest.raises(EditRefused, match="along an axis"):
        UnpackNetwork(ref=NETWORK, id=NodeId("rnn")).apply(along(elman()))
