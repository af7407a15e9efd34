"""Measure the curves: ten million points appended live, memory held, and the time of one redraw.

Run with `python -m tests.benchmarks.curves [--json]`. It must not import torch.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
import tracemalloc

import numpy as np
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from designer.panels.curves.panel import CurvesPanel
from designer.theme.source import ThemeSource
from designer.theme.stylesheet import apply_theme
from engine.runs.events import EpochDone, Event, Scores, Started, StepsDone

POINTS = 10_000_000
STEPS_PER_EPOCH = 100_000
BLOCK = 50_000


def _events(first: int, epoch: int, random: np.random.Generator) -> list[Event]:
    steps = np.arange(first, first + BLOCK)
    losses = np.exp(-steps / POINTS * 4) * (2 + 0.4 * random.normal(size=BLOCK))
    said: list[Event] = [StepsDone(first=first + 1, losses={"fit": tuple(losses.tolist())}, epoch=epoch, seconds=1.0)]
    if (first + BLOCK) % STEPS_PER_EPOCH == 0:
        share = 1 - 0.9 * float(np.exp(-first / POINTS * 4))
        scores = Scores(objectives={"fit": float(losses.mean())}, metrics={"accuracy": share}, samples=288)
        done = epoch + 1
        said.append(EpochDone(epoch=done, step=first, train=scores, validation=scores, best=True, seconds=1.0))
    return said


def _panel(app: QApplication) -> CurvesPanel:
    source = ThemeSource(app, "dark")
    apply_theme(app, source.theme)
    panel = CurvesPanel(source)
    panel.resize(1072, 372)
    panel.show()
    total = POINTS + STEPS_PER_EPOCH
    started = Started(
        step=0,
        epoch=0,
        total_steps=total,
        steps_per_epoch=STEPS_PER_EPOCH,
        device="cpu",
        threads=1,
        training_samples=1000,
    )
    panel.begin("run 1", started)
    return panel


def _fill(panel: CurvesPanel) -> tuple[float, int]:
    """Append all points while the panel is hidden; give seconds for a million points and the growth of memory at the end."""
    random = np.random.default_rng(0)
    panel.hide()
    seconds, half = 0.0, 0
    for number, first in enumerate(range(0, POINTS, BLOCK)):
        events = _events(first, first // STEPS_PER_EPOCH, random)
        start = time.perf_counter()
        panel.take(events)
        seconds += time.perf_counter() - start
        del events
        if number == POINTS // BLOCK // 2:
            half = tracemalloc.get_traced_memory()[0]
    grown = tracemalloc.get_traced_memory()[0] - half
    return seconds / POINTS * 1e6, grown


def _redraws(panel: CurvesPanel, app: QApplication, rounds: int) -> tuple[list[float], list[float]]:
    """Time one drain (`take` with a few steps), and the painting of what it changed, in ms."""
    panel.show()
    app.processEvents()
    drains, paints = [], []
    for number in range(rounds):
        events: list[Event] = [
            StepsDone(first=POINTS + 3 * number + 1, losses={"fit": (0.03, 0.02, 0.04)}, epoch=100, seconds=1.0)
        ]
        start = time.perf_counter()
        panel.take(events)
        drains.append((time.perf_counter() - start) * 1e3)
        start = time.perf_counter()
        app.processEvents()
        paints.append((time.perf_counter() - start) * 1e3)
    return drains, paints


def _whole(panel: CurvesPanel, rounds: int) -> list[float]:
    """Time painting everything in the panel, in ms."""
    image = QImage(panel.size(), QImage.Format.Format_ARGB32_Premultiplied)
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        panel.render(image, QPoint(0, 0))
        times.append((time.perf_counter() - start) * 1e3)
    return times


def measure() -> dict[str, float]:
    """Measure everything.

    Returns:
        Figures by name; times in ms unless the name says otherwise.
    """
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication([])
    panel = _panel(app)
    tracemalloc.start()
    per_million, grown = _fill(panel)
    tracemalloc.stop()
    drains, paints = _redraws(panel, app, 60)
    run = panel.run
    held = sum(series.curve.num_bytes for series in run.step_losses.values()) if run else 0
    return {
        "points": float(POINTS),
        "append_seconds_per_million": round(per_million, 4),
        "curve_bytes": float(held),
        "growth_bytes_second_half": float(grown),
        "update_ms_median": round(statistics.median(drains[5:]), 3),
        "update_ms_p95": round(sorted(drains[5:])[-3], 3),
        "paint_ms_median": round(statistics.median(paints[5:]), 3),
        "paint_all_ms_median": round(statistics.median(_whole(panel, 30)), 3),
        "redraw_ms_median": round(statistics.median(map(sum, zip(drains[5:], paints[5:], strict=True))), 3),
    }


def main() -> None:
    """Print the figures."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    asked = parser.parse_args()
    figures = measure()
    if asked.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:32} {value:,}")


if __name__ == "__main__":
    main()
