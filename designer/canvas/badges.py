"""When the note on a node's problems opens and closes: with the hand on the badge; it must not know what is in it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRectF

from designer.canvas.bench import Bench, Pointer
from designer.canvas.problem_note import ProblemNote
from engine.check.report import Fix
from engine.graph.ids import NodeId


class Badges(QObject):
    """Follows the hand to badges."""

    def __init__(self, bench: Bench, note: ProblemNote) -> None:
        """Take the note.

        Args:
            bench: What is drawn and seen, and the verb that mends.
            note: What opens.
        """
        super().__init__(note)
        self._bench = bench
        self._note = note
        note.fix_chosen.connect(self._on_fix_chosen)

    def open_for(self, node: NodeId) -> None:
        """Open the note beside a node, if something is wrong with it."""
        camera, card = self._bench.camera, self._bench.drawing.cards.get(node)
        if card is None or not card.facts.problems:
            self._note.close_note()
            return
        corner = camera.to_view(card.rect.topLeft())
        self._note.open_for(card, QRectF(corner, card.rect.size() * camera.scale).toRect())

    def follow(self, pointer: Pointer, *, is_dragging: bool) -> None:
        """Open the note while the hand is on a badge; it stays while the hand is on the card or near the note."""
        bench = self._bench
        card = None if is_dragging else bench.drawing.badge_at(pointer.scene, bench.camera.scale)
        if card is not None:
            self.open_for(card.id)
        elif self._note.node is not None and (is_dragging or not self._is_near(pointer)):
            self._note.close_note()

    def _is_near(self, pointer: Pointer) -> bool:
        reach = self._bench.surface.style.theme.metrics.space.group
        if self._note.geometry().adjusted(-reach, -reach, reach, reach).contains(pointer.at.toPoint()):
            return True
        under = self._bench.drawing.card_at(pointer.scene)
        return under is not None and under.id == self._note.node

    def _on_fix_chosen(self, fix: Fix) -> None:
        self._note.close_note()
        self._bench.editor.apply_fix(fix)
