"""The palette's rows: sections, groups folded with counts, kinds; it must not know how they are drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from PySide6.QtCore import QMimeData, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel

from designer.editing.drag import kind_to_mime
from designer.editing.kind_icons import icon_of
from engine.layers.kind import LayerKind

KEY: Final = Qt.ItemDataRole.UserRole + 1
"""Key of the kind on a row; empty on sections and groups."""
ROW: Final = Qt.ItemDataRole.UserRole + 2
"""What a row is: `section`, `group` or `kind`."""
COUNT: Final = Qt.ItemDataRole.UserRole + 3
"""How many kinds a group has."""
FAMILY: Final = Qt.ItemDataRole.UserRole + 4
ICON: Final = Qt.ItemDataRole.UserRole + 5
"""Name of the icon; empty for none."""

NUM_RECENT: Final = 3


class PaletteModel(QStandardItemModel):
    """Sections and groups of kinds, or the kinds that a search has found."""

    def show_groups(self, kinds: Sequence[LayerKind], recent: Iterable[str]) -> None:
        """Show everything, folded by group, with the recently used on top."""
        self.clear()
        by_key = {kind.key: kind for kind in kinds}
        used = [by_key[key] for key in recent if key in by_key][:NUM_RECENT]
        if used:
            self.appendRow(_section("Recent"))
            for kind in used:
                self.appendRow(_kind_row(kind, icon=True))
        self.appendRow(_section("Families"))
        for group in dict.fromkeys(kind.group for kind in kinds):
            self.appendRow(_group_row(group, [kind for kind in kinds if kind.group == group]))

    def show_found(self, kinds: Sequence[LayerKind]) -> None:
        """Show what a search has found, best first."""
        self.clear()
        self.appendRow(_section("Found" if kinds else "Nothing found"))
        for kind in kinds:
            self.appendRow(_kind_row(kind, icon=True))

    def mimeData(self, indexes: Sequence[QModelIndex | QPersistentModelIndex]) -> QMimeData:
        """Pack the dragged kind."""
        keys = [index.data(KEY) for index in indexes if index.data(KEY)]
        return kind_to_mime(keys[0]) if keys else QMimeData()


def _section(title: str) -> QStandardItem:
    item = QStandardItem(title)
    item.setFlags(Qt.ItemFlag.NoItemFlags)
    item.setData("section", ROW)
    return item


def _group_row(group: str, kinds: Sequence[LayerKind]) -> QStandardItem:
    item = QStandardItem(group)
    item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
    item.setData("group", ROW)
    item.setData(len(kinds), COUNT)
    item.setData(kinds[0].family, FAMILY)
    item.setData(icon_of(kinds[0]), ICON)
    item.setData(f"{group}, {len(kinds)} kinds", Qt.ItemDataRole.AccessibleTextRole)
    for kind in kinds:
        item.appendRow(_kind_row(kind, icon=False))
    return item


def _kind_row(kind: LayerKind, *, icon: bool) -> QStandardItem:
    item = QStandardItem(kind.title)
    item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled)
    item.setData("kind", ROW)
    item.setData(kind.key, KEY)
    item.setData(kind.family, FAMILY)
    item.setData(icon_of(kind) if icon else "", ICON)
    item.setToolTip("\n".join(filter(None, (kind.help.what, kind.help.formula))))
    return item
