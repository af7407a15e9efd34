"""How long after an edit the pictures of one sample are there, in the window with a real engine.

`python -m tests.benchmarks.preview [--json] [--rounds N]`
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QTimer

from designer.app.program import Program
from designer.app.start import make_application
from designer.settings import Settings
from engine.graph.ids import NodeId

BAR_MS = 300
_CONV = NodeId("conv1")


class Rounds:
    """Edits, waits for the pictures, and edits again."""

    def __init__(self, program: Program, count: int) -> None:
        self._program = program
        self._count = count
        self._begun = 0.0
        self.times_ms: list[float] = []
        program.built.connect(lambda: program.base.files.open_example("digits_cnn"))
        program.base.engine.previewed.connect(lambda _: self._on_previewed())

    def _on_previewed(self) -> None:
        if self._begun:
            self.times_ms.append((time.perf_counter() - self._begun) * 1000)
        if len(self.times_ms) == self._count:
            self._program.base.app.quit()
        else:
            QTimer.singleShot(200, self._edit)

    def _edit(self) -> None:
        self._begun = time.perf_counter()
        self._program.base.editor.set_parameter((_CONV,), "out_channels", 33 + len(self.times_ms))


def main() -> int:
    """Measure and print; exit status 1 where the bar is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true")
    options.add_argument("--rounds", type=int, default=9)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_DATA_HOME"] = folder
        app = make_application()
        program = Program(app, Settings(Path(folder)))
        program.frame.window.may_close = lambda: True
        rounds = Rounds(program, given.rounds)
        program.show()
        app.exec()
        program.close()
    median = statistics.median(rounds.times_ms)
    if given.json:
        print(json.dumps({"preview_ms": round(median), "slowest_ms": round(max(rounds.times_ms))}))
    else:
        print(f"pictures {median:.0f} ms after an edit (bar {BAR_MS}), slowest {max(rounds.times_ms):.0f} ms")
    return int(median > BAR_MS)


if __name__ == "__main__":
    sys.exit(main())
