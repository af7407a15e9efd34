"""Shape: kinds that rearrange numbers without changing them. No torch in here; the formulas are torch's."""

from __future__ import annotations

from engine.graph.dims import Dim, floordiv, plus, product, same
from engine.graph.specs import TensorSpec, shape_text
from engine.graph.types import Value
from engine.layers import sight, worked
from engine.layers.emission import call, method, sequence
from engine.layers.kind import Code, Emit, Fault, Help, LayerKind, Port, Specs
from engine.layers.params import IntParam, IntsParam, ShapeParam, Values
from engine.layers.rules import axis_of, no_axis, size_of

_DOCS = "https://docs.pytorch.org/docs/stable/generated/torch"
LETTERS = "abcdefghijklmnopqrstuvw"


def letters(values: Values) -> tuple[Port, ...]:
    """Give ports a, b, c ... for a kind with any number of inputs."""
    return tuple(Port(letter) for letter in LETTERS[: values.integer("inputs")])


INPUTS = IntParam(name="inputs", title="Inputs", default=2, low=2, high=len(LETTERS), help="How many wires come in")


def _flatten(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec = inputs["x"]
    start, end = (axis_of(values.integer(name), spec.rank) for name in ("start_dim", "end_dim"))
    if start is None or end is None or start > end:
        return no_axis(values.integer("start_dim" if start is None or end is not None else "end_dim"), spec)
    shape = (*spec.shape[:start], product(spec.shape[start : end + 1]), *spec.shape[end + 1 :])
    return spec.reshaped(shape)


def _emit_flatten(use: Emit) -> Code:
    start, end = use.values.integer("start_dim"), use.values.integer("end_dim")
    options: dict[str, Value] = {} if end == -1 else {"end_dim": end}
    return Code(forward=call("torch.flatten", use.names["x"], start, **options))


def _reshape(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec, wanted = inputs["x"], values.shape("shape")
    if not spec.shape:
        return Fault(
            message="Reshape keeps the batch: it needs at least one axis", expected="B × …", found=shape_text(spec)
        )
    rest = product(spec.shape[1:])
    if wanted.count(0) > 1:
        return Fault(
            message="Reshape can work out one size only",
            expected="one 0",
            found=f"{wanted.count(0)} of them",
            code="parameter",
        )
    if 0 in wanted:
        wanted_known = tuple(dim for dim in wanted if dim != 0)
        missing = floordiv(rest, product(wanted_known))
        wanted = tuple(missing if dim == 0 else dim for dim in wanted)
    if same(product(wanted), rest) is not True:
        return Fault(
            message=f"{shape_text(spec)} holds {rest} numbers a sample, the new shape {product(wanted)}",
            expected=f"{rest} numbers",
            found=" × ".join(str(dim) for dim in values.shape("shape")),
        )
    return spec.reshaped((spec.shape[0], *wanted))


def _emit_reshape(use: Emit) -> Code:
    x, shape = use.names["x"], use.outputs["y"].shape
    unknown = [axis for axis, dim in enumerate(shape) if not isinstance(dim, int)]
    # torch works out one size by itself
    sizes = (-1 if unknown and axis == unknown[-1] else size_of(dim, use) for axis, dim in enumerate(shape))
    return Code(forward=method(x, "reshape", *sizes))


def _permute(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec, dims = inputs["x"], values.ints("dims")
    axes = [axis_of(dim, spec.rank) for dim in dims]
    if len(dims) != spec.rank or set(axes) != set(range(spec.rank)):
        return Fault(
            message=f"Permute needs each of the {spec.rank} axes of {shape_text(spec)} once",
            expected=", ".join(str(axis) for axis in range(spec.rank)) or "no axes",
            found=", ".join(str(dim) for dim in dims),
            code="axis",
        )
    return spec.reshaped(tuple(spec.shape[axis] for axis in axes if axis is not None))


def _squeeze(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec, dim = inputs["x"], values.integer("dim")
    axis = axis_of(dim, spec.rank)
    if axis is None:
        return no_axis(dim, spec)
    if spec.shape[axis] != 1:
        return Fault(
            message=f"Squeeze drops an axis of size 1; axis {dim} of {shape_text(spec)} has size {spec.shape[axis]}",
            expected="size 1",
            found=str(spec.shape[axis]),
        )
    return spec.reshaped((*spec.shape[:axis], *spec.shape[axis + 1 :]))


def _unsqueeze(values: Values, inputs: Specs) -> TensorSpec | Fault:
    spec, dim = inputs["x"], values.integer("dim")
    axis = axis_of(dim, spec.rank + 1)
    return no_axis(dim, spec) if axis is None else spec.reshaped((*spec.shape[:axis], 1, *spec.shape[axis:]))


def _concatenate(values: Values, inputs: Specs) -> TensorSpec | Fault:
    (first_port, first), *others = inputs.items()
    axis = axis_of(values.integer("dim"), first.rank)
    if axis is None:
        return no_axis(values.integer("dim"), first, first_port)
    total: Dim = first.shape[axis]
    for port, spec in others:
        fits = spec.rank == first.rank and spec.dtype == first.dtype
        equal = fits and all(
            one == other for i, (one, other) in enumerate(zip(first.shape, spec.shape, strict=True)) if i != axis
        )
        if not equal:
            return Fault(
                message="Concatenate needs inputs that agree in type and in all axes but one",
                expected=f"{shape_text(first)} ({first.dtype}) but for axis {axis}",
                found=f"{shape_text(spec)} ({spec.dtype})",
                port=port,
            )
        total = plus(total, spec.shape[axis])
    return first.reshaped((*first.shape[:axis], total, *first.shape[axis + 1 :]))


def _emit_concatenate(use: Emit) -> Code:
    parts = sequence(tuple(use.names[port.id] for port in letters(use.values)))
    return Code(forward=call("torch.cat", parts, dim=use.values.integer("dim")))


def _help(what: str, shapes: str, when: str, page: str) -> Help:
    return Help(what=what, shapes=shapes, when=when, source=f"{_DOCS}.{page}.html")


KINDS = (
    LayerKind(
        key="flatten",
        title="Flatten",
        family="data",
        group="Shape",
        aliases=("view", "vector"),
        help=_help(
            "Joins several axes into one.",
            "B × C × H × W → B × C·H·W",
            "Between convolutions and linear layers.",
            "flatten",
        ),
        parameters=(
            IntParam(name="start_dim", title="First axis", default=1, low=-8, high=7, help="First axis that is joined"),
            IntParam(name="end_dim", title="Last axis", default=-1, low=-8, high=7, help="Last axis that is joined"),
        ),
        sees=sight.regrouped,
        infer=_flatten,
        worked=worked.flattened,
        emit=_emit_flatten,
        traits=("keeps_values", "keeps_size"),
        calls=("torch.flatten",),
        spaces=("networks", "training"),
    ),
    LayerKind(
        key="reshape",
        title="Reshape",
        family="data",
        group="Shape",
        aliases=("view", "unflatten"),
        help=_help(
            "Gives each sample a new shape with as many numbers; one size may be 0: it is worked out.",
            "B × … → B × shape",
            "To turn a vector into an image, or back.",
            "reshape",
        ),
        parameters=(
            ShapeParam(
                name="shape", title="Shape", default=(0,), min_length=1, help="Sizes without the batch; 0 is worked out"
            ),
        ),
        sees=sight.regrouped,
        infer=_reshape,
        emit=_emit_reshape,
        traits=("keeps_values", "keeps_size"),
        calls=(".reshape",),
        spaces=("networks", "training"),
    ),
    LayerKind(
        key="permute",
        title="Permute",
        family="data",
        group="Shape",
        aliases=("transpose", "swap axes"),
        help=_help(
            "Puts the axes into another order.",
            "B × C × L → B × L × C",
            "To bring the axis a layer works on to its place.",
            "permute",
        ),
        parameters=(
            IntsParam(
                name="dims", title="Axes", default=(0, 2, 1), low=-8, high=7, help="The old axes in their new order"
            ),
        ),
        sees=sight.permuted(lambda values, rank: values.ints("dims")),
        infer=_permute,
        emit=lambda use: Code(forward=method(use.names["x"], "permute", *use.values.ints("dims"))),
        traits=("keeps_values", "keeps_size"),
        calls=(".permute",),
        spaces=("networks", "training"),
    ),
    LayerKind(
        key="squeeze",
        title="Squeeze",
        family="data",
        group="Shape",
        aliases=("drop axis",),
        help=_help(
            "Drops an axis of size 1.",
            "B × 1 × F → B × F",
            "After layers that leave an axis with one place.",
            "squeeze",
        ),
        parameters=(IntParam(name="dim", title="Axis", default=1, low=-8, high=7, help="The axis to drop"),),
        sees=sight.picked,
        infer=_squeeze,
        emit=lambda use: Code(forward=method(use.names["x"], "squeeze", use.values.integer("dim"))),
        traits=("keeps_values", "keeps_size"),
        calls=(".squeeze",),
        spaces=("networks", "training"),
    ),
    LayerKind(
        key="unsqueeze",
        title="Unsqueeze",
        family="data",
        group="Shape",
        aliases=("add axis", "expand dims"),
        help=_help(
            "Adds an axis of size 1.", "B × F → B × 1 × F", "Before layers that want one more axis.", "unsqueeze"
        ),
        parameters=(IntParam(name="dim", title="Axis", default=1, low=-8, high=7, help="Where the new axis stands"),),
        sees=sight.stacked,
        infer=_unsqueeze,
        emit=lambda use: Code(forward=method(use.names["x"], "unsqueeze", use.values.integer("dim"))),
        traits=("keeps_values", "keeps_size"),
        calls=(".unsqueeze",),
        spaces=("networks", "training"),
    ),
    LayerKind(
        key="concatenate",
        title="Concatenate",
        family="data",
        group="Shape",
        aliases=("cat", "join", "skip"),
        help=_help(
            "Puts tensors one behind the other along an axis.",
            "B × F, B × G → B × (F + G)",
            "For skip connections that keep both.",
            "cat",
        ),
        parameters=(
            INPUTS,
            IntParam(name="dim", title="Axis", default=1, low=-8, high=7, help="Axis along which they are joined"),
        ),
        inputs=letters,
        sees=sight.beside,
        infer=_concatenate,
        emit=_emit_concatenate,
        calls=("torch.cat",),
        spaces=("networks", "training"),
    ),
)
