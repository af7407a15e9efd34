"""The inspector of nodes: parameters, shapes, cost, code, problems, names; it must not know other panels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from designer.editing.editor import Editor
from designer.editing.kind_icons import icon_of
from designer.panels.figures import bytes_text, count_text
from designer.panels.inspector.form import ParameterForm
from designer.panels.inspector.naming import NamingForm
from designer.panels.inspector.sections import CodeLine, Facts, GroupLabel, Hairline, Heading, Notice
from designer.panels.inspector.weights_view import WeightsView
from designer.theme.fonts import font
from designer.theme.icons import Icons
from designer.theme.source import ThemeSource
from engine.check.receptive import ReceptiveField, receptive_fields
from engine.check.report import NodeReport, Problem, Severity, State
from engine.errors import ExpressionError
from engine.graph.ids import NodeId
from engine.graph.specs import TensorSpec, shape_text
from engine.graph.types import GraphRef, Node, Value
from engine.layers.arguments import parameters_of
from engine.layers.catalogue import kind_of
from engine.layers.kind import LayerKind, Role
from engine.layers.values import names_for, values_of

CodeOf = Callable[[GraphRef, NodeId], str]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The selected nodes and what is known of the last of them."""

    ref: GraphRef
    nodes: tuple[Node, ...]
    kind: LayerKind | None
    """Kind of all of them; None where they differ or it is unknown."""
    report: NodeReport | None

    @property
    def node(self) -> Node:
        """The node selected last."""
        return self.nodes[-1]


