"""Files of newer versions, to be looked at and never saved: what of one can be shown; it must not touch the disk."""

from __future__ import annotations

from dataclasses import dataclass
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from engine.errors import FileError, NewerFormatError
from engine.graph.types import Project
from engine.project.format import decode, header_of
from engine.project.migrations import FORMAT, newer
from engine.project.placeholders import Knows, knows_kind
from engine.project.records import ProjectRecord


@dataclass(frozen=True, slots=True)
class NewerProject:
    """What can be shown of a newer file."""

    project: Project
    format: int
    app: str
    """Who wrote it, as the file says."""
    left_out: tuple[str, ...]
    """Paths of what this version does not know and does not show."""

    @property
    def words(self) -> str:
        """One sentence for the window."""
        writer = self.app or "a newer version"
        missing = f"; {len(self.left_out)} things it does not know are left out" if self.left_out else ""
        return f"Written by {writer} in format {self.format}: this version can show it, not save it{missing}"


def read_newer(data: bytes, where: str = "", knows: Knows = knows_kind) -> NewerProject:
    """Read what can be shown of a file that a newer version has written.

    Args:
        data: the bytes of the file.
        where: name of the file, for messages.
        knows: whether a kind is known in a version.

    Raises:
        NewerFormatError: nothing of it can be shown.
        FormatError: it is no project at all, or not newer.
    """
    number, app = header_of(data, where)
    if number <= FORMAT:
        return NewerProject(decode(data, where, knows), number, app, ())
    left_out: list[str] = []
    try:
        record: dict[str, Any] = msgspec.json.decode(data)  # Any: JSON of any shape
        known = {**_known(record, ProjectRecord, "$", left_out), "format": FORMAT}
        project = decode(msgspec.json.encode(known), where, knows)
    except (FileError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        fault = newer(number, app)
        raise NewerFormatError(fault.what, where=where or fault.where, remedy=fault.remedy) from None
    return NewerProject(project, number, app, tuple(left_out))


def _known(value: Any, model: Any, path: str, left_out: list[str]) -> Any:  # Any: JSON and types of any shape
    """Give a record without the fields that its type does not have."""
    model = _plain(model)
    if isinstance(value, list) and get_origin(model) is tuple:
        item = get_args(model)[0]
        return [_known(entry, item, f"{path}[{index}]", left_out) for index, entry in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if get_origin(model) is not None:
        entry = get_args(model)[-1]
        return {key: _known(item, entry, f"{path}.{key}", left_out) for key, item in value.items()}
    if not (isinstance(model, type) and issubclass(model, msgspec.Struct)):
        return value
    fields = get_type_hints(model)
    left_out += [f"{path}.{key}" for key in value if key not in fields]
    return {key: _known(item, fields[key], f"{path}.{key}", left_out) for key, item in value.items() if key in fields}


def _plain(model: Any) -> Any:  # Any: a type annotation
    if isinstance(model, UnionType):
        structs = [part for part in get_args(model) if isinstance(part, type) and issubclass(part, msgspec.Struct)]
        return structs[0] if structs else model
    return model
