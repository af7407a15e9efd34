"""The one window: menus, run bar, canvas, docks, workspaces, title; it must not know what its panels show."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec
from PySide6.QtCore import QByteArray, QEvent, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QFrame,
    QLabel,
    QMainWindow,
    QMenu,
    QMenuBar,
    QTabBar,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from designer.actions import MENUS, SPECS, Actions
from designer.settings import Settings
from designer.theme.tokens import Metrics

Side = Qt.DockWidgetArea
Workspace = str

MIN_WIDTH_PX: Final = 960
MIN_HEIGHT_PX: Final = 600
TITLE_ROOM_PX: Final = 40
"""What the system's frame takes of a screen's height; Qt does not know it before the window is shown."""
_STATE_VERSION: Final = 1


class TopBar(QWidget):
    """Menus with the project's name in their middle, and a place for the run bar.

    Attributes:
        menus: Every menu by its name.
        panels: The menu of panels to show and hide.
    """

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        """Build the menus.

        Args:
            actions: What they hold.
            parent: Owner in Qt's tree.
        """
        super().__init__(parent)
        self.setProperty("role", "panel")
        self._actions = actions
        self._bar = QMenuBar(self)
        self.menus = {name: self._bar.addMenu(f"&{name}") for name in MENUS}
        self._submenus: dict[str, QMenu] = {}
        self._title = QLabel(self)
        self._title.setProperty("role", "secondary")
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._title.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        line = QFrame(self)
        line.setProperty("role", "hairline")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self._bar)
        self._column.addWidget(line)
        self._fill()
        self.panels = QMenu("Panels", self.menus["View"])
        self.menus["View"].insertMenu(actions["unlock_panels"], self.panels)

    def place_bar(self, bar: QWidget) -> None:
        """Put a bar under the menus."""
        self._column.insertWidget(1, bar)

    def show_title(self, text: str) -> None:
        """Show the project's name."""
        self._title.setText(text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the name in the middle."""
        super().resizeEvent(event)
        self._title.setGeometry(0, 0, self.width(), self._bar.sizeHint().height())

    def _fill(self) -> None:
        for menu in self.menus.values():
            menu.setToolTipsVisible(True)
        for spec in SPECS:
            menu = self.menus[spec.menu]
            if spec.new_group:
                menu.addSeparator()
            if spec.submenu:
                menu = self._submenu(menu, spec.submenu)
            menu.addAction(self._actions[spec.name])

    def _submenu(self, menu: QMenu, title: str) -> QMenu:
        key = f"{menu.title()}/{title}"
        if key not in self._submenus:
            self._submenus[key] = menu.addMenu(title)
        return self._submenus[key]


class MainWindow(QMainWindow):
    """Frames what `app` builds.

    Signals:
        painted: the window has been drawn for the first time.
        workspace_changed(name): another workspace is open.
        dropped(path): a file was dropped on the window.
    """

    painted = Signal()
    workspace_changed = Signal(str)
    dropped = Signal(str)

    def __init__(self, actions: Actions, settings: Settings, metrics: Metrics) -> None:
        """Build the frame: menus, and places for bars and docks.

        Args:
            actions: What the menus hold.
            settings: Where size and docks are remembered.
            metrics: Sizes.
        """
        super().__init__()
        self.setObjectName("main_window")
        self._actions = actions
        self._settings = settings
        self._metrics = metrics
        self._docks: dict[str, QDockWidget] = {}
        self._titles: dict[str, str] = {}
        self._workspaces: Mapping[Workspace, Sequence[str]] = {}
        self._heights: Mapping[Workspace, int] = {}
        self._workspace: Workspace = ""
        self._has_painted = False
        self.may_close: Callable[[], bool] = lambda: True
        """Asked before the window closes; False keeps it open."""
        self._top = TopBar(actions, self)
        self.menus = self._top.menus
        self._build()

    def place_run_bar(self, bar: QWidget) -> None:
        """Put the run bar under the menus."""
        self._top.place_bar(bar)

    def add_dock(self, name: str, title: str, widget: QWidget, side: Side) -> QDockWidget:
        """Put a panel into a dock of its own; docks on the lower side share one place as tabs."""
        dock = QDockWidget(title, self)
        dock.setObjectName(f"dock_{name}")
        dock.setWidget(widget)
        neighbours = [other for other in self._docks.values() if self.dockWidgetArea(other) == side]
        self.addDockWidget(side, dock)
        if neighbours and side == Side.BottomDockWidgetArea:
            self.tabifyDockWidget(neighbours[-1], dock)
        self._docks[name] = dock
        self._titles[name] = title
        self._lock(dock, locked=not self._actions["unlock_panels"].isChecked())
        self._top.panels.addAction(dock.toggleViewAction())
        return dock

    def fill_dock(self, name: str, widget: QWidget) -> None:
        """Put a panel in the place that was held for it."""
        dock = self._docks[name]
        old = dock.widget()
        dock.setWidget(widget)
        if old is not None:
            old.deleteLater()

    def show_count(self, name: str, count: int) -> None:
        """Put a number behind a dock's title; none for 0."""
        title = self._titles[name] + (f"  {count}" if count else "")
        if self._docks[name].windowTitle() != title:
            self._docks[name].setWindowTitle(title)

    def raise_dock(self, name: str) -> None:
        """Bring a panel to the front."""
        dock = self._docks.get(name)
        if dock is not None:
            dock.show()
            dock.raise_()

    def hide_dock(self, name: str) -> None:
        """Put a panel away."""
        self._docks[name].hide()

    def visible_panels(self) -> list[QWidget]:
        """Give the panels that can be seen, in the order they were added."""
        docks = (dock for dock in self._docks.values() if dock.isVisible() and not dock.visibleRegion().isEmpty())
        return [dock.widget() for dock in docks]

    def has_dock(self, name: str) -> bool:
        """Whether a panel has been added."""
        return name in self._docks

    def set_workspaces(self, workspaces: Mapping[Workspace, Sequence[str]], heights: Mapping[Workspace, int]) -> None:
        """Say what each workspace shows at first.

        Args:
            workspaces: Docks by workspace; the first of the lower ones lies on top.
            heights: Height of the lower ones, in px, where it differs from the usual one.
        """
        self._workspaces = workspaces
        self._heights = heights

    @property
    def workspaces(self) -> tuple[Workspace, ...]:
        """The workspaces there are."""
        return tuple(self._workspaces)

    @property
    def workspace(self) -> Workspace:
        """The open workspace."""
        return self._workspace

    def open_workspace(self, name: Workspace) -> None:
        """Show what a workspace showed last; what it shows at first where it never was open."""
        if name == self._workspace or name not in self._workspaces:
            return
        if self._workspace:
            self._remember_docks()
        self._workspace = name
        state = self._settings.preferences.window.docks.get(name, "")
        if not state or not self.restoreState(_from_text(state), _STATE_VERSION):
            self._show_at_first(self._workspaces[name])
        self.workspace_changed.emit(name)

    def show_title(self, name: str, *, modified: bool) -> None:
        """Show the project's name."""
        self.setWindowTitle(f"{name}[*] — Netwright")
        self.setWindowModified(modified)
        self._top.show_title(f"{name}{'*' if modified else ''} — Netwright")

    def remember(self) -> None:
        """Write size and docks to the settings."""
        if self._workspace:
            self._remember_docks()
        window = self._settings.preferences.window
        geometry = base64.b64encode(self.saveGeometry().data()).decode()
        self._settings.change(window=msgspec.structs.replace(window, geometry=geometry, workspace=self._workspace))

    def restore(self) -> None:
        """Take size and workspace from the settings."""
        window = self._settings.preferences.window
        if window.geometry:
            self.restoreGeometry(_from_text(window.geometry))
        self.open_workspace(window.workspace if window.workspace in self._workspaces else next(iter(self._workspaces)))

    def event(self, event: QEvent) -> bool:
        """Notice the first paint."""
        done = super().event(event)
        if event.type() == QEvent.Type.Paint and not self._has_painted:
            self._has_painted = True
            self.painted.emit()
        return done

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take one local file."""
        urls = event.mimeData().urls()
        if len(urls) == 1 and urls[0].isLocalFile():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Say which file was dropped."""
        event.acceptProposedAction()
        self.dropped.emit(event.mimeData().urls()[0].toLocalFile())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close unless work would be lost and is wanted."""
        if not self.may_close():
            event.ignore()
            return
        self.remember()
        event.accept()

    def _build(self) -> None:
        size = self._metrics.size
        room = self.screen().availableGeometry()
        width, height = min(size.window_width, room.width()), min(size.window_height, room.height() - TITLE_ROOM_PX)
        self.resize(max(width, MIN_WIDTH_PX), max(height, MIN_HEIGHT_PX))
        self.setMinimumSize(MIN_WIDTH_PX, MIN_HEIGHT_PX)
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.setAnimated(False)
        self.setTabPosition(Side.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.setCorner(Qt.Corner.BottomLeftCorner, Side.LeftDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Side.RightDockWidgetArea)
        self.setMenuWidget(self._top)
        self._actions["unlock_panels"].toggled.connect(lambda on: self._lock_all(locked=not on))

    def _lock_all(self, *, locked: bool) -> None:
        for dock in self._docks.values():
            self._lock(dock, locked=locked)

    def _lock(self, dock: QDockWidget, *, locked: bool) -> None:
        old = dock.titleBarWidget()
        if locked == (old is not None):
            return
        dock.setTitleBarWidget(QWidget(dock) if locked else None)  # type: ignore[arg-type]  # None gives Qt's own bar
        if old is not None:
            old.deleteLater()

    def _remember_docks(self) -> None:
        window = self._settings.preferences.window
        state = base64.b64encode(self.saveState(_STATE_VERSION).data()).decode()
        docks = {**window.docks, self._workspace: state}
        self._settings.change(window=msgspec.structs.replace(window, docks=docks))

    def _show_at_first(self, shown: Sequence[str]) -> None:
        for name, dock in self._docks.items():
            dock.setVisible(name in shown)
        size = self._metrics.size
        sizes = {"palette": size.palette_width, "inspector": size.inspector_width}
        for name, width in sizes.items():
            if name in self._docks:
                self._docks[name].setMinimumWidth(size.palette_width)  # names of groups are cut short below that
                self.resizeDocks([self._docks[name]], [width], Qt.Orientation.Horizontal)
        below = [self._docks[name] for name in shown if name in self._docks and name not in sizes]
        if below:
            below[0].raise_()
            height = self._heights.get(self._workspace, size.bottom_height)
            self.resizeDocks([below[0]], [height], Qt.Orientation.Vertical)
        self._dress_tabs()

    def _dress_tabs(self) -> None:
        for bar in self.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            bar.setExpanding(False)
            bar.setDrawBase(False)
            bar.setElideMode(Qt.TextElideMode.ElideRight)


def _from_text(text: str) -> QByteArray:
    return QByteArray.fromBase64(QByteArray(text.encode()))
