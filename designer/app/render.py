"""The verb `render`: the canvas, or the curves of a run, as a figure without a window; it must not know the window."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QApplication

from designer.canvas.figure import render_figure
from designer.theme.tokens import load_theme
from engine.check.checker import check
from engine.errors import NetwrightError, UsageError
from engine.graph.types import GraphRef, Project, graph_refs
from engine.project.store import load
from engine.recipes.expand import write_recipes
from engine.recipes.instances import write_instances


def render(arguments: Sequence[str]) -> int:
    """Carry out `netwright render FILE|RUN -o OUT`.

    Args:
        arguments: Words behind `render`.

    Returns:
        Exit status: 0 done, 1 the file could not be read or written, 2 wrong usage.
    """
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as leave:
        return int(leave.code or 0)
    try:
        drawn = _draw(options)
    except NetwrightError as error:
        print(f"netwright: {error}", file=sys.stderr)  # noqa: T201 - it is the answer
        return 2 if isinstance(error, UsageError) else 1
    said = {"file": str(options.output), "graph": drawn}
    print(json.dumps(said) if options.json else f"{options.output}: {drawn}")  # noqa: T201
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="netwright render", description="Draw the canvas, or the curves of a run, as a figure."
    )
    parser.add_argument("file", type=Path, help="project file, or run folder for its curves")
    parser.add_argument("-o", "--output", type=Path, required=True, help="figure to write: .svg, .png or .pdf")
    parser.add_argument("--graph", default="", help="network or training graph; the first network by default")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.add_argument("--trust", action="store_true", help=argparse.SUPPRESS)
    return parser


def _draw(options: argparse.Namespace) -> str:
    if options.output.suffix.lower() not in (".svg", ".png", ".pdf"):
        raise UsageError("a figure ends in .svg, .png or .pdf", where=str(options.output))
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    # Held until the figure is drawn: fonts need an application.
    app = QApplication.instance() or QApplication([])
    if options.file.is_dir():
        from designer.app.render_curves import draw_curves  # pyqtgraph, which figures of networks do not need

        assert isinstance(app, QApplication)
        draw_curves(app, options.file, options.theme, options.output)
        return "curves"
    project = write_recipes(load(options.file))
    ref = _chosen(project, options.graph)
    render_figure(project, ref, check(write_instances(project)), load_theme(options.theme), options.output)
    return f"{ref.space}.{ref.name}"


def _chosen(project: Project, name: str) -> GraphRef:
    refs = graph_refs(project)
    if not refs:
        raise UsageError("the project holds nothing to draw")
    found = [ref for ref in refs if ref.name == name] if name else list(refs)
    if not found:
        raise UsageError(f"there is no graph {name!r}", remedy=f"There are {', '.join(ref.name for ref in refs)}")
    return found[0]
