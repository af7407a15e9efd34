"""Measure the canvas: frames of pan, zoom and drag with live pictures, and the way from an edit to the repaint.

Run with `python -m tests.benchmarks.canvas [--nodes N] [--json]`. A frame is what the window does for it: the movement,
every sixth time forty new pictures (10 Hz at 60 frames a second), and the repaint of the whole viewport.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QEvent, QEventLoop, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from designer.bridge.document_bridge import DocumentBridge
from designer.canvas.camera import Outlook
from designer.canvas.view import GraphView
from designer.editing.editor import Editor
from designer.theme.icons import Icons
from designer.theme.source import ThemeSource
from designer.theme.stylesheet import apply_theme
from engine.graph.document import Document
from engine.graph.ids import NodeId
from engine.graph.types import Graph, GraphLayout, Layout, Node, Place, Project, Value, Wire
from engine.runs.events import Picture

WIDTH, HEIGHT = 1600, 900
MIDDLE = QPointF(WIDTH / 2, HEIGHT / 2)
NUM_PICTURES = 40
FRAMES = 180
FRAMES_PER_PICTURE = 6
WARM_UP = 5
_KINDS: tuple[tuple[str, dict[str, Value]], ...] = (
    ("conv2d", {"out_channels": 8, "padding": 1}),
    ("batch_norm2d", {}),
    ("relu", {}),
    ("dropout2d", {}),
    ("sigmoid", {}),
)
EDITED = 5
"""Number of a node that is a convolution: four nodes behind it change with it."""


def chain(num_nodes: int) -> Project:
    """Make a network of nodes in one long chain, laid out in rows."""
    columns = round((num_nodes * 1.6) ** 0.5)
    nodes = [Node(id=NodeId("image"), kind="input", parameters={"shape": ("B", 8, 8, 8)})]
    for number in range(1, num_nodes - 1):
        kind, parameters = _KINDS[number % len(_KINDS)]
        nodes.append(Node(id=NodeId(f"n{number}"), kind=kind, parameters=parameters))
    nodes.append(Node(id=NodeId("out"), kind="output"))
    wires = tuple(Wire(first.id, "y", second.id, "x") for first, second in pairwise(nodes))
    places = {node.id: Place(184.0 * (i % columns), 144.0 * (i // columns)) for i, node in enumerate(nodes)}
    return Project(
        networks={"net": Graph(nodes={node.id: node for node in nodes}, wires=wires)},
        layout=Layout(networks={"net": GraphLayout(nodes=places)}),
    )


def pictures(ids: list[str], seed: int) -> dict[str, Picture]:
    """Make a picture for each node: feature maps, histograms and bars in turn."""
    random, found = np.random.default_rng(seed), {}
    for number, node in enumerate(ids):
        if number % 3 == 0:
            data = random.integers(0, 255, (16, 8, 8), dtype=np.uint8).tobytes()
            found[node] = Picture(address=node, form="maps", shape=(16, 8, 8), data=data, low=0.0, high=1.0)
            continue
        form, count = ("histogram", 30) if number % 3 == 1 else ("bars", 10)
        data = random.random(count).astype("<f4").tobytes()
        found[node] = Picture(address=node, form=form, shape=(count,), data=data, low=0.0, high=1.0, zeros=0.5)  # type: ignore[arg-type]  # one of the two literals
    return found


class Frame(NamedTuple):
    """How long a frame took, in ms."""

    wall: float
    cpu: float
    """Of this thread: what the frame takes on a machine that does nothing else."""


class Clock:
    """Measures one frame."""

    def __init__(self) -> None:
        """Start."""
        self._wall, self._cpu = time.perf_counter(), time.thread_time()

    def read(self) -> Frame:
        """Give the time since the start."""
        return Frame((time.perf_counter() - self._wall) * 1e3, (time.thread_time() - self._cpu) * 1e3)


class Bench:
    """A canvas with a chain of nodes and pictures that change."""

    def __init__(self, num_nodes: int) -> None:
        """Open the canvas.

        Args:
            num_nodes: How many nodes.
        """
        existing = QApplication.instance()
        self.app = existing if isinstance(existing, QApplication) else QApplication([])
        source = ThemeSource(self.app, "dark")
        apply_theme(self.app, source.theme)
        bridge = DocumentBridge(Document())
        self.editor = Editor(bridge)
        started = time.perf_counter()
        bridge.replace(chain(num_nodes))
        self.view = GraphView(self.editor, source, Icons())
        self.view.resize(WIDTH, HEIGHT)
        self.view.show()
        self.settle()
        self.open_ms = (time.perf_counter() - started) * 1e3
        step = max(1, num_nodes // NUM_PICTURES)
        ids = [f"net.n{number}" for number in range(1, num_nodes - 1, step)][:NUM_PICTURES]
        self.sets = [pictures(ids, seed) for seed in range(8)]
        self.view.set_pictures(self.sets[0])
        self.settle()

    def settle(self) -> None:
        """Wait until everything on screen is painted as it is."""
        loop = QEventLoop()
        self.view.settled.connect(loop.quit)
        QTimer.singleShot(20_000, loop.quit)
        self.view.repaint_soon()
        loop.exec()
        self.view.settled.disconnect(loop.quit)

    def frames(self, act: Callable[[int], object]) -> list[Frame]:
        """Time frames.

        Args:
            act: What moves, by the number of the frame.

        Returns:
            ms of each frame.
        """
        times: list[Frame] = []
        for number in range(FRAMES + WARM_UP):
            start = Clock()
            act(number)
            if number % FRAMES_PER_PICTURE == 0:
                self.view.set_pictures(self.sets[number // FRAMES_PER_PICTURE % len(self.sets)])
            self.view.viewport().repaint()
            times.append(start.read())
        return times[WARM_UP:]

    def drag(self) -> list[Frame]:
        """Time dragging the node in the middle of the screen."""
        cards = self.view.drawing.cards_in(self.view.camera.seen())
        middle = self.view.camera.seen().center()
        card = min(cards, key=lambda card: (card.rect.center() - middle).manhattanLength())
        start = self.view.camera.to_view(card.rect.center())
        self._mouse(QEvent.Type.MouseButtonPress, start)
        times = self.frames(lambda number: self._mouse(QEvent.Type.MouseMove, start + QPointF(number + 4, number / 2)))
        self._mouse(QEvent.Type.MouseButtonRelease, start + QPointF(FRAMES, FRAMES / 2))
        self.editor.undo_stack.undo()
        self.settle()
        return times

    def edits(self) -> list[Frame]:
        """Time edits of one parameter, from the verb to the repaint: check, shapes, changed tiles."""
        times: list[Frame] = []
        for number in range(30):
            start = Clock()
            self.editor.set_parameter((NodeId(f"n{EDITED}"),), "out_channels", 8 + number % 2)
            self.view.viewport().repaint()
            times.append(start.read())
            self.settle()
        return times[WARM_UP:]

    def _mouse(self, kind: QEvent.Type, at: QPointF) -> None:
        viewport = self.view.viewport()
        moving = kind == QEvent.Type.MouseMove
        button = Qt.MouseButton.NoButton if moving else Qt.MouseButton.LeftButton
        held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else Qt.MouseButton.LeftButton
        screen = QPointF(viewport.mapToGlobal(QPoint(round(at.x()), round(at.y()))))
        event = QMouseEvent(kind, at, screen, button, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(viewport, event)


def measure(num_nodes: int) -> dict[str, float]:
    """Measure everything with all nodes in view, and at zoom 1.

    Returns:
        Figures by name; times in ms.
    """
    bench = Bench(num_nodes)
    view, found = bench.view, {"nodes": float(num_nodes), "open_ms": bench.open_ms}
    fit = view.camera.scale
    for name, scale in (("all", fit), ("near", 1.0)):
        runs = {
            "pan": lambda: bench.frames(lambda number: view.camera.pan(*_loop(number))),
            "zoom": lambda: bench.frames(
                lambda number: view.camera.zoom(1.03 if number // 20 % 2 else 1 / 1.03, MIDDLE)
            ),
            "drag": bench.drag,
        }
        found[f"{name}_scale"] = scale
        for what, run in runs.items():
            view.camera.put(Outlook(scale, view.drawing.bounds.center()))
            bench.settle()
            _note(found, f"{name}_{what}", run())
            bench.settle()
    view.camera.put(Outlook(fit, view.drawing.bounds.center()))
    bench.settle()
    _note(found, "edit", bench.edits())
    view.close()
    return {name: round(value, 3) for name, value in found.items()}


def _note(found: dict[str, float], name: str, times: list[Frame]) -> None:
    for clock in ("wall", "cpu"):
        ordered = sorted(getattr(frame, clock) for frame in times)
        found[f"{name}_{clock}_ms_median"] = ordered[len(ordered) // 2]
        found[f"{name}_{clock}_ms_p95"] = ordered[int(len(ordered) * 0.95)]


def _loop(number: int) -> tuple[float, float]:
    """Go right, down, left and up again."""
    return ((7.0, 2.0), (-3.0, 6.0), (-7.0, -2.0), (3.0, -6.0))[number // 30 % 4]


def main() -> None:
    """Print the figures."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=1000, help="how many nodes, all in view")
    parser.add_argument("--json", action="store_true", help="print JSON")
    asked = parser.parse_args()
    figures = measure(asked.nodes)
    if asked.json:
        print(json.dumps(figures))
        return
    print(f"canvas of {asked.nodes} nodes, {NUM_PICTURES} with pictures at 10 Hz, {WIDTH} x {HEIGHT}; ms a frame")
    for name, value in figures.items():
        print(f"{name:24} {value:,}")


if __name__ == "__main__":
    main()
