"""Names in emitted source: of classes, and of the locals that hold what ports give; it must not know how code is laid out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from engine.graph.ids import NodeId, fault_of
from engine.graph.instances import origin_of
from engine.layers.emission import Expr, name

TAKEN: Final = frozenset({"Data", "Exported", "F", "False", "Fill", "None", "Objective", "Standardise", "True"})
"""Names with a capital that emitted files use themselves."""


def class_name(network: str) -> str:
    """Name the class of a network: `digits_cnn` -> `DigitsCnn`."""
    words = "".join(part[:1].upper() + part[1:] for part in network.split("_"))
    return f"{words}Network" if words in TAKEN or not words else words


def class_names(networks: Iterable[str]) -> Mapping[str, str]:
    """Name the classes of all drawn networks of a project; two that come out alike (`a_b`, `aB`) are numbered."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for network in dict.fromkeys(map(origin_of, networks)):
        wish = class_name(network)
        free, number = wish, 2
        while free in taken:
            free, number = f"{wish}_{number}", number + 1
        taken.add(free)
        names[network] = free
    return names


def port_names(node: NodeId, ports: Iterable[str], ids: Iterable[str]) -> Mapping[str, Expr]:
    """Give the expression of each output of a node.

    Args:
        node: id of the node; a single output is the local of that name.
        ports: ids of its outputs.
        ids: ids of the graph's nodes, which are names already.

    Returns:
        By port: the node's local, or locals `NODE_PORT` when all of them are free, else items of a tuple `NODE`.
    """
    outputs = tuple(ports)
    if len(outputs) == 1:
        return {outputs[0]: name(node)}
    taken = set(ids)
    names = [f"{node}_{port}" for port in outputs]
    if any(text in taken or fault_of(text) for text in names):
        return {port: Expr(f"{name(node).text}[{index}]") for index, port in enumerate(outputs)}
    return {port: name(text) for port, text in zip(outputs, names, strict=True)}


def assigned(names: Mapping[str, Expr]) -> str:
    """Write what stands left of `=` for the outputs of a node."""
    texts = [expr.text for expr in names.values()]
    return texts[0].removesuffix("[0]") if len(texts) == 1 or texts[0].endswith("[0]") else ", ".join(texts)
