"""Statements laid out on lines, comments, and the line table."""

from __future__ import annotations

import pytest

from engine.codegen.names import class_name, class_names, port_names
from engine.codegen.source import Writer, wrapped
from engine.graph.ids import NodeId


def test_a_statement_that_fits_stays_on_one_line() -> None:
    assert wrapped("x = f(a, b)", 20) == ["x = f(a, b)"]


def test_a_long_call_moves_its_arguments_to_a_line_of_their_own() -> None:
    assert wrapped("value = function(first, second)", 24) == ["value = function(", "    first, second", ")"]


def test_a_longer_call_gives_each_argument_a_line_and_a_comma() -> None:
    assert wrapped("value = function(first, second, (third, fourth))", 24) == [
        "value = function(",
        "    first,",
        "    second,",
        "    (third, fourth),",
        ")",
    ]


def test_brackets_and_commas_in_strings_are_no_brackets_and_commas() -> None:
    assert wrapped('value = function("a, (b", \'c"), d\', "\\",e")', 24) == [
        "value = function(",
        '    "a, (b",',
        "    'c\"), d',",
        '    "\\",e",',
        ")",
    ]


def test_a_function_breaks_at_its_parameters() -> None:
    assert wrapped("def f(first: int, second: int) -> tuple[int, int]:", 40) == [
        "def f(",
        "    first: int, second: int",
        ") -> tuple[int, int]:",
    ]


def test_a_comprehension_is_broken_before_what_it_runs_over() -> None:
    assert wrapped("made = [Block(width, drop=one) for one, two in ((1.5, 2), (2.5, 3), (3.5, 4))]", 36) == [
        "made = [",
        "    Block(width, drop=one)",
        "    for one, two in (",
        "        (1.5, 2), (2.5, 3), (3.5, 4)",
        "    )",
        "]",
    ]


def test_a_comment_without_room_stands_before_its_statement() -> None:
    writer = Writer()
    writer.statement("x = " + "a" * 100, level=0, comment="B × 10", address="net.x")
    source = writer.source()

    assert source.text == "# B × 10\nx = " + "a" * 100 + "\n"
    assert source.lines == {1: "net.x", 2: "net.x"}


def test_a_comment_holds_no_line_breaks_whatever_it_is_given() -> None:
    writer = Writer()
    writer.statement("x = a", level=0, comment="B\nimport os\u2028")

    assert writer.source().text == "x = a  # B?import os?\n"


@pytest.mark.parametrize(
    ("network", "title"),
    [
        ("digits_cnn", "DigitsCnn"),
        ("a", "A"),
        ("none", "NoneNetwork"),
        ("objective", "ObjectiveNetwork"),
        ("x_2", "X2"),
    ],
)
def test_a_class_is_named_after_its_network(network: str, title: str) -> None:
    assert class_name(network) == title


def test_class_names_that_come_out_alike_are_numbered() -> None:
    assert dict(class_names(("a_b", "a__b", "ab"))) == {"a_b": "AB", "a__b": "AB_2", "ab": "Ab"}


def test_outputs_get_locals_of_their_own_unless_an_id_has_taken_one() -> None:
    node = NodeId("vae")

    assert [str(expr) for expr in port_names(node, ("y",), ()).values()] == ["vae"]
    assert [str(expr) for expr in port_names(node, ("mean", "spread"), ()).values()] == ["vae_mean", "vae_spread"]
    assert [str(expr) for expr in port_names(node, ("mean", "spread"), ("vae_mean",)).values()] == ["vae[0]", "vae[1]"]
