"""Docked views, each a projection of document, report or run; they never import one another."""
