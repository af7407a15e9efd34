"""Every action of the window as data: words, keys, menu, icon; it must not know what an action does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence

Scope = Literal["window", "canvas"]
MenuName = Literal["File", "Edit", "View", "Network", "Run", "Help"]


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action."""

    name: str
    menu: MenuName
    title: str
    keys: tuple[str, ...] = ()
    """Portable texts; Ctrl is Cmd on macOS."""
    icon: str = ""
    scope: Scope = "window"
    """`canvas`: the keys work only while the canvas has the focus."""
    checkable: bool = False
    tip: str = ""
    submenu: str = ""
    new_group: bool = False
    """A line stands before it."""


_FILE: Final = (
    ActionSpec("new", "File", "New…", ("Ctrl+N",), "new", tip="Start a project: data first"),
    ActionSpec("open", "File", "Open…", ("Ctrl+O",), "open", tip="Open a project file"),
    ActionSpec("save", "File", "Save", ("Ctrl+S",), "save", new_group=True),
    ActionSpec("save_as", "File", "Save as…", ("Ctrl+Shift+S",)),
    ActionSpec(
        "export",
        "File",
        "Export model…",
        ("Ctrl+E",),
        "export",
        new_group=True,
        tip="Write the trained network as ONNX, compared with PyTorch before you get it",
    ),
    ActionSpec(
        "save_code",
        "File",
        "Save project as code…",
        (),
        "code",
        tip="Write a plain PyTorch project that runs without Netwright",
    ),
    ActionSpec("save_figure", "File", "Save canvas as figure…", (), "image", tip="Write the canvas as SVG, PNG or PDF"),
    ActionSpec("close_tab", "File", "Close tab", ("Ctrl+W",), new_group=True),
    ActionSpec("quit", "File", "Quit", ("Ctrl+Q",), new_group=True),
)

_EDIT: Final = (
    ActionSpec("undo", "Edit", "Undo", ("Ctrl+Z",), "undo"),
    ActionSpec("redo", "Edit", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "redo"),
    ActionSpec("cut", "Edit", "Cut", ("Ctrl+X",), "cut", new_group=True),
    ActionSpec("copy", "Edit", "Copy", ("Ctrl+C",), "copy"),
    ActionSpec("paste", "Edit", "Paste", ("Ctrl+V",), "paste"),
    ActionSpec("paste_wired", "Edit", "Paste with incoming wires", ("Ctrl+Shift+V",)),
    ActionSpec("duplicate", "Edit", "Duplicate", ("Ctrl+D",), scope="canvas"),
    ActionSpec("delete", "Edit", "Delete", ("Del", "Backspace"), "delete", "canvas"),
    ActionSpec("delete_reconnect", "Edit", "Delete and reconnect", ("Ctrl+Del", "Ctrl+Backspace"), scope="canvas"),
    ActionSpec("detach", "Edit", "Detach from wires", ("Ctrl+Shift+X",)),
    ActionSpec("select_all", "Edit", "Select all", ("Ctrl+A",), new_group=True),
    ActionSpec("select_upstream", "Edit", "Select upstream", ("Ctrl+Shift+Left",)),
    ActionSpec("select_downstream", "Edit", "Select downstream", ("Ctrl+Shift+Right",)),
    ActionSpec("find", "Edit", "Find node…", ("Ctrl+F",), "search", new_group=True),
)

_VIEW: Final = (
    ActionSpec("fit", "View", "Fit selection or all", ("F",), "fit", "canvas"),
    ActionSpec("fit_all", "View", "Fit all", ("Home",), scope="canvas"),
    ActionSpec("zoom_in", "View", "Zoom in", ("Ctrl++", "Ctrl+="), "zoom_in"),
    ActionSpec("zoom_out", "View", "Zoom out", ("Ctrl+-",), "zoom_out"),
    ActionSpec("zoom_normal", "View", "Actual size", ("Ctrl+0",)),
    ActionSpec("next_tab", "View", "Next tab", ("Ctrl+Tab",), new_group=True),
    ActionSpec("previous_tab", "View", "Previous tab", ("Ctrl+Shift+Tab",)),
    ActionSpec("next_pane", "View", "Next pane", ("F6",)),
    ActionSpec("previous_pane", "View", "Previous pane", ("Shift+F6",)),
    ActionSpec("theme_system", "View", "Follow the system", checkable=True, submenu="Theme", new_group=True),
    ActionSpec("theme_dark", "View", "Dark", checkable=True, submenu="Theme"),
    ActionSpec("theme_light", "View", "Light", checkable=True, submenu="Theme"),
    ActionSpec(
        "unlock_panels",
        "View",
        "Move panels",
        checkable=True,
        tip="Show title bars on the panels, to drag them elsewhere or close them",
    ),
)

