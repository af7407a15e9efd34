"""The verb weights: which tensor of a file that others wrote is which of a network's, and the same in the network's keys."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.check.checker import check
from engine.cli.output import Json, Output, counted
from engine.errors import FileError, UsageError
from engine.graph.structure import nesting_of
from engine.graph.types import Project
from engine.interchange.foreign import SAFE, apply, read, shapes_of, wanted_of
from engine.interchange.mapping import Matched, match, shape_words
from engine.project.store import load
from engine.recipes.expand import expand
from engine.runtime.weights import write

_LISTED = 10


def weights(options: argparse.Namespace, output: Output) -> int:
    """Say which tensor is which, and write them; 1 when one of ours is not there."""
    source, target = Path(options.weights), Path(options.out) if options.out else None
    _require_other(source, target)
    drawn = load(Path(options.file))
    network = network_named(drawn, options.model)
    project = expand(drawn)
    wanted = wanted_of(project, check(project), network)
    tensors = read(source)
    found = match(wanted.shapes, shapes_of(tensors), wanted.tied)
    _print(found, output)
    written = target if target and not found.missing else None
    if written:
        write(written, apply(found, tensors).tensors, {"source": source.name})
        output.line(f"{written}: {counted(len(found.rows) + len(found.filled), 'tensor')} of {network}")
    output.document({"network": network, **document(found), "file": str(written) if written else None})
    if found.missing:
        output.error(_incomplete(found, source, bool(target)))
    return 1 if found.missing else 0


def _require_other(source: Path, target: Path | None) -> None:
    if target and target.suffix != SAFE:
        raise UsageError(f"{target} cannot be written", remedy=f"Give it the ending {SAFE}")
    if target and target.resolve() == source.resolve():
        raise UsageError(f"{target} is the file that is read", remedy="Choose another name")


def network_named(project: Project, wanted: str) -> str:
    """Choose a network: the one of that name, or the only one that stands in no other.

    Raises:
        UsageError: there is no such network, or several and none is named.
    """
    within = {inner for nodes in nesting_of(project).values() for inner in nodes.values()}
    found = [name for name in project.networks if (name == wanted if wanted else name not in within)]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(project.networks)
    what = f"there is no network {wanted!r}" if wanted else "there is no one network that the weights are for"
    raise UsageError(what, remedy=f"Say --model with one of {listed}")


def document(found: Matched) -> dict[str, Json]:
    """Give what `weights --json` prints of a match."""
    return {
        "rows": [
            {
                "key": row.key,
                "shape": list(row.shape),
                "source": row.source,
                "how": row.how,
                "transposed": row.transposed,
                "part": row.part,
                "reshaped": row.reshaped,
            }
            for row in found.rows
        ],
        "missing": [{"key": gone.key, "shape": list(gone.shape), "why": gone.why} for gone in found.missing],
        "left_over": list(found.left_over),
        "filled": list(found.filled),
    }


def _print(found: Matched, output: Output) -> None:
    rows = [(row.key, shape_words(row.shape), row.source, row.words) for row in found.rows]
    rows += [(gone.key, shape_words(gone.shape), "", f"missing: {gone.why}") for gone in found.missing]
    rows += [(key, "", "", "not there: set to 0") for key in found.filled]
    output.table(rows)
    transposed = sum(row.transposed for row in found.rows)
    output.line(
        f"{counted(len(found.rows), 'tensor')} found, {transposed:,} transposed, {len(found.missing):,} missing, "
        f"{len(found.left_over):,} left over{_some(found.left_over)}"
    )
    if found.by_order:
        count = counted(len(found.by_order), "tensor")
        output.line(f"{count} found by order and shape alone: check the rows that say 'order' before you use them.")


def _some(keys: tuple[str, ...]) -> str:
    """List keys for people, not all of very many."""
    more = ", ..." if len(keys) > _LISTED else ""
    return f": {', '.join(keys[:_LISTED])}{more}" if keys else ""


def _incomplete(found: Matched, source: Path, writing: bool) -> FileError:
    keys = tuple(gone.key for gone in found.missing)
    words = "is missing, and nothing is written" if writing else "is missing"
    return FileError(f"{counted(len(keys), 'tensor')} {words}{_some(keys)}", where=str(source))
