"""No id can hide an attribute of a PyTorch module or a name that the emitted source uses."""

from __future__ import annotations

import keyword
import re

from torch import nn

from engine.graph.ids import RESERVED, fault_of


def test_every_attribute_of_a_module_that_looks_like_an_id_is_reserved() -> None:
    looks_like_an_id = {name for name in dir(nn.Module()) if re.fullmatch(r"[a-z][a-z0-9_]*", name)}

    assert looks_like_an_id - RESERVED == set()


def test_reserved_names_and_words_of_python_are_no_ids() -> None:
    assert all(fault_of(name) for name in RESERVED)
    assert all(fault_of(name) for name in [*keyword.kwlist, "", "A", "1a", "é", "a-b", "a.b", "_a", "a" * 61])
    assert fault_of("conv1") == ""
