"""Pieces of source: literals that stay literals, brackets where they are needed, and nowhere else."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BuildError
from engine.graph.types import Value
from engine.layers.emission import call, chained, infix, literal, method, module, name, pair, sequence

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()


@given(scalars | st.lists(scalars, max_size=3).map(lambda items: tuple(items)))
def test_a_literal_reads_back_as_the_value_it_was_written_from(value: Value) -> None:
    text = literal(value).text

    assert text.isascii()
    assert "\n" not in text
    assert ast.literal_eval(text) == value


def test_a_value_that_is_not_finite_is_written_as_a_call() -> None:
    assert literal(float("inf")).text == 'float("inf")'


@pytest.mark.parametrize("text", ["a b", "x;y", "1x", "", "a..b", "é", "__import__('os')"])
def test_what_is_no_identifier_is_no_name(text: str) -> None:
    with pytest.raises(BuildError):
        name(text)


def test_operators_put_brackets_where_they_are_needed() -> None:
    a, b = name("a"), name("image.shape")

    assert infix(infix(a, "-", b), "*", 2.0).text == "(a - image.shape) * 2.0"
    assert chained("+", (a, b, call("f", a))).text == "a + image.shape + f(a)"
    assert chained("*", (infix(a, "+", b), a)).text == "(a + image.shape) * a"
    assert method(infix(a, "@", b), "detach").text == "(a @ image.shape).detach()"


def test_a_constructor_shows_only_options_that_differ_from_torch() -> None:
    made = module("nn.Conv2d", 1, 32, 3, options={"padding": (1, 0), "bias": (True, True)})

    assert made.text == "nn.Conv2d(1, 32, 3, padding=1)"


def test_equal_sizes_are_written_as_one() -> None:
    assert pair((3, 3)) == 3
    assert pair((3, 1)) == (3, 1)
    assert sequence((name("a"), 2)).text == "[a, 2]"


def test_a_sum_of_calls_is_bracketed_before_anything_is_asked_of_it() -> None:
    total = infix(call("f", "(x"), "+", infix(name("a"), "/", name("b")))

    assert method(total, "mean").text == '(f("(x") + (a / b)).mean()'
    assert infix(infix(total, "*", total), "-", 1).text == '((f("(x") + (a / b)) * (f("(x") + (a / b))) - 1'