_NETWORK: Final = (
    ActionSpec(
        "add_node", "Network", "Add node…", ("Tab", "Shift+A"), "add", "canvas", tip="Search the palette at the cursor"
    ),
    ActionSpec("enter", "Network", "Go into", ("PgDown",), scope="canvas"),
    ActionSpec("leave", "Network", "Go out", ("PgUp",), scope="canvas"),
    ActionSpec("group", "Network", "Make network of selection", ("Ctrl+G",), new_group=True),
    ActionSpec("unpack", "Network", "Unpack", ("Ctrl+Shift+G",)),
    ActionSpec(
        "rename", "Network", "Rename…", ("F2",), "edit", "canvas", new_group=True, tip="Edit the title on the card"
    ),
    ActionSpec("bypass", "Network", "Bypass", ("B",), "bypass", "canvas", tip="Let the input through unchanged"),
    ActionSpec("arrange", "Network", "Arrange selection", ("L",), "layout", "canvas", new_group=True),
    ActionSpec("arrange_all", "Network", "Arrange all", ("Shift+L",), scope="canvas"),
    ActionSpec(
        "open_as_graph",
        "Network",
        "Open recipe as graph",
        tip="Make the training graph your own, node by node",
        new_group=True,
    ),
    ActionSpec("next_problem", "Network", "Next problem", ("F8",), "problems", new_group=True),
)

_RUN: Final = (
    ActionSpec(
        "run",
        "Run",
        "Run",
        ("Ctrl+Return", "Ctrl+Enter", "F5"),
        "run",
        tip="Train the network as drawn; while a run trains: pause and resume",
    ),
    ActionSpec("step", "Run", "One step", ("F10",), "step", tip="Take one training step and pause"),
    ActionSpec("resume", "Run", "Go on with the run that broke off", tip="From its last checkpoint, as it was planned"),
    ActionSpec(
        "stop", "Run", "Stop", ("Shift+F5", "Ctrl+."), "stop", tip="Finish after this step and keep what was learned"
    ),
)

_HELP: Final = (
    ActionSpec("help_node", "Help", "Help on the node", ("F1",), "help"),
    ActionSpec("commands", "Help", "All commands…", ("Ctrl+Shift+P",), "search"),
    ActionSpec(
        "copy_diagnostics",
        "Help",
        "Copy diagnostics",
        tip="Versions, devices and the end of the log, to paste into a report",
        new_group=True,
    ),
    ActionSpec("about", "Help", "About Netwright", icon="netwright"),
)

SPECS: Final = (*_FILE, *_EDIT, *_VIEW, *_NETWORK, *_RUN, *_HELP)
MENUS: Final[tuple[MenuName, ...]] = ("File", "Edit", "View", "Network", "Run", "Help")


class Actions:
    """The window's `QAction`s by name.

    A disabled action says why in its tool tip and status tip.
    """

    def __init__(self, owner: QObject) -> None:
        """Build one action per spec.

        Args:
            owner: Parent of all actions in Qt's tree.
        """
        self._actions = {spec.name: _build(spec, owner) for spec in SPECS}
        self._tips = {spec.name: spec.tip for spec in SPECS}
        self._submenus = {spec.name: spec.submenu for spec in SPECS}

    def __getitem__(self, name: str) -> QAction:
        """Give an action; an unknown name is a mistake of ours and raises KeyError."""
        return self._actions[name]

    def __iter__(self) -> Iterator[str]:
        """Walk the names."""
        return iter(self._actions)

    def by_name(self) -> Mapping[str, QAction]:
        """Give all actions by name."""
        return self._actions

    def title(self, name: str) -> str:
        """Give an action's title with the submenu it stands in: `Theme: Dark`."""
        text = self._actions[name].text()
        return f"{self._submenus[name]}: {text}" if self._submenus[name] else text

    def allow(self, name: str, reason: str = "") -> None:
        """Enable an action, or disable it and say why.

        Args:
            name: The action.
            reason: Why it cannot be done now; empty when it can.
        """
        action = self._actions[name]
        action.setEnabled(not reason)
        tip = reason or self._tips[name]
        action.setStatusTip(tip)
        action.setToolTip(_tool_tip(action, tip))


def _build(spec: ActionSpec, owner: QObject) -> QAction:
    action = QAction(spec.title, owner)
    action.setObjectName(spec.name)
    action.setCheckable(spec.checkable)
    action.setShortcuts([QKeySequence(key) for key in spec.keys])
    if spec.scope == "canvas":
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    action.setStatusTip(spec.tip)
    action.setToolTip(_tool_tip(action, spec.tip))
    return action


def _tool_tip(action: QAction, tip: str) -> str:
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    head = f"{action.text().rstrip('…')} ({keys})" if keys else action.text().rstrip("…")
    return f"{head}\n{tip}" if tip else head
