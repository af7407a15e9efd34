"""Addresses: the path of ids with repeat indices that names a node or parameter for life; it must not know kinds.

`stem.blocks[3].conv` is an address; the key of its tensor `weight` is `stem.blocks.3.conv.weight`.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Final

from engine.errors import AddressError

_STEP: Final = r"[a-z][a-z0-9_]*(?:\[(?:0|[1-9][0-9]{0,5})\])?"
_ADDRESS: Final = re.compile(rf"{_STEP}(?:\.{_STEP})*", re.ASCII)
_PATTERN: Final = re.compile(r"[a-z0-9_.*?\[\]]+", re.ASCII)


def join(*parts: str) -> str:
    """Join addresses, leaving out empty ones."""
    return ".".join(part for part in parts if part)


def require_address(text: str) -> str:
    """Give `text` back if it is an address.

    Raises:
        AddressError: it is none.
    """
    if not _ADDRESS.fullmatch(text):
        raise AddressError(f"{text!r} is no address", remedy="An address looks like stem.blocks[3].conv")
    return text


def is_address(text: str) -> bool:
    """Whether a text is an address."""
    return bool(_ADDRESS.fullmatch(text))


def key_of(address: str, parameter: str = "") -> str:
    """Give the checkpoint key of a parameter at an address: `[i]` becomes `.i`."""
    return join(address.replace("[", ".").replace("]", ""), parameter)


def address_of(key: str) -> str:
    """Give the address of a key that ends in a node: `.i` becomes `[i]`; the inverse of `key_of`."""
    return re.sub(r"\.(\d+)", r"[\1]", key)


def is_pattern(text: str) -> bool:
    """Whether a text can stand where address patterns are asked for: an address with `*` and `?`."""
    return bool(_PATTERN.fullmatch(text))


def matches(pattern: str, key: str) -> bool:
    """Whether an address pattern names a parameter.

    Args:
        pattern: as an objective holds it: of parameters, or of a node and all in it, e.g. `net.blocks[*].conv`.
        key: the parameter's key with its model's id before it.
    """
    return fnmatchcase(key, key_of(pattern)) or fnmatchcase(key, f"{key_of(pattern)}.*")
