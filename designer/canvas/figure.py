"""The canvas as a figure in a file: SVG, PNG or PDF, drawn by the painter of the screen, without a window.

It must not know views or selection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, QSize, QSizeF
from PySide6.QtGui import QImage, QImageWriter, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from designer.canvas.drawing import Drawing
from designer.canvas.geometry import card_size
from designer.canvas.painter import CardPainter
from designer.canvas.picture_painter import PicturePainter
from designer.canvas.projection import Projection
from designer.canvas.style import Style
from designer.theme.icons import Icons
from designer.theme.tokens import Theme
from engine.check.report import Report
from engine.errors import UsageError
from engine.graph.ids import NodeId
from engine.graph.types import GraphRef, Project
from engine.project.store import write_bytes
from engine.runs.events import Picture

MARGIN: Final = 32.0
PNG_SCALE: Final = 2.0
MAX_EDGE_PX: Final = 16_000
_POINTS: Final = 72 / 96
"""Points of a page per scene unit."""


def render_figure(
    project: Project,
    ref: GraphRef,
    report: Report,
    theme: Theme,
    path: Path,
    pictures: Mapping[str, Picture] | None = None,
) -> None:
    """Write a graph as a figure; the ending of the path says how. A QGuiApplication must be there.

    Args:
        project: With its recipes written out.
        ref: Which graph.
        report: What the check says of the project.
        theme: What it wears.
        path: Ends in .svg, .png or .pdf.
        pictures: What nodes compute, by address (`NETWORK.node`).

    Raises:
        UsageError: the graph has no nodes, or the ending is none of the three.
        FileError: the file cannot be written; an older one stays as it was.
    """
    writers: dict[str, Callable[[_Figure], bytes]] = {".svg": _svg, ".png": _png, ".pdf": _pdf}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise UsageError(
            f"a figure cannot be written as {path.suffix or 'a file without ending'}", remedy="Use .svg, .png or .pdf"
        )
    figure = _Figure(project, ref, report, theme, pictures or {}, outlined=writer is _svg)
    write_bytes(path, writer(figure))


class _Figure:
    """A drawing with all that painting it needs."""

    def __init__(
        self,
        project: Project,
        ref: GraphRef,
        report: Report,
        theme: Theme,
        pictures: Mapping[str, Picture],
        *,
        outlined: bool,
    ) -> None:
        prefix = f"{ref.name}."
        self.title = ref.name
        self._pictures = {
            NodeId(address[len(prefix) :]): picture
            for address, picture in pictures.items()
            if address.startswith(prefix)
        }
        self._drawing = Drawing(card_size(theme.metrics))
        self._drawing.show(Projection().shown(project, ref, report, self._pictures))
        if not self._drawing.cards:
            raise UsageError(
                f"there is nothing to draw in {ref.name}", remedy="Add nodes to it, or choose another graph"
            )
        self._style = Style(theme, outlined=outlined)
        hull = self._drawing.bounds
        for thread in self._drawing.threads.values():
            hull = hull.united(thread.bounds)
        self.bounds = hull.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)

    def paint(self, painter: QPainter, scale: float) -> None:
        """Paint everything.

        Args:
            painter: Its origin is the figure's upper left corner.
            scale: Px per scene unit, which decides how much of a card is drawn.
        """
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(QRectF(0, 0, self.bounds.width(), self.bounds.height()), self._style.canvas)
        painter.translate(-self.bounds.topLeft())
        CardPainter(self._style, Icons()).paint(painter, self.bounds, self._drawing, scale)
        pictures = PicturePainter(self._style)
        for node, picture in self._pictures.items():
            card = self._drawing.cards.get(node)
            if card is not None and card.facts.tall:
                area = self._drawing.size.picture.translated(card.rect.topLeft())
                pictures.paint(painter, area, card, picture, words=True)


def _svg(figure: _Figure) -> bytes:
    buffer, size = QBuffer(), figure.bounds.size()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setResolution(96)
    generator.setSize(size.toSize())
    generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
    generator.setTitle(figure.title)
    with QPainter(generator) as painter:
        figure.paint(painter, 1.0)
    return bytes(buffer.data().data())


def _png(figure: _Figure) -> bytes:
    size = figure.bounds.size()
    scale = min(PNG_SCALE, MAX_EDGE_PX / max(size.width(), size.height()))
    image = QImage(QSize(round(size.width() * scale), round(size.height() * scale)), QImage.Format.Format_RGB32)
    with QPainter(image) as painter:
        painter.scale(scale, scale)
        figure.paint(painter, min(1.0, scale))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())


def _pdf(figure: _Figure) -> bytes:
    buffer, size = QBuffer(), figure.bounds.size()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    page = QSizeF(size.width() * _POINTS, size.height() * _POINTS)
    writer = QPdfWriter(buffer)
    writer.setTitle(figure.title)
    writer.setCreator("Netwright")
    writer.setPageSize(QPageSize(page, QPageSize.Unit.Point, "figure", QPageSize.SizeMatchPolicy.ExactMatch))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setResolution(96 * 4)
    with QPainter(writer) as painter:
        painter.scale(4.0, 4.0)
        figure.paint(painter, 1.0)
    return bytes(buffer.data().data())
