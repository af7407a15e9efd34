"""Emitted source as modules: shown in tracebacks, found by imports, led back to the node."""

from __future__ import annotations

import inspect
import linecache
import sys
import traceback

import pytest

from engine.codegen.source import Source
from engine.errors import BuildError
from engine.runtime.build import build
from engine.runtime.locate import locate


def test_functions_show_their_emitted_lines() -> None:
    module = build(Source("def twice(x):\n    return 2 * x\n", {}), "shown")

    assert module.twice(4) == 8
    assert inspect.getsource(module.twice) == "def twice(x):\n    return 2 * x\n"
    assert linecache.getline("<netwright shown>", 2) == "    return 2 * x\n"


def test_imports_find_what_is_provided_and_nothing_is_left_behind() -> None:
    model = build(Source("SIZE = 3\n", {}), "model")
    training = build(Source("from model import SIZE\n", {}), "training", {"model": model})

    assert training.SIZE == 3
    assert "model" not in sys.modules
    assert "training" not in sys.modules


@pytest.mark.parametrize("text", ["def (", "import nothing_of_that_name", "unknown"])
def test_source_that_does_not_run_is_refused(text: str) -> None:
    with pytest.raises(BuildError, match="does not run"):
        build(Source(text, {}), "broken")


def test_an_error_leads_to_the_innermost_emitted_node() -> None:
    inner = Source("def divide(x):\n    return x / 0\n", {2: "net.inner"})
    outer = Source("from inner import divide\n\n\ndef run(x):\n    return divide(x)\n", {5: "main.use"})
    module = build(outer, "outer", {"inner": build(inner, "inner")})
    with pytest.raises(ZeroDivisionError) as raised:
        module.run(1)

    assert locate(raised.value, {"inner": inner, "outer": outer}) == "net.inner"
    assert locate(raised.value, {"outer": outer}) == "main.use"
    assert "return x / 0" in "".join(traceback.format_exception(raised.value))


def test_an_error_of_others_leads_nowhere() -> None:
    assert locate(ValueError("elsewhere"), {}) == ""
