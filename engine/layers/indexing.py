"""Places named by numbers: gather, scatter, index select, one-hot. No torch in here; the formulas are torch's."""

from __future__ import annotations

from engine.graph.dims import Dim, same
from engine.graph.specs import TensorSpec, shape_text
from engine.layers import sight
from engine.layers.axes import axis_parameter, count, rearranging
from engine.layers.emission import call, method
from engine.layers.kind import Code, Emit, Fault, Hint, Port, Specs
from engine.layers.params import ChoiceParam, Values
from engine.layers.rules import FUNCTIONAL, axis_of, need_float, no_axis

_DIM = axis_parameter(text="Axis along which the places are counted")
_INDEX = Port("index", help="Places along the axis, counted from 0")


def _need_whole(spec: TensorSpec, title: str, port: str = "index") -> Fault | None:
    """Find fault with places that are no whole numbers."""
    if spec.dtype == "int64":
        return None
    return Fault(
        message=f"{title} needs whole numbers (int64), not {spec.dtype}",
        expected="int64",
        found=f"{spec.dtype} {shape_text(spec)}",
        port=port,
        code="dtype",
        hints=(Hint(title="Insert cast to int64", insert="cast", parameters={"dtype": "int64"}, port=port),),
    )


def _within(small: Dim, large: Dim) -> bool:
    """Say whether a size is certainly not larger than another."""
    if isinstance(small, int) and isinstance(large, int):
        return small <= large
    return small == 1 or same(small, large) is True


def _outside(title: str, small: TensorSpec, large: TensorSpec, port: str, axis: int | None = None) -> Fault | None:
    """Find fault with a tensor that reaches beyond another one, save along an axis."""
    if small.rank == large.rank and all(
        place == axis or _within(one, other)
        for place, (one, other) in enumerate(zip(small.shape, large.shape, strict=True))
    ):
        return None
    return Fault(
        message=f"{title} needs places for a part of what it takes from: as many axes, none of them longer",
        expected=f"at most {shape_text(large)}" + ("" if axis is None else f", any size along axis {axis}"),
        found=shape_text(small),
        port=port,
    )


def _gather(values: Values, inputs: Specs) -> TensorSpec | Fault:
    x, index, dim = inputs["x"], inputs["index"], values.integer("dim")
    axis = axis_of(dim, x.rank)
    if axis is None:
        return no_axis(dim, x)
    fault = _need_whole(index, "Gather") or _outside("Gather", index, x, "index", axis)
    return fault or x.reshaped(index.shape)


def _scatter(values: Values, inputs: Specs) -> TensorSpec | Fault:
    x, source, index, dim = inputs["x"], inputs["source"], inputs["index"], values.integer("dim")
    axis = axis_of(dim, x.rank)
    if axis is None:
        return need_float(x, "Scatter") or no_axis(dim, x)
    fault = (
        need_float(x, "Scatter")
        or need_float(source, "Scatter", "source")
        or _need_whole(index, "Scatter")
        or _outside("Scatter", index, x, "index", axis)
        or _outside("Scatter", index, source, "index")
    )
    return fault or x.reshaped(x.shape)


def _emit_scatter(use: Emit) -> Code:
    verb = "scatter_add" if use.values.text("reduce") == "add" else "scatter"
    names = use.names
    return Code(forward=method(names["x"], verb, use.values.integer("dim"), names["index"], names["source"]))


def _index_select(values: Values, inputs: Specs) -> TensorSpec | Fault:
    x, index, dim = inputs["x"], inputs["index"], values.integer("dim")
    axis = axis_of(dim, x.rank)
    if axis is None:
        return no_axis(dim, x)
    if index.rank != 1:
        return Fault(
            message="Index select needs a list of places", expected="one axis", found=shape_text(index), port="index"
        )
    shape = (*x.shape[:axis], index.shape[0], *x.shape[axis + 1 :])
    return _need_whole(index, "Index select") or x.reshaped(shape)


def _one_hot(values: Values, inputs: Specs) -> TensorSpec | Fault:
    x = inputs["x"]
    return _need_whole(x, "One-hot", "x") or x.reshaped((*x.shape, values.integer("num_classes")), "float32")


def _emit_one_hot(use: Emit) -> Code:
    encoded = call("F.one_hot", use.names["x"], num_classes=use.values.integer("num_classes"))
    return Code(forward=method(encoded, "float"), imports=(FUNCTIONAL,))


def _dim(use: Emit) -> int:
    return use.values.integer("dim")


KINDS = (
    rearranging(
        "gather",
        "Gather",
        (
            "Takes along an axis the places that an index names, another one for every row.",
            "B × C, B × k → B × k",
            "To take the score of the class that is right, or of the action that was chosen.",
        ),
        _gather,
        lambda use: Code(forward=method(use.names["x"], "gather", _dim(use), use.names["index"])),
        (_DIM,),
        sees=sight.of_axis,
        calls=(".gather",),
        aliases=("take along", "lookup"),
        inputs=(Port("x"), _INDEX),
    ),
    rearranging(
        "scatter",
        "Scatter",
        (
            "Puts numbers to the places along an axis that an index names.",
            "B × C, B × k, B × k → B × C",
            "To bring answers back to where their questions came from, such as those of experts.",
        ),
        _scatter,
        _emit_scatter,
        (
            _DIM,
            ChoiceParam(
                name="reduce",
                title="Where something stands",
                default="add",
                choices=("add", "replace"),
                help="Whether it is added to what stands there, or takes its place (one of them, if several do)",
            ),
        ),
        sees=sight.of_axis,
        calls=(".scatter", ".scatter_add"),
        page="Tensor.scatter_",
        aliases=("put", "scatter add"),
        inputs=(Port("x"), Port("source", help="What is put there"), _INDEX),
    ),
    rearranging(
        "index_select",
        "Index select",
        (
            "Takes the places of an axis that a list names, the same for all rows.",
            "B × T × F, n → B × n × F",
            "To choose or to reorder.",
        ),
        _index_select,
        lambda use: Code(forward=method(use.names["x"], "index_select", _dim(use), use.names["index"])),
        (_DIM,),
        sees=sight.of_axis,
        calls=(".index_select",),
        aliases=("take", "lookup", "reorder"),
        inputs=(Port("x"), _INDEX),
    ),
    rearranging(
        "one_hot",
        "One-hot",
        (
            "Turns a class number into a 1 at its place among zeros.",
            "B → B × classes",
            "To give a network a class it is conditioned on.",
        ),
        _one_hot,
        _emit_one_hot,
        (count("num_classes", "Classes", 10, "How many classes there are; every number is smaller", low=2),),
        sees=sight.before,
        calls=("F.one_hot", ".float"),
        page="nn.functional.one_hot",
        aliases=("onehot", "dummy", "class"),
    ),
)
