"""Order: sorted numbers and the largest few, with where they stood. No torch in here; the formulas are torch's."""

from __future__ import annotations

from engine.graph.specs import TensorSpec
from engine.layers import sight
from engine.layers.axes import axis_parameter, count, rearranging
from engine.layers.emission import call
from engine.layers.kind import Code, Emit, Fault, Port, Specs
from engine.layers.params import BoolParam, Values
from engine.layers.rules import axis_of, need_float, no_axis

_FOUND = (Port("values"), Port("indices", help="Where they stood along the axis"))
_DIM = axis_parameter(default=-1, text="Axis along which it is ordered")


def _sorted(values: Values, inputs: Specs) -> dict[str, TensorSpec] | Fault:
    spec, dim = inputs["x"], values.integer("dim")
    if fault := need_float(spec, "Sort"):
        return fault
    if axis_of(dim, spec.rank) is None:
        return no_axis(dim, spec)
    return {"values": spec.reshaped(spec.shape), "indices": spec.reshaped(spec.shape, "int64")}


def _emit_sort(use: Emit) -> Code:
    descending = use.values.flag("descending")
    return Code(forward=call("torch.sort", use.names["x"], dim=use.values.integer("dim"), descending=descending))


def _largest(values: Values, inputs: Specs) -> dict[str, TensorSpec] | Fault:
    spec, dim, wanted = inputs["x"], values.integer("dim"), values.integer("k")
    if fault := need_float(spec, "Top-k"):
        return fault
    axis = axis_of(dim, spec.rank)
    if axis is None:
        return no_axis(dim, spec)
    size = spec.shape[axis]
    if not isinstance(size, int) or size < wanted:
        return Fault(
            message=f"Top-k takes {wanted} of an axis of size {size}",
            expected=f"a known size of at least {wanted}",
            found=str(size),
        )
    shape = (*spec.shape[:axis], wanted, *spec.shape[axis + 1 :])
    return {"values": spec.reshaped(shape), "indices": spec.reshaped(shape, "int64")}


def _emit_top(use: Emit) -> Code:
    values = use.values
    forward = call(
        "torch.topk", use.names["x"], values.integer("k"), dim=values.integer("dim"), largest=values.flag("largest")
    )
    return Code(forward=forward)


KINDS = (
    rearranging(
        "sort",
        "Sort",
        (
            "Orders numbers along an axis, and tells where they stood.",
            "any → the same, twice",
            "For ranks and medians.",
        ),
        _sorted,
        _emit_sort,
        (
            _DIM,
            BoolParam(name="descending", title="Largest first", default=False, help="Whether the largest comes first"),
        ),
        sees=sight.of_axis,
        calls=("torch.sort",),
        aliases=("order", "rank"),
        outputs=_FOUND,
    ),
    rearranging(
        "top_k",
        "Top-k",
        (
            "Takes the k largest numbers along an axis, and tells where they stood.",
            "B × C → B × k, B × k",
            "For routing.",
        ),
        _largest,
        _emit_top,
        (
            count("k", "Count", 1, "How many are taken"),
            _DIM,
            BoolParam(
                name="largest", title="Largest", default=True, help="Whether the largest are taken, or the smallest"
            ),
        ),
        sees=sight.of_axis,
        calls=("torch.topk",),
        page="topk",
        aliases=("best", "largest"),
        outputs=_FOUND,
    ),
)
