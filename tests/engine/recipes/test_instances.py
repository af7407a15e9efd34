"""Networks with parameters: which instances are written out, and what is said where that cannot be."""

from __future__ import annotations

import msgspec
import pytest

from engine.check.checker import check
from engine.check.report import Problem
from engine.errors import EditRefused
from engine.graph.edits import GroupNodes, RenameGraph, SetGraphParameters, SetParameters, UnpackNetwork
from engine.graph.ids import NodeId
from engine.graph.instances import origin_of, parts_of
from engine.graph.types import Graph, GraphRef, Model, Node, Project, Value
from engine.project.format import decode, encode
from engine.recipes.expand import expand
from tests.graphs import chain, node

BLOCK = GraphRef("networks", "block")
NET = GraphRef("networks", "net")


def block(**parameters: bool | float) -> Graph:
    """A network of one convolution, whose width and dropout are parameters."""
    drawn = chain(
        node("x", "input", shape=("B", "c", "H", "W")),
        node("conv", "conv2d", out_channels="=2*width", padding="=1", bias="=bias"),
        node("drop", "dropout", p="=rate"),
        node("y", "output"),
    )
    return msgspec.structs.replace(drawn, parameters={"c": 3, "width": 4, "rate": 0.0, "bias": True, **parameters})


def project(*uses: Node, **variables: float) -> Project:
    """A network of uses of the block, one behind the other."""
    net = chain(node("image", "input", shape=("B", 3, 8, 8)), *uses, node("out", "output"))
    return Project(networks={"block": block(), "net": net}, variables=variables)


def use(name: str, **parameters: Value) -> Node:
    """One use of the block."""
    return node(name, "network", network="block", **parameters)


def shapes(drawn: Project) -> dict[str, tuple[int | str, ...]]:
    """Shapes of what the nodes of the network give."""
    report = check(expand(drawn))
    assert report.problems == ()
    return {key: spec.shape for key, found in report.graphs[NET].nodes.items() for spec in found.outputs.values()}


def problems(drawn: Project) -> list[Problem]:
    """What the check says is wrong."""
    return list(check(expand(drawn)).problems)


def test_a_project_without_parameters_is_left_as_it_is() -> None:
    drawn = Project(networks={"net": chain(node("x", "input"), node("y", "output"))})

    assert expand(drawn) is drawn


def test_uses_with_the_same_arguments_are_one_instance() -> None:
    written = expand(project(use("one", width=6), use("two", c=12, width=6), use("three", c=12, width="=3*2")))

    assert [name for name in written.networks if origin_of(name) == "block"] == [
        "block",
        "block<width=6>",
        "block<c=12, width=6>",
    ]


def test_arguments_that_are_the_defaults_are_the_network_itself() -> None:
    written = expand(project(use("one", c=3, width=4)))

    assert parts_of(written.networks["net"].nodes[NodeId("one")].parameters["network"]) == ("block",)


def test_expressions_see_variables_and_the_parameters_of_their_own_network() -> None:
    drawn = project(use("one", width="=wide//2"), use("two", c="=wide", width=1), wide=10)

    assert shapes(drawn) == {"image": ("B", 3, 8, 8), "one": ("B", 10, 8, 8), "two": ("B", 2, 8, 8)}


def test_repeats_differ_by_their_index_and_count() -> None:
    drawn = project(use("one"), use("many", repeat=3, c="=8 + 2*i", width="=5 + i", rate="=0.5*i/n"))
    written = expand(drawn)
    parts = parts_of(written.networks["net"].nodes[NodeId("many")].parameters["network"])
    rates = [written.networks[part].nodes[NodeId("drop")].parameters["p"] for part in parts]

    assert rates == [0.0, 0.5 / 3, 1.0 / 3]
    assert shapes(drawn)["many"] == ("B", 14, 8, 8)


def test_weights_of_repeats_that_differ_have_their_own_shapes() -> None:
    report = check(expand(project(use("one"), use("many", repeat=2, c="=8 + 2*i", width="=5 + i"))))
    signature = report.graphs[NET].signature
    assert signature is not None
    found = {weight.name: weight.shape for weight in signature.weights()}

    assert found["many[0].conv.weight"] == (10, 8, 3, 3)
    assert found["many[1].conv.weight"] == (12, 10, 3, 3)
    assert signature.parameters == report.graphs[NET].parameters == 8 * 28 + 10 * 73 + 12 * 91


def test_switches_reach_their_nodes() -> None:
    report = check(expand(project(use("one", bias=False))))

    assert report.graphs[NET].parameters == 8 * 27


def test_models_take_arguments_too() -> None:
    drawn = project(use("one"))
    training = Graph(models={NodeId("wide"): Model(network="block", parameters={"width": 9})})
    written = expand(msgspec.structs.replace(drawn, training={"main": training}))

    assert written.training["main"].models[NodeId("wide")] == Model(network="block<width=9>")


