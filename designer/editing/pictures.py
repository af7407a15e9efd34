"""Pictures of what nodes compute: from a preview before training, from the run while it trains; no widgets in here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from designer.bridge.engine_bridge import EngineBridge
from designer.editing.editor import Editor
from designer.editing.run_state import RunState
from designer.editing.runs import RunDesk
from designer.editing.sights import Sights, use_title
from designer.editing.training_words import nodes_of
from engine.layers.kind import Role
from engine.runs.events import Picture, Probed, Use
from engine.service.messages import Previewed, Refused

DELAY_MS: Final = 60
"""Edits that follow each other faster are previewed once."""
_FLOWING: Final = ("activation", "input")
"""What is shown on nodes; weights and gradients are looked at elsewhere."""


class PictureDesk(QObject):
    """Holds the newest picture of every node.

    Signals:
        pictures_changed(pictures): by address; the whole of what is known now.
        caption_changed(text): where the pictures come from: `untrained`, `step 510 · discriminator · judge`.
        weights_changed(sights): what the run's probe knows of weights and how they move.
        previewed(answer): what the data says about the sample that flows.
        unseen(words): why none flows.
    """

    pictures_changed = Signal(object)
    caption_changed = Signal(str)
    weights_changed = Signal(object)
    previewed = Signal(object)
    unseen = Signal(str)

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
        self._sights = Sights()
        self.sample = 0
        self._asked = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._connect()

    @property
    def pictures(self) -> Mapping[str, Picture]:
        """The newest picture by address, of the use looked at."""
        found = {address: self._sights.shown(address) for address in self._sights.addresses}
        return {at: several[what] for at, several in found.items() for what in _FLOWING if what in several}

    def refresh(self) -> None:
        """Ask for pictures of what is drawn, soon."""
        self._timer.start()

    def show_sample(self, number: int) -> None:
        """Let another sample flow."""
        if number != self.sample:
            self.sample = number
            self.refresh()

    def choose_use(self, use: Use) -> None:
        """Show the nodes of a network as this use has them."""
        self._sights.choose(use)
        self._show()
        self._show_run()

    def _connect(self) -> None:
        self._timer.timeout.connect(self._ask)
        self._engine.previewed.connect(self._on_previewed)
        self._engine.refused.connect(self._on_refused)
        self._engine.engine_ready.connect(lambda _: self.refresh())
        self._editor.bridge.project_changed.connect(lambda before, after: self.refresh())
        self._editor.ref_changed.connect(lambda _: self._on_ref_changed())
        self._runs.said.connect(self._on_run_said)
        self._runs.started.connect(lambda _: self._clear())
        self._runs.state_changed.connect(self._on_run_state_changed)

    def _ask(self) -> None:
        project, ref = self._editor.project, self._editor.ref
        if ref is None or not project.networks or not project.training or self._runs.state.is_active:
            return
        network = ref.name if ref.space == "networks" else next(iter(project.networks))
        self._asked = self._engine.preview(
            project,
            folder=self._folder(),
            training=self._training_of(network),
            network=network,
            sample=self.sample,
            run=self._runs.weights_of(network),
        )

    def _training_of(self, network: str) -> str:
        """Name the first training graph with a model of a network, whose data then flows through it; else the first."""
        graphs = self._editor.shown.training
        found = (name for name, graph in graphs.items() if any(m.network == network for m in graph.models.values()))
        return next(found, next(iter(graphs)))

    def _on_previewed(self, answer: Previewed) -> None:
        if self._runs.state.is_active:
            return
        self._sights.put(answer.pictures, keeps=("weight",))
        self._show()
        words = ("" if answer.trained else "untrained", "random input" if answer.made_up else "")
        self.caption_changed.emit(" · ".join(filter(None, words)))
        self.previewed.emit(answer)

    def _on_refused(self, answer: Refused) -> None:
        """Take pictures away that are no longer those of what is drawn, and say why there are none."""
        if answer.id != self._asked or self._runs.state.is_active:
            return
        self._sights.put((), keeps=("weight",))
        self._show()
        self.caption_changed.emit("")
        self.unseen.emit(f"No sample flows: {answer.what}")

    def _on_run_state_changed(self, state: RunState) -> None:
        """Show what the best weights of a finished run compute."""
        if state.outcome in ("done", "stopped"):
            self.refresh()

    def _on_ref_changed(self) -> None:
        self.refresh()
        self._show_run()

    def _on_run_said(self, events: list[object]) -> None:
        probed = [event for event in events if isinstance(event, Probed)]
        if not probed:
            return
        for event in probed:
            self._sights.take(event)
        self._show()
        self._show_run()

    def _show(self) -> None:
        """Tell of the pictures, leaving out outputs: they show what trains them, and their picture stands before them."""
        outputs = {
            f"{name}.{node.id}"
            for name, graph in self._editor.project.networks.items()
            for node in nodes_of(graph, Role.OUTPUT)
        }
        self.pictures_changed.emit({key: found for key, found in self.pictures.items() if key not in outputs})

    def _show_run(self) -> None:
        """Tell of the weights, and at which step and in which use they are seen."""
        self.weights_changed.emit(self._sights)
        probe, ref = self._sights.probe, self._editor.ref
        if probe is None or not self._sights.is_of_run:
            return
        uses = self._sights.uses(ref.name) if ref is not None and ref.space == "networks" else ()
        use = self._sights.chosen(ref.name) if ref is not None and len(uses) > 1 else None
        self.caption_changed.emit(f"step {probe.step}" + (f" · {use_title(use)}" if use else ""))

    def _clear(self) -> None:
        self._sights.clear()
        self.pictures_changed.emit({})
        self.weights_changed.emit(self._sights)
