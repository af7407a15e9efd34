"""What differs between two projects: recorded for undo, and told in words; it must not know kinds or files.

A difference keeps only the entries that changed, before and after. It goes both ways exactly, the order of entries
included, and shares every unchanged value with the projects it was taken from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec

from engine.graph.types import Graph, GraphLayout, Layout, Node, Project, Wire

Part = Any  # Any: a part of a project is a value, mapping, tuple or struct of any type

_OPENED: Final = (Project, Graph, Layout, GraphLayout)
"""Structs that are compared field by field; all others change as a whole."""


@dataclass(frozen=True, slots=True)
class _Replaced:
    before: Part
    after: Part

    def turn(self, part: Part, forward: bool) -> Part:
        return self.after if forward else self.before


@dataclass(frozen=True, slots=True)
class _Fields:
    changes: tuple[tuple[str, _Change], ...]

    def turn(self, part: Part, forward: bool) -> Part:
        fields = {name: change.turn(getattr(part, name), forward) for name, change in self.changes}
        return msgspec.structs.replace(part, **fields)


@dataclass(frozen=True, slots=True)
class _Entries:
    """Changes of a mapping; `gone` and `come` have the place of each entry in the mapping that has it."""

    gone: tuple[tuple[int, str, Part], ...]
    come: tuple[tuple[int, str, Part], ...]
    changes: tuple[tuple[str, _Change], ...]

    def turn(self, part: Part, forward: bool) -> Part:
        less, more = (self.gone, self.come) if forward else (self.come, self.gone)
        entries = dict(part)
        for key, change in self.changes:
            entries[key] = change.turn(entries[key], forward)
        for _, key, _ in less:
            del entries[key]
        if not more or more[0][0] == len(entries):
            entries.update({key: value for _, key, value in more})
            return entries
        return dict(_merged(list(entries.items()), [(place, (key, value)) for place, key, value in more]))


@dataclass(frozen=True, slots=True)
class _Items:
    """Changes of a tuple; `gone` and `come` have the place of each item in the tuple that has it."""

    gone: tuple[tuple[int, Part], ...]
    come: tuple[tuple[int, Part], ...]

    def turn(self, part: Part, forward: bool) -> Part:
        less, more = (self.gone, self.come) if forward else (self.come, self.gone)
        places = {place for place, _ in less}
        kept = [item for place, item in enumerate(part) if place not in places] if places else list(part)
        return tuple(_merged(kept, list(more)))


_Change = _Replaced | _Fields | _Entries | _Items


@dataclass(frozen=True, slots=True)
class Difference:
    """What turns one project into another and back."""

    change: _Change | None
    """None when the projects are the same."""

    def forward(self, project: Project) -> Project:
        """Give the later project, from the earlier one."""
        return self._turned(project, forward=True)

    def backward(self, project: Project) -> Project:
        """Give the earlier project, from the later one."""
        return self._turned(project, forward=False)

    def _turned(self, project: Project, *, forward: bool) -> Project:
        if self.change is None:
            return project
        turned = self.change.turn(project, forward)
        assert isinstance(turned, Project)
        return turned


def difference(before: Project, after: Project) -> Difference:
    """Record what differs between two projects; parts that are the same object cost nothing.

    Args:
        before: the earlier project.
        after: the later one.
    """
    return Difference(_difference(before, after))


def _difference(before: Part, after: Part) -> _Change | None:
    if before is after:
        return None
    if type(before) is not type(after):
        return _Replaced(before, after)
    if isinstance(before, _OPENED):
        return _fields(before, after)
    if isinstance(before, dict):
        return _entries(before, after)
    if isinstance(before, tuple):
        return _items(before, after)
    return None if _same(before, after) else _Replaced(before, after)


def _fields(before: msgspec.Struct, after: msgspec.Struct) -> _Change | None:
    found = ((name, _difference(getattr(before, name), getattr(after, name))) for name in before.__struct_fields__)
    changes = tuple((name, change) for name, change in found if change is not None)
    return _Fields(changes) if changes else None


def _entries(before: dict[str, Part], after: dict[str, Part]) -> _Change | None:
    gone = tuple((place, key, value) for place, (key, value) in enumerate(before.items()) if key not in after)
    come = tuple((place, key, value) for place, (key, value) in enumerate(after.items()) if key not in before)
    changes = []
    for key, value in before.items():
        if key in after and after[key] is not value:
            change = _difference(value, after[key])
            if change is not None:
                changes.append((key, change))
    if not _keeps_order(before, after):
        return _Replaced(before, after)
    return _Entries(gone, come, tuple(changes)) if gone or come or changes else None


def _keeps_order(before: Mapping[str, Part], after: Mapping[str, Part]) -> bool:
    common = (key for key in before if key in after)
    return all(left == right for left, right in zip(common, (key for key in after if key in before), strict=True))


def _items(before: tuple[Part, ...], after: tuple[Part, ...]) -> _Change | None:
    start, stop = _common_ends(before, after)
    left, right = before[start : len(before) - stop], after[start : len(after) - stop]
    if not left and not right:
        return None
    try:
        stay = frozenset(left) & frozenset(right)
    except TypeError:  # an item that holds a mapping has no hash
        stay = frozenset()
    if [item for item in left if item in stay] != [item for item in right if item in stay]:
        stay = frozenset()
    gone = tuple((start + place, item) for place, item in enumerate(left) if not stay or item not in stay)
    come = tuple((start + place, item) for place, item in enumerate(right) if not stay or item not in stay)
    return _Items(gone, come)


def _common_ends(before: tuple[Part, ...], after: tuple[Part, ...]) -> tuple[int, int]:
    shorter = min(len(before), len(after))
    start = 0
    while start < shorter and _same(before[start], after[start]):
        start += 1
    stop = 0
    while stop < shorter - start and _same(before[-1 - stop], after[-1 - stop]):
        stop += 1
    return start, stop


def _same(left: Part, right: Part) -> bool:
    # 1, 1.0 and True are equal in Python and differ in a file; so do equal mappings of another order.
    return left is right or (left == right and _written(left) == _written(right))


def _written(part: Part) -> bytes:
    return msgspec.json.encode(part)


def _merged(kept: list[Part], more: list[tuple[int, Part]]) -> Iterator[Part]:
    rest = iter(kept)
    place = 0
    for wanted, item in more:
        while place < wanted:
            yield next(rest)
            place += 1
        yield item
        place += 1
    yield from rest


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that differs between two projects, for people."""

    address: str
    """`networks.digits.conv1`, `variables.width`, `run`; empty for the project itself."""
    what: Literal["added", "removed", "changed"]
    field: str = ""
    """What of it has changed: a field, a parameter, `wire`; empty when it has come or gone as a whole."""
    before: str = ""
    after: str = ""

    @property
    def text(self) -> str:
        """The change in one line."""
        subject = " ".join(part for part in (self.address, self.field) if part) or "project"
        both = f"{self.before} -> {self.after}" if self.before != self.after else ""
        values = {"added": self.after, "removed": self.before, "changed": both}[self.what]
        return f"{subject} {self.what}" + (f": {values}" if values else "")


