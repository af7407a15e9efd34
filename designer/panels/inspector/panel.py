"""The inspector: the selected nodes, or the open graph while nothing is selected; it must not know other panels."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from designer.editing.editor import Editor
from designer.editing.sights import Sights
from designer.panels.inspector.graph_view import GraphInspector
from designer.panels.inspector.node_view import Chosen, CodeOf, NodeView
from designer.theme.icons import Icons
from designer.theme.source import ThemeSource
from engine.layers.catalogue import kind_of


class InspectorPanel(QScrollArea):
    """Shows what is selected and lets it be changed."""

    def __init__(
        self, editor: Editor, source: ThemeSource, icons: Icons, code_of: CodeOf, parent: QWidget | None = None
    ) -> None:
        """Build the panel.

        Args:
            editor: Whose selection is shown.
            source: The theme.
            icons: Who draws icons.
            code_of: Gives the emitted lines of a node.
            parent: Owner in Qt's tree.
        """
        super().__init__(parent)
        self._editor = editor
        self._source = source
        self._is_stale = True
        self._sights = Sights()
        self.setProperty("role", "panel")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.nodes = NodeView(editor, source, icons, code_of)
        self.graph = GraphInspector(editor, source, icons)
        self._build()
        self._connect()
        self.refresh()

    def refresh(self) -> None:
        """Show what is selected now, if the panel can be seen."""
        self._is_stale = not self.isVisible()
        if self._is_stale:
            return
        chosen = self._chosen()
        self.nodes.setVisible(chosen is not None)
        self.graph.setVisible(chosen is None)
        if chosen is not None:
            self.nodes.show_nodes(chosen)
            self._show_weights()
        else:
            self.graph.refresh()

    def refresh_code(self) -> None:
        """Show the source of the selected node anew, if it can be seen."""
        chosen = self._chosen()
        if self.isVisible() and chosen is not None:
            self.nodes.show_code(chosen)

    def show_weights(self, sights: Sights) -> None:
        """Show the newest weights of the selected node, of the model looked at."""
        self._sights = sights
        if self.isVisible():
            self._show_weights()

    def focus_first_field(self) -> None:
        """Put the cursor into the first field of the selected node."""
        self.nodes.form.focus_first()

    def focus_title(self) -> None:
        """Put the cursor into the title of the selected node."""
        self.nodes.naming.focus_title()
        self.ensureWidgetVisible(self.nodes.naming)

    def event(self, event: QEvent) -> bool:
        """Catch up when the panel comes to the front."""
        done = super().event(event)
        if event.type() == QEvent.Type.Show and self._is_stale:
            self.refresh()
        return done

    def _build(self) -> None:
        space = self._source.theme.metrics.space
        content = QWidget()
        content.setProperty("role", "panel")
        column = QVBoxLayout(content)
        column.setContentsMargins(space.group, space.group, space.group, space.group)
        column.addWidget(self.nodes)
        column.addWidget(self.graph)
        column.addStretch(1)
        self.setWidget(content)

    def _connect(self) -> None:
        self._editor.selection.changed.connect(self.refresh)
        self._editor.ref_changed.connect(lambda _: self.refresh())
        self._editor.bridge.report_changed.connect(lambda _: self.refresh())
        self._source.theme_changed.connect(lambda _: self.refresh())

    def _show_weights(self) -> None:
        chosen = self._chosen()
        if chosen is None or len(chosen.nodes) > 1:
            self.nodes.weights.hide()
            return
        address = f"{chosen.ref.name}.{chosen.node.id}"
        family = chosen.kind.family if chosen.kind else "data"
        self.nodes.weights.show_node(family, self._sights.shown(address).get("weight"), self._sights.movement(address))

    def _chosen(self) -> Chosen | None:
        ref, graph = self._editor.ref, self._editor.graph
        if ref is None or graph is None:
            return None
        nodes = tuple(graph.nodes[node] for node in self._editor.selection.ids if node in graph.nodes)
        if not nodes:
            return None
        same = len({node.kind for node in nodes}) == 1
        known = self._editor.report.graphs.get(ref)
        report = known.nodes.get(nodes[-1].id) if known else None
        return Chosen(ref, nodes, kind_of(nodes[-1].kind) if same else None, report)
