"""Measure the whole window while it trains: how late it answers, what a run loses to it, what watching takes.

Run with `python -m tests.benchmarks.window [--json] [--pairs N] [--epochs N]`. The real window opens an example, shows curves
and watches four nodes; a real engine process trains on one thread. The same run by `netwright train` alternates with it.
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
from typing import Final

import msgspec
from PySide6.QtCore import QEventLoop, Qt, QTimer

from designer.app.program import Program
from designer.app.start import make_application
from designer.settings import Settings
from engine.graph.types import Length, Project, Stage
from engine.project.bundled import read_example
from engine.project.store import save
from engine.runs.events import Event, StepsDone
from engine.runs.record import read_events

EXAMPLES: Final = {"digits_cnn": 40, "digits_mlp": 600}
"""Epochs of each: some seconds, so that what happens at the start is what it is in a run worth watching."""
WATCHED: Final = 4
INTERVAL_MS: Final = 5
FRAME_BAR_MS: Final = 33.0
SPEED_BAR: Final = 0.95
_LIMIT_MS: Final = 180_000


class Lateness:
    """A timer that notes by how many ms each of its turns comes late: whatever holds the window up, paint included.

    Attributes:
        times: Lateness on the wall's clock, other programs' work on these cores included.
        busy: CPU time of the window's thread between turns: what it would take on a machine that does nothing else.
    """

    def __init__(self) -> None:
        """Stand still."""
        self.times: list[float] = []
        self.busy: list[float] = []
        self._last, self._worked = 0.0, 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._note)

    def start(self) -> None:
        """Begin to measure."""
        self._last, self._worked = time.perf_counter(), time.thread_time()
        self._timer.start()

    def stop(self) -> None:
        """Measure no more."""
        self._timer.stop()

    def _note(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        self.times.append(max(0.0, (now - self._last) * 1e3 - INTERVAL_MS))
        self.busy.append((worked - self._worked) * 1e3)
        self._last, self._worked = now, worked


class Bench:
    """The window, with one project after another."""

    def __init__(self, folder: Path) -> None:
        """Open the window and wait for its engine."""
        self.app = make_application()
        self.program = Program(self.app, Settings(folder / "settings"))
        self.base = self.program.base
        self.events: list[Event] = []
        self.base.runs.said.connect(self.events.extend)
        loop = QEventLoop()
        self.base.engine.engine_ready.connect(loop.quit)
        QTimer.singleShot(_LIMIT_MS, loop.quit)
        self.program.show()
        loop.exec()

    def run(self, file: Path) -> tuple[float, float, Lateness]:
        """Train a project in the window.

        Returns:
            Steps a second, the part of the time spent on watching, and how late the window was.
        """
        self.events.clear()
        self.base.files.open(file)
        self.program.frame.window.raise_dock("curves")
        lateness, loop = Lateness(), QEventLoop()
        limit = QTimer()
        limit.setSingleShot(True)
        limit.timeout.connect(loop.quit)
        limit.start(_LIMIT_MS)

        def look() -> None:
            state = self.base.runs.state
            if state.mode == "running" and not lateness.times:
                self.base.runs.watch(watched(self.base.editor.project))
                lateness.start()
            if not state.is_active and state.outcome:
                loop.quit()

        self.base.runs.state_changed.connect(look)
        self.base.runs.start()
        loop.exec()
        lateness.stop()
        self.base.runs.state_changed.disconnect(look)
        done = [event for event in self.events if isinstance(event, StepsDone)]
        return speed(self.events), done[-1].probe_share, lateness

    def close(self) -> None:
        """Close the window."""
        self.program.close()


def watched(project: Project) -> tuple[str, ...]:
    """Name the nodes in the middle of the first network that are looked at."""
    name, graph = next(iter(project.networks.items()))
    return tuple(f"{name}.{node}" for node in list(graph.nodes)[1 : 1 + WATCHED])


def speed(events: list[Event]) -> float:
    """Give steps a second over the second half of a run: the first one warms up."""
    done = [event for event in events if isinstance(event, StepsDone)]
    ends = [(event.first + len(next(iter(event.losses.values()))) - 1, event.seconds) for event in done]
    half = next(end for end in ends if end[0] >= ends[-1][0] / 2)
    return (ends[-1][0] - half[0]) / (ends[-1][1] - half[1])


def spread(name: str, times: list[float]) -> dict[str, float]:
    """Give median, 99th percentile and maximum."""
    ordered = sorted(times)
    places = {"p50": len(ordered) // 2, "p99": int(len(ordered) * 0.99), "max": len(ordered) - 1}
    return {f"{name}_{key}": round(ordered[place], 2) for key, place in places.items()}


def by_command(file: Path, run: Path) -> float:
    """Steps a second of the same run by `netwright train`."""
    command = [sys.executable, "-m", "designer", "train", str(file), "--run", str(run)]
    subprocess.run(command, capture_output=True, check=True)
    return speed(list(read_events(run)))


def measure(bench: Bench, name: str, folder: Path, pairs: int, epochs: int) -> dict[str, float]:
    """Measure one example.

    Returns:
        Figures by name.
    """
    project = read_example(name)
    stages = (Stage(training=next(iter(project.training)), length=Length(epochs=epochs)),)
    file = folder / f"{name}.netwright"
    save(msgspec.structs.replace(project, run=msgspec.structs.replace(project.run, stages=stages)), file)
    ratios: list[float] = []
    shares: list[float] = []
    late: list[float] = []
    busy: list[float] = []
    for pair in range(pairs):
        alone = by_command(file, folder / f"{name}_{pair}")
        here, share, times = bench.run(file)
        ratios.append(here / alone)
        shares.append(share)
        late += times.times
        busy += times.busy
    return {
        "speed_ratio": round(statistics.median(ratios), 3),
        "speed_ratio_worst": round(min(ratios), 3),
        **spread("late_ms", late),
        **spread("busy_ms", busy),
        "turns": float(len(late)),
        "probe_share": round(statistics.median(shares), 4),
        "load": round(os.getloadavg()[0], 2),
    }


def main() -> int:
    """Print the figures; exit status 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--epochs", type=int, help="of each example instead of what takes some seconds")
    given = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        os.environ["XDG_DATA_HOME"] = str(folder / "data")
        bench = Bench(folder)
        found = {
            name: measure(bench, name, folder, given.pairs, given.epochs or epochs) for name, epochs in EXAMPLES.items()
        }
        bench.close()
    if given.json:
        print(json.dumps(found))
    else:
        for name, figures in found.items():
            print(f"{name}: " + ", ".join(f"{key} {value:,}" for key, value in figures.items()))
    fine = all(one["speed_ratio"] >= SPEED_BAR and one["late_ms_p99"] <= FRAME_BAR_MS for one in found.values())
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
