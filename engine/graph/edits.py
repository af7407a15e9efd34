"""Edits: every change of a project as a value with `apply` and `label`; no kinds, no Qt, no clock in here."""

from __future__ import annotations

import msgspec

from engine.graph.graph_edits import (
    AddGraph,
    Connect,
    Disconnect,
    RemoveGraph,
    RenameGraph,
    SetFrames,
    SetGraphParameters,
    SetTies,
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
from engine.graph.structure import AddressMap
from engine.graph.structure_edits import GroupNodes, RenameNode, UnpackNetwork
from engine.graph.training_edits import (
    AddModel,
    OpenRecipe,
    SetModels,
    SetObjectives,
    SetRecipe,
    SetRun,
    SetVariable,
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
    "GroupNodes",
    "MoveNodes",
    "OpenRecipe",
    "RemoveGraph",
    "RemoveNodes",
    "RenameGraph",
    "RenameNode",
    "SetBypassed",
    "SetFrames",
    "SetGraphParameters",
    "SetModels",
    "SetNotes",
    "SetObjectives",
    "SetParameters",
    "SetRecipe",
    "SetRun",
    "SetShares",
    "SetSnapshot",
    "SetTies",
    "SetTitle",
    "SetVariable",
    "UnpackNetwork",
    "address_map",
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
    | SetGraphParameters
    | SetTies
    | RenameNode
    | GroupNodes
    | UnpackNetwork
    | Batch
)
"""A change of a project; `apply` raises `EditRefused` and then nothing has changed."""


def address_map(edit: Edit, project: Project) -> AddressMap:
    """Give where addresses go when an edit is applied to `project`; weights and optimiser state follow it.

    Raises:
        EditRefused: the edit does not fit the project.
    """
    if isinstance(edit, RenameNode | GroupNodes | UnpackNetwork):
        return edit.address_map(project)
    addresses = AddressMap()
    if isinstance(edit, Batch):
        for part in edit.edits:
            addresses = addresses.then(address_map(part, project))
            project = part.apply(project)
    return addresses
