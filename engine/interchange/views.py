"""Tensors of a file by name and shape, as their module would use them; it must not know torch or our networks.

Two ways of writing a layer have to be seen through before shapes say anything: GPT-2's `Conv1D` holds a linear layer's
matrix turned round, and many attentions hold queries, keys and values in one matrix.

Source: transformers, `Conv1D` in pytorch_utils.py; torch, `MultiheadAttention.in_proj_weight`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

Shape = tuple[int, ...]
Shapes = Mapping[str, Shape]

COUNTER: Final = "num_batches_tracked"
_ROLES: Final = {
    **{role: role for role in ("weight", "bias", "running_mean", "running_var", COUNTER)},
    "gamma": "weight",  # as TensorFlow calls what scales and moves a normalised value
    "beta": "bias",
}
_LETTERS: Final = {
    **dict.fromkeys(("q", "q_proj", "query", "q_lin", "q_linear", "to_q", "wq"), "q"),
    **dict.fromkeys(("k", "k_proj", "key", "k_lin", "k_linear", "to_k", "wk"), "k"),
    **dict.fromkeys(("v", "v_proj", "value", "v_lin", "v_linear", "to_v", "wv"), "v"),
}
# Some hold the three head by head (`query_key_value`): those cannot be cut into thirds, and are not named here.
_FUSED: Final = ("c_attn", "qkv", "in_proj")
THIRDS: Final = "qkv"


@dataclass(frozen=True, slots=True)
class View:
    """A tensor, or a third of one, as it would be used."""

    key: str
    module: tuple[str, ...]
    role: str
    shape: Shape
    letter: str = ""
    """Which of queries, keys and values it makes; the three are alike but for their names."""
    transposed: bool = False
    part: int | None = None
    """Which third of the tensor it is."""
    reshaped: bool = False
    """Whether axes of length 1 in front are left out."""
    optional: bool = False
    """Whether it is another name of a tensor that is looked for already."""


def view_of(key: str, shape: Shape, *, optional: bool = False) -> View:
    """Take a tensor as it is written."""
    module, role = _split(key)
    letter = _LETTERS.get(module[-1], "") if module else ""
    return View(key, module, role, shape, letter, optional=optional)


def seen(shapes: Shapes, ours: Sequence[View]) -> list[View]:
    """Give the tensors of a file, turned and cut as their biases and names say.

    Args:
        shapes: by key.
        ours: what is looked for; where it holds queries, keys and values in one, nothing is cut.
    """
    plain = [view_of(key, shape) for key, shape in shapes.items()]
    turned = _turned(plain)
    straight = [_transpose(view) if view.module in turned and view.role == "weight" else view for view in plain]
    cuts = any(view.letter for view in ours) and not any(
        view.module[-1:] == (name,) for view in ours for name in _FUSED
    )
    fused = _fused(straight) if cuts else set()
    return [part for view in straight for part in (_thirds(view) if view.module in fused else (view,))]


def variants(view: View) -> Iterator[View]:
    """Give other ways in which a tensor that fits nowhere might be meant."""
    if len(view.shape) == 2 and view.shape[0] != view.shape[1] and view.part is None and not view.transposed:
        yield _transpose(view)
    bare = view.shape
    while bare[:1] == (1,):
        bare = bare[1:]
        yield replace(view, shape=bare, reshaped=True)


def _split(key: str) -> tuple[tuple[str, ...], str]:
    """Split a key into module and role; a tensor that stands for itself, like `pos_embed`, is its module's weight."""
    parts = tuple(key.split("."))
    last = parts[-1]
    if last in _ROLES:
        return parts[:-1], _ROLES[last]
    for role in ("weight", "bias"):
        if last.startswith(role):  # weight_ih_l0
            return parts[:-1], last
        if last.endswith(f"_{role}"):  # in_proj_weight
            return (*parts[:-1], last.removesuffix(f"_{role}")), role
    return parts, "weight"


def _turned(views: Sequence[View]) -> set[tuple[str, ...]]:
    """Find linear layers whose matrix is inputs by outputs: the bias is as long as there are outputs.

    A square matrix does not say; it is as others of its name are, or as all others are.
    """
    biases = {view.module: view.shape for view in views if view.role == "bias"}
    ways: dict[tuple[str, ...], bool | None] = {}
    for view in views:
        bias = biases.get(view.module, ())
        if view.role == "weight" and len(view.shape) == 2 and len(bias) == 1 and bias[0] in view.shape:
            rows, columns = view.shape
            ways[view.module] = None if rows == columns else bias[0] == columns
    known = {module: way for module, way in ways.items() if way is not None}
    names = {way: {module[-1:] for module, turned in known.items() if turned is way} for way in (True, False)}
    found = {module for module, way in known.items() if way}
    for module in ways.keys() - known.keys():
        named = module[-1:] in names[True] and module[-1:] not in names[False]
        if named or (names[True] and not names[False]):
            found.add(module)
    return found


def _transpose(view: View) -> View:
    return replace(view, shape=view.shape[::-1], transposed=not view.transposed)


def _fused(views: Sequence[View]) -> set[tuple[str, ...]]:
    """Find modules that hold queries, keys and values of one length in one matrix."""
    return {
        view.module
        for view in views
        if view.module[-1:] in {(name,) for name in _FUSED}
        and view.role == "weight"
        and len(view.shape) == 2
        and view.shape[0] == 3 * view.shape[1]
    }


def _thirds(view: View) -> Iterator[View]:
    for index, letter in enumerate(THIRDS):
        shape = (view.shape[0] // 3, *view.shape[1:])
        yield replace(view, module=(*view.module, letter), shape=shape, letter=letter, part=index)
