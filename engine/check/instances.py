"""Problems of instances told of the network that was drawn; it must not know how instances are written out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import msgspec

from engine.check.report import Fix, Problem
from engine.graph.edits import Batch, Edit
from engine.graph.instances import arguments_in, origin_of
from engine.graph.types import GraphRef


def as_drawn(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Give problems with those of an instance put on the drawn network, unless that one has the same."""
    several = tuple(problems)
    told = {(problem.graph, problem.node, problem.port, problem.code, problem.message) for problem in several}
    for problem in several:
        ref = problem.graph
        if ref is None or origin_of(ref.name) == ref.name:
            yield problem
            continue
        drawn = GraphRef(ref.space, origin_of(ref.name))
        if (drawn, problem.node, problem.port, problem.code, problem.message) not in told:
            fixes = tuple(
                Fix(title=fix.title, edits=tuple(_moved(edit) for edit in fix.edits)) for fix in problem.fixes
            )
            message = f"{problem.message} (with {arguments_in(ref.name)})"
            yield replace(problem, graph=drawn, message=message, fixes=fixes)


def _moved(edit: Edit) -> Edit:
    if isinstance(edit, Batch):
        return msgspec.structs.replace(edit, edits=tuple(map(_moved, edit.edits)))
    ref = getattr(edit, "ref", None)
    if not isinstance(ref, GraphRef) or origin_of(ref.name) == ref.name:
        return edit
    return msgspec.structs.replace(edit, ref=GraphRef(ref.space, origin_of(ref.name)))
