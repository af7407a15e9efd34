"""The inspector says how much of the input the selected node sees."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel

from designer.app.program import Program
from engine.graph.ids import NodeId
from tests.graphs import network, node


@pytest.mark.parametrize(("name", "words"), [("conv", "5 × 3 px"), ("head", "the whole input")])
def test_the_cost_of_a_node_says_what_it_sees(program: Program, name: str, words: str) -> None:
    layers = node("conv", "conv2d", kernel_size=(5, 3)), node("pool", "global_avg_pool"), node("head", "linear")
    program.base.files.begin(network(*layers, shape=("B", 1, 12, 12)), "seeing")
    program.base.editor.selection.set([NodeId(name)])
    shown = [label.text() for label in program.panels.inspector.nodes.costs.findChildren(QLabel)]

    assert shown[shown.index("Receptive field") + 1] == words
