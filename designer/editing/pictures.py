"""Pictures of what nodes compute: from a preview before training, from the run while it trains; no widgets in here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from designer.bridge.engine_bridge import EngineBridge
from designer.editing.editor import Editor
from designer.editing.run_state import RunState
from designer.editing.runs import RunDesk
from designer.editing.training_words import nodes_of
from engine.layers.kind import Role
from engine.runs.events import Picture, Probed
from engine.service.messages import Previewed

DELAY_MS: Final = 60
"""Edits that follow each other faster are previewed once."""
_FLOWING: Final = ("activation", "input")
"""What is shown on nodes; weights and gradients are looked at elsewhere."""


class PictureDesk(QObject):
    """Holds the newest picture of every node.

    Signals:
        pictures_changed(pictures): by address; the whole of what is known now.
        caption_changed(text): where the pictures come from: `untrained`, `step 510`.
        weights_changed(weights, probe): pictures of weights by address, and the probe they came with, or None.
        previewed(answer): what the data says about the sample that flows.
    """

    pictures_changed = Signal(object)
    caption_changed = Signal(str)
    weights_changed = Signal(object, object)
    previewed = Signal(object)

    def __init__(
        self,
        editor: Editor,
        engine: EngineBridge,
        runs: RunDesk,
        folder: Callable[[], str],
        parent: QObject | None = None,
    ) -> None:
        """Follow edits and the run.

        Args:
            editor: What is drawn.
            engine: Who computes pictures.
            runs: The run.
            folder: Gives the folder that relative data paths start from.
            parent: Owner in Qt's tree.
        """
        super().__init__(parent)
        self._editor = editor
        self._engine = engine
        self._runs = runs
        self._folder = folder
        self._pictures: dict[str, Picture] = {}
        self._weights: dict[str, Picture] = {}
        self.sample = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._connect()

    @property
    def pictures(self) -> Mapping[str, Picture]:
        """The newest picture by address."""
        return self._pictures

    def refresh(self) -> None:
        """Ask for pictures of what is drawn, soon."""
        self._timer.start()

    def show_sample(self, number: int) -> None:
        """Let another sample flow."""
        if number != self.sample:
            self.sample = number
            self.refresh()

    def _connect(self) -> None:
        self._timer.timeout.connect(self._ask)
        self._engine.previewed.connect(self._on_previewed)
        self._engine.engine_ready.connect(lambda _: self.refresh())
        self._editor.bridge.project_changed.connect(lambda before, after: self.refresh())
        self._editor.ref_changed.connect(lambda _: self.refresh())
        self._runs.said.connect(self._on_run_said)
        self._runs.started.connect(lambda _: self._clear())
        self._runs.state_changed.connect(self._on_run_state_changed)

    def _ask(self) -> None:
        project, ref = self._editor.project, self._editor.ref
        if ref is None or not project.networks or not project.training or self._runs.state.is_active:
            return
        network = ref.name if ref.space == "networks" else next(iter(project.networks))
        run = str(self._runs.folder) if self._runs.folder and self._runs.project == project else ""
        self._engine.preview(
            project,
            folder=self._folder(),
            training=next(iter(project.training)),
            network=network,
            sample=self.sample,
            run=run,
        )

    def _on_previewed(self, answer: Previewed) -> None:
        if self._runs.state.is_active:
            return
        self._pictures = {picture.address: picture for picture in answer.pictures if picture.what in _FLOWING}
        self._show()
        self.caption_changed.emit("" if answer.trained else "untrained")
        self.previewed.emit(answer)

    def _on_run_state_changed(self, state: RunState) -> None:
        """Show what the best weights of a finished run compute."""
        if state.outcome in ("done", "stopped"):
            self.refresh()

    def _on_run_said(self, events: list[object]) -> None:
        probed = [event for event in events if isinstance(event, Probed)]
        if not probed:
            return
        for event in probed:
            self._pictures.update({found.address: found for found in event.pictures if found.what in _FLOWING})
            self._weights.update({found.address: found for found in event.pictures if found.what == "weight"})
        self._show()
        self.weights_changed.emit(self._weights, probed[-1])
        self.caption_changed.emit(f"step {probed[-1].step}")

    def _show(self) -> None:
        """Tell of the pictures, leaving out outputs: they show what trains them, and their picture stands before them."""
        outputs = {
            f"{name}.{node.id}"
            for name, graph in self._editor.project.networks.items()
            for node in nodes_of(graph, Role.OUTPUT)
        }
        self.pictures_changed.emit({key: found for key, found in self._pictures.items() if key not in outputs})

    def _clear(self) -> None:
        self._pictures, self._weights = {}, {}
        self.pictures_changed.emit(self._pictures)
        self.weights_changed.emit(self._weights, None)
