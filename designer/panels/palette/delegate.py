"""How a row of the palette is drawn; it must not know kinds or the document."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTreeView

from designer.panels.palette.model import COUNT, FAMILY, ICON, ROW
from designer.theme.fonts import font
from designer.theme.icons import Icons
from designer.theme.source import ThemeSource
from designer.theme.tokens import FontRole, Theme

_Index = QModelIndex | QPersistentModelIndex
_INSET: Final = 4
_ICON_AT: Final = 20
_WORDS_AT: Final = 44
"""Where the words of groups and kinds start, so that they stand under each other."""
_COUNT_ROOM: Final = 22


class PaletteDelegate(QStyledItemDelegate):
    """Draws sections as spaced capitals, groups with chevron, icon and count, kinds by name."""

    def __init__(self, source: ThemeSource, icons: Icons, view: QTreeView) -> None:
        """Take note of where colours and icons come from."""
        super().__init__(view)
        self._view = view
        self._source = source
        self._icons = icons
        roles: tuple[FontRole, ...] = ("group", "body", "strong", "secondary")
        self._fonts: dict[FontRole, QFont] = {role: font(role, source.theme.metrics) for role in roles}

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Give sections air above them."""
        metrics = self._source.theme.metrics
        extra = metrics.space.related if index.data(ROW) == "section" else 0
        return QSize(0, metrics.size.row_height + extra)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw one row."""
        theme = self._source.theme
        area = _rect(option)
        rect = QRect(0, area.top(), self._view.viewport().width(), area.height())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        match index.data(ROW):
            case "section":
                self._paint_section(painter, theme, rect, index)
            case "group":
                self._paint_ground(painter, theme, rect, option)
                self._paint_group(painter, theme, rect, index)
            case _:
                self._paint_ground(painter, theme, rect, option)
                self._paint_kind(painter, theme, rect, index)
        painter.restore()

    def _paint_section(self, painter: QPainter, theme: Theme, rect: QRect, index: _Index) -> None:
        words = rect.adjusted(_INSET, theme.metrics.space.related, 0, 0)
        self._words(painter, words, str(index.data()), "group", theme.colors.text_faint)

    def _paint_ground(self, painter: QPainter, theme: Theme, rect: QRect, option: QStyleOptionViewItem) -> None:
        state = option.state
        colours = theme.colors
        selected = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        if not selected and not hovered:
            return
        radius = theme.metrics.radius.tag
        box = QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setBrush(QColor(colours.selection if selected else colours.field))
        focused = selected and self._view.hasFocus()
        painter.setPen(QPen(QColor(colours.accent)) if focused else Qt.PenStyle.NoPen)
        painter.drawRoundedRect(box, radius, radius)

    def _paint_group(self, painter: QPainter, theme: Theme, rect: QRect, index: _Index) -> None:
        opened = self._view.isExpanded(_plain(index))
        colours = theme.colors
        middle = rect.center().y() + 1
        chevron = "chevron_down" if opened else "chevron_right"
        self._icons.draw(painter, QRectF(_INSET, middle - 6, 12, 12), chevron, colours.text_secondary)
        self._paint_icon(painter, theme, rect, index)
        self._words(
            painter,
            rect.adjusted(_WORDS_AT, 0, -_COUNT_ROOM, 0),
            str(index.data()),
            "strong" if opened else "body",
            colours.text,
        )
        count = rect.adjusted(0, 0, -_INSET, 0)
        self._words(
            painter, count, str(index.data(COUNT)), "secondary", colours.text_faint, Qt.AlignmentFlag.AlignRight
        )

    def _paint_kind(self, painter: QPainter, theme: Theme, rect: QRect, index: _Index) -> None:
        if index.data(ICON):
            painter.translate(_INSET - _ICON_AT, 0)
            self._paint_icon(painter, theme, rect, index)
            self._words(painter, rect.adjusted(_WORDS_AT, 0, 0, 0), str(index.data()), "body", theme.colors.text)
        else:
            words = rect.adjusted(_WORDS_AT, 0, -_INSET, 0)
            self._words(painter, words, str(index.data()), "body", theme.colors.text_secondary)

    def _paint_icon(self, painter: QPainter, theme: Theme, rect: QRect, index: _Index) -> None:
        edge = theme.metrics.size.icon
        box = QRectF(_ICON_AT, rect.center().y() + 1 - edge / 2, edge, edge)
        self._icons.draw(painter, box, index.data(ICON), theme.families[index.data(FAMILY)])

    def _words(
        self,
        painter: QPainter,
        rect: QRect,
        text: str,
        role: FontRole,
        colour: str,
        side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> None:
        painter.setFont(self._fonts[role])
        painter.setPen(QColor(colour))
        elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | side, elided)


def _rect(option: QStyleOptionViewItem) -> QRect:
    return option.rect


def _plain(index: _Index) -> QModelIndex:
    return index if isinstance(index, QModelIndex) else index.model().index(index.row(), index.column(), index.parent())
