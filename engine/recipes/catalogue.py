"""All recipes, joined in the open; no decorators, no side effects."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from engine.recipes.recipe import RecipeKind
from engine.recipes.supervised import CLASSIFICATION, REGRESSION

RECIPES: Final[Mapping[str, RecipeKind]] = MappingProxyType(
    {recipe.name: recipe for recipe in (CLASSIFICATION, REGRESSION)}
)
"""Every recipe by its name, in the order people are offered them."""
