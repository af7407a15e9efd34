"""Receptive fields: published ones, those of networks in use, and those that torch shows when an input is spoilt."""

from __future__ import annotations

from fractions import Fraction

import msgspec
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

from engine.check.checker import check
from engine.check.receptive import ReceptiveField, receptive_fields
from engine.codegen.names import class_name
from engine.codegen.networks import emit_networks
from engine.graph.ids import NodeId
from engine.graph.types import Graph, GraphRef, Node, Project, Value
from engine.layers.catalogue import CATALOGUE
from engine.layers.kind import Role
from engine.project.bundled import read_example
from engine.recipes.expand import expand
from engine.runtime.build import build
from tests.graphs import chain, graph_of_nodes, network, node, wire

_SIZE = 48


def fields(project: Project, name: str = "net") -> dict[str, ReceptiveField]:
    """Receptive fields of a network by node."""
    written = expand(project)
    report = check(written)
    assert not report.problems, report.problems
    return {str(key): field for key, field in receptive_fields(written, report, name).items()}


def sizes(project: Project, name: str, *nodes: str) -> list[tuple[int | None, ...]]:
    """Sizes, however small the input is."""
    found = fields(project, name)
    return [found[one].sizes for one in nodes]


def changed(project: Project, name: str, node_name: str, **parameters: Value) -> Project:
    """A project with other parameters of one node."""
    graph = project.networks[name]
    old = graph.nodes[NodeId(node_name)]
    new = msgspec.structs.replace(old, parameters={**old.parameters, **parameters})
    nodes = {**graph.nodes, new.id: new}
    return msgspec.structs.replace(
        project, networks={**project.networks, name: msgspec.structs.replace(graph, nodes=nodes)}
    )


def test_vgg_sees_what_is_published() -> None:
    layers = []
    for stage, count in enumerate((2, 2, 3, 3, 3), 1):
        names = (f"conv{stage}_{index}" for index in range(1, count + 1))
        layers += [node(name, "conv2d", out_channels=2, padding=1) for name in names]
        layers.append(node(f"pool{stage}", "max_pool2d"))
    drawn = fields(network(*layers, shape=("B", 3, 224, 224)))
    template = fields(read_example("vgg16"), "vgg16")

    assert [drawn[name].shown for name in ("conv1_2", "conv5_3", "pool5")] == [(5, 5), (196, 196), (212, 212)]
    assert (212, 212) in [field.shown for field in template.values()]


def test_resnet_sees_what_is_published_whichever_convolution_of_a_block_makes_the_step() -> None:
    project = read_example("resnet50")
    first = changed(
        project,
        "bottleneck_down",
        "conv1",
        stride=project.networks["bottleneck_down"].nodes[NodeId("conv2")].parameters["stride"],
    )
    original = changed(first, "bottleneck_down", "conv2", stride=1)

    assert sizes(project, "resnet50", "layer4") == [(427, 427)]
    assert sizes(original, "resnet50", "layer4") == [(483, 483)]
    assert fields(original, "resnet50")["layer4"].is_whole
    assert fields(original, "resnet50")["layer2"].steps == (Fraction(8), Fraction(8))


def test_a_size_that_is_not_known_caps_nothing() -> None:
    convolution = node("conv", "conv2d", kernel_size=(5, 3), stride=2)
    found = fields(network(convolution, node("act", "relu"), shape=("B", 3, "H", "W")))

    assert (found["act"].shown, found["act"].is_whole) == ((5, 3), False)


def test_what_is_larger_than_the_input_is_the_whole_input() -> None:
    found = fields(network(node("conv", "conv2d", kernel_size=9, padding=4), shape=("B", 3, 8, 12)))
    both = fields(network(node("conv", "conv2d", kernel_size=13, padding=6), shape=("B", 3, 8, 12)))

    assert (found["conv"].shown, found["conv"].is_whole) == ((8, 9), False)
    assert both["conv"].is_whole


