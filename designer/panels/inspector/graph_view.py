"""The inspector of the open graph: what a network takes, gives and costs; how training goes. No other panels in here."""

from __future__ import annotations

from typing import Final

import msgspec
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from designer.editing.editor import Editor
from designer.editing.training_words import nodes_of, training_words
from designer.panels.estimates import memory_parts
from designer.panels.figures import bytes_text, count_text
from designer.panels.inspector.form import ParameterForm
from designer.panels.inspector.named_values import NamedValues
from designer.panels.inspector.sections import ElidedButton, Facts, GroupLabel, Heading
from designer.theme.icons import Icons
from designer.theme.source import ThemeSource
from engine.check.memory import training_memory
from engine.graph.edits import SetGraphParameters, SetRecipe, SetRun, SetVariable
from engine.graph.specs import shape_text
from engine.graph.stages import stage_of, with_length
from engine.graph.types import Graph, GraphRef, Length, Value, graph_of
from engine.layers.catalogue import kind_of
from engine.layers.kind import Role
from engine.layers.params import IntParam, Param
from engine.recipes.catalogue import RECIPES

EMPTY_WORDS: Final = (
    "Nothing is drawn yet.\n\nFile > New asks for data first and proposes a network. "
    "Or drag a layer from the palette onto the canvas."
)
_EPOCHS: Final[Param] = IntParam(
    name="epochs", title="Epochs", default=10, low=1, high=100_000, help="How often a run goes through the data"
)
_STEPS: Final[Param] = IntParam(
    name="steps", title="Steps", default=1000, low=1, high=2**31, help="How many batches a run learns from"
)
_SEED: Final[Param] = IntParam(
    name="seed",
    title="Seed",
    default=0,
    low=0,
    help="Decides split, initial weights and order; same seed, same curve",
)


