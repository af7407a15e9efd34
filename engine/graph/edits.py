"""Edits: every change of a project as a value with `apply` and `label`; no kinds, no Qt, no clock in here."""

from __future__ import annotations

import msgspec

from engine.graph.graph_edits import (
    AddGraph,
    AddModel,
    Connect,
    Disconnect,
    OpenRecipe,
    RemoveGraph,
    RenameGraph,
    SetFrames,
    SetModels,
    SetObjectives,
    SetRecipe,
    SetRun,
    SetVariable,
)
from engine.graph.node_edits import (
    AddNode,
    AddNodes,
    MoveNodes,
    RemoveNodes,
    SetBypassed,
    SetNotes,
    SetParameters,
    SetShares,
    SetSnapshot,
    SetTitle,
)
from engine.graph.types import Project

__all__ = [
    "AddGraph",
    "AddModel",
    "AddNode",
    "AddNodes",
    "Batch",
    "Connect",
    "Disconnect",
    "Edit",
    "MoveNodes",
    "OpenRecipe",
    "RemoveGraph",
    "RemoveNodes",
    "RenameGraph",
    "SetBypassed",
    "SetFrames",
    "SetModels",
    "SetNotes",
    "SetObjectives",
    "SetParameters",
    "SetRecipe",
    "SetRun",
    "SetShares",
    "SetSnapshot",
    "SetTitle",
    "SetVariable",
]


class Batch(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Several edits that are one gesture and one undo step; all of them or none."""

    label: str
    edits: tuple[Edit, ...]

    def apply(self, project: Project) -> Project:
        """Give the project after all edits, in order."""
        for edit in self.edits:
            project = edit.apply(project)
        return project


Edit = (
    AddNode
    | AddNodes
    | RemoveNodes
    | SetParameters
    | SetTitle
    | SetNotes
    | SetBypassed
    | SetShares
    | SetSnapshot
    | MoveNodes
    | Connect
    | Disconnect
    | AddGraph
    | RemoveGraph
    | RenameGraph
    | SetModels
    | AddModel
    | SetObjectives
    | SetRecipe
    | OpenRecipe
    | SetRun
    | SetVariable
    | SetFrames
    | Batch
)
"""A change of a project; `apply` raises `EditRefused` and then nothing has changed."""
