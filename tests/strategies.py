"""Hypothesis strategies for projects and edits, and the weights that a project owns by a tiny catalogue of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hypothesis import strategies as st

from engine.errors import EditRefused
from engine.graph.edits import (
    AddGraph,
    AddNode,
    Batch,
    Connect,
    Disconnect,
    Edit,
    GroupNodes,
    MoveNodes,
    RemoveNodes,
    RenameGraph,
    RenameNode,
    SetBypassed,
    SetFrames,
    SetNotes,
    SetParameters,
    SetTitle,
    SetVariable,
    UnpackNetwork,
)
from engine.graph.ids import NodeId
from engine.graph.specs import Snapshot, TensorSpec
from engine.graph.types import (
    Frame,
    Graph,
    GraphLayout,
    GraphRef,
    Layout,
    Length,
    Model,
    Node,
    Place,
    Project,
    Recipe,
    RunSettings,
    Stage,
    Value,
    Wire,
    graph_of,
    graph_refs,
)

WEIGHTED: Final = ("linear", "conv2d")
"""Kinds of the tiny catalogue that own a tensor `weight`."""
IDS: Final = tuple(NodeId(name) for name in ("conv", "conv2", "norm", "act", "head", "stem", "mix", "tail"))
PORTS: Final = ("x", "y", "a", "b")

texts = st.text(st.characters(codec="utf-8"), max_size=12)
numbers = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.booleans() | numbers | texts
values: st.SearchStrategy[Value] = scalars | st.lists(scalars, max_size=3).map(tuple)
parameters = st.dictionaries(st.sampled_from(("k", "shape", "p q", "é")), values, max_size=3)
coordinates = st.floats(-1e6, 1e6) | st.integers(-1000, 1000).map(float)
places = st.builds(Place, coordinates, coordinates)
specs = st.builds(TensorSpec, shape=st.sampled_from(((), ("B", 3), (1, 2))), low=st.none() | st.floats(0, 1))
snapshots = st.builds(Snapshot, content=texts, outputs=st.dictionaries(st.just("y"), specs, max_size=1))
frames = st.builds(Frame, title=texts, x=coordinates, y=coordinates, width=coordinates, height=coordinates)


def nodes(name: NodeId) -> st.SearchStrategy[Node]:
    """Nodes of one id, of a kind that computes or of one that nobody knows."""
    return st.builds(
        Node,
        id=st.just(name),
        kind=st.sampled_from(("linear", "conv2d", "relu", "add", "kind from elsewhere")),
        version=st.sampled_from((1, 1, 1, 7)),
        title=texts,
        notes=texts,
        parameters=parameters,
        bypassed=st.booleans(),
        snapshot=st.none() | snapshots,
    )


@st.composite
def networks(draw: st.DrawFn, nested: str = "") -> Graph:
    """Networks of an input, an output and some nodes between; `nested` names a network that may stand in them."""
    names = draw(st.lists(st.sampled_from(IDS), unique=True, max_size=5))
    found = {name: draw(nodes(name)) for name in names}
    if nested and draw(st.booleans()):
        repeat = draw(st.sampled_from((1, 3)))
        within: dict[str, Value] = {"network": nested} | ({"repeat": repeat} if repeat > 1 else {})
        found[NodeId("inner")] = Node(id=NodeId("inner"), kind="network", parameters=within)
    sharing = [name for name in names if found[name].kind in WEIGHTED]
    if len(sharing) > 1 and draw(st.booleans()):
        first, second = sharing[:2]
        found[second] = Node(id=second, kind=found[first].kind, shares=first)
    ends = {
        NodeId("image"): Node(id=NodeId("image"), kind="input"),
        NodeId("scores"): Node(id=NodeId("scores"), kind="output"),
    }
    return Graph(notes=draw(texts), nodes=ends | found, wires=draw(wires(tuple(found))))


@st.composite
def wires(draw: st.DrawFn, names: tuple[NodeId, ...]) -> tuple[Wire, ...]:
    """Wires among some nodes, `image` and `scores`; one into each port, forwards only."""
    order = (NodeId("image"), *names, NodeId("scores"))
    found: dict[tuple[NodeId, str], Wire] = {}
    for _ in range(draw(st.integers(0, 8))):
        start = draw(st.integers(0, len(order) - 2))
        end = draw(st.integers(start + 1, len(order) - 1))
        port = draw(st.sampled_from(PORTS))
        found[order[end], port] = Wire(order[start], draw(st.sampled_from(("y", "y", "z"))), order[end], port)
    return tuple(found.values())


def trainings() -> st.SearchStrategy[Graph]:
    """Training graphs: one by recipe and one opened."""
    source = Node(id=NodeId("data"), kind="digits", parameters={"batch_size": 16})
    recipe = Recipe(name="classification", networks=("digits",), sources=(source,), options={"lr": 1e-3})
    use = Node(id=NodeId("net_use"), kind="model", parameters={"model": "net"})
    updates = ("net.*", "net.conv.*", "net.inner.*.conv.weight", "net.inner.0.conv.weight")
    fit = Node(id=NodeId("fit"), kind="objective", parameters={"updates": updates})
    opened = Graph(
        models={
            NodeId("net"): Model(network="digits"),
            NodeId("slow"): Model(network="digits", follows="net", rule="ema"),
        },
        nodes={node.id: node for node in (source, use, fit)},
        wires=(Wire(NodeId("net_use"), "scores", NodeId("fit"), "loss"),),
        objectives=(NodeId("fit"),),
    )
    return st.sampled_from((Graph(recipe=recipe), opened))


@st.composite
def projects(draw: st.DrawFn) -> Project:
    """Valid projects: two networks, one perhaps in the other, and a training graph."""
    digits, block = draw(networks(nested="block")), draw(networks())
    placed = st.dictionaries(st.sampled_from(tuple(digits.nodes)), places, max_size=4)
    layout = GraphLayout(nodes=draw(placed), frames=tuple(draw(st.lists(frames, max_size=1))))
    return Project(
        notes=draw(texts),
        variables=draw(st.dictionaries(st.sampled_from(("width", "Depth", "lr_0")), numbers, max_size=2)),
        networks={"digits": digits, "block": block},
        training={"main": draw(trainings())},
        run=RunSettings(seed=draw(st.integers(0, 9)), stages=(Stage(training="main", length=Length(epochs=3)),)),
        layout=Layout(networks={"digits": layout} if layout != GraphLayout() else {}),
    )


@st.composite
def edits(draw: st.DrawFn, project: Project) -> Edit:
    """Edits of a project, of which some do not fit it."""
    ref = draw(st.sampled_from((*graph_refs(project), GraphRef("networks", "missing"))))
    graph = graph_of(project, ref) or Graph()
    known = tuple(
        draw(st.lists(st.sampled_from((*graph.nodes, NodeId("nobody"))), min_size=1, max_size=4, unique=True))
    )
    branches = (
        _node_edits(ref, known),
        _wire_edits(ref, graph, known),
        _graph_edits(ref),
        structural_edits(ref, known),
    )
    return draw(draw(st.sampled_from(branches)))


def structural_edits(ref: GraphRef, known: tuple[NodeId, ...]) -> st.SearchStrategy[Edit]:
    """Edits that move addresses."""
    fresh = st.sampled_from(("fresh", "conv", "image", "x"))
    group = GroupNodes(ref=ref, ids=known, name="part")
    part, inner = (UnpackNetwork(ref=ref, id=NodeId(name)) for name in ("part", "inner"))
    rename = st.builds(RenameNode, ref=st.just(ref), id=st.just(known[0]), to=fresh)
    there_and_back = Batch(label="Group and unpack", edits=(group, part))
    return rename | st.sampled_from((group, inner, part, there_and_back))


def _node_edits(ref: GraphRef, known: tuple[NodeId, ...]) -> st.SearchStrategy[Edit]:
    here, one, several = st.just(ref), st.just(known[0]), st.just(known)
    added = st.sampled_from((*IDS, NodeId("fresh"))).flatmap(nodes)
    changed = parameters.map(lambda some: {**some, "gone": None})
    moved = places.map(lambda place: {known[0]: place})
    return st.one_of(
        st.builds(AddNode, ref=here, node=added, place=st.none() | places),
        st.just(RemoveNodes(ref=ref, ids=known)),
        st.builds(SetParameters, ref=here, id=one, values=changed),
        st.builds(SetTitle, ref=here, id=one, title=texts),
        st.builds(SetBypassed, ref=here, ids=several, bypassed=st.booleans()),
        st.builds(MoveNodes, ref=here, places=moved),
    )


def _wire_edits(ref: GraphRef, graph: Graph, known: tuple[NodeId, ...]) -> st.SearchStrategy[Edit]:
    wire = st.builds(Wire, st.just(known[0]), st.just("y"), st.just(known[-1]), st.sampled_from(PORTS))
    gone = st.sampled_from((graph.wires[:1], graph.wires[1:3], graph.wires[::2]))
    return st.builds(Connect, ref=st.just(ref), wire=wire) | st.builds(Disconnect, ref=st.just(ref), wires=gone)


def _graph_edits(ref: GraphRef) -> st.SearchStrategy[Edit]:
    here = st.just(ref)
    return st.one_of(
        st.builds(SetNotes, ref=here | st.none(), notes=texts),
        st.builds(SetFrames, ref=here, frames=st.lists(frames, max_size=2).map(tuple)),
        st.builds(SetVariable, name=st.just("width"), value=st.none() | numbers),
        st.builds(AddGraph, ref=st.just(GraphRef("networks", "extra")), graph=networks()),
        st.builds(RenameGraph, ref=here, to=st.sampled_from(("extra", "main", "bad id"))),
    )


def applied(edit: Edit, project: Project) -> Project | None:
    """Give the project after an edit; None when it is refused."""
    try:
        return edit.apply(project)
    except EditRefused:
        return None


def weights_of(project: Project, network: str, within: tuple[str, ...] = ()) -> Iterator[str]:
    """Give the key of every weight that a network owns, by the tiny catalogue."""
    for node in project.networks[network].nodes.values():
        inner = node.parameters.get("network")
        if node.kind == "network" and inner in project.networks and inner not in within and not node.shares:
            repeat = node.parameters.get("repeat", 1)
            indices = ("",) if repeat == 1 else tuple(f".{index}" for index in range(int(str(repeat))))
            keys = tuple(weights_of(project, str(inner), (*within, network)))
            yield from (f"{node.id}{index}.{key}" for index in indices for key in keys)
        elif node.kind in WEIGHTED and not node.shares:
            yield f"{node.id}.weight"