class GraphInspector(QWidget):
    """What is shown while no node is selected."""

    def __init__(self, editor: Editor, source: ThemeSource, icons: Icons, parent: QWidget | None = None) -> None:
        """Build the view."""
        super().__init__(parent)
        self._editor = editor
        self._source = source
        self._icons = icons
        self.heading = Heading(self)
        self.words = QLabel(self)
        self.facts = Facts(self)
        self.chip = ElidedButton(self)
        self.parameters = NamedValues("width = 64", self)
        self.variables = NamedValues("hidden = 128", self)
        self.recipe = ParameterForm(self)
        self.data = ParameterForm(self)
        self.run = ParameterForm(self)
        self._build()
        self._connect()

    def refresh(self) -> None:
        """Show the open graph."""
        ref, graph = self._editor.ref, self._editor.graph
        empty = ref is None or graph is None
        for part in self._parts:
            _show(part, shown=False)
        self.words.setVisible(empty)
        if ref is None or graph is None:
            self.words.setText(EMPTY_WORDS)
            self.heading.show_words("No project", "", None)
            return
        if ref.space == "networks":
            self._show_network(ref, graph)
        else:
            self._show_training(ref, graph)
        self.variables.show_values(self._editor.project.variables)
        _show(self._variables_part, shown=True)

    def _build(self) -> None:
        space = self._source.theme.metrics.space
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(space.related)
        self._column.addWidget(self.heading)
        self.words.setProperty("role", "secondary")
        self.words.setWordWrap(True)
        self._column.addWidget(self.words)
        self._cost_part = self._add_part("Network", self.facts)
        self._parameters_part = self._add_part("Parameters", self.parameters)
        self._chip_part = self._add_part("Trained by", self.chip)
        self._recipe_part = self._add_part("Recipe", self.recipe)
        self._data_part = self._add_part("Data", self.data)
        self._run_part = self._add_part("Run", self.run)
        self._variables_part = self._add_part("Variables", self.variables)
        self._parts = (
            self._cost_part,
            self._parameters_part,
            self._chip_part,
            self._recipe_part,
            self._data_part,
            self._run_part,
            self._variables_part,
        )
        self._column.addStretch(1)

    def _add_part(self, title: str, *widgets: QWidget) -> tuple[QWidget, ...]:
        label = GroupLabel(title, self)
        self._column.addSpacing(4)
        for widget in (label, *widgets):
            self._column.addWidget(widget)
        return (label, *widgets)

    def _connect(self) -> None:
        self.chip.clicked.connect(lambda _=False: self._editor.open_graph(self._editor.graph_for("training")))
        self.recipe.entered.connect(self._on_option_entered)
        self.data.entered.connect(self._on_source_entered)
        self.run.entered.connect(self._on_run_entered)
        self.parameters.entered.connect(self._on_parameter_entered)
        self.parameters.removed.connect(lambda name: self._on_parameter_entered(name, None, stepping=False))
        self.variables.entered.connect(self._on_variable_entered)
        self.variables.removed.connect(lambda name: self._on_variable_entered(name, None, stepping=False))
        for values in (self.parameters, self.variables):
            values.refused.connect(self._editor.refused.emit)

    def _show_network(self, ref: GraphRef, graph: Graph) -> None:
        self.heading.show_words(ref.name, "Network", None)
        report = self._editor.report.graphs.get(ref)
        facts = [("Nodes", str(len(graph.nodes)))]
        more: dict[str, str] = {}
        if report is not None:
            memory = sum(node.activations for node in report.nodes.values() if isinstance(node.activations, int))
            facts += [
                ("Parameters", count_text(report.parameters)),
                ("Multiply-adds", count_text(report.multiply_adds)),
                ("Activations", f"{bytes_text(memory)} per sample"),
            ]
            training = training_memory(self._editor.shown, report, ref.name)
            facts.append(("Training memory", f"about {bytes_text(training.total)}"))
            more["Training memory"] = memory_parts(training)
            for role, word in ((Role.INPUT, "Takes"), (Role.OUTPUT, "Gives")):
                for node in nodes_of(graph, role):
                    known = report.nodes.get(node.id)
                    specs = tuple((known.outputs if role is Role.INPUT else known.inputs).values()) if known else ()
                    facts.append((f"{word} {node.id}", shape_text(specs[0]) if specs else "…"))
        self.facts.show_facts(facts, more)
        _show(self._cost_part, shown=True)
        self.parameters.show_values(graph.parameters)
        _show(self._parameters_part, shown=True)
        words = training_words(self._editor.shown, ref.name)
        self.chip.show_words(words.replace(" against ", " · "), f"{words}: open the training graph")
        _show(self._chip_part, shown=bool(words))

    def _show_training(self, ref: GraphRef, graph: Graph) -> None:
        drawn = graph_of(self._editor.project, ref)
        recipe = drawn.recipe if drawn else None
        written = RECIPES.get(recipe.name) if recipe else None
        self.heading.show_words(ref.name, f"{written.title} recipe" if written else "Training graph", None)
        if recipe is not None and written is not None:
            self.recipe.show_values(written.options, {**written.defaults, **recipe.options})
            _show(self._recipe_part, shown=bool(written.options))
        source = next(iter(nodes_of(graph, Role.SOURCE)), None)
        kind = kind_of(source.kind) if source else None
        if source is not None and kind is not None and recipe is not None:
            self.data.show_values(kind.parameters, {**kind.defaults, **source.parameters})
            _show(self._data_part, shown=True)
        run = self._editor.project.run
        length = stage_of(self._editor.project, ref.name).length
        counted, count = (_STEPS, length.steps) if length.steps else (_EPOCHS, length.epochs)
        self.run.show_values((counted, _SEED), {counted.name: count, "seed": run.seed})
        _show(self._run_part, shown=True)

    def _on_parameter_entered(self, name: str, value: Value, stepping: bool) -> None:
        ref, graph = self._editor.ref, self._editor.graph
        if ref is None or graph is None:
            return
        values = {key: old for key, old in graph.parameters.items() if key != name or value is not None}
        if isinstance(value, bool | int | float):
            values[name] = value
        key = self._editor.turn_key((ref.name,), name) if stepping else None
        self._editor.perform(SetGraphParameters(ref=ref, parameters=values), key)

    def _on_variable_entered(self, name: str, value: Value, stepping: bool) -> None:
        if value is None or isinstance(value, int | float):
            key = self._editor.turn_key(("variables",), name) if stepping else None
            self._editor.perform(SetVariable(name=name, value=value), key)

    def _on_option_entered(self, name: str, value: Value, stepping: bool) -> None:
        ref = self._editor.ref
        drawn = graph_of(self._editor.project, ref) if ref else None
        if ref is None or drawn is None or drawn.recipe is None:
            return
        changed = msgspec.structs.replace(drawn.recipe, options={**drawn.recipe.options, name: value})
        key = self._editor.turn_key((ref.name,), name) if stepping else None
        self._editor.perform(SetRecipe(ref=ref, recipe=changed), key)

    def _on_source_entered(self, name: str, value: Value, stepping: bool) -> None:
        graph = self._editor.graph
        source = next(iter(nodes_of(graph, Role.SOURCE)), None) if graph else None
        if source is not None:
            self._editor.set_parameter((source.id,), name, value, turning=stepping)

    def _on_run_entered(self, name: str, value: Value, stepping: bool) -> None:
        ref, run = self._editor.ref, self._editor.project.run
        if ref is None or not isinstance(value, int):
            return
        if name == "seed":
            changed = msgspec.structs.replace(run, seed=value)
        else:
            length = Length(steps=value) if name == "steps" else Length(epochs=value)
            changed = msgspec.structs.replace(run, stages=with_length(self._editor.project, ref.name, length))
        key = self._editor.turn_key((ref.name,), name) if stepping else None
        self._editor.perform(SetRun(run=changed), key)


def _show(part: tuple[QWidget, ...], *, shown: bool) -> None:
    for widget in part:
        widget.setVisible(shown)
