"""Which action calls what, and when it can be done; it must not do anything itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import QObject, QPoint, QPointF
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from designer.app.dialogs import Dialogs
from designer.app.foundation import Foundation
from designer.app.frame import Frame
from designer.editing import nodes
from designer.panels.help_card import HelpCard
from designer.settings import ThemeChoice, data_folder
from engine.check.trained import errors_of_run
from engine.graph.types import graph_of, graph_refs
from engine.layers.catalogue import kind_of
from engine.layers.kind import LayerKind

_NEEDS_SELECTION: Final = ("cut", "copy", "duplicate", "delete", "delete_reconnect", "detach")
_NEEDS_GRAPH: Final = (
    "select_all",
    "select_upstream",
    "select_downstream",
    "fit",
    "fit_all",
    "arrange_all",
    "save_figure",
)
_CHANGES_NODES: Final = ("cut", "paste", "paste_wired", "duplicate", "delete", "delete_reconnect", "detach", "add_node")
_ZOOM_STEP: Final = 1.25
_THEMES: Final[tuple[ThemeChoice, ...]] = ("system", "dark", "light")


class Links(QObject):
    """Connects the actions and keeps them enabled or not, with the reason."""

    def __init__(self, base: Foundation, frame: Frame, dialogs: Dialogs) -> None:
        """Connect everything.

        Args:
            base: What actions act on.
            frame: The window.
            dialogs: Who asks.
        """
        super().__init__()
        self._base = base
        self._frame = frame
        self._dialogs = dialogs
        self._about: QWidget | None = None
        self._help: HelpCard | None = None
        self._mode = base.runs.state.mode
        self._connect_actions()
        self._connect()
        self.refresh()

    def refresh(self) -> None:
        """Say for every action whether it can be done now, and why not."""
        for name in self._frame.actions:
            self._frame.actions.allow(name, self._reason(name))

    def _connect_actions(self) -> None:
        for name, act in {**self._file_acts(), **self._edit_acts(), **self._view_acts(), **self._help_acts()}.items():
            self._frame.actions[name].triggered.connect(lambda _=False, act=act: act())

    def _file_acts(self) -> dict[str, Callable[[], object]]:
        dialogs = self._dialogs
        return {
            "open": dialogs.open,
            "save": dialogs.save,
            "save_as": dialogs.save_as,
            "close_tab": self._frame.area.close_tab,
            "quit": self._frame.window.close,
        }

    def _edit_acts(self) -> dict[str, Callable[[], object]]:
        editor = self._base.editor
        return {
            "undo": editor.undo_stack.undo,
            "redo": editor.undo_stack.redo,
            "cut": editor.cut,
            "copy": editor.copy,
            "paste": editor.paste,
            "paste_wired": lambda: editor.paste(keep_incoming=True),
            "duplicate": editor.duplicate,
            "delete": editor.remove,
            "delete_reconnect": editor.remove_and_reconnect,
            "detach": editor.detach,
            "select_all": editor.select_all,
            "select_upstream": lambda: editor.select_stream(down=False),
            "select_downstream": lambda: editor.select_stream(down=True),
            "bypass": editor.toggle_bypass,
            "group": editor.group,
            "unpack": editor.unpack,
            "enter": editor.enter,
            "leave": self._leave,
            "arrange": lambda: editor.arrange(everything=False),
            "arrange_all": lambda: editor.arrange(everything=True),
            "open_as_graph": editor.open_as_graph,
        }

    def _view_acts(self) -> dict[str, Callable[[], object]]:
        area, view = self._frame.area, self._frame.view
        acts: dict[str, Callable[[], object]] = {
            "fit": view.fit_selection,
            "fit_all": view.fit,
            "zoom_in": lambda: self._zoom(_ZOOM_STEP),
            "zoom_out": lambda: self._zoom(1 / _ZOOM_STEP),
            "zoom_normal": lambda: self._zoom(1 / view.camera.scale),
            "next_tab": lambda: area.step_tab(1),
            "previous_tab": lambda: area.step_tab(-1),
            "next_pane": lambda: self._walk_panes(1),
            "previous_pane": lambda: self._walk_panes(-1),
        }
        acts |= {f"theme_{choice}": partial(self._choose_theme, choice) for choice in _THEMES}
        return acts

    def _help_acts(self) -> dict[str, Callable[[], object]]:
        return {
            "about": self._show_about,
            "copy_diagnostics": self._copy_diagnostics,
            "help_node": self._show_help,
        }

    def _connect(self) -> None:
        base = self._base
        stack = base.editor.undo_stack
        for changed in (stack.canUndoChanged, stack.canRedoChanged, stack.undoTextChanged, stack.redoTextChanged):
            changed.connect(lambda _: self._show_history())
        base.editor.selection.changed.connect(self.refresh)
        base.editor.ref_changed.connect(lambda _: self.refresh())
        base.bridge.report_changed.connect(lambda _: self.refresh())
        base.runs.state_changed.connect(lambda _: self._on_run_state())
        base.files.title_changed.connect(lambda name, modified: self.refresh())
        self._show_history()
        self._show_theme()

    def _on_run_state(self) -> None:
        """Refresh where a run begins, pauses or ends, not with each of its steps."""
        if self._mode != self._base.runs.state.mode:
            self._mode = self._base.runs.state.mode
            self.refresh()

    def _show_history(self) -> None:
        stack, actions = self._base.editor.undo_stack, self._frame.actions
        actions["undo"].setText(f"Undo {_lower(stack.undoText())}".strip())
        actions["redo"].setText(f"Redo {_lower(stack.redoText())}".strip())
        for name in ("undo", "redo"):
            actions.allow(name, self._reason(name))

    def _reason(self, name: str) -> str:
        editor, state = self._base.editor, self._base.runs.state
        stack = editor.undo_stack
        if name in _NEEDS_SELECTION and not editor.selection.ids and not (name == "delete" and editor.selection.wires):
            return "select nodes first"
        if name in _NEEDS_GRAPH and editor.graph is None:
            return "no graph is open"
        if name in _CHANGES_NODES and editor.read_only_reason:
            return editor.read_only_reason
        reasons: dict[str, Callable[[], str]] = {
            "undo": lambda: "" if stack.canUndo() else "there is nothing to undo",
            "redo": lambda: "" if stack.canRedo() else "there is nothing to redo",
            "bypass": self._bypass_reason,
            "rename": lambda: "" if editor.selection.ids else "select a node first",
            "arrange": lambda: "" if editor.selection.ids else "select nodes first",
            "group": lambda: "" if editor.selection.ids else "select nodes first",
            "help_node": lambda: "" if self._selected_kind() else "select a node first",
            "run": lambda: (
                "" if state.is_active or editor.graph is not None else "open an example, or choose data first"
            ),
            "step": lambda: self._base.runs.fault() if not state.is_active else "",
            "resume": lambda: "" if state.outcome == "lost" else "the last run did not break off",
            "stop": lambda: "" if state.mode in ("starting", "running", "paused") else "no run is going",
            "close_tab": lambda: self._frame.area.close_fault,
            "unpack": lambda: "" if self._network_selected() else "select a network's node first",
            "enter": lambda: "" if self._network_selected() else "select a network's node first",
            "leave": lambda: "" if editor.ref and editor.ref.space == "networks" else "this is the outermost graph",
            "open_as_graph": lambda: "" if self._is_recipe() else "this graph is your own already",
            "next_problem": lambda: "" if editor.report.problems else "there are no problems",
            "export": lambda: "" if editor.project.networks else "there is no network yet",
            "save_code": self._code_reason,
        }
        return reasons[name]() if name in reasons else ""

    def _bypass_reason(self) -> str:
        editor = self._base.editor
        if editor.ref is None or editor.graph is None:
            return "no graph is open"
        ids = [node for node in editor.selection.ids if node in editor.graph.nodes]
        return editor.read_only_reason or nodes.bypass_words(editor.report, editor.ref, editor.graph, ids)

    def _network_selected(self) -> bool:
        editor = self._base.editor
        return editor.network_behind(editor.selection.current) is not None

    def _is_recipe(self) -> bool:
        editor = self._base.editor
        drawn = graph_of(editor.project, editor.ref) if editor.ref else None
        return drawn is not None and drawn.recipe is not None

    def _code_reason(self) -> str:
        if not self._base.editor.project.training:
            return "there is no training graph yet"
        editor = self._base.editor
        return "there are errors to mend first" if errors_of_run(editor.bridge.expanded, editor.report) else ""

    def _leave(self) -> None:
        """Go out of a network to a graph that uses it."""
        editor = self._base.editor
        ref = editor.ref
        if ref is None or ref.space == "training":
            return
        for other in graph_refs(editor.project):
            graph = graph_of(editor.shown, other)
            if other != ref and graph is not None and any(editor.shows(other, node, ref) for node in graph.nodes):
                editor.open_graph(other)
                return

    def _walk_panes(self, count: int) -> None:
        """Move the focus from one pane to the next that can be seen."""
        frame = self._frame
        panes: list[QWidget] = [frame.view, *frame.window.visible_panels(), frame.run_bar]
        focused = QGuiApplication.focusObject()
        at = next((i for i, pane in enumerate(panes) if pane is focused or _holds(pane, focused)), 0)
        target = panes[(at + count) % len(panes)]
        inner = next((child for child in target.findChildren(QWidget) if _takes_focus(child)), target)
        (target if target is frame.view else inner).setFocus()

    def _zoom(self, factor: float) -> None:
        view = self._frame.view
        view.camera.zoom(factor, QPointF(view.viewport().rect().center()))

    def _choose_theme(self, choice: ThemeChoice) -> None:
        self._base.settings.change(theme=choice)
        self._base.theme.choose(None if choice == "system" else choice)
        self._show_theme()

    def _show_theme(self) -> None:
        for choice in _THEMES:
            self._frame.actions[f"theme_{choice}"].setChecked(self._base.settings.preferences.theme == choice)

    def _show_about(self) -> None:
        from designer.panels.about import AboutPanel  # reads the versions of all packages

        if self._about is None:
            self._about = AboutPanel(self._frame.window)
        self._about.show()
        self._about.raise_()

    def _selected_kind(self) -> LayerKind | None:
        editor = self._base.editor
        node = editor.graph.nodes.get(editor.selection.current) if editor.graph and editor.selection.current else None
        return kind_of(node.kind) if node else None

    def _show_help(self) -> None:
        kind = self._selected_kind()
        if kind is None:
            return
        if self._help is None:
            self._help = HelpCard(self._base.theme, self._frame.window)
        viewport = self._frame.view.viewport()
        self._help.show_kind(kind, viewport.mapToGlobal(QPoint(24, 24)))

    def _copy_diagnostics(self) -> None:
        from designer.panels.about import diagnostics  # reads the versions of all packages

        welcome = self._base.engine.welcome
        log = data_folder() / "logs" / "netwright.log"
        QGuiApplication.clipboard().setText(diagnostics(dict(welcome.device_titles) if welcome else {}, log))
        self._frame.status.show_hint("diagnostics copied")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _holds(pane: QWidget, focused: QObject | None) -> bool:
    return isinstance(focused, QWidget) and pane.isAncestorOf(focused)


def _takes_focus(widget: QWidget) -> bool:
    return widget.isVisible() and widget.isEnabled() and bool(widget.focusPolicy().value & 1)