class NodeView(QWidget):
    """Everything about the selected nodes."""

    def __init__(
        self, editor: Editor, source: ThemeSource, icons: Icons, code_of: CodeOf, parent: QWidget | None = None
    ) -> None:
        """Build the view.

        Args:
            editor: Where changes go.
            source: The theme.
            icons: Who draws icons.
            code_of: Gives the emitted lines of a node; empty where there are none.
            parent: Owner in Qt's tree.
        """
        super().__init__(parent)
        self._editor = editor
        self._source = source
        self._icons = icons
        self._code_of = code_of
        self._notices: list[Notice] = []
        self._problems: tuple[Problem, ...] = ()
        self.heading = Heading(self)
        self.form = ParameterForm(self)
        self.words = QLabel(self)
        self.shape_label = QLabel(self)
        self.rule = QLabel(self)
        self.costs = Facts(self)
        self.code = CodeLine(font("mono_small", source.theme.metrics), self)
        self.weights = WeightsView(source, self)
        self.naming = NamingForm(self)
        self._build()
        self._connect()

    def show_nodes(self, chosen: Chosen) -> None:
        """Show the selected nodes."""
        self._show_heading(chosen)
        self._show_form(chosen)
        self._show_problems(chosen)
        alone = len(chosen.nodes) == 1
        report = chosen.report if alone else None
        self._show_shape(chosen, report)
        self._show_costs(chosen, report)
        self.show_code(chosen)
        self._show_section(self._naming_part, shown=alone)
        self.naming.show_node(chosen.node, read_only=self._editor.read_only_reason)

    def show_code(self, chosen: Chosen) -> None:
        """Show the source of the selected node."""
        code = self._code_of(chosen.ref, chosen.node.id) if len(chosen.nodes) == 1 else ""
        self._show_section(self._code_part, shown=bool(code))
        self.code.show_text(code)

    def _build(self) -> None:
        space = self._source.theme.metrics.space
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(space.related)
        self._column = column
        column.addWidget(self.heading)
        column.addSpacing(4)
        self._notice_box = QVBoxLayout()
        column.addLayout(self._notice_box)
        self.words.setProperty("role", "secondary")
        self.words.setWordWrap(True)
        column.addWidget(self.words)
        column.addWidget(self.form)
        column.addSpacing(space.related)
        self._shape_part = self._add_part("Shape", self.shape_label, self.rule, line=True)
        self.shape_label.setFont(font("mono", self._source.theme.metrics))
        self.rule.setFont(font("mono_small", self._source.theme.metrics))
        self.rule.setProperty("role", "secondary")
        self.rule.setWordWrap(True)
        self.shape_label.setWordWrap(True)
        self._cost_part = self._add_part("Cost", self.costs)
        self._code_part = self._add_part("Code", self.code)
        column.addWidget(self.weights)
        self._naming_part = self._add_part("Name", self.naming)
        column.addStretch(1)

    def _add_part(self, title: str, *widgets: QWidget, line: bool = False) -> tuple[QWidget, ...]:
        label = GroupLabel(title, self)
        lines = (Hairline(self),) if line else ()
        for widget in (*lines, label, *widgets):
            self._column.addWidget(widget)
        self._column.addSpacing(4)
        return (*lines, label, *widgets)

    def _connect(self) -> None:
        self.form.entered.connect(self._on_value_entered)
        self.naming.title_entered.connect(self._on_title_entered)
        self.naming.id_entered.connect(self._on_id_entered)
        self.naming.notes_entered.connect(self._on_notes_entered)

    def _show_heading(self, chosen: Chosen) -> None:
        node, kind = chosen.node, chosen.kind
        if len(chosen.nodes) > 1:
            what = kind.title if kind else "several kinds"
            self.heading.show_words(f"{len(chosen.nodes)} nodes", what, None)
            return
        ratio, theme = self.devicePixelRatioF(), self._source.theme
        icon = self._icons.pixmap(icon_of(kind), theme.families[kind.family], 18, ratio) if kind else None
        self.heading.show_words(node.title or node.id, kind.title if kind else node.kind, icon)

    def _show_form(self, chosen: Chosen) -> None:
        kind = chosen.kind
        params = parameters_of(self._editor.project, chosen.node) if kind else ()
        self.form.setVisible(bool(params))
        if kind is None:
            unknown = kind_of(chosen.node.kind) is None and len(chosen.nodes) == 1
            words = f"This program does not know the kind “{chosen.node.kind}”. Its data is kept as it is."
            self.words.setText(words if unknown else "Select nodes of one kind to change their parameters together.")
            self.words.show()
            return
        reason = "" if kind.role is Role.SOURCE else self._editor.read_only_reason
        self.form.setEnabled(not reason)
        self.words.setText(f"{reason[0].upper()}{reason[1:]}." if reason else kind.help.what)
        self.words.setVisible(bool(reason) or not kind.parameters)
        defaults: dict[str, Value] = {param.name: param.default for param in params}
        rows = [{**defaults, **node.parameters} for node in chosen.nodes]
        mixed = frozenset(name for name in defaults if any(row[name] != rows[-1][name] for row in rows))
        self.form.show_values(params, rows[-1], mixed, self._choices())

    def _choices(self) -> Mapping[str, tuple[str, ...]]:
        models = tuple(str(name) for name in self._editor.graph.models) if self._editor.graph else ()
        return {"network": tuple(self._editor.project.networks), "model": models}

    def _show_problems(self, chosen: Chosen) -> None:
        ids = {node.id for node in chosen.nodes}
        graph = self._editor.report.graphs.get(chosen.ref)
        self._problems = tuple(p for p in (graph.problems if graph else ()) if p.node in ids)[:4]
        for index in range(len(self._notices), len(self._problems)):
            notice = Notice(self)
            notice.chosen.connect(lambda fix, index=index: self._on_fix_chosen(index, fix))
            self._notices.append(notice)
            self._notice_box.addWidget(notice)
        for index, notice in enumerate(self._notices):
            notice.setVisible(index < len(self._problems))
            if index < len(self._problems):
                problem = self._problems[index]
                titles = [fix.title for fix in problem.fixes]
                notice.show_problem(problem.message, titles, error=problem.severity is Severity.ERROR)

    def _show_shape(self, chosen: Chosen, report: NodeReport | None) -> None:
        shown = report is not None and (bool(_flow(report)) or report.state is State.PENDING)
        self._show_section(self._shape_part, shown=shown)
        if report is None or not shown:
            return
        if report.state is State.PENDING:
            self.shape_label.setText("not known yet: what flows in is not known")
        else:
            self.shape_label.setText(_flow(report))
        rule = self._rule(chosen, report)
        self.rule.setText(rule)
        self.rule.setVisible(bool(rule))

    def _rule(self, chosen: Chosen, report: NodeReport) -> str:
        graph = self._editor.graph
        if chosen.kind is None or graph is None or report.state is not State.KNOWN:
            return ""
        try:
            values = values_of(chosen.kind, chosen.node, names_for(self._editor.project, graph))
        except ExpressionError:
            return ""
        into, out = next(iter(report.inputs.values()), None), next(iter(report.outputs.values()), None)
        return chosen.kind.worked(values, into, out) if chosen.kind.worked and into and out else ""

    def _show_costs(self, chosen: Chosen, report: NodeReport | None) -> None:
        shown = report is not None and report.state is State.KNOWN and chosen.ref.space == "networks"
        self._show_section(self._cost_part, shown=shown)
        if report is None or not shown:
            return
        memory = report.activations
        facts = [("Parameters", count_text(report.parameters)), ("Multiply-adds", count_text(report.multiply_adds))]
        facts.append(("Activations", f"{bytes_text(memory)} per sample" if isinstance(memory, int) else str(memory)))
        field = receptive_fields(self._editor.shown, self._editor.report, chosen.ref.name).get(chosen.node.id)
        if field is not None:
            facts.append(("Receptive field", field_text(field)))
        self.costs.show_facts(facts)

    def _show_section(self, part: tuple[QWidget, ...], *, shown: bool) -> None:
        for widget in part:
            widget.setVisible(shown)

    def _on_value_entered(self, name: str, value: Value, stepping: bool) -> None:
        self._editor.set_parameter(self._editor.selection.ids, name, value, turning=stepping)

    def _on_fix_chosen(self, index: int, fix: int) -> None:
        self._editor.apply_fix(self._problems[index].fixes[fix])

    def _on_title_entered(self, title: str) -> None:
        if self._editor.selection.current:
            self._editor.set_title(self._editor.selection.current, title)

    def _on_id_entered(self, text: str) -> None:
        if self._editor.selection.current:
            self._editor.rename(self._editor.selection.current, text)

    def _on_notes_entered(self, text: str) -> None:
        if self._editor.selection.current:
            self._editor.set_notes(self._editor.selection.current, text)


def _flow(report: NodeReport) -> str:
    into = ", ".join(_shape(spec) for spec in report.inputs.values())
    out = ", ".join(_shape(spec) for spec in report.outputs.values())
    if not out:
        return into
    return f"{into}  →  {out}" if into else out


def field_text(field: ReceptiveField) -> str:
    """Write how much of the input a place sees: `5 × 5 px`, `7 places`, `the whole input`."""
    if field.is_whole:
        return "the whole input"
    sizes = " × ".join(map(str, field.shown))
    word = {1: "place" if sizes == "1" else "places", 2: "px"}.get(len(field.shown), "voxels")
    return f"{sizes} {word}"


def _shape(spec: TensorSpec) -> str:
    text = shape_text(spec).replace(" × ", "×")
    return text if spec.dtype == "float32" else f"{text} {spec.dtype}"
