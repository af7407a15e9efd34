"""One class for all instances of a network: its arguments, its form, and that it is what each instance would be alone."""

from __future__ import annotations

from textwrap import dedent

import msgspec
import pytest
import torch
from torch import nn

from engine.check.checker import check
from engine.codegen.classes import constructors_of
from engine.codegen.networks import emit_networks
from engine.codegen.unify import form_of
from engine.graph.types import Graph, Node, Project, Value
from engine.layers.emission import Variant
from engine.recipes.expand import expand
from engine.runtime.build import build
from tests.graphs import chain, node


def block() -> Graph:
    """A network of two convolutions, whose widths, stride and dropout are parameters."""
    drawn = chain(
        node("x", "input", shape=("B", "c", "H", "W")),
        node("conv", "conv2d", out_channels="=width", padding=1, stride="=stride"),
        node("norm", "batch_norm2d"),
        node("wide", "conv2d", out_channels="=2*width", padding=1),
        node("drop", "dropout", p="=rate"),
        node("y", "output"),
    )
    return msgspec.structs.replace(drawn, parameters={"c": 3, "width": 4, "stride": 1, "rate": 0.1})


def project(*uses: Node, network: Graph | None = None) -> Project:
    """A network of uses of the block, one behind the other."""
    net = chain(node("image", "input", shape=("B", 3, 16, 16)), *uses, node("out", "output"))
    return Project(networks={"block": network or block(), "net": net})


def use(name: str, **parameters: Value) -> Node:
    """One use of the block."""
    return node(name, "network", network="block", **parameters)


def emitted(drawn: Project, variant: Variant = "model") -> str:
    """The source of the network and the block."""
    written = expand(drawn)
    report = check(written)
    assert report.problems == ()
    return emit_networks(written, report, ["net"], variant).text


def module_of(drawn: Project, variant: Variant = "model") -> nn.Module:
    """The network as a module."""
    written = expand(drawn)
    report = check(written)
    made = build(emit_networks(written, report, ["net"], variant), f"classes {variant}")
    maker = constructors_of(written, report, ["net"])["net"]
    module: nn.Module = getattr(made, maker.title)(**maker.arguments)
    return module


GROWING = project(use("stem"), use("grow", repeat=3, c="=8 + 4*i", width="=6 + 2*i", rate="=0.3*i/n"))


def test_what_differs_between_instances_becomes_arguments_with_the_networks_defaults() -> None:
    text = emitted(project(use("stem"), use("down", c=8, width=8, stride=2)))

    assert (
        dedent(
            '''
        class Block(nn.Module):
            """Network block."""

            def __init__(self, c: int = 3, width: int = 4, stride: int = 1) -> None:
                super().__init__()
                self.conv = nn.Conv2d(c, width, 3, stride=stride, padding=1)
                self.norm = nn.BatchNorm2d(width)
                self.wide = nn.Conv2d(width, 2 * width, 3, padding=1)
                self.drop = nn.Dropout(0.1)
        '''
        ).strip()
        in text
    )
    assert "self.stem = Block()\n" in text
    assert "self.down = Block(c=8, width=8, stride=2)\n" in text


def test_repeats_that_differ_are_written_by_their_index() -> None:
    text = emitted(GROWING)

    wanted = "nn.ModuleList([Block(c=8 + 4 * i, width=6 + 2 * i, rate=0.3 * i / 3) for i in range(3)])"
    assert f"self.grow = {wanted}\n" in text


def test_repeats_without_a_rule_are_written_one_by_one() -> None:
    text = emitted(project(use("many", repeat=3, c="=3 + min(i, 1)*13 + i//2*4", width="=8 + min(i, 1)*2")))

    assert "for c_i, width_i in (" in text


