"""Edits over random projects: undo, round trip, addresses."""

from __future__ import annotations

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from engine.errors import EditRefused
from engine.graph.changes import diff, difference
from engine.graph.document import Document, ProjectChanged
from engine.graph.edits import Batch, Edit, address_map
from engine.graph.ids import NodeId
from engine.graph.types import GraphRef, Project, graph_refs
from engine.project.format import decode, encode
from tests.strategies import applied, edits, projects, structural_edits, weights_of


@given(st.data(), projects())
@settings(max_examples=60, deadline=None)
def test_undo_gives_back_every_project_of_a_random_history_exactly(data: st.DataObject, project: Project) -> None:
    history = []
    texts = [encode(project)]
    for _ in range(6):
        after = applied(data.draw(edits(project)), project)
        if after is not None:
            history.append(difference(project, after))
            project = after
            texts.append(encode(project))
    for change, text in zip(reversed(history), reversed(texts[:-1]), strict=True):
        project = change.backward(project)
        assert encode(project) == text
    for change, text in zip(history, texts[1:], strict=True):
        project = change.forward(project)
        assert encode(project) == text


@given(st.data(), projects())
@settings(max_examples=60, deadline=None)
def test_every_project_that_edits_make_is_read_back_as_it_was_written(data: st.DataObject, project: Project) -> None:
    for _ in range(4):
        project = applied(data.draw(edits(project)), project) or project

    assert encode(decode(encode(project))) == encode(project)


@given(st.data(), projects())
@settings(max_examples=150, deadline=None)
def test_weights_follow_the_address_map_of_a_structural_edit(data: st.DataObject, project: Project) -> None:
    ref = data.draw(st.sampled_from((GraphRef("networks", "digits"), GraphRef("networks", "block"))))
    names = tuple(project.networks[ref.name].nodes)[2:] or (NodeId("scores"),)
    known = tuple(data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)))
    edit = data.draw(structural_edits(ref, known))
    after = applied(edit, project)
    if after is None:
        return
    event(type(edit).__name__)
    moved = address_map(edit, project)
    for network in ("digits", "block"):
        if network in after.networks:
            before = tuple(weights_of(project, network))

            assert sorted(moved.key(network, key) for key in before) == sorted(weights_of(after, network))


@given(st.data(), projects())
@settings(max_examples=60, deadline=None)
def test_a_document_tells_once_of_each_edit_and_not_of_a_refused_one(data: st.DataObject, project: Project) -> None:
    document = Document(project)
    heard: list[ProjectChanged] = []
    document.subscribe(heard.append)
    edit = data.draw(edits(project))
    after = applied(edit, project)
    if after is None:
        with pytest.raises(EditRefused):
            document.apply(edit)

        assert heard == []
        assert document.project is project
    else:
        document.apply(edit)

        assert [(change.before, change.after) for change in heard] == [(project, after)]


@given(st.data(), projects())
@settings(max_examples=40, deadline=None)
def test_edits_never_change_the_project_they_are_applied_to(data: st.DataObject, project: Project) -> None:
    text = encode(project)
    applied(data.draw(edits(project)), project)

    assert encode(project) == text


@given(st.data(), projects())
@settings(max_examples=60, deadline=None)
def test_wires_objectives_and_ids_hold_after_every_edit(data: st.DataObject, project: Project) -> None:
    after = applied(data.draw(edits(project)), project) or project
    for ref in graph_refs(after):
        graph = (after.networks if ref.space == "networks" else after.training)[ref.name]

        assert all(wire.source in graph.nodes and wire.target in graph.nodes for wire in graph.wires)
        assert set(graph.objectives) <= set(graph.nodes)
        assert all(key == node.id for key, node in graph.nodes.items())


@given(st.data(), projects())
@settings(max_examples=40, deadline=None)
def test_diff_is_empty_exactly_when_nothing_has_changed(data: st.DataObject, project: Project) -> None:
    after = applied(data.draw(edits(project)), project) or project

    assert bool(diff(project, after)) == (encode(project) != encode(after))
    assert all(change.text for change in diff(project, after))


@given(st.data(), projects())
@settings(max_examples=40, deadline=None)
def test_a_batch_is_all_of_its_edits_or_none(data: st.DataObject, project: Project) -> None:
    first: Edit = data.draw(edits(project))
    middle = applied(first, project)
    if middle is None:
        return
    second = data.draw(edits(middle))
    both = applied(Batch(label="Two", edits=(first, second)), project)
    single = applied(second, middle)

    assert (both is None) == (single is None)
    assert both is None or encode(both) == encode(single or project)
