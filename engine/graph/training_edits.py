"""Edits of models, objectives, recipes, the run and variables; they must not know kinds or the interface."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from engine.errors import EditRefused
from engine.graph.graph_edits import require_graph_value, require_model
from engine.graph.ids import NodeId
from engine.graph.rewriting import (
    require_graph,
    require_id,
    require_open,
    require_values,
    value_fault,
    variable_fault,
    where_of,
    with_graph,
)
from engine.graph.types import Graph, GraphRef, Model, Project, Recipe, RunSettings


class SetModels(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Declare the models of a training graph, in place of those it had."""

    ref: GraphRef
    models: Mapping[NodeId, Model]

    @property
    def label(self) -> str:
        """Words for the history."""
        return f"Change models of {self.ref.name}"

    def apply(self, project: Project) -> Project:
        """Give the project with the models declared."""
        graph = _require_training(project, self.ref)
        for name, model in self.models.items():
            require_model(self.ref, name, model)
        return with_graph(project, self.ref, msgspec.structs.replace(graph, models=dict(self.models)))


class AddModel(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Declare one more model of a training graph."""

    ref: GraphRef
    id: NodeId
    model: Model

    @property
    def label(self) -> str:
        """Words for the history."""
        return f"Add model {self.id}"

    def apply(self, project: Project) -> Project:
        """Give the project with the model declared."""
        graph = _require_training(project, self.ref)
        require_id(self.id, graph.models, where_of(self.ref))
        require_model(self.ref, self.id, self.model)
        models = {**graph.models, self.id: self.model}
        return with_graph(project, self.ref, msgspec.structs.replace(graph, models=models))


class SetObjectives(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Give the objectives of a training graph another order."""

    ref: GraphRef
    order: tuple[NodeId, ...]

    @property
    def label(self) -> str:
        """Words for the history."""
        return f"Order objectives of {self.ref.name}"

    def apply(self, project: Project) -> Project:
        """Give the project with the order changed."""
        graph = _require_training(project, self.ref)
        if len(set(self.order)) != len(self.order) or not set(self.order) <= set(graph.nodes):
            raise EditRefused("the order names a node twice or one that is not there", where=where_of(self.ref))
        return with_graph(project, self.ref, msgspec.structs.replace(graph, objectives=self.order))


class SetRecipe(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Give a training graph another recipe, or other options of its recipe."""

    ref: GraphRef
    recipe: Recipe

    @property
    def label(self) -> str:
        """Words for the history."""
        return f"Change recipe of {self.ref.name}"

    def apply(self, project: Project) -> Project:
        """Give the project with the recipe changed."""
        graph = require_graph(project, self.ref)
        changed = msgspec.structs.replace(graph, recipe=self.recipe)
        require_graph_value(self.ref, changed)
        return with_graph(project, self.ref, changed)


class OpenRecipe(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Put the graph that a recipe writes in the recipe's place, as the user's own."""

    ref: GraphRef
    graph: Graph

    @property
    def label(self) -> str:
        """Words for the history."""
        return f"Open {self.ref.name} as graph"

    def apply(self, project: Project) -> Project:
        """Give the project with the graph in place of the recipe."""
        if require_graph(project, self.ref).recipe is None:
            raise EditRefused("this training graph has no recipe", where=where_of(self.ref))
        if self.graph.recipe is not None:
            raise EditRefused("a graph cannot stand in place of its recipe and keep it", where=where_of(self.ref))
        require_graph_value(self.ref, self.graph)
        return with_graph(project, self.ref, self.graph)


class SetRun(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Change how a run is carried out."""

    run: RunSettings

    @property
    def label(self) -> str:
        """Words for the history."""
        return "Change the run"

    def apply(self, project: Project) -> Project:
        """Give the project with other run settings."""
        numbers = {"seed": self.run.seed, "device": self.run.device}
        lengths = {stage.training: (stage.length.epochs, stage.length.steps) for stage in self.run.stages}
        require_values({**numbers, **lengths}, "run")
        return msgspec.structs.replace(project, run=self.run)


class SetVariable(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Set a variable, or (None) take it away."""

    name: str
    value: int | float | None

    @property
    def label(self) -> str:
        """Words for the history."""
        return f"Delete variable {self.name}" if self.value is None else f"Set {self.name} to {self.value}"

    def apply(self, project: Project) -> Project:
        """Give the project with the variable set."""
        fault = variable_fault(self.name) or value_fault(self.value)
        if fault:
            raise EditRefused(fault, where="variables")
        if self.value is not None:
            return msgspec.structs.replace(project, variables={**project.variables, self.name: self.value})
        if self.name not in project.variables:
            raise EditRefused(f"there is no variable {self.name!r}", where="variables")
        left = {name: value for name, value in project.variables.items() if name != self.name}
        return msgspec.structs.replace(project, variables=left)


def _require_training(project: Project, ref: GraphRef) -> Graph:
    if ref.space != "training":
        raise EditRefused("only a training graph has models and objectives", where=where_of(ref))
    return require_open(project, ref)