@pytest.mark.parametrize("variant", ["model", "probe", "export"])
def test_a_class_of_several_instances_computes_what_each_would_alone(variant: Variant) -> None:
    together = module_of(GROWING, variant).eval()
    alone = [
        module_of(project(use("stem"))),
        *(module_of(Project(networks=_alone(c=8 + 4 * i, width=6 + 2 * i, rate=0.3 * i / 3))) for i in range(3)),
    ]
    state = together.state_dict()
    assert list(state)[:2] == ["stem.conv.weight", "stem.conv.bias"]
    torch.manual_seed(0)
    x = wanted = torch.randn(2, 3, 16, 16)
    for prefix, module in zip(("stem.", "grow.0.", "grow.1.", "grow.2."), alone, strict=True):
        inner = "" if prefix != "stem." else "stem."
        part = {inner + key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
        module.load_state_dict(part)
        wanted = module.eval()(wanted)
    found = together(x)

    assert torch.equal(found[0] if isinstance(found, tuple) else found, wanted)


def _alone(**arguments: float) -> dict[str, Graph]:
    """The block with arguments as a network without parameters."""
    drawn = expand(
        Project(networks={"net": msgspec.structs.replace(block(), parameters={**block().parameters, **arguments})})
    )
    return {"net": msgspec.structs.replace(drawn.networks["net"], parameters={})}


def test_arguments_of_the_forward_pass_are_kept() -> None:
    drawn = msgspec.structs.replace(
        chain(node("x", "input", shape=("B", 8)), node("soft", "softmax", temperature="=warmth"), node("y", "output")),
        parameters={"warmth": 2.0},
    )
    net = chain(node("image", "input", shape=("B", 8)), use("one"), use("two", warmth=3.0), node("out", "output"))
    text = emitted(Project(networks={"block": drawn, "net": net}))

    assert "self.warmth = warmth\n" in text
    assert "x / self.warmth" in text


def test_what_has_no_common_form_is_a_class_of_its_own() -> None:
    drawn = msgspec.structs.replace(
        chain(node("x", "input", shape=("B", 8)), node("soft", "softmax", temperature="=warmth"), node("y", "output")),
        parameters={"warmth": 1.0},
    )
    net = chain(node("image", "input", shape=("B", 8)), use("one"), use("two", warmth=3.0), node("out", "output"))
    text = emitted(Project(networks={"block": drawn, "net": net}))

    assert "class Block_2(nn.Module):" in text
    assert "self.two = Block_2()" in text


def test_networks_in_networks_pass_their_arguments_on() -> None:
    stage = msgspec.structs.replace(
        chain(
            node("x", "input", shape=("B", "c", "H", "W")),
            use("first", c="=c", width="=width", stride=2),
            use("rest", c="=2*width", width="=width", repeat="=depth"),
            node("y", "output"),
        ),
        parameters={"c": 3, "width": 4, "depth": 2},
    )
    net = chain(
        node("image", "input", shape=("B", 3, 16, 16)),
        node("one", "network", network="stage"),
        node("two", "network", network="stage", c=8, width=8, depth=3),
        node("out", "output"),
    )
    text = emitted(Project(networks={"block": block(), "stage": stage, "net": net}))

    assert "def __init__(self, c: int = 3, width: int = 4, depth: int = 2) -> None:" in text
    assert "self.first = Block(c=c, width=width, stride=2)" in text
    assert "self.rest = nn.ModuleList([Block(c=2 * width, width=width) for _ in range(depth)])" in text
    assert "self.two = Stage(c=8, width=8, depth=3)" in text


def test_the_form_of_calls_looks_up_what_one_of_them_leaves_out() -> None:
    form = form_of(["f(1, (2, 3))", "f(4, (2, 5), k=6)"], [{"k": 1}, {}])

    assert form is not None
    assert form.text == "f(4, (2, 5), k=6)"
    assert [hole.column for hole in form.holes] == [(1, 4), ((2, 3), (2, 5)), (1, 6)]


@pytest.mark.parametrize(
    "texts", [("f(1)", "g(1)"), ("f(1)", "f(1, 2)"), ("x + 1", "x - 1"), ("f(a)", "f(b)"), ("f(1)", "1")]
)
def test_expressions_that_differ_in_more_than_literals_have_no_form(texts: tuple[str, str]) -> None:
    assert form_of(texts, [{}, {}]) is None
