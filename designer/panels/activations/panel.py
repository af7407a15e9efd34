"""Bigger pictures of the node one chooses, for the sample one chooses; it must not know other panels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QSpinBox,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from designer.editing.sights import Sights
from designer.panels.activations.use_chooser import UseChooser
from designer.panels.activations.view import PictureView
from designer.panels.activations.words import EMPTY, cost_words, health_words, picture_words, what_title
from designer.panels.figures import exact_text
from designer.theme.fields import inset_text
from designer.theme.source import ThemeSource
from engine.runs.events import Picture, Probed, Use

_LIST_WIDTH_PX: Final = 168
_ORDER: Final = ("input", "activation", "weight", "gradient")
_NO_FAMILIES: Final[Mapping[str, str]] = MappingProxyType({})


class ActivationsPanel(QWidget):
    """Node list left, its picture right, above it which use of which model, what is known of it beneath.

    Slots: `set_pictures` or `show_pictures`, `set_probe`, `set_cost`, `set_sample`, `set_families`, `choose_node`, `clear`.

    Signals:
        sample_chosen(int): the person wants another sample, numbered from 0.
        node_chosen(str): the person looks at this node, by address.
        use_chosen(use): the person looks at this use of a network.
    """

    sample_chosen = Signal(int)
    node_chosen = Signal(str)
    use_chosen = Signal(object)

    def __init__(self, source: ThemeSource, parent: QWidget | None = None) -> None:
        """Build the empty panel.

        Args:
            source: The theme.
            parent: Owner in Qt's tree.
        """
        super().__init__(parent)
        self.setProperty("role", "panel")
        self._source = source
        self._sights = Sights()
        self._families = _NO_FAMILIES
        self._share: float | None = None
        self.nodes = QListWidget(self)
        self.use = UseChooser(self)
        self.what = QComboBox(self)
        self.sample = QSpinBox(self)
        self.view = PictureView(source, self)
        self.empty = QLabel(EMPTY, self)
        self.sample_label = QLabel(self)
        self.picture_label = QLabel(self)
        self.health_label = QLabel(self)
        self.cost_label = QLabel(self)
        self._pages = QStackedLayout()
        self._build()
        self._connect()

    @property
    def node(self) -> str:
        """Address of the node looked at; empty where there is none."""
        item = self.nodes.currentItem()
        return str(item.data(Qt.ItemDataRole.UserRole)) if item else ""

    @property
    def shown(self) -> Picture | None:
        """The picture in view."""
        return self._sights.shown(self.node).get(str(self.what.currentData()))

    def set_pictures(self, pictures: Mapping[str, Picture]) -> None:
        """Show one picture of each node instead of all before; the node looked at stays.

        Args:
            pictures: By address of the node.
        """
        self.show_pictures(tuple(pictures.values()))

    def show_pictures(self, pictures: Sequence[Picture]) -> None:
        """Show these pictures, several of a node too, instead of all before; the node and the part looked at stay."""
        self._sights.put(pictures)
        self._refresh()

    def set_probe(self, probe: Probed) -> None:
        """Take what a run's probe has seen; pictures it does not hold stay.

        Args:
            probe: The newest.
        """
        self._sights.take(probe)
        self._refresh()

    def set_cost(self, share: float) -> None:
        """Show which part of the training time watching takes, 0..1."""
        self._share = share
        self._show_words()

    def set_sample(self, number: int, total: int, words: str) -> None:
        """Say which sample flows.

        Args:
            number: From 0.
            total: How many there are.
            words: What is known of it, or why none flows.
        """
        with QSignalBlocker(self.sample):  # what the engine tells is no wish of the person
            self.sample.setRange(0, max(0, total - 1))
            self.sample.setValue(number)
        self.sample.setSuffix(f" of {exact_text(total)}")
        self.sample.setEnabled(total > 0)
        self.sample_label.setText(words)

    def set_families(self, families: Mapping[str, str]) -> None:
        """Colour columns by the family of their node, by address."""
        self._families = families
        self._show()

    def choose_node(self, address: str) -> None:
        """Look at a node that has a picture, without `node_chosen`; nothing happens where it has none."""
        listed = self._sights.addresses
        if address not in listed or address == self.node:
            return
        with QSignalBlocker(self.nodes):  # the person chose elsewhere
            self.nodes.setCurrentRow(listed.index(address))
        self._show_choices()
        self._show()

    def clear(self) -> None:
        """Forget all pictures."""
        self._sights, self._share = Sights(), None
        self._refresh()

    def _build(self) -> None:
        space = self._source.theme.metrics.space
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setProperty("role", "secondary")
        self.empty.setWordWrap(True)
        self.nodes.setFixedWidth(_LIST_WIDTH_PX)
        self.nodes.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.nodes.setAccessibleName("Nodes with pictures")
        for label in (self.health_label, self.cost_label):
            label.setProperty("role", "faint")
        for label in (self.picture_label, self.sample_label):
            label.setProperty("role", "secondary")
        page = QWidget(self)
        row = QHBoxLayout(page)
        row.setContentsMargins(space.group, space.grid, space.group, space.row)
        row.setSpacing(space.group)
        row.addWidget(self.nodes)
        column = QVBoxLayout()
        column.setSpacing(space.related)
        column.addLayout(self._tools())
        column.addWidget(self.view, 1)
        column.addLayout(self._words())
        row.addLayout(column, 1)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(page)
        self.setLayout(self._pages)

    def _tools(self) -> QHBoxLayout:
        self.what.setAccessibleName("What is shown of the node")
        self.what.setMinimumWidth(120)
        self.sample.setPrefix("sample ")
        self.sample.setAccessibleName("Sample that flows through the network")
        self.sample.setMinimumWidth(180)
        self.sample.setKeyboardTracking(False)
        self.sample.setEnabled(False)
        inset_text(self.sample, self._source.theme.metrics)
        row = QHBoxLayout()
        row.setSpacing(self._source.theme.metrics.space.related)
        row.addWidget(self.use)
        row.addWidget(self.what)
        row.addWidget(self.sample)
        row.addWidget(self.sample_label)
        row.addStretch(1)
        return row

    def _words(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(self._source.theme.metrics.space.group)
        row.addWidget(self.picture_label)
        row.addWidget(self.health_label)
        row.addStretch(1)
        row.addWidget(self.cost_label)
        return row

    def _connect(self) -> None:
        self.nodes.currentItemChanged.connect(lambda *_: self._on_node_changed())
        self.use.chosen.connect(self._on_use_chosen)
        self.what.currentIndexChanged.connect(lambda _: self._show())
        self.sample.valueChanged.connect(self.sample_chosen)
        self._source.theme_changed.connect(lambda _: self._show())

    def _refresh(self) -> None:
        """Bring the list in line with the pictures there are."""
        addresses = list(self._sights.addresses)
        listed = [str(self.nodes.item(row).data(Qt.ItemDataRole.UserRole)) for row in range(self.nodes.count())]
        if listed != addresses:
            self._fill_list(addresses, self.node)
        self._pages.setCurrentIndex(1 if addresses else 0)
        self._show_choices()
        self._show()

    def _fill_list(self, addresses: list[str], looked_at: str) -> None:
        with QSignalBlocker(self.nodes):  # the person chose nothing
            self.nodes.clear()
            for address in addresses:
                item = QListWidgetItem(address.partition(".")[2] or address)
                item.setData(Qt.ItemDataRole.UserRole, address)
                item.setToolTip(address)
                self.nodes.addItem(item)
            at = addresses.index(looked_at) if looked_at in addresses else 0
            self.nodes.setCurrentRow(at)

    def _show_choices(self) -> None:
        network = self.node.partition(".")[0]
        self.use.show_uses(self._sights.uses(network), self._sights.chosen(network))
        shown = self._sights.shown(self.node)
        there = [what for what in _ORDER if what in shown]
        if there == [self.what.itemData(row) for row in range(self.what.count())]:
            return
        chosen = self.what.currentData()
        with QSignalBlocker(self.what):  # only what there is to choose from has changed
            self.what.clear()
            for what in there:
                self.what.addItem(what_title(what), what)
            self.what.setCurrentIndex(there.index(chosen) if chosen in there else 0)

    def _show(self) -> None:
        family = self._families.get(self.node, "data")
        self.view.show_picture(self.shown, self._source.theme.families[family])
        self._show_words()

    def _show_words(self) -> None:
        picture = self.shown
        words = picture_words(picture) if picture else ""
        self.picture_label.setText(words)
        self.health_label.setText(health_words(self._sights.movement(self.node)))
        self.cost_label.setText(cost_words(self._share, self._sights.probe))
        self.view.setAccessibleName(f"Picture of {self.node}: {words}")

    def _on_use_chosen(self, use: Use) -> None:
        self._sights.choose(use)
        self._show_choices()
        self._show()
        self.use_chosen.emit(use)

    def _on_node_changed(self) -> None:
        self._show_choices()
        self._show()
        if self.node:
            self.node_chosen.emit(self.node)
