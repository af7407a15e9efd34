"""Whatever a project holds, the check answers with problems: it never raises, and every fix it offers can be applied."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.check.checker import check
from engine.codegen.networks import emit_networks
from engine.errors import BuildError
from engine.graph.ids import NodeId
from engine.graph.specs import Snapshot, TensorSpec
from engine.graph.types import Graph, Model, Node, Project, Recipe, Value, Wire
from engine.layers.catalogue import CATALOGUE
from engine.recipes.expand import expand
from tests import strategies

IDS = tuple(NodeId(name) for name in ("a", "b", "c", "d", "e", "in1", "out1"))
VALUES: tuple[Value, ...] = (
    0, 1, 2, 3, -1, 7, 2**31, 10**30, 0.5, 1e9, float("inf"), float("nan"), True, False, "", "=2*width", "=1/0", "=x(",
    "B", "net", "inner", None, (), (1, 2), ("B", 1, 8, 8), ("B", 8), ("B", "T//2"), (0, -1), ("=width", 2), (None,), "float32",
    "int64", ("net.*",), (2, 2), (1, 1, 1), "\ud800", (1,) * 30,
)  # fmt: skip
PORTS = ("x", "y", "a", "b", "c", "scores", "target", "loss", "image", "digit", "features", "in1", "out1", "", "é")
SPECS = (
    TensorSpec(shape=("B", 8)),
    TensorSpec(shape=("B", 1, 8, 8), low=0.0, high=16.0, spread=400.0),
    TensorSpec(shape=("B",), dtype="int64", classes=("0", "1")),
    TensorSpec(shape=()),
    TensorSpec(shape=("B", 1), low=-3.0, high=3.0),
)


@st.composite
def nodes(draw: st.DrawFn, name: NodeId) -> Node:
    """Nodes of any kind with values that may or may not be some."""
    kind = draw(st.sampled_from((*CATALOGUE, "elsewhere")))
    known = tuple(CATALOGUE[kind].defaults) if kind in CATALOGUE else ()
    names = draw(st.lists(st.sampled_from((*known, "unknown")), max_size=3, unique=True))
    outputs = st.dictionaries(st.sampled_from(PORTS), st.sampled_from(SPECS), max_size=2)
    return Node(
        id=name,
        kind=kind,
        version=draw(st.sampled_from((1, 1, 1, 3))),
        parameters={name: draw(st.sampled_from(VALUES)) for name in names},
        shares=draw(st.sampled_from(("", "", "", "a", "b.c", "c[1].a"))),
        bypassed=draw(st.sampled_from((False, False, True))),
        snapshot=Snapshot(content="", outputs=draw(outputs)) if kind in CATALOGUE and draw(st.booleans()) else None,
    )


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Graphs of such nodes, wired in any way."""
    names = draw(st.lists(st.sampled_from(IDS), unique=True, max_size=7))
    ends = st.sampled_from((*names, NodeId("gone")) if names else (NodeId("gone"),))
    wire = st.builds(Wire, ends, st.sampled_from(PORTS), ends, st.sampled_from(PORTS))
    found = {name: draw(nodes(name)) for name in names}
    return Graph(nodes=found, wires=tuple(draw(st.lists(wire, max_size=8))))


@st.composite
def projects(draw: st.DrawFn) -> Project:
    """Projects of such graphs."""
    training = draw(graphs())
    opened = Graph(
        nodes=training.nodes,
        wires=training.wires,
        models={NodeId("net"): Model(network=draw(st.sampled_from(("net", "inner", "missing"))))},
        objectives=draw(st.sampled_from(((), (NodeId("a"),), (NodeId("gone"), NodeId("b"))))),
    )
    source = draw(nodes(NodeId("data")))
    recipe = Recipe(
        name=draw(st.sampled_from(("classification", "regression", "magic"))),
        networks=draw(st.sampled_from((("net",), ("missing",), ()))),
        sources=draw(st.sampled_from(((source,), ()))),
        options={"standardise": draw(st.sampled_from(VALUES)), "metrics": ("accuracy", "fit")},
    )
    return Project(
        variables={"width": draw(st.sampled_from((3, 0.5, -2)))},
        networks={"net": draw(graphs()), "inner": draw(graphs())},
        training={"opened": opened, "told": Graph(recipe=recipe)},
    )


def hold(project: Project) -> None:
    """Check a project, apply every fix, and write what is known of its networks."""
    expanded = expand(project)
    report = check(expanded)
    for problem in report.problems:
        assert problem.message
        assert "\n" not in problem.message
        for fix in problem.fixes:
            mended = project
            for edit in fix.edits:
                mended = edit.apply(mended)
            assert check(expand(mended), report) == check(expand(mended))
    try:
        emit_networks(expanded, report, list(expanded.networks), "probe")
    except BuildError:
        assert report.has_errors


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(projects())
def test_any_project_is_answered_with_problems_and_fixes_that_apply(project: Project) -> None:
    hold(project)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(strategies.projects())
def test_any_valid_project_is_answered_too(project: Project) -> None:
    hold(project)