def test_parameters_and_arguments_survive_the_file() -> None:
    drawn = project(use("one", width=6, rate=0.5), use("two", c=12, repeat=2, width="=c//2"))
    text = encode(drawn)

    assert decode(text) == drawn
    assert list(decode(text).networks["block"].parameters) == ["c", "width", "rate", "bias"]
    assert encode(decode(text)) == text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"width": 1.5}, "width of one: width takes a whole number, not 1.5"),
        ({"width": "=wide"}, "width of one: there is no variable 'wide'. Add it to the project's variables"),
        ({"width": "=1//0"}, "width of one: '=1//0' divides by zero"),
        ({"width": "=10**10**10"}, "width of one: the value of '=10**10**10' is too large"),
        ({"bias": 2}, "bias of one: bias takes yes or no, not 2"),
        ({"rate": "__class__"}, "rate of one: rate takes a number, not '__class__'"),
        ({"widht": 3}, "Network has no parameter 'widht'; did you mean width?"),
    ],
)
def test_what_cannot_be_worked_out_is_a_problem_of_the_use(arguments: dict[str, Value], words: str) -> None:
    found = problems(project(use("one", **arguments)))

    assert [problem.message for problem in found if problem.node == "one"] == [words]
    assert found[0].graph == NET
    assert found[0].fixes


def test_a_problem_of_an_instance_is_told_of_the_drawn_network_and_names_the_arguments() -> None:
    (found, *_) = problems(project(use("one", rate=2)))

    assert found.graph == BLOCK
    assert found.node == "drop"
    assert "(with rate=2.0)" in found.message
    assert all(edit.ref == BLOCK for fix in found.fixes for edit in fix.edits if isinstance(edit, SetParameters))


def test_a_size_that_does_not_fit_names_the_arguments() -> None:
    (found, *_) = problems(project(use("one", c=5)))

    assert found.node == "one"
    assert found.message.startswith("one: input x of network block with c=5 takes B × 5 × H × W")


def test_a_network_with_parameters_may_not_contain_itself() -> None:
    ring = msgspec.structs.replace(
        chain(node("x", "input"), node("again", "network", network="ring", depth="=depth - 1"), node("y", "output")),
        parameters={"depth": 3},
    )

    assert "contain itself" in problems(Project(networks={"ring": ring}))[0].message


def test_repeats_beyond_all_measure_are_a_problem_and_no_hang() -> None:
    (found, *_) = problems(project(use("one", repeat=10_000, width="=4 + i")))

    assert found.node == "one"
    assert "too many" in found.message
    assert problems(project(use("one", repeat=10_000, c=3, width="=2")))[0].code == "repeat"


def test_a_use_with_too_many_variants_leaves_the_other_networks_as_they_are() -> None:
    many = project(use("b", width="=i+100", repeat=512), use("c", width="=i+1000", repeat=3))
    later = chain(node("x", "input", shape=("B", 4)), node("y", "output"))
    drawn = msgspec.structs.replace(many, networks={**many.networks, "later": later})
    found = expand(drawn)

    assert found.networks["later"] == later
    assert problems(drawn)
    assert len(found.networks) < 520


def test_parameters_are_set_and_refused_by_one_edit() -> None:
    drawn = project(use("one"))
    changed = SetGraphParameters(ref=BLOCK, parameters={"c": 3, "width": 7, "rate": 0.1, "bias": False}).apply(drawn)

    assert shapes(changed)["one"] == ("B", 14, 8, 8)
    for name in ("i", "network", "Width", "forward", "class"):
        with pytest.raises(EditRefused):
            SetGraphParameters(ref=BLOCK, parameters={name: 1}).apply(drawn)


def test_arguments_follow_a_network_that_is_renamed() -> None:
    renamed = RenameGraph(ref=BLOCK, to="cell").apply(project(use("one", width=6)))

    assert shapes(renamed)["one"] == ("B", 12, 8, 8)


def test_nodes_that_are_grouped_take_the_parameters_they_name_along() -> None:
    drawn = project(use("one"))
    inputs: dict[str, dict[str, Value]] = {"x.y": {"shape": ("B", "c", "H", "W")}}
    grouped = GroupNodes(ref=BLOCK, ids=(NodeId("conv"),), name="inner", inputs=inputs).apply(drawn)

    assert grouped.networks["inner"].parameters == {"width": 4, "bias": True}
    assert grouped.networks["block"].nodes[NodeId("inner")].parameters == {
        "network": "inner",
        "width": "=width",
        "bias": "=bias",
    }


def test_a_network_that_is_unpacked_leaves_its_arguments_in_the_place_of_its_parameters() -> None:
    drawn = project(use("one", width="=wide//2", rate=0.25), wide=10)
    unpacked = UnpackNetwork(ref=NET, id=NodeId("one")).apply(drawn)
    nodes = unpacked.networks["net"].nodes

    assert "block" not in unpacked.networks
    assert nodes[NodeId("conv")].parameters["out_channels"] == "=2*(wide//2)"
    assert nodes[NodeId("drop")].parameters["p"] == 0.25
    assert shapes(unpacked)["conv"] == ("B", 10, 8, 8)
