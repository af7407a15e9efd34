"""What `make run` does where there is no display: the designer's job without a window, on the digits example."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from engine.cli.output import Output
from engine.cli.training import train_project
from engine.errors import ExportError
from engine.interchange.export import export
from engine.project.bundled import read_example
from engine.project.store import save
from engine.runs.folder import new_run_folder
from engine.runs.record import read_epochs

_EXAMPLE = "digits_cnn"


def headless_demo() -> int:
    """Train the digits example, export it, draw network and curves, and say where everything is.

    Returns:
        0; failures are raised.
    """
    output = Output(json=False)
    folder = Path("netwright-demo")
    folder.mkdir(exist_ok=True)
    project, file = read_example(_EXAMPLE), folder / f"{_EXAMPLE}.netwright"
    save(project, file)
    run = new_run_folder(file, _EXAMPLE, folder)
    train_project(file, run, output)
    result = export(project, folder / f"{_EXAMPLE}.onnx", run=str(run))
    difference = max(result.max_abs_difference.values())
    output.line(
        f"Exported and compared: largest difference from PyTorch {difference:.2g} over {result.samples} samples"
    )
    pictures = {"network": [str(file), str(folder / "network.png")], "curves": [str(run), str(folder / "curves.png")]}
    for what, (subject, target) in pictures.items():
        _render(subject, target)
        output.line(f"{what.capitalize()}: {target}")
    output.line(f"Project: {file}")
    output.line(f"Run: {run} ({len(read_epochs(run))} epochs)")
    output.line(f"ONNX: {result.file}")
    return 0


def _render(subject: str, target: str) -> None:
    """Draw in a process of its own: the engine knows no Qt."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "designer", "render", subject, "-o", target]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise ExportError(
            f"the picture was not drawn: {(done.stderr.strip() or 'no word why').splitlines()[-1]}", where=target
        )
