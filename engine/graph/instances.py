"""Instances of a network with parameters: how those that are written out are named; it must not know how they are written.

A network with parameters is drawn once and used with other values of them. What is checked and compiled is one network
for every combination in use, under a name that no drawn one can have: `block<stride=2, width=64>`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from engine.graph.ids import fault_of as id_fault

Argument = bool | int | float
"""Value of a network's parameter; its type is that of the parameter's default."""

INDEX: Final = "i"
COUNT: Final = "n"
"""Names by which the parameters of a repeated network depend on the repeat: its index from 0 and how many there are."""
_JOINT: Final = "; "
_TAKEN: Final = frozenset({INDEX, COUNT, "network", "repeat", "along", "min", "max", "round"})


def parameter_fault(name: str) -> str:
    """Say why a text is no name of a network's parameter; empty when it is one."""
    return f"{name!r} means something else in expressions" if name in _TAKEN else id_fault(name)


def instance_name(network: str, arguments: Mapping[str, Argument]) -> str:
    """Name the instance of a network with some arguments; without any it is the network itself."""
    if not arguments:
        return network
    return f"{network}<{', '.join(f'{name}={arguments[name]!r}' for name in sorted(arguments))}>"


def origin_of(name: str) -> str:
    """Give the drawn network that an instance is one of."""
    return name.partition("<")[0]


def arguments_in(name: str) -> str:
    """Give the arguments in the name of an instance, for people: `stride=2, width=64`; empty for a drawn network."""
    return name.partition("<")[2].removesuffix(">")


def joined(names: Sequence[str]) -> str:
    """Name what a repeated node stands for: one network, or one for every repeat where they differ."""
    return names[0] if len(set(names)) == 1 else _JOINT.join(names)


def parts_of(text: object) -> tuple[str, ...]:
    """Give the networks that a node stands for, in the order of the repeats."""
    return tuple(str(text).split(_JOINT)) if isinstance(text, str) else ("",)
