"""A second check reuses what has not changed and says the same as one from scratch."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.check.checker import Checker, check
from engine.errors import EditRefused
from engine.graph.edits import Connect, Disconnect, Edit, RemoveNodes, SetBypassed, SetParameters, SetShares, SetTitle
from engine.graph.ids import NodeId
from engine.graph.types import GraphRef, Project
from engine.recipes.expand import expand
from tests.graphs import digits, ring, wire

CNN = GraphRef("networks", "digits_cnn")
IDS = tuple(NodeId(name) for name in digits().networks["digits_cnn"].nodes)

edits: st.SearchStrategy[Edit] = st.one_of(
    st.builds(
        lambda name, value: SetParameters(ref=CNN, id=name, values=value),
        st.sampled_from(IDS),
        st.sampled_from(
            (
                {"out_channels": 5},
                {"out_features": 3},
                {"kernel_size": 3},
                {"p": 2.0},
                {"shape": ("B", 2, 8, 8)},
                {"shape": ("N", 1, 8, 8)},
            )
        ),
    ),
    st.builds(lambda name: RemoveNodes(ref=CNN, ids=(name,)), st.sampled_from(IDS)),
    st.builds(lambda name: SetTitle(ref=CNN, id=name, title="a title"), st.sampled_from(IDS)),
    st.builds(lambda name: SetBypassed(ref=CNN, ids=(name,), bypassed=True), st.sampled_from(IDS)),
    st.builds(lambda a, b: SetShares(ref=CNN, id=a, address=b), st.sampled_from(IDS), st.sampled_from(IDS)),
    st.builds(lambda a, b: Connect(ref=CNN, wire=wire(a, "y", b, "x")), st.sampled_from(IDS), st.sampled_from(IDS)),
    st.builds(
        lambda index: Disconnect(ref=CNN, wires=(digits().networks["digits_cnn"].wires[index],)), st.integers(0, 7)
    ),
)


def applied(project: Project, edit: Edit) -> Project:
    """The project after an edit, or as it was when the edit is refused."""
    try:
        return edit.apply(project)
    except EditRefused:
        return project


@settings(max_examples=150, deadline=None)
@given(st.lists(edits, min_size=1, max_size=6))
def test_a_check_after_any_edits_says_what_one_from_scratch_says(steps: list[Edit]) -> None:
    project = digits()
    checker = Checker()
    checker.check(expand(project))
    for edit in steps:
        project = applied(project, edit)
        again = checker.check(expand(project))

        assert again == check(expand(project))


def test_a_graph_that_has_not_changed_keeps_its_very_report() -> None:
    first = ring()
    report = check(first)
    edit = SetParameters(ref=GraphRef("networks", "gen"), id=NodeId("linear1"), values={"out_features": 16})

    again = check(edit.apply(first), report)

    disc = GraphRef("networks", "disc")
    assert again.graphs[disc] is report.graphs[disc]
    assert again.graphs[GraphRef("networks", "gen")] is not report.graphs[GraphRef("networks", "gen")]


def test_a_changed_parameter_touches_the_nodes_behind_it_only_as_far_as_shapes_change() -> None:
    project = Project(networks=digits().networks)
    report = check(project)
    edit = SetParameters(ref=CNN, id=NodeId("conv1"), values={"bias": False})

    again = check(edit.apply(project), report)

    before, after = report.graphs[CNN].nodes, again.graphs[CNN].nodes
    assert after[NodeId("conv1")].parameters == 288
    assert all(after[name] is before[name] for name in IDS if name != "conv1")


def test_a_parameter_that_python_holds_equal_to_the_old_one_is_looked_at_again() -> None:
    def with_value(value: float) -> Project:
        project = Project(networks=digits().networks)
        return SetParameters(ref=CNN, id=NodeId("conv1"), values={"padding": value}).apply(project)

    report = check(with_value(1))

    assert check(with_value(1.0), report) == check(with_value(1.0))
    assert [problem.code for problem in check(with_value(True), report).problems] == ["parameter"]