def diff(before: Project, after: Project) -> tuple[Change, ...]:
    """Tell what differs between two projects: variables, graphs, nodes, wires, run, then the layout.

    Args:
        before: the one project.
        after: the other.
    """
    changes = list(_told("", {"notes": before.notes}, {"notes": after.notes}))
    changes += _told_entries("variables", before.variables, after.variables)
    changes += _told_graphs("networks", before.networks, after.networks)
    changes += _told_graphs("training", before.training, after.training)
    changes += _told("run", _fields_of(before.run), _fields_of(after.run))
    for space in ("networks", "training"):
        old, new = _fields_of(getattr(before.layout, space)), _fields_of(getattr(after.layout, space))
        changes += _told("layout", {space: old}, {space: new}, values=False)
    return tuple(changes)


def _told_graphs(space: str, before: Mapping[str, Graph], after: Mapping[str, Graph]) -> Iterator[Change]:
    for name in dict.fromkeys([*before, *after]):
        address = f"{space}.{name}"
        if name not in after:
            yield Change(address=address, what="removed", before=f"{len(before[name].nodes)} nodes")
        elif name not in before:
            yield Change(address=address, what="added", after=f"{len(after[name].nodes)} nodes")
        elif before[name] is not after[name]:
            yield from _told_graph(address, before[name], after[name])


def _told_graph(address: str, before: Graph, after: Graph) -> Iterator[Change]:
    yield from _told(address, {"notes": before.notes}, {"notes": after.notes})
    yield from _told_entries(address, before.parameters, after.parameters, field="parameter")
    yield from _told_entries(address, before.ties, after.ties, field="tie")
    yield from _told(f"{address} recipe", _fields_of(before.recipe), _fields_of(after.recipe))
    yield from _told_entries(address, before.models, after.models, field="model")
    for name in dict.fromkeys([*before.nodes, *after.nodes]):
        old, new = before.nodes.get(name), after.nodes.get(name)
        if old is not new:
            yield from _told_node(f"{address}.{name}", old, new)
    gone, come = set(before.wires) - set(after.wires), set(after.wires) - set(before.wires)
    for wire in dict.fromkeys(before.wires):
        if wire in gone:
            yield Change(address=address, what="removed", field="wire", before=_wire_text(wire))
    for wire in dict.fromkeys(after.wires):
        if wire in come:
            yield Change(address=address, what="added", field="wire", after=_wire_text(wire))
    yield from _told(address, {"objectives": before.objectives}, {"objectives": after.objectives})


def _told_node(address: str, before: Node | None, after: Node | None) -> Iterator[Change]:
    if before is None or after is None:
        if after is not None:
            yield Change(address=address, what="added", after=after.kind)
        if before is not None:
            yield Change(address=address, what="removed", before=before.kind)
        return
    old, new = _fields_of(before), _fields_of(after)
    old.pop("parameters", None)
    new.pop("parameters", None)
    yield from _told(address, old, new)
    yield from _told(address, before.parameters, after.parameters)


def _told_entries(
    address: str, before: Mapping[Any, Part], after: Mapping[Any, Part], field: str = ""
) -> Iterator[Change]:
    for name in dict.fromkeys([*before, *after]):
        where = f"{address}.{name}"
        if name not in after:
            yield Change(address=where, what="removed", field=field, before=_text(before[name]))
        elif name not in before:
            yield Change(address=where, what="added", field=field, after=_text(after[name]))
        elif not _same(before[name], after[name]):
            old, new = _text(before[name]), _text(after[name])
            yield Change(address=where, what="changed", field=field, before=old, after=new)


def _told(
    address: str, before: Mapping[str, Part], after: Mapping[str, Part], *, values: bool = True
) -> Iterator[Change]:
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if not _same(old, new):
            texts = {"before": _text(old), "after": _text(new)} if values else {}
            yield Change(address=address, what="changed", field=name, **texts)


def _fields_of(value: Part) -> dict[str, Part]:
    fields = msgspec.to_builtins(value) if value is not None else {}
    assert isinstance(fields, dict)
    return fields


def _wire_text(wire: Wire) -> str:
    return f"{wire.source}.{wire.output} -> {wire.target}.{wire.input}"


def _text(value: Part) -> str:
    text = "default" if value is None else value if isinstance(value, str) else _written(value).decode()
    return text if len(text) <= 80 else text[:80] + "…"
