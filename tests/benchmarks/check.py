"""Measure the check of a 1,000-node network: from scratch, and again after one parameter edit.

Run with `python -m tests.benchmarks.check [--json]`. It must not import torch. Two networks are measured: residual blocks
in the eight widths that people use, and one in which no two nodes are alike, so that nothing can be reused.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import time
from collections.abc import Callable

from engine.check.checker import check
from engine.check.report import State
from engine.graph.edits import SetParameters
from engine.graph.ids import NodeId
from engine.graph.types import Graph, Node, Project, Wire
from tests.graphs import NETWORK, graph_of_nodes, node

NODES = 1000
ROUNDS = 31


def residual() -> Graph:
    """Blocks of convolution, norm, activation and a sum around them, in eight widths."""
    nodes = [node("image", "input", shape=("B", 3, 64, 64)), node("stem", "conv2d", out_channels=16, padding=1)]
    wires = [Wire(NodeId("image"), "y", NodeId("stem"), "x")]
    last, number = NodeId("stem"), 0
    while len(nodes) + 6 < NODES:
        width = 16 * (1 + number * 8 * 5 // NODES)
        conv = node(f"conv{number}", "conv2d", out_channels=width, padding=1)
        norm, act = node(f"norm{number}", "batch_norm2d"), node(f"act{number}", "relu")
        inner = node(f"inner{number}", "conv2d", out_channels=width, padding=1)
        total = node(f"sum{number}", "add")
        nodes += [conv, norm, act, inner, total]
        wires += [Wire(last, "y", conv.id, "x"), Wire(conv.id, "y", norm.id, "x"), Wire(norm.id, "y", act.id, "x")]
        wires += [
            Wire(act.id, "y", inner.id, "x"),
            Wire(inner.id, "y", total.id, "a"),
            Wire(act.id, "y", total.id, "b"),
        ]
        last, number = total.id, number + 1
    return _ended(nodes, wires, last)


def different() -> Graph:
    """A chain of convolution, norm and activation in which every width is another one."""
    nodes = [node("image", "input", shape=("B", 3, 64, 64))]
    wires: list[Wire] = []
    number = 0
    while len(nodes) + 4 < NODES:
        block = (
            node(f"conv{number}", "conv2d", out_channels=8 + number, padding=1),
            node(f"norm{number}", "batch_norm2d"),
            node(f"act{number}", "relu"),
        )
        for one in block:
            wires.append(Wire(nodes[-1].id, "y", one.id, "x"))
            nodes.append(one)
        number += 1
    return _ended(nodes, wires, nodes[-1].id)


def _ended(nodes: list[Node], wires: list[Wire], last: NodeId) -> Graph:
    while len(nodes) < NODES - 1:
        more = node(f"more{len(nodes)}", "relu")
        nodes.append(more)
        wires.append(Wire(last, "y", more.id, "x"))
        last = more.id
    end = node("out", "output")
    return graph_of_nodes(*nodes, end, wires=(*wires, Wire(last, "y", end.id, "x")))


def _median_ms(call: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        call()
        times.append((time.perf_counter() - started) * 1000)
    return round(statistics.median(times), 2)


def measure(graph: Graph, parameter: str, value: int) -> dict[str, float]:
    """Measure one network.

    Args:
        graph: the network.
        parameter: of its convolution in the middle, to be changed.
        value: its other value.

    Returns:
        Medians in ms: from scratch, and after that one edit.
    """
    project = Project(networks={"net": graph})
    report = check(project)
    found = report.graphs[NETWORK]
    assert len(found.nodes) == NODES
    assert all(one.state is State.KNOWN for one in found.nodes.values())
    edited = SetParameters(ref=NETWORK, id=NodeId("conv90"), values={parameter: value}).apply(project)
    assert check(edited, report) == check(edited)
    assert report.problems == check(edited).problems == ()
    gc.collect()
    return {"scratch_ms": _median_ms(lambda: check(project)), "edit_ms": _median_ms(lambda: check(edited, report))}


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description="Measure the check of a 1,000-node network.")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    result: dict[str, dict[str, float]] = {
        "residual": measure(residual(), "bias", False),
        "different": measure(different(), "out_channels", 7),
    }
    if options.json:
        print(json.dumps({**result, "nodes": NODES, "rounds": ROUNDS, "load": round(os.getloadavg()[0], 2)}))
        return
    for name, times in result.items():
        print(f"{NODES} nodes, {name}:", ", ".join(f"{key} {value}" for key, value in times.items()))


if __name__ == "__main__":
    main()
