"""Recipes and instances written out: what every later step works on; it must not know how either is written in a file."""

from __future__ import annotations

import msgspec

from engine.errors import UsageError
from engine.graph.types import Graph, GraphLayout, Layout, Project
from engine.recipes.catalogue import RECIPES
from engine.recipes.instances import write_instances
from engine.recipes.placing import places


def expand(project: Project) -> Project:
    """Write out all that a project tells in short: recipes, then instances of networks with arguments.

    Args:
        project: as drawn; one that is expanded already gives itself again.
    """
    return write_instances(write_recipes(project))


def write_recipes(project: Project) -> Project:
    """Write out the recipe of every training graph that has one.

    Returns:
        The project with nodes in place of recipes. The graphs still name their recipe, so that it is known who wrote
        them; one that nothing is known of stays empty, which the check says.
    """
    written = {name: written_graph(project, graph) for name, graph in project.training.items()}
    if all(graph is project.training[name] for name, graph in written.items()):
        return project
    layouts = {
        name: _layout(graph, project.layout.training.get(name, GraphLayout()))
        for name, graph in written.items()
        if graph.recipe is not None and graph.nodes
    }
    layout = Layout(networks=project.layout.networks, training={**project.layout.training, **layouts})
    return msgspec.structs.replace(project, training=written, layout=layout)


def written_graph(project: Project, graph: Graph) -> Graph:
    """Write out the recipe of one training graph; a graph without one is given back."""
    recipe = graph.recipe
    kind = RECIPES.get(recipe.name) if recipe else None
    if recipe is None or kind is None or recipe.version > kind.version:
        return graph
    written = kind.write(project, recipe, kind.values(recipe))
    return msgspec.structs.replace(written, notes=graph.notes)


def opened_graph(project: Project, training: str) -> Graph:
    """Give the graph of a training graph's recipe as one of the user's own, for the edit that opens it.

    Raises:
        UsageError: there is no such training graph, or no such recipe.
    """
    graph = project.training.get(training)
    if graph is None or graph.recipe is None or graph.recipe.name not in RECIPES:
        raise UsageError("only a training graph with a known recipe can be opened", where=f"training.{training}")
    return msgspec.structs.replace(written_graph(project, graph), recipe=None)


def _layout(graph: Graph, given: GraphLayout) -> GraphLayout:
    """Put nodes that have no place into columns, from the source to the objective."""
    return GraphLayout(nodes={**places(graph), **given.nodes}, frames=given.frames)
