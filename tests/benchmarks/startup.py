"""How long the window takes: process start to first paint, and from there to an engine that answers.

`python -m tests.benchmarks.startup [--json] [--rounds N] [--file PROJECT]`
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PAINT_BAR_MS = 400
ENGINE_BAR_S = 4.0

_CHILD = """
import sys, time
from pathlib import Path
from designer.app.start import make_application
from designer.app.program import Program
from designer.settings import Settings

app = make_application()
program = Program(app, Settings(Path(sys.argv[1])))
times = {}

def painted():
    times["paint"] = time.time()
    times["torch"] = "torch" in sys.modules

def ready(welcome):
    times["engine"] = time.time()
    app.quit()

program.frame.window.painted.connect(painted)
program.base.engine.engine_ready.connect(ready)
program.show(Path(sys.argv[2]) if sys.argv[2] else None)
app.exec()
program.close()
print(repr(times), flush=True)
"""


def measure(project: str, bytecode: str) -> tuple[float, float, bool]:
    """Start the window once.

    Args:
        project: File to open; empty for the welcome page.
        bytecode: Folder of compiled modules.

    Returns:
        Seconds to the first paint, seconds from there to the engine, and whether torch was loaded in the window.
    """
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPYCACHEPREFIX": bytecode}
    # A person's second start finds compiled bytecode; so must every start here, whatever this shell forbids.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as folder:
        environment["XDG_DATA_HOME"] = folder
        command = [sys.executable, "-c", _CHILD, folder, project]
        begun = time.time()
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    times = json.loads(
        done.stdout.strip().splitlines()[-1].replace("'", '"').replace("False", "0").replace("True", "1")
    )
    return times["paint"] - begun, times["engine"] - times["paint"], bool(times["torch"])


def main() -> int:
    """Measure and print; exit status 1 where a bar is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--file", default="")
    given = options.parse_args()
    project = str(Path(given.file).resolve()) if given.file else ""
    with tempfile.TemporaryDirectory() as bytecode:
        measure(project, bytecode)
        rounds = [measure(project, bytecode) for _ in range(given.rounds)]
    paint = statistics.median(paint for paint, _, _ in rounds) * 1000
    engine = statistics.median(engine for _, engine, _ in rounds)
    found = {"first_paint_ms": round(paint), "engine_ready_s": round(engine, 2), "rounds": given.rounds}
    if given.json:
        print(json.dumps(found))
    else:
        print(f"first paint {paint:.0f} ms (bar {PAINT_BAR_MS}), engine {engine:.2f} s later (bar {ENGINE_BAR_S})")
    return int(paint > PAINT_BAR_MS or engine > ENGINE_BAR_S or any(torch for _, _, torch in rounds))


if __name__ == "__main__":
    sys.exit(main())