@pytest.mark.parametrize(
    ("nodes", "shape", "shown"),
    [
        ((node("a", "flatten"), node("b", "linear")), ("B", 3, 8, 8), (8, 8)),
        ((node("a", "flatten"), node("b", "relu")), ("B", 3, 8, 8), (1, 1)),
        ((node("a", "conv2d"), node("b", "group_norm")), ("B", 3, 8, 8), (8, 8)),
        ((node("a", "conv2d"), node("b", "instance_norm2d")), ("B", 3, 8, 8), (8, 8)),
        ((node("a", "conv2d"), node("b", "batch_norm2d")), ("B", 3, 8, 8), (3, 3)),
        ((node("a", "conv2d"), node("b", "global_avg_pool")), ("B", 3, 8, 8), (8, 8)),
        ((node("a", "conv2d"), node("b", "adaptive_avg_pool2d", output_size=3)), ("B", 3, 8, 8), (4, 4)),
        ((node("a", "linear"), node("b", "layer_norm")), ("B", 7, 16), (1,)),
        ((node("a", "linear"), node("b", "multi_head_attention")), ("B", 7, 16), (7,)),
        ((node("a", "permute", dims=(0, 2, 1)), node("b", "conv1d", kernel_size=4)), ("B", 7, 16), (4,)),
        ((node("a", "patch_embedding", patch_size=4), node("b", "layer_norm")), ("B", 3, 8, 8), (4, 4)),
        ((node("a", "patch_embedding", patch_size=4), node("b", "encoder_layer")), ("B", 3, 8, 8), (8, 8)),
        ((node("a", "slice", dim=3, start=2, length=4), node("b", "conv2d")), ("B", 3, 8, 8), (3, 3)),
        ((node("a", "mean", dims=(3,)), node("b", "conv1d")), ("B", 3, 8, 8), (3, 8)),
        ((node("a", "linear"), node("b", "relu")), ("B", 7), (7,)),
    ],
)
def test_what_single_kinds_see(nodes: tuple[Node, Node], shape: tuple[int | str, ...], shown: tuple[int, ...]) -> None:
    found = fields(network(*nodes, shape=shape))["b"]

    assert (found.shown, found.is_whole) == (shown, shown == shape[-len(shown) :] if len(shape) != 3 else shown == (7,))


def test_what_cannot_be_told_is_left_out_and_so_is_what_sees_no_input() -> None:
    nodes = (node("x", "input", shape=("B", 4, 8, 8)), node("cut", "unfold"), node("glue", "fold", output_size=8))
    free = node("free", "constant", shape=("B", 4, 7, 7))
    graph = graph_of_nodes(*nodes, free, node("out", "output"), node("other", "output"), wires=(
        wire("x", "y", "cut", "x"), wire("cut", "y", "out", "x"), wire("free", "y", "other", "x"),
    ))  # fmt: skip
    report = check(project := Project(networks={"net": graph}))

    assert set(receptive_fields(project, report, "net")) == {"x", "cut", "out"}
    assert receptive_fields(project, report, "missing") == {}


def test_two_inputs_count_as_the_larger_one() -> None:
    nodes = (
        *(node(name, "input", shape=("B", 2, 16, 16)) for name in ("left", "right")),
        node("wide", "conv2d", kernel_size=5, padding=2, out_channels=2),
        node("both", "add"),
        node("out", "output"),
    )
    wires = (
        wire("left", "y", "wide", "x"), wire("wide", "y", "both", "a"), wire("right", "y", "both", "b"),
        wire("both", "y", "out", "x"),
    )  # fmt: skip
    found = fields(Project(networks={"net": graph_of_nodes(*nodes, wires=wires)}))

    assert [found[name].sizes for name in ("right", "wide", "both")] == [(1, 1), (5, 5), (5, 5)]


def test_networks_in_use_are_gone_through_as_often_as_they_repeat() -> None:
    block = chain(
        node("x", "input", shape=("B", 3, "H", "W")),
        node("conv", "conv2d", out_channels=3, padding=1),
        node("conv2", "conv2d", out_channels=3, padding=2, kernel_size=5),
        node("y", "output"),
    )
    nodes = (
        node("x", "input", shape=("B", 3, 64, 64)),
        node("pool", "max_pool2d"),
        node("stack", "network", network="block", repeat=3),
        node("out", "output"),
    )
    wires = (wire("x", "y", "pool", "x"), wire("pool", "y", "stack", "x"), wire("stack", "y", "out", "x"))
    project = Project(networks={"net": graph_of_nodes(*nodes, wires=wires), "block": block})

    assert sizes(project, "net", "pool", "stack", "out") == [(2, 2), (38, 38), (38, 38)]
    assert sizes(project, "block", "conv", "conv2") == [(3, 3), (7, 7)]


def test_every_kind_that_computes_says_how_far_it_sees_or_is_known_not_to() -> None:
    silent = {
        kind.key
        for kind in CATALOGUE.values()
        if kind.sees is None and kind.role is Role.LAYER and "networks" in kind.spaces and kind.family != "loss"
    }

    assert {key for key in silent if not key.startswith("graph_")} == {
        "alibi", "fold", "edge_convolution", "learnable_tensor", "constant"
    }  # fmt: skip


# ---- Against torch: one row or column of an image is spoilt at a time; what comes out spoilt has seen it.


