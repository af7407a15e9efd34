"""Places of tensors: swapping, repeating, shifting, turning round and padding. No torch in here; the formulas are torch's."""

from __future__ import annotations

from engine.graph.dims import Dim, plus, times
from engine.graph.specs import TensorSpec
from engine.layers import sight
from engine.layers.axes import along, axis_parameter, count, rearranging
from engine.layers.emission import call, method
from engine.layers.kind import Code, Emit, Fault, Specs
from engine.layers.params import IntsParam, Values
from engine.layers.rules import FUNCTIONAL, axis_of, no_axis


def _repeated(values: Values, spec: TensorSpec, axis: int) -> tuple[Dim, ...]:
    return (times(spec.shape[axis], values.integer("times")),)


def _kept(values: Values, spec: TensorSpec, axis: int) -> tuple[Dim, ...]:
    return (spec.shape[axis],)


def _padded(values: Values, spec: TensorSpec, axis: int) -> tuple[Dim, ...]:
    return (plus(spec.shape[axis], values.integer("before") + values.integer("after")),)


def _emit_pad(use: Emit) -> Code:
    rank = use.specs["x"].rank
    axis = axis_of(use.values.integer("dim"), rank) or 0
    pads = (0, 0) * (rank - 1 - axis) + (use.values.integer("before"), use.values.integer("after"))
    return Code(forward=call("F.pad", use.names["x"], pads), imports=(FUNCTIONAL,))


def _emit_tile(use: Emit) -> Code:
    rank = use.specs["x"].rank
    axis = axis_of(use.values.integer("dim"), rank)
    counts = (use.values.integer("times") if place == axis else 1 for place in range(rank))
    return Code(forward=method(use.names["x"], "repeat", *counts))


def _expanded(values: Values, spec: TensorSpec, axis: int) -> tuple[Dim, ...] | Fault:
    if spec.shape[axis] == 1:
        return (values.integer("size"),)
    found = str(spec.shape[axis])
    return Fault(message="Expand repeats an axis of size 1; use tile for others", expected="size 1", found=found)


def _emit_expand(use: Emit) -> Code:
    rank = use.specs["x"].rank
    axis = axis_of(use.values.integer("dim"), rank)
    sizes = (use.values.integer("size") if place == axis else -1 for place in range(rank))
    return Code(forward=method(use.names["x"], "expand", *sizes))


def _transpose(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec, dims = inputs["x"], (values.integer("dim0"), values.integer("dim1"))
    first, second = (axis_of(dim, spec.rank) for dim in dims)
    if first is None or second is None:
        return no_axis(dims[0] if first is None else dims[1], spec)
    swapped = {first: spec.shape[second], second: spec.shape[first]}
    return spec.reshaped(tuple(swapped.get(axis, size) for axis, size in enumerate(spec.shape)))


def _swapped(values: Values, rank: int) -> tuple[int, ...]:
    first, second = (values.integer(name) % rank for name in ("dim0", "dim1"))
    swapped = {first: second, second: first}
    return tuple(swapped.get(axis, axis) for axis in range(rank))


def _flip(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec, dims = inputs["x"], values.ints("dims")
    axes = [axis_of(dim, spec.rank) for dim in dims]
    if None in axes or len(set(axes)) < len(axes):
        return no_axis(dims[axes.index(None) if None in axes else 0], spec)
    return spec.reshaped(spec.shape)


def _dim(use: Emit) -> int:
    return use.values.integer("dim")


_DIM = axis_parameter()

KINDS = (
    rearranging(
        "transpose",
        "Transpose",
        ("Swaps two axes.", "B × T × F → B × F × T", "To bring an axis to its place."),
        _transpose,
        lambda use: Code(
            forward=method(use.names["x"], "transpose", use.values.integer("dim0"), use.values.integer("dim1"))
        ),
        (
            axis_parameter("dim0", "One axis", -2, "Axis that is swapped"),
            axis_parameter("dim1", "Other axis", -1, "Axis it is swapped with"),
        ),
        sees=sight.permuted(_swapped),
        calls=(".transpose",),
        aliases=("swap axes",),
    ),
    rearranging(
        "tile",
        "Tile",
        ("Repeats an axis as a whole.", "B × F → B × n·F", "To bring a tensor to the size of another one."),
        along(_repeated),
        _emit_tile,
        (_DIM, count("times", "Times", 2, "How often it stands there", high=4096)),
        sees=sight.beside,
        calls=(".repeat",),
        aliases=("repeat", "copy"),
    ),
    rearranging(
        "expand",
        "Expand",
        ("Repeats an axis of size 1 without copying.", "B × 1 × F → B × n × F", "To give every place the same."),
        along(_expanded),
        _emit_expand,
        (_DIM, count("size", "Size", 2, "New size of the axis")),
        sees=sight.point,
        calls=(".expand",),
        page="Tensor.expand",
        aliases=("broadcast",),
    ),
    rearranging(
        "roll",
        "Roll",
        (
            "Shifts places along an axis; what leaves at one end enters at the other.",
            "any → the same",
            "For shifted windows.",
        ),
        along(_kept),
        lambda use: Code(forward=call("torch.roll", use.names["x"], use.values.integer("shifts"), _dim(use))),
        (count("shifts", "Shift", 1, "How many places, forward", low=-4096, high=4096), _DIM),
        sees=sight.beside,
        calls=("torch.roll",),
        aliases=("shift", "cyclic"),
    ),
    rearranging(
        "flip",
        "Flip",
        ("Turns the order along axes round.", "any → the same", "To read a sequence from its end, or mirror an image."),
        _flip,
        lambda use: Code(forward=call("torch.flip", use.names["x"], use.values.ints("dims"))),
        (IntsParam(name="dims", title="Axes", default=(-1,), low=-8, high=7, help="Axes that are turned round"),),
        sees=sight.turned,
        calls=("torch.flip",),
        aliases=("reverse", "mirror"),
    ),
    rearranging(
        "pad",
        "Pad",
        ("Adds zeros before and behind an axis.", "B × T → B × (T + before + behind)", "To bring sizes together."),
        along(_padded),
        _emit_pad,
        (
            _DIM,
            count("before", "Before", 0, "How many zeros stand before", low=0, high=4096),
            count("after", "Behind", 1, "How many zeros stand behind", low=0, high=4096),
        ),
        sees=sight.moved(lambda values: -values.integer("before")),
        calls=("F.pad",),
        page="nn.functional.pad",
        aliases=("zeros", "margin"),
    ),
)
