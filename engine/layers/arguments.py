"""Parameters that a drawing declares: those of networks as rows like any kind's, and all that a use of one takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.graph.instances import Argument, origin_of
from engine.graph.types import Node, Project
from engine.layers.catalogue import kind_of
from engine.layers.kind import Role
from engine.layers.params import BoolParam, FloatParam, IntParam, Param

_FAR: Final = 2**31


def parameters_of(project: Project, node: Node) -> tuple[Param, ...]:
    """Give the parameters of a node: its kind's, then those of the network it stands for; none for an unknown kind."""
    kind = kind_of(node.kind)
    if kind is None:
        return ()
    if kind.role is not Role.NETWORK:
        return kind.parameters
    network = project.networks.get(origin_of(str(node.parameters.get("network", ""))))
    return (*kind.parameters, *(params_for(network.parameters) if network else ()))


def params_for(declared: Mapping[str, Argument]) -> tuple[Param, ...]:
    """Give declared parameters as typed ones; the type of a default is that of its parameter."""
    return tuple(_param(name, default) for name, default in declared.items())


def _param(name: str, default: Argument) -> Param:
    words = "A number, or an expression: =2*width; in a repeat i counts from 0 and n is how many there are"
    if isinstance(default, bool):
        return BoolParam(name=name, title=name, default=default, help="On or off")
    if isinstance(default, int):
        return IntParam(name=name, title=name, default=default, low=-_FAR, high=_FAR - 1, help=words)
    return FloatParam(name=name, title=name, default=default, help=words)