def _pair(low: int, high: int) -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(st.integers(low, high), st.integers(low, high))


@st.composite
def _layers(draw: st.DrawFn, name: str, finer: bool) -> Node:
    kinds = ["conv2d", "depthwise_conv2d", "max_pool2d", "avg_pool2d", "pad2d"]
    kinds += ["conv_transpose2d", "upsample2d", "pixel_unshuffle"] if finer else []
    kind = draw(st.sampled_from(kinds))
    if kind == "upsample2d":
        mode = draw(st.sampled_from(("nearest", "nearest-exact", "bilinear", "bicubic")))
        return node(name, kind, scale_factor=float(draw(st.integers(2, 3))) if "nearest" in mode else 2.0, mode=mode)
    if kind == "pixel_unshuffle":
        return node(name, kind)
    if kind == "pad2d":
        return node(name, kind, padding=draw(st.tuples(*[st.integers(0, 2)] * 4)))
    kernel, stride = draw(_pair(1, 3)), draw(_pair(1, 2))
    parameters: dict[str, Value] = {"kernel_size": kernel, "stride": stride}
    if "conv" in kind:
        parameters["dilation"] = draw(_pair(1, 2))
        parameters["padding"] = draw(_pair(0, 1))
        parameters |= {"out_channels": 1} if kind != "depthwise_conv2d" else {}
    else:
        parameters["padding"] = tuple(size // 2 for size in kernel)
    return node(name, kind, **parameters)


@st.composite
def _networks(draw: st.DrawFn) -> Graph:
    """A chain of layers, some of them with a way around them, which may be a convolution along with it."""
    nodes = [node("x", "input", shape=("B", 1, _SIZE, _SIZE))]
    wires = []
    last, finer = "x", 0
    for index in range(draw(st.integers(1, 4))):
        if draw(st.booleans()) and nodes[-1].kind not in ("pixel_unshuffle",):
            one, other, add = f"one{index}", f"other{index}", f"add{index}"
            kernels = draw(_pair(1, 4)), draw(_pair(1, 4))
            nodes += [
                node(each, "conv2d", kernel_size=size, padding="same", out_channels=1)
                for each, size in zip((one, other), kernels, strict=True)
            ]
            nodes.append(node(add, "add"))
            wires += [
                wire(last, "y", one, "x"),
                wire(last, "y", other, "x"),
                wire(one, "y", add, "a"),
                wire(other, "y", add, "b"),
            ]
            last = add
        made = draw(_layers(f"layer{index}", finer < 2))
        finer += made.kind in ("conv_transpose2d", "upsample2d")
        nodes.append(made)
        wires.append(wire(last, "y", made.id, "x"))
        last = made.id
    wires.append(wire(last, "y", "out", "x"))
    return graph_of_nodes(*nodes, node("out", "output"), wires=tuple(wires))


def _spoilt(module: nn.Module, axis: int) -> torch.Tensor:
    """Spoil each place of an axis in an image of its own; say for each which places come out spoilt."""
    images = torch.ones(_SIZE, 1, _SIZE, _SIZE)
    for place in range(_SIZE):
        images[place].select(axis - 1, place).fill_(torch.nan)
    with torch.no_grad():
        out: torch.Tensor = module(images).isnan()
    return out.any(dim=1).any(dim=4 - axis)


def _widest(spoilt: torch.Tensor) -> int:
    """Give the largest stretch that a place far from the borders sees."""
    places = spoilt.shape[1]
    middle = range(places // 3, places - places // 3)
    seen = [spoilt[:, place].nonzero().flatten().tolist() for place in middle]
    return max((one[-1] - one[0] + 1 for one in seen if one), default=0)


@settings(max_examples=40)
@given(_networks())
def test_fields_are_what_torch_shows_of_random_networks(graph: Graph) -> None:
    project = Project(networks={"net": graph})
    report = check(project)
    assume(not report.has_errors)
    found = receptive_fields(project, report, "net").get(NodeId("out"))
    assume(found is not None)  # all that comes out may be zeros from between the places
    assert found is not None
    last = report.graphs[GraphRef("networks", "net")].nodes[NodeId("out")].inputs["x"].shape
    known = [size for size in found.sizes if size is not None]
    assume(len(known) == 2 and max(known) <= _SIZE // 4)
    assume(all(isinstance(size, int) and 9 <= size <= 3 * _SIZE for size in last[2:]))
    module: nn.Module = getattr(build(emit_networks(project, report, ["net"]), "probed"), class_name("net"))().eval()

    assert found.sizes == tuple(_widest(_spoilt(module, axis)) for axis in (2, 3))
