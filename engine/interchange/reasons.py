"""Why torch cannot export a network, in words that help where we know more than it; it must not know file formats."""

from __future__ import annotations

from engine.check.graphs import networks_beneath
from engine.graph.ids import NodeId
from engine.graph.types import GraphRef
from engine.interchange.subject import Subject


def reason_of(subject: Subject, error: Exception) -> str:
    """Give the reason of a failed export: ours where a loop is as long as its data, else the first line of torch's."""
    loops = _open_loops(subject)
    if loops:
        return f"{', '.join(loops)} takes as many steps as its data is long, and the data has no one length"
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__


def _open_loops(subject: Subject) -> list[str]:
    """Name what runs along an axis of a size that is not known, where inputs have one."""
    if all(isinstance(dim, int) for entry in subject.entries for dim in entry.spec.shape[1:]):
        return []
    model = subject.project.training[subject.training].models[NodeId(subject.model)]
    beneath = networks_beneath(subject.project, [model.network])
    found = [subject.report.graphs[GraphRef("networks", name)].problems for name in beneath]
    return [problem.address for problems in found for problem in problems if problem.code == "loop-length"]
