"""The product's icons, drawn from SVG files in any colour and size.

An icon has one colour: `currentColor` in its file. It knows the resource folder and Qt's SVG renderer, not
what an icon stands for.
"""

from __future__ import annotations

import difflib
from importlib import resources

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

USUAL_RATIOS = (1.0, 1.5, 2.0, 3.0)
"""Device pixel ratios an icon holds sharp pixmaps for, beside those of the screens there are."""


class UnknownIconError(LookupError):
    """No file has this icon's name."""

    def __init__(self, name: str, near: tuple[str, ...]) -> None:
        """Say which name was asked for and which are like it."""
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        super().__init__(f"there is no icon {name!r}{hint}")
        self.name = name
        self.near = near


def icon_names() -> tuple[str, ...]:
    """List the names of all icons, sorted."""
    folder = resources.files("resources").joinpath("icons")
    return tuple(sorted(entry.name[:-4] for entry in folder.iterdir() if entry.name.endswith(".svg")))


def icon_source(name: str, colour: str) -> bytes:
    """Read an icon's SVG with its colour put in.

    Args:
        name: The file's name without its ending.
        colour: `#RRGGBB`.

    Returns:
        The SVG text as bytes.

    Raises:
        UnknownIconError: There is no such icon.
    """
    file = resources.files("resources").joinpath("icons", f"{name}.svg")
    if not file.is_file():
        raise UnknownIconError(name, tuple(difflib.get_close_matches(name, icon_names())))
    return file.read_bytes().replace(b"currentColor", colour.encode())


class Icons:
    """Draws icons and keeps what it has drawn; the application builds one."""

    def __init__(self) -> None:
        """Start with nothing drawn."""
        self._renderers: dict[tuple[str, str], QSvgRenderer] = {}
        self._pixmaps: dict[tuple[str, str, int, float], QPixmap] = {}
        self._icons: dict[tuple[str, str, int, str], QIcon] = {}

    def icon(self, name: str, colour: str, size: int = 16, disabled_colour: str = "") -> QIcon:
        """Give an icon for a button, a row or an action, sharp on every screen.

        Args:
            name: The icon.
            colour: `#RRGGBB`.
            size: Edge, in px.
            disabled_colour: Colour while its button is disabled; without one Qt greys it.

        Returns:
            The icon, shared by everyone who asks for the same.

        Raises:
            UnknownIconError: There is no such icon.
        """
        key = (name, colour, size, disabled_colour)
        if key not in self._icons:
            self._icons[key] = self._build_icon(name, colour, size, disabled_colour)
        return self._icons[key]

    def pixmap(self, name: str, colour: str, size: int = 16, device_pixel_ratio: float = 1.0) -> QPixmap:
        """Draw an icon as a picture.

        Args:
            name: The icon.
            colour: `#RRGGBB`.
            size: Edge, in px.
            device_pixel_ratio: Device pixels per px of the screen it is for.

        Returns:
            A picture of `size` px whose ground is transparent.

        Raises:
            UnknownIconError: There is no such icon.
        """
        key = (name, colour, size, device_pixel_ratio)
        if key not in self._pixmaps:
            self._pixmaps[key] = self._build_pixmap(name, colour, size, device_pixel_ratio)
        return self._pixmaps[key]

    def draw(self, painter: QPainter, rect: QRectF, name: str, colour: str) -> None:
        """Draw an icon's lines into a painter, sharp at any zoom and in files.

        Args:
            painter: Where to draw; its state stays as it was.
            rect: Where it goes, in the painter's coordinates.
            name: The icon.
            colour: `#RRGGBB`.

        Raises:
            UnknownIconError: There is no such icon.
        """
        renderer = self._renderer(name, colour)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        renderer.render(painter, rect)
        painter.restore()

    def _renderer(self, name: str, colour: str) -> QSvgRenderer:
        key = (name, colour)
        if key not in self._renderers:
            self._renderers[key] = QSvgRenderer(QByteArray(icon_source(name, colour)))
        return self._renderers[key]

    def _build_icon(self, name: str, colour: str, size: int, disabled_colour: str) -> QIcon:
        icon = QIcon()
        ratios = {*USUAL_RATIOS, *(screen.devicePixelRatio() for screen in QGuiApplication.screens())}
        for ratio in sorted(ratios):
            icon.addPixmap(self.pixmap(name, colour, size, ratio))
            if disabled_colour:
                icon.addPixmap(self.pixmap(name, disabled_colour, size, ratio), QIcon.Mode.Disabled)
        return icon

    def _build_pixmap(self, name: str, colour: str, size: int, device_pixel_ratio: float) -> QPixmap:
        renderer = self._renderer(name, colour)  # first: raising with a painter open would crash Qt
        edge = round(size * device_pixel_ratio)
        pixmap = QPixmap(QSize(edge, edge))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter, QRectF(0, 0, edge, edge))
        painter.end()
        pixmap.setDevicePixelRatio(device_pixel_ratio)
        return pixmap
