"""Rules that many kinds share: what an input must be, sizes along axes, and module calls; it must not know kinds by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from math import isqrt
from typing import Final

from engine.errors import BuildError
from engine.graph.dims import Dim, floordiv, plus, symbols
from engine.graph.specs import TensorSpec, shape_text
from engine.graph.types import Value
from engine.layers.emission import Expr, call
from engine.layers.kind import Code, Emit, Fault, Hint, InferRule, Specs
from engine.layers.params import Values

FUNCTIONAL = "import torch.nn.functional as F"


def need_float(spec: TensorSpec, title: str, port: str = "x", *, embed: bool = False) -> Fault | None:
    """Find fault with an input that holds no real numbers.

    Args:
        spec: what comes in.
        title: of the kind.
        port: where it comes in.
        embed: whether the kind takes what an embedding makes of whole numbers: one axis more.
    """
    if spec.is_float:
        return None
    if embed and spec.dtype == "int64":
        hint = Hint(title="Insert embedding", insert="embedding", port=port)
    else:
        hint = Hint(title="Insert cast to float32", insert="cast", parameters={"dtype": "float32"}, port=port)
    return Fault(
        message=f"{title} needs real numbers (float32), not {spec.dtype}",
        expected="float32",
        found=f"{spec.dtype} {shape_text(spec)}",
        port=port,
        code="dtype",
        hints=(hint,),
    )


def need_rank(spec: TensorSpec, rank: int, title: str, layout: str, port: str = "x") -> Fault | None:
    """Find fault with an input that has another number of axes."""
    if spec.rank == rank:
        return need_float(spec, title, port)
    return Fault(
        message=f"{title} needs {layout}",
        expected=layout,
        found=shape_text(spec),
        port=port,
        hints=_reshaping(spec, rank, port) if spec.is_float else (),
    )


def _reshaping(spec: TensorSpec, rank: int, port: str) -> tuple[Hint, ...]:
    """Offer ways to the number of axes that is needed, batch and channels first."""
    if spec.rank == rank - 1:
        return (Hint(title="Insert unsqueeze: one channel", insert="unsqueeze", parameters={"dim": 1}, port=port),)
    if spec.rank == rank + 1 and rank > 2:
        return (Hint(title="Insert flatten", insert="flatten", parameters={"start_dim": rank - 1}, port=port),)
    features = spec.shape[-1] if spec.rank == 2 else 0
    if rank == 4 and isinstance(features, int) and isqrt(features) ** 2 == features > 0:
        shape = (1, isqrt(features), isqrt(features))
        title = f"Insert reshape to {' × '.join(map(str, shape))}"
        return (Hint(title=title, insert="reshape", parameters={"shape": shape}, port=port),)
    return ()


def window_size(size: Dim, kernel: int, stride: int, padding: int, dilation: int = 1, *, ceil: bool = False) -> Dim:
    """Count the places of a window: floor((size + 2 padding - dilation (kernel - 1) - 1) / stride) + 1."""
    span = plus(size, 2 * padding - dilation * (kernel - 1) - 1)
    if not ceil:
        return plus(floordiv(span, stride), 1)
    places = plus(floordiv(plus(span, stride - 1), stride), 1)
    if isinstance(places, int) and isinstance(size, int) and (places - 1) * stride >= size + padding:
        return places - 1  # a window may not start in the right padding
    return places


def ceil_is_certain(size: Dim, kernel: int, stride: int, padding: int, dilation: int) -> bool:
    """Say whether the count of a window in ceil mode is known: whether the last one counts may depend on the size."""
    return isinstance(size, int) or stride + padding <= dilation * (kernel - 1) + 1


def too_small(sizes: Sequence[Dim], title: str, found: TensorSpec, remedy: str) -> Fault | None:
    """Find fault with a result that has an axis without any place."""
    if all(not isinstance(size, int) or size >= 1 for size in sizes):
        return None
    return Fault(
        message=f"{title} is larger than what it slides over; {remedy}",
        found=shape_text(found),
        expected="a larger input",
    )


def same_shape(title: str) -> InferRule:
    """Rule of a kind that works element by element on real numbers."""

    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        spec = inputs["x"]
        return need_float(spec, title, embed=True) or spec.reshaped(spec.shape)

    return infer


def through_module(constructor: Callable[[Emit], Expr], *imports: str) -> Callable[[Emit], Code]:
    """Emit a module built by `constructor` and called with port x."""

    def emit(use: Emit) -> Code:
        return Code(forward=call(use.self, use.names["x"]), module=constructor(use), imports=imports)

    return emit


_PLACE: Final = '''
class _Place(nn.Module):
    """Knows the device that a network which nothing enters is on."""

    def __init__(self) -> None:
        super().__init__()
        self.empty = nn.Buffer(torch.empty(0), persistent=False)

    def forward(self) -> torch.device:
        return self.empty.device
'''
PLACE_CALLS: Final = ("nn.Buffer", "torch.empty", "torch.device", ".device")
"""What `made_here` may write."""


def made_here(use: Emit, function: str, *arguments: Value | Expr, **options: Value | Expr | None) -> Code:
    """Write a call that makes a tensor, on the device that what enters is on, or else the network itself."""
    if use.like is not None:
        options["device"] = Expr(f"{use.like}.device")
    if use.like is not None or not use.owned:
        return Code(forward=call(function, *arguments, **options))
    forward = call(function, *arguments, **options, device=call(use.self))
    return Code(forward=forward, module=call("_Place"), helpers=(_PLACE,))


def axis_of(dim: int, rank: int) -> int | None:
    """Give the axis that a possibly negative number names; None when there is none."""
    return dim + rank if -rank <= dim < 0 else dim if 0 <= dim < rank else None


def no_axis(dim: int, spec: TensorSpec, port: str = "x") -> Fault:
    """Find fault with an axis that is not there."""
    return Fault(
        message=f"There is no axis {dim} in {shape_text(spec)}",
        expected=f"an axis from {-spec.rank} to {spec.rank - 1}",
        found=str(dim),
        port=port,
        code="axis",
    )


def size_of(dim: Dim, use: Emit) -> Expr | int:
    """Write a dim as it is known at run time.

    Raises:
        BuildError: nothing at run time tells it.
    """
    if isinstance(dim, int):
        return dim
    for symbol in sorted(symbols(dim)):
        if symbol not in use.symbols:
            remedy = "Use a symbol of an input, such as B"
            raise BuildError(f"no input tells the size {symbol}", where=use.self.text, remedy=remedy)
    return Expr(re.sub(r"[A-Za-z_]\w*", lambda found: use.symbols[found[0]].text, dim, flags=re.ASCII))
