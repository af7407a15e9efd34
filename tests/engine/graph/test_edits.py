"""Each edit: what it does and what it refuses."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest

from engine.errors import EditRefused
from engine.graph.edits import (
    AddGraph,
    AddModel,
    AddNode,
    AddNodes,
    Batch,
    Connect,
    Disconnect,
    Edit,
    GroupNodes,
    MoveNodes,
    OpenRecipe,
    RemoveGraph,
    RemoveNodes,
    RenameGraph,
    RenameNode,
    SetFrames,
    SetModels,
    SetObjectives,
    SetParameters,
    SetRecipe,
    SetRun,
    SetShares,
    SetSnapshot,
    SetTitle,
    SetVariable,
    UnpackNetwork,
    address_map,
)
from engine.graph.ids import NodeId
from engine.graph.specs import Snapshot
from engine.graph.types import (
    Frame,
    Graph,
    GraphLayout,
    GraphRef,
    Layout,
    Model,
    Node,
    Place,
    Project,
    Recipe,
    RunSettings,
    Stage,
    Value,
    Wire,
)

DIGITS = GraphRef("networks", "digits")
BLOCK = GraphRef("networks", "block")
OPEN = GraphRef("training", "opened")
BY_RECIPE = GraphRef("training", "main")


def n(name: str) -> NodeId:
    return NodeId(name)


def node(name: str, kind: str, **parameters: Value) -> Node:
    return Node(id=n(name), kind=kind, parameters=parameters)


def graph(*nodes: Node, wires: str = "") -> Graph:
    """Build a graph; wires read `a.y-b.x`, with spaces between."""
    ends = (wire.replace("-", ".").split(".") for wire in wires.split())
    rows = tuple(Wire(n(row[0]), row[1], n(row[2]), row[3]) for row in ends)
    return Graph(nodes={part.id: part for part in nodes}, wires=rows)


def wires_of(project: Project, ref: GraphRef) -> set[str]:
    graphs = project.networks if ref.space == "networks" else project.training
    return {f"{wire.source}.{wire.output}-{wire.target}.{wire.input}" for wire in graphs[ref.name].wires}


@pytest.fixture
def project() -> Project:
    """Digits: image, three blocks, head, act, scores; one training graph opened, one by recipe."""
    block = graph(
        node("x", "input"),
        node("conv", "conv2d"),
        node("norm", "batch_norm2d"),
        node("out", "output"),
        wires="x.y-conv.x conv.y-norm.x norm.y-out.x",
    )
    digits = graph(
        node("image", "input"),
        node("blocks", "network", network="block", repeat=3),
        node("head", "linear"),
        node("act", "relu"),
        node("scores", "output"),
        wires="image.y-blocks.x blocks.out-head.x head.y-act.x act.y-scores.x",
    )
    updates = ("net.*", "net.head.*", "net.blocks.1.conv.weight", "net.blocks.*.conv.*", "other.head.*")
    opened = graph(
        node("data", "digits"),
        node("net_use", "model", model="net"),
        node("loss", "cross_entropy"),
        node("fit", "objective", updates=updates),
        wires="data.image-net_use.image net_use.scores-loss.scores loss.y-fit.loss",
    )
    opened = msgspec.structs.replace(opened, models={n("net"): Model(network="digits")}, objectives=(n("fit"),))
    recipe = Recipe(name="classification", networks=("digits",), sources=(node("data", "digits"),))
    places = GraphLayout(nodes={n("head"): Place(0, 0), n("act"): Place(100, 20)})
    return Project(
        variables={"width": 3},
        networks={"digits": digits, "block": block},
        training={"main": Graph(recipe=recipe), "opened": opened},
        run=RunSettings(stages=(Stage(training="main"), Stage(training="opened"))),
        layout=Layout(networks={"digits": places}),
    )


def test_a_node_is_added_after_the_others_at_its_place(project: Project) -> None:
    after = AddNode(ref=DIGITS, node=node("drop", "dropout", p=0.1), place=Place(5, 6)).apply(project)

    assert tuple(after.networks["digits"].nodes)[-1] == "drop"
    assert after.layout.networks["digits"].nodes[n("drop")] == Place(5, 6)
    assert after.networks["block"] is project.networks["block"]


def test_an_objective_joins_the_order_and_leaves_it_again(project: Project) -> None:
    after = AddNode(ref=OPEN, node=node("adversary", "objective")).apply(project)
    gone = RemoveNodes(ref=OPEN, ids=(n("fit"),)).apply(after)
    turned = SetObjectives(ref=OPEN, order=(n("adversary"), n("fit"))).apply(after)

    assert after.training["opened"].objectives == ("fit", "adversary")
    assert gone.training["opened"].objectives == ("adversary",)
    assert turned.training["opened"].objectives == ("adversary", "fit")


def test_several_nodes_with_wires_are_added_at_once(project: Project) -> None:
    wires = (Wire(n("a"), "y", n("b"), "x"), Wire(n("b"), "y", n("scores"), "x"))
    edit = AddNodes(ref=DIGITS, nodes=(node("a", "relu"), node("b", "relu")), wires=wires)

    assert "b.y-scores.x" in wires_of(edit.apply(project), DIGITS)
    assert "act.y-scores.x" not in wires_of(edit.apply(project), DIGITS)
    assert edit.label == "Add 2 nodes"


def test_removed_nodes_take_their_wires_and_places_along(project: Project) -> None:
    after = RemoveNodes(ref=DIGITS, ids=(n("head"), n("act"))).apply(project)

    assert wires_of(after, DIGITS) == {"image.y-blocks.x"}
    assert after.layout == Layout()


def test_a_wire_takes_the_place_of_one_into_the_same_port(project: Project) -> None:
    edit = Connect(ref=DIGITS, wire=Wire(n("image"), "y", n("head"), "x"))

    assert wires_of(edit.apply(project), DIGITS) == {
        "image.y-blocks.x",
        "image.y-head.x",
        "head.y-act.x",
        "act.y-scores.x",
    }
    assert edit.label == "Connect image to head"


def test_wires_are_taken_away(project: Project) -> None:
    edit = Disconnect(ref=DIGITS, wires=(Wire(n("head"), "y", n("act"), "x"),))

    assert "head.y-act.x" not in wires_of(edit.apply(project), DIGITS)
    assert edit.label == "Disconnect head from act"


def test_parameters_are_set_and_none_takes_one_away(project: Project) -> None:
    once = SetParameters(ref=DIGITS, id=n("head"), values={"out_features": 10, "bias": False}).apply(project)
    twice = SetParameters(ref=DIGITS, id=n("head"), values={"out_features": None}).apply(once)

    assert once.networks["digits"].nodes[n("head")].parameters == {"out_features": 10, "bias": False}
    assert twice.networks["digits"].nodes[n("head")].parameters == {"bias": False}


def test_true_and_one_are_different_values(project: Project) -> None:
    once = SetParameters(ref=DIGITS, id=n("head"), values={"bias": 1}).apply(project)
    twice = SetParameters(ref=DIGITS, id=n("head"), values={"bias": True}).apply(once)

    assert twice.networks["digits"].nodes[n("head")].parameters["bias"] is True


def test_a_source_of_a_recipe_is_changed_where_it_stands(project: Project) -> None:
    snapshot = Snapshot(content="abc", outputs={})
    after = SetSnapshot(ref=BY_RECIPE, id=n("data"), snapshot=snapshot).apply(project)
    after = SetParameters(ref=BY_RECIPE, id=n("data"), values={"batch_size": 64}).apply(after)
    recipe = after.training["main"].recipe

    assert recipe is not None
    assert recipe.sources == (Node(id=n("data"), kind="digits", parameters={"batch_size": 64}, snapshot=snapshot),)


def test_a_recipe_is_changed_or_opened_and_its_graph_is_read_only_until_then(project: Project) -> None:
    other = Recipe(name="regression")
    opened = graph(node("data", "digits"))

    assert SetRecipe(ref=BY_RECIPE, recipe=other).apply(project).training["main"] == Graph(recipe=other)
    assert OpenRecipe(ref=BY_RECIPE, graph=opened).apply(project).training["main"] == opened
    with pytest.raises(EditRefused, match=r"written by its recipe.*open it as a graph first"):
        AddNode(ref=BY_RECIPE, node=node("a", "relu")).apply(project)


def test_renaming_a_node_takes_wires_places_updates_and_weights_along(project: Project) -> None:
    edit = RenameNode(ref=DIGITS, id=n("head"), to="top")
    after = edit.apply(project)

    assert tuple(after.networks["digits"].nodes) == ("image", "blocks", "top", "act", "scores")
    assert wires_of(after, DIGITS) == {"image.y-blocks.x", "blocks.out-top.x", "top.y-act.x", "act.y-scores.x"}
    assert tuple(after.layout.networks["digits"].nodes) == ("top", "act")
    assert after.training["opened"].nodes[n("fit")].parameters["updates"] == (
        "net.*",
        "net.top.*",
        "net.blocks.1.conv.weight",
        "net.blocks.*.conv.*",
        "other.head.*",
    )
    assert address_map(edit, project).tensors(
        {"net": "digits"}, {"net.head.weight": 1, "net.act": 2, "ema.head.weight": 3}
    ) == {
        "net.top.weight": 1,
        "net.act": 2,
        "ema.head.weight": 3,
    }


def test_renaming_inside_a_nested_network_reaches_every_repeat(project: Project) -> None:
    edit = RenameNode(ref=BLOCK, id=n("conv"), to="first")
    updates = edit.apply(project).training["opened"].nodes[n("fit")].parameters["updates"]
    moved = address_map(edit, project)

    assert updates == ("net.*", "net.head.*", "net.blocks.1.first.weight", "net.blocks.*.first.*", "other.head.*")
    assert moved.key("digits", "blocks.2.conv.weight") == "blocks.2.first.weight"
    assert moved.address("digits", "blocks[2].conv") == "blocks[2].first"
    assert moved.address("block", "conv") == "first"
    assert moved.key("digits", "conv.weight") == "conv.weight"


def test_renaming_a_port_of_a_network_moves_the_wires_of_its_users(project: Project) -> None:
    inner = RenameNode(ref=BLOCK, id=n("out"), to="result").apply(project)
    outer = RenameNode(ref=DIGITS, id=n("scores"), to="logits").apply(project)

    assert "blocks.result-head.x" in wires_of(inner, DIGITS)
    assert "net_use.logits-loss.scores" in wires_of(outer, OPEN)


def test_a_graph_is_renamed_wherever_it_is_named(project: Project) -> None:
    after = RenameGraph(ref=DIGITS, to="net").apply(project)
    after = RenameGraph(ref=BLOCK, to="stage").apply(after)
    after = RenameGraph(ref=OPEN, to="second").apply(after)
    recipe = after.training["main"].recipe

    assert tuple(after.networks) == ("net", "stage")
    assert after.networks["net"].nodes[n("blocks")].parameters["network"] == "stage"
    assert recipe is not None
    assert recipe.networks == ("net",)
    assert after.training["second"].models[n("net")].network == "net"
    assert tuple(stage.training for stage in after.run.stages) == ("main", "second")
    assert tuple(after.layout.networks) == ("net",)


def test_a_training_graph_leaves_the_stages_with_it(project: Project) -> None:
    assert RemoveGraph(ref=OPEN).apply(project).run.stages == (Stage(training="main"),)


def test_grouping_moves_nodes_into_a_network_and_unpacking_brings_them_back(project: Project) -> None:
    shape: Mapping[str, Mapping[str, Value]] = {"blocks.out": {"shape": ("B", 8)}}
    group = GroupNodes(ref=DIGITS, ids=(n("head"), n("act")), name="top", inputs=shape)
    grouped = group.apply(project)
    unpack = UnpackNetwork(ref=DIGITS, id=n("top"))

    assert tuple(grouped.networks["digits"].nodes) == ("image", "blocks", "top", "scores")
    assert wires_of(grouped, DIGITS) == {"image.y-blocks.x", "blocks.out-top.blocks_out", "top.act_out-scores.x"}
    assert tuple(grouped.networks["top"].nodes) == ("blocks_out", "head", "act", "act_out")
    assert grouped.networks["top"].nodes[n("blocks_out")].parameters == {"shape": ("B", 8)}
    assert wires_of(grouped, GraphRef("networks", "top")) == {"blocks_out.y-head.x", "head.y-act.x", "act.y-act_out.x"}
    assert grouped.layout.networks["digits"].nodes == {"top": Place(50, 10)}
    assert address_map(group, project).key("digits", "head.weight") == "top.head.weight"
    assert address_map(unpack, grouped).key("digits", "top.head.weight") == "head.weight"
    back = unpack.apply(grouped)
    assert back.networks["digits"].nodes == project.networks["digits"].nodes
    assert wires_of(back, DIGITS) == wires_of(project, DIGITS)
    assert back.layout == project.layout
    assert tuple(back.networks) == ("digits", "block")


def test_sharing_follows_into_a_group_and_out_again(project: Project) -> None:
    shared = SetShares(ref=DIGITS, id=n("act"), address="head").apply(project)
    outside = GroupNodes(ref=DIGITS, ids=(n("head"),), name="top").apply(shared)
    inside = GroupNodes(ref=DIGITS, ids=(n("head"), n("act")), name="top").apply(shared)

    assert outside.networks["digits"].nodes[n("act")].shares == "top.head"
    assert inside.networks["top"].nodes[n("act")].shares == "head"
    with pytest.raises(EditRefused, match="uses the weights of head"):
        GroupNodes(ref=DIGITS, ids=(n("act"),), name="top").apply(shared)


def test_a_network_used_twice_stays_when_one_use_is_unpacked(project: Project) -> None:
    once = SetParameters(ref=DIGITS, id=n("blocks"), values={"repeat": None}).apply(project)
    twice = AddNode(ref=DIGITS, node=node("conv", "network", network="block")).apply(once)
    after = UnpackNetwork(ref=DIGITS, id=n("blocks")).apply(twice)

    assert tuple(after.networks["digits"].nodes) == ("image", "conv2", "norm", "head", "act", "scores", "conv")
    assert "block" in after.networks


def test_sharing_inside_an_unpacked_network_follows_new_ids(project: Project) -> None:
    tied = Node(id=n("tied"), kind="conv2d", shares="conv")
    inside = AddNode(ref=BLOCK, node=tied).apply(project)
    single = SetParameters(ref=DIGITS, id=n("blocks"), values={"repeat": None}).apply(inside)
    taken = AddNode(ref=DIGITS, node=node("conv", "conv2d")).apply(single)
    after = UnpackNetwork(ref=DIGITS, id=n("blocks")).apply(taken)

    assert after.networks["digits"].nodes[n("conv2")].kind == "conv2d"
    assert after.networks["digits"].nodes[n("tied")].shares == "conv2"


REFUSED: tuple[tuple[Edit, str], ...] = (
    (AddNode(ref=DIGITS, node=node("head", "relu")), "the id 'head' is taken"),
    (AddNode(ref=DIGITS, node=node("forward", "relu")), "PyTorch module"),
    (AddNode(ref=DIGITS, node=node("Bad Id", "relu")), "an id is made of"),
    (AddNode(ref=DIGITS, node=node("a", "relu", p=float("nan"))), "p: a number must be finite"),
    (AddNode(ref=DIGITS, node=node("a", "relu", p=2**63)), "64 bits"),
    (AddNode(ref=DIGITS, node=node("a", "\ud800")), "half a character"),
    (AddNode(ref=GraphRef("networks", "no"), node=node("a", "relu")), "there is no network 'no'"),
    (AddNode(ref=DIGITS, node=node("a", "relu"), place=Place(float("inf"), 0)), "finite"),
    (RemoveNodes(ref=DIGITS, ids=(n("nobody"),)), "there is no node 'nobody'"),
    (Connect(ref=DIGITS, wire=Wire(n("head"), "y", n("nobody"), "x")), "there is no node 'nobody'"),
    (Connect(ref=DIGITS, wire=Wire(n("head"), "y y", n("act"), "x")), "is no port"),
    (Disconnect(ref=DIGITS, wires=(Wire(n("image"), "y", n("act"), "x"),)), "no such wire"),
    (SetParameters(ref=DIGITS, id=n("head"), values={"p": (1.0, float("inf"))}), "finite"),
    (SetTitle(ref=DIGITS, id=n("head"), title="\udfff"), "half a character"),
    (SetShares(ref=DIGITS, id=n("head"), address="head"), "share with itself"),
    (MoveNodes(ref=DIGITS, places={n("nobody"): Place(0, 0)}), "no node"),
    (AddGraph(ref=DIGITS), "is taken"),
    (AddGraph(ref=GraphRef("networks", "a"), graph=Graph(recipe=Recipe(name="x"))), "no recipe"),
    (RemoveGraph(ref=BLOCK), "used by networks.digits.blocks"),
    (RenameGraph(ref=DIGITS, to="block"), "is taken"),
    (RenameNode(ref=DIGITS, id=n("head"), to="act"), "is taken"),
    (SetModels(ref=DIGITS, models={}), "only a training graph"),
    (AddModel(ref=OPEN, id=n("net"), model=Model(network="digits")), "is taken"),
    (SetObjectives(ref=OPEN, order=(n("fit"), n("fit"))), "twice"),
    (SetRecipe(ref=OPEN, recipe=Recipe(name="x")), "a recipe or nodes, never both"),
    (OpenRecipe(ref=OPEN, graph=Graph()), "has no recipe"),
    (SetRun(run=RunSettings(device="\ud800")), "half a character"),
    (SetVariable(name="__class__", value=1), "variable's name"),
    (SetVariable(name="min", value=1), "function"),
    (SetVariable(name="width", value=float("inf")), "finite"),
    (SetFrames(ref=DIGITS, frames=(Frame(title="", x=0, y=float("nan"), width=1, height=1),)), "finite"),
    (GroupNodes(ref=DIGITS, ids=(), name="top"), "nothing is selected"),
    (GroupNodes(ref=DIGITS, ids=(n("image"),), name="top"), "stays in its network"),
    (GroupNodes(ref=DIGITS, ids=(n("blocks"), n("act")), name="top"), "head stands between"),
    (GroupNodes(ref=DIGITS, ids=(n("head"),), name="block"), "is taken"),
    (GroupNodes(ref=OPEN, ids=(n("loss"),), name="top"), "only nodes of a network"),
    (UnpackNetwork(ref=DIGITS, id=n("blocks")), "repeated"),
    (UnpackNetwork(ref=DIGITS, id=n("head")), "stands for no network"),
)


@pytest.mark.parametrize(("edit", "words"), REFUSED, ids=lambda value: value if isinstance(value, str) else "")
def test_what_does_not_fit_is_refused_in_words(project: Project, edit: Edit, words: str) -> None:
    with pytest.raises(EditRefused) as caught:
        edit.apply(project)

    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_batch_is_one_step_and_its_map_is_that_of_all_its_edits(project: Project) -> None:
    rename = RenameNode(ref=DIGITS, id=n("head"), to="top")
    group = GroupNodes(ref=DIGITS, ids=(n("top"),), name="part")
    batch = Batch(label="Tidy up", edits=(rename, group))

    assert batch.apply(project) == group.apply(rename.apply(project))
    assert address_map(batch, project).key("digits", "head.weight") == "part.top.weight"
    assert batch.label == "Tidy up"
    assert not address_map(SetVariable(name="a", value=1), project)


def test_every_refused_edit_goes_through_json_and_back() -> None:
    edits = [edit for edit, words in REFUSED if "half" not in words and "finite" not in words]

    assert msgspec.json.decode(msgspec.json.encode(edits), type=list[Edit]) == edits
