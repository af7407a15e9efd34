"""A network as a small drawing: its nodes where they stand, in their family's colour, and its wires; no document, no canvas."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from designer.editing.kind_icons import icon_of
from designer.theme.icons import Icons
from designer.theme.tokens import Theme
from engine.graph.ids import NodeId
from engine.graph.types import Graph, GraphLayout, Place, Project
from engine.layers.catalogue import kind_of

_NODE_HEIGHT: Final = 72.0
_GAP: Final = 40.0
_FLAT: Final = 4.0
"""A network this many times wider than high is folded into rows, else its nodes would be too small to see."""
_LARGEST_SCALE: Final = 0.55
_ICON_SHARE: Final = 0.46


@dataclass(frozen=True, slots=True)
class Sketch:
    """A network to draw: boxes by node, their families and icons, and wires between them."""

    boxes: dict[NodeId, QRectF]
    families: dict[NodeId, str]
    icons: dict[NodeId, str]
    wires: tuple[tuple[NodeId, NodeId], ...]


def sketch_of(project: Project, theme: Theme) -> Sketch | None:
    """Sketch the first network of a project; None where it has none, or an empty one."""
    name, graph = next(iter(project.networks.items()), ("", Graph()))
    if not graph.nodes:
        return None
    layout = project.layout.networks.get(name, GraphLayout())
    width = float(theme.metrics.size.node_width_min)
    boxes: dict[NodeId, QRectF] = {}
    families: dict[NodeId, str] = {}
    icons: dict[NodeId, str] = {}
    places = _places(graph, layout, width)
    for id_, node in graph.nodes.items():
        place = places[id_]
        kind = kind_of(node.kind)
        boxes[id_] = QRectF(place.x, place.y, width, _NODE_HEIGHT)
        families[id_] = kind.family if kind else "data"
        icons[id_] = icon_of(kind) if kind else "help"
    wires = tuple((wire.source, wire.target) for wire in graph.wires if {wire.source, wire.target} <= boxes.keys())
    return Sketch(boxes, families, icons, wires)


def paint_sketch(painter: QPainter, area: QRectF, sketch: Sketch, theme: Theme, icons: Icons) -> None:
    """Draw a sketch into an area, as large as fits and in its middle.

    Args:
        painter: Where to draw; its state stays as it was.
        area: Where it goes.
        sketch: What to draw.
        theme: Gives the colours.
        icons: Who draws icons.
    """
    whole = QRectF()
    for box in sketch.boxes.values():
        whole = whole.united(box)
    # Wires that turn back reach out beside the nodes.
    whole.adjust(-_GAP, 0, _GAP, 0)
    scale = min(area.width() / whole.width(), area.height() / whole.height(), _LARGEST_SCALE)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(area.center())
    painter.scale(scale, scale)
    painter.translate(-whole.center())
    for source, target in sketch.wires:
        colour = theme.families[sketch.families[source]]
        painter.setPen(QPen(QColor(colour), 1.25 / scale))
        painter.drawPath(_wire_path(sketch.boxes[source], sketch.boxes[target]))
    for id_, box in sketch.boxes.items():
        _paint_node(painter, box, theme, theme.families[sketch.families[id_]], scale)
        edge = min(box.height() * _ICON_SHARE, theme.metrics.size.icon / scale)
        corner = box.center() - QPointF(edge / 2, edge / 2)
        icons.draw(
            painter, QRectF(corner.x(), corner.y(), edge, edge), sketch.icons[id_], theme.families[sketch.families[id_]]
        )
    painter.restore()


def _paint_node(painter: QPainter, box: QRectF, theme: Theme, colour: str, scale: float) -> None:
    radius = theme.metrics.radius.tag / scale
    shape = QPainterPath()
    shape.addRoundedRect(box, radius, radius)
    painter.fillPath(shape, QColor(theme.colors.card))
    painter.save()
    painter.setClipPath(shape)
    painter.fillRect(QRectF(box.left(), box.top(), 3 / scale, box.height()), QColor(colour))
    painter.restore()
    painter.setPen(QPen(QColor(theme.colors.hairline), 1 / scale))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(shape)


def _wire_path(source: QRectF, target: QRectF) -> QPainterPath:
    start = QPointF(source.right(), source.center().y())
    end = QPointF(target.left(), target.center().y())
    path = QPainterPath(start)
    if end.x() >= start.x():
        reach = QPointF(max(_GAP, end.x() - start.x()) / 2, 0)
        path.cubicTo(start + reach, end - reach, end)
        return path
    # Back to an earlier column: out to the right, along the gap between the rows, in from the left.
    reach, middle = QPointF(_GAP, 0), (source.bottom() + target.top()) / 2
    path.cubicTo(start + reach, QPointF(start.x() + _GAP, middle), QPointF(start.x(), middle))
    path.lineTo(end.x(), middle)
    path.cubicTo(QPointF(end.x() - _GAP, middle), end - reach, end)
    return path


def _places(graph: Graph, layout: GraphLayout, width: float) -> dict[NodeId, Place]:
    """Give every node a place: its own, or, where some have none or all stand in one long row, one in rows."""
    own = {id_: layout.nodes[id_] for id_ in graph.nodes if id_ in layout.nodes}
    if len(own) == len(graph.nodes):
        across = max(place.x for place in own.values()) - min(place.x for place in own.values()) + width
        down = max(place.y for place in own.values()) - min(place.y for place in own.values()) + _NODE_HEIGHT
        if across / down <= _FLAT or len(own) < _FLAT:
            return own
    order = _along_wires(graph)
    columns = max(3, math.ceil(math.sqrt(len(order) * 1.4)))
    return {id_: _place_in_rows(number, columns, width) for number, id_ in enumerate(order)}


def _along_wires(graph: Graph) -> list[NodeId]:
    """Order the nodes so that each comes after those it is fed by, as far as that can be."""
    waits = {
        id_: {wire.source for wire in graph.wires if wire.target == id_} & graph.nodes.keys() for id_ in graph.nodes
    }
    order: list[NodeId] = []
    while waits:
        # In a cycle nobody is ready: the first in the file goes on.
        ready = next((id_ for id_, sources in waits.items() if not sources - set(order)), next(iter(waits)))
        order.append(ready)
        del waits[ready]
    return order


def _place_in_rows(number: int, columns: int, width: float) -> Place:
    row, column = divmod(number, columns)
    return Place(column * (width + _GAP), row * (_NODE_HEIGHT + 1.6 * _GAP))
