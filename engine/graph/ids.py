"""Ids of nodes, models and graphs: what may stand as a name in the emitted source; it must not know graphs or torch."""

from __future__ import annotations

import keyword
import re
from collections.abc import Container
from typing import Final, NewType

NodeId = NewType("NodeId", str)
"""A valid id, unique in its graph."""

_PATTERN: Final = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_MAX_LENGTH: Final = 60

_WORDS: Final = """
    add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval
    extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict
    modules mtia named_buffers named_children named_modules named_parameters parameters register_backward_hook
    register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook
    register_full_backward_pre_hook register_load_state_dict_post_hook register_load_state_dict_pre_hook
    register_module register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_
    set_extra_state set_submodule share_memory state_dict to to_empty train training type xpu zero_grad torch nn
    self math models batch held watched sources loop build_models draw evaluate prepare enumerate range super
    dict
"""

RESERVED: Final[frozenset[str]] = frozenset(_WORDS.split())
"""Attributes of `torch.nn.Module` (held against torch by a contract test) and names that the emitted source uses."""


def fault_of(text: str) -> str:
    """Say why a text is no id; empty when it is one."""
    if not _PATTERN.fullmatch(text):
        return "an id is made of a-z, 0-9 and _ and starts with a letter"
    if len(text) > _MAX_LENGTH:
        return f"an id has at most {_MAX_LENGTH} characters"
    if keyword.iskeyword(text) or keyword.issoftkeyword(text):
        return f"{text!r} is a word of Python"
    if text in RESERVED:
        return f"{text!r} is a name that every PyTorch module uses itself"
    return ""


def free_id(wish: str, taken: Container[str]) -> NodeId:
    """Give a valid id like `wish` that is not taken: itself, else with the first free number."""
    base = re.sub(r"[^a-z0-9]+", "_", wish.lower()).strip("_")[: _MAX_LENGTH - 6] or "node"
    base = base if base[0].isalpha() else f"n_{base}"
    if not fault_of(base) and base not in taken:
        return NodeId(base)
    stem = base.rstrip("0123456789").rstrip("_") or "node"
    number = 2 if not fault_of(stem) else 1
    while f"{stem}{number}" in taken or fault_of(f"{stem}{number}"):
        number += 1
    return NodeId(f"{stem}{number}")
