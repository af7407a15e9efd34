"""The project file as text: a project to JSON and back, with faults told by path; it must not touch the disk or run.

What a file says is decoded into typed records, its ids, addresses and wires are held to the rules, and only then is
there a project. Nothing in a file is ever evaluated.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from engine.errors import FileError, FormatError
from engine.graph.types import Project
from engine.project.faults import fault_at, fault_in_record, number_fault, syntax_fault
from engine.project.migrations import FORMAT, Record, migrate, newer
from engine.project.placeholders import Knows, knows_kind, set_aside
from engine.project.records import Fault, ProjectRecord, nodes_of, project_of
from engine.project.repeats import repeated_key
from engine.project.upgrades import upgraded
from engine.project.writing import write

APP: Final = "Netwright 0.1.0"
_REMEDY: Final = "Open a file that Netwright has saved"
MAX_BYTES: Final = 64 * 2**20
"""Largest project file; one of 10,000 nodes takes about 2 MiB."""


class _Header(msgspec.Struct, frozen=True, kw_only=True):
    # Any: a file of another program or format may hold anything.
    format: Any = None
    app: Any = ""


def encode(project: Project, app: str = APP) -> str:
    """Give the text of a project's file.

    Args:
        project: what is written.
        app: name and version of the program that writes.

    Raises:
        FormatError: a text of the project cannot be written.
    """
    return write(project, app)


def decode(data: bytes | str, where: str = "", knows: Knows = knows_kind) -> Project:
    """Read a project from the text of its file.

    Args:
        data: the text, or its bytes in UTF-8.
        where: name of the file, for messages.
        knows: whether a kind is known in a version; nodes of others keep what they say as it is.

    Returns:
        The project; older formats are migrated.

    Raises:
        FormatError: the file says something that is not a project; `where` names the file, the path and the line.
        NewerFormatError: the file was written by a newer version.
    """
    try:
        return _decode(_bytes_of(data), knows)
    except FileError as error:
        raise _placed(error, where) from error


def _bytes_of(data: bytes | str) -> bytes:
    if isinstance(data, str):
        try:
            data = data.encode()
        except UnicodeEncodeError:
            raise FormatError("the text holds half a character (a lone surrogate)") from None
    if len(data) > MAX_BYTES:
        raise FormatError(f"the file is larger than {MAX_BYTES // 2**20} MiB, which no project is")
    if not data.strip():
        raise FormatError("the file is empty", remedy="Take an older copy of it")
    return data.removeprefix(b"\xef\xbb\xbf")


def header_of(data: bytes, where: str = "") -> tuple[int, str]:
    """Give the format of a file and who wrote it, whatever the format is.

    Args:
        data: the bytes of the file.
        where: name of the file, for messages.

    Raises:
        FormatError: the file is no project.
    """
    try:
        return _header(_bytes_of(data))
    except FormatError as error:
        raise _placed(error, where) from error


def _placed(error: FileError, where: str) -> FileError:
    place = ": ".join(part for part in (where, error.where) if part)
    return type(error)(error.what, where=place, remedy=error.remedy)


def _decode(data: bytes, knows: Knows) -> Project:
    number, app = _header(data)
    if number > FORMAT:
        raise newer(number, app)
    text = _text_of(data)
    record = _record(data, text, number, knows)
    _check_repeats(text)
    try:
        return upgraded(project_of(record))
    except Fault as fault:
        raise fault_at(fault.path, fault.what, text) from None


def _text_of(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise syntax_fault(error, data) from None


def _check_repeats(text: str) -> None:
    twice = repeated_key(text)
    if twice is not None:
        raise fault_at(twice, f"{twice[-1]!r} stands twice in one object", text, "Keep one of them")


def _header(data: bytes) -> tuple[int, str]:
    try:
        header = msgspec.json.decode(data, type=_Header)
    except msgspec.ValidationError:
        raise FormatError("the file is no Netwright project", where="$", remedy=_REMEDY) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise syntax_fault(error, data) from None
    if header.format is None:
        raise FormatError("the file states no format, so it is no Netwright project", where="$", remedy=_REMEDY)
    if type(header.format) is not int or header.format < 1:
        raise FormatError("the format is a whole number from 1 on", where="$.format")
    return header.format, str(header.app)[:40]


def _record(data: bytes, text: str, number: int, knows: Knows) -> ProjectRecord:
    if number == FORMAT:
        try:
            record = msgspec.json.decode(data, type=ProjectRecord)
        except msgspec.ValidationError:
            pass  # unknown kinds may hold more than a node has fields for: read it again with care
        else:
            if not any(node.kept for _, node in nodes_of(record)):
                return record
    return _converted(data, text, number, knows)


def _converted(data: bytes, text: str, number: int, knows: Knows) -> ProjectRecord:
    try:
        raw: Record = msgspec.json.decode(data)
    except (msgspec.ValidationError, RecursionError):
        raise number_fault(text) from None
    raw = set_aside(migrate(raw, number), knows)
    try:
        record = msgspec.convert(raw, ProjectRecord)
    except msgspec.ValidationError as error:
        raise fault_in_record(error, raw, ProjectRecord, text) from None
    for path, node in nodes_of(record):
        if node.kept and knows(node.kind, node.version):
            raise fault_at((*path, "kept"), "there is no field 'kept'", text)
    return record
