"""The project file: round trip, precise faults, placeholders, hostile bytes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import FileError, FormatError, NewerFormatError
from engine.graph.ids import NodeId
from engine.graph.specs import Snapshot, TensorSpec
from engine.graph.types import Frame, Graph, GraphLayout, Layout, Model, Node, Place, Project
from engine.project.format import decode, encode
from engine.project.newer import read_newer
from tests.strategies import projects

DATA = NodeId("data")
CONV1 = NodeId("conv1")
GOOD = """\
{
  "format": 1,
  "app": "Netwright 0.1.0",
  "variables": {
    "width": 32
  },
  "networks": {
    "digits": {
      "nodes": [
        {"id": "image", "kind": "input", "parameters": {"shape": ["B", 1, 8, 8]}},
        {"id": "conv1", "kind": "conv2d", "parameters": {"kernel_size": 3, "out_channels": "=2*width"}},
        {"id": "scores", "kind": "output"}
      ],
      "wires": [
        ["image", "y", "conv1", "x"],
        ["conv1", "y", "scores", "x"]
      ]
    }
  },
  "training": {
    "main": {
      "recipe": {
        "name": "classification",
        "networks": ["digits"],
        "sources": [
          {"id": "data", "kind": "digits"}
        ],
        "options": {"lr": 0.001}
      }
    }
  },
  "run": {
    "seed": 3,
    "stages": [
      {"length": {"epochs": 5}, "training": "main"}
    ]
  },
  "layout": {
    "networks": {
      "digits": {
        "nodes": {
          "image": [0, 0],
          "conv1": [160, 0.5]
        },
        "frames": [
          {"height": 80, "title": "Stem", "width": 200, "x": -10, "y": -10}
        ]
      }
    }
  }
}
"""


def refusal(text: str | bytes) -> str:
    """Give the one line with which a text is refused."""
    with pytest.raises(FormatError) as caught:
        decode(text, "digits.netwright")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def read_or_refused(text: str | bytes) -> tuple[Project | None, str]:
    """Give the project, or the words with which it is refused."""
    try:
        return decode(text, "f"), ""
    except FileError as error:
        return None, str(error)


def test_a_file_is_written_exactly_as_it_was_read() -> None:
    assert encode(decode(GOOD)) == GOOD


@given(projects())
@settings(max_examples=50, deadline=None)
def test_a_second_save_changes_no_byte(project: Project) -> None:
    text = encode(project)

    assert encode(decode(text.encode())) == text
    assert decode(text) == project


def test_whole_numbers_given_for_floats_are_written_as_they_are_read() -> None:
    spec = TensorSpec(shape=("B", 3), low=0, high=16)
    source = Node(id=DATA, kind="digits", snapshot=Snapshot(content="", outputs={"features": spec}))
    training = Graph(models={NodeId("net"): Model(network="a", decay=1)}, nodes={DATA: source})
    frame = Frame(title="", x=1, y=2, width=3, height=4)
    layout = Layout(training={"main": GraphLayout(nodes={DATA: Place(1, 2)}, frames=(frame,))})
    text = encode(Project(training={"main": training}, layout=layout))

    assert encode(decode(text)) == text


def test_moving_a_node_changes_one_line_and_it_stands_in_the_layout() -> None:
    moved = GOOD.replace('"conv1": [160, 0.5]', '"conv1": [240, 0.5]')
    pairs = zip(GOOD.splitlines(), encode(decode(moved)).splitlines(), strict=True)

    assert [new.strip() for old, new in pairs if old != new] == ['"conv1": [240, 0.5]']


def test_kinds_and_versions_unknown_here_keep_all_that_the_file_says() -> None:
    alien = '{"id": "conv1", "kept": 1, "kind": "mamba", "parameters": {"deep": {"a": [[1]]}, "k": 2}, "zeta": null}'
    later = '{"extra": {"b": 2}, "id": "conv1", "kind": "conv2d", "parameters": {"stride": 3}, "version": 99}'
    line = '{"id": "conv1", "kind": "conv2d", "parameters": {"kernel_size": 3, "out_channels": "=2*width"}}'
    for strange, kind in ((alien, "mamba"), (later, "conv2d")):
        text = GOOD.replace(line, strange)
        project = decode(text)

        assert strange in text
        assert encode(project) == text
        assert project.networks["digits"].nodes[CONV1].kind == kind


def test_a_placeholder_can_be_edited_and_keeps_its_data() -> None:
    text = GOOD.replace(
        '"kind": "conv2d", "parameters": {"kernel_size": 3', '"kind": "mamba", "parameters": {"deep": {"a": 1}'
    )
    project = decode(text)

    assert project.networks["digits"].nodes[CONV1].parameters == {"out_channels": "=2*width"}
    assert encode(project) == text


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        (
            '"kernel_size": 3',
            '"kernel_size": {"h": 3}',
            "$.networks.digits.nodes[1].parameters.kernel_size (line 11): ",
        ),
        ('"id": "scores"', '"id": "Scores"', "$.networks.digits.nodes[2].id (line 12): "),
        ('"id": "scores"', '"id": "forward"', "$.networks.digits.nodes[2].id (line 12): "),
        ('"id": "scores"', '"id": "image"', "$.networks.digits.nodes[2].id (line 12): "),
        ('"id": "scores"', '"id": 3', "$.networks.digits.nodes[2].id (line 12): "),
        ('"id": "scores"', '"idd": "scores"', "$.networks.digits.nodes[2].idd (line 12): "),
        ('"id": "scores", ', "", "$.networks.digits.nodes[2] (line 12): "),
        ('"scores", "x"]', '"score", "x"]', "$.networks.digits.wires[1][2] (line 16): "),
        ('["image", "y", "conv1"', '["picture", "y", "conv1"', "$.networks.digits.wires[0][0] (line 15): "),
        ('["image", "y"', '["image", "y\\n"', "$.networks.digits.wires[0][1] (line 15): "),
        ('"y", "scores", "x"]', '"y", "scores"]', "$.networks.digits.wires[1] (line 16): "),
        ('"kind": "output"', '"kind": "output", "shares": "a..b"', "$.networks.digits.nodes[2].shares (line 12): "),
        ('"kind": "output"', '"kind": "output", "kept": "{}"', "$.networks.digits.nodes[2].kept (line 12): "),
        ('"width": 32', '"width": "32"', "$.variables.width (line 5): "),
        ('"width": 32', '"wi dth": 32', '$.variables["wi dth"] (line 5): '),
        ('"digits": {\n      "nodes"', '"class": {\n      "nodes"', "$.networks.class (line 8): "),
        ('"epochs": 5', '"epochs": 5.5', "$.run.stages[0].length.epochs (line 35): "),
        ('"id": "data"', '"id": "da ta"', "$.training.main.recipe.sources[0].id (line 26): "),
        ('"main": {\n', '"main": {\n "objectives": ["fit"],\n', "$.training.main.objectives (line 22): "),
        ('"width": 32', '"width": 32,\n    "width": 64', "$.variables.width (line 5): "),
        ('"width": 32', '"width": 1e999', "line 5: "),
        ('"width": 32', '"width": NaN', "line 5: "),
        ('"width": 32', '"width": 32,', "line 6: "),
        ('"width": 32', '"width": 3 2', "line 5: "),
        ("[160, 0.5]", "[160]", "$.layout.networks.digits.nodes.conv1 (line 43): "),
    ],
)
def test_a_broken_file_is_refused_with_path_and_line(old: str, new: str, where: str) -> None:
    assert old in GOOD

    assert refusal(GOOD.replace(old, new)).startswith(f"digits.netwright: {where}")


def test_a_near_miss_of_a_field_is_suggested() -> None:
    assert "Did you mean 'kind'?" in refusal(GOOD.replace('"kind": "output"', '"knid": "output"'))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (b" \n\t ", "the file is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "no Netwright project"),
        (b"PK\x03\x04", "no Netwright project"),
        ("{}".encode("utf-16"), "not UTF-8|no text in UTF-8|no Netwright project"),
        (b"[1, 2]", "no Netwright project"),
        (b"null", "no Netwright project"),
        (b"{}", "states no format"),
        (b'{"cells": [], "nbformat": 4}', "states no format"),
        (b'{"format": "1"}', "whole number"),
        (b'{"format": true}', "whole number"),
        (b'{"format": 0}', "whole number"),
        (b'{"format": 1, "notes": "\xff"}', "no text in UTF-8"),
        (b'{"format": 1, "notes": "\\ud800"}', "half a character"),
        (GOOD.encode()[:600], "breaks off"),
        (b'{"format": 1, "notes": ' + b"[" * 200_000, "nested too deeply"),
        (b'{"format": 1, "notes": ' + b"[" * 500 + b"]" * 500 + b"}", "expected a text"),
        (b" " * (64 * 2**20 + 1), "larger than 64 MiB"),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else "",
)
def test_what_is_no_project_is_refused_in_words(data: bytes, words: str) -> None:
    message = refusal(data)

    assert any(word in message for word in words.split("|")), message


def test_a_byte_order_mark_does_no_harm() -> None:
    assert decode(b"\xef\xbb\xbf" + GOOD.encode()) == decode(GOOD)


def test_a_newer_format_is_refused_by_name() -> None:
    newer = GOOD.replace('"format": 1', '"format": 7').replace("Netwright 0.1.0", "Netwright 9.2")
    with pytest.raises(NewerFormatError) as caught:
        decode(newer, "digits.netwright")

    assert str(caught.value) == (
        "digits.netwright: $.format: the file has format 7, written by Netwright 9.2; "
        "this version reads up to format 1. Update Netwright to open it"
    )


def test_a_newer_file_can_be_looked_at_without_what_is_unknown() -> None:
    newer = GOOD.replace('"format": 1', '"format": 7').replace('"seed": 3', '"seed": 3, "swarm": true')
    shown = read_newer(newer.encode())

    assert shown.left_out == ("$.run.swarm",)
    assert shown.project == decode(GOOD)
    assert shown.words.startswith("Written by Netwright 0.1.0 in format 7: ")


def test_a_newer_file_that_cannot_be_shown_says_so() -> None:
    newer = GOOD.replace('"format": 1', '"format": 7').replace('["image", "y", "conv1", "x"]', '"image -> conv1"')
    with pytest.raises(NewerFormatError, match="has format 7"):
        read_newer(newer.encode())


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_mutilated_file_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    text = bytearray(GOOD.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        stop = min(len(text), start + data.draw(st.integers(0, 30)))
        text[start:stop] = data.draw(
            st.binary(max_size=4) | st.sampled_from((b'"', b"{", b"}", b"[", b"]", b",", b"null", b"-1", b'""', b"\\"))
        )
    project, words = read_or_refused(bytes(text))

    assert "\n" not in words
    assert project is None or encode(decode(encode(project))) == encode(project)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_any_value_in_any_place_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    record = json.loads(GOOD)
    place = record
    while True:
        keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.integers(0, 3)) == 0:
            break
        place = place[key]
    place[key] = data.draw(_JSON)
    text = json.dumps(record)
    project, words = read_or_refused(text)

    assert "\n" not in words
    assert project is None or encode(decode(encode(project))) == encode(project)
