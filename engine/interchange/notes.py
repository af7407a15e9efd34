"""What an exported file says of itself: which weights it holds, and what goes in and comes out."""

from __future__ import annotations

import json
from pathlib import Path

from engine.codegen.export import Entry
from engine.graph.ids import NodeId
from engine.interchange.subject import Subject
from engine.layers.catalogue import kind_of


def notes_of(subject: Subject) -> dict[str, str]:
    """Give names and values to write into the file."""
    scale = "as the data has it" if all(_is_raw(subject, entry) for entry in subject.entries) else "prepared"
    notes = {
        "netwright.weights": subject.weights,
        "netwright.run": Path(subject.run).name,
        "netwright.inputs": json.dumps(
            {
                e.name: {"low": e.spec.low, "high": e.spec.high, "transforms": list(e.transforms)}
                for e in subject.entries
            }
        ),
        "netwright.input_scale": scale,
        "netwright.classes": json.dumps(list(subject.classes)),
        "netwright.outputs": _meaning(subject),
    }
    return {key: value for key, value in notes.items() if value}


def _meaning(subject: Subject) -> str:
    """Tell scores that are chances already from those that a softmax makes chances of."""
    graph = subject.project.networks[subject.project.training[subject.training].models[NodeId(subject.model)].network]
    ends = {wire.source for wire in graph.wires if str(wire.target) == next(iter(subject.outputs))}
    kinds = [kind_of(graph.nodes[node].kind) for node in ends]
    chances = any(kind is not None and kind.gives == (0.0, 1.0) for kind in kinds)
    return "probabilities" if chances else "logits" if subject.classes else "values"


def _is_raw(subject: Subject, entry: Entry) -> bool:
    owner = entry.key.partition(".")[0]
    return any(
        node.id == owner and node.snapshot is not None
        for node in subject.project.training[subject.training].nodes.values()
    )
