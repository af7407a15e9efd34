"""The declaration of a recipe: a training graph told in a few typed options; it must not know which recipes there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from engine.graph.types import Graph, Project, Recipe, Value
from engine.layers.params import Param, Values, fault_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeKind:
    """One recipe: what it is called, what can be chosen, and how its graph is written."""

    name: str
    title: str
    what: str
    """One or two sentences."""
    write: Callable[[Project, Recipe, Values], Graph]
    """Gives the training graph; it keeps the recipe, and every id in it is decided by the options alone."""
    options: tuple[Param, ...] = ()
    version: int = 1
    defaults: Mapping[str, Value] = field(init=False)

    def __post_init__(self) -> None:
        """Collect the defaults once."""
        object.__setattr__(self, "defaults", {param.name: param.default for param in self.options})

    def values(self, recipe: Recipe) -> Values:
        """Give the options with defaults filled in; one that is no value of its parameter counts as left out."""
        values: dict[str, Value] = dict(self.defaults)
        for param in self.options:
            given = recipe.options.get(param.name)
            if given is not None and not fault_of(param, given):
                values[param.name] = given
        return Values(values)
