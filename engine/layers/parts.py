"""Parts of tensors: taking places, cutting axes and stacking. No torch in here; the formulas are torch's."""

from __future__ import annotations

from engine.graph.dims import Dim, product, same
from engine.graph.specs import TensorSpec, shape_text
from engine.layers import sight
from engine.layers.axes import along, axis_parameter, count, rearranging
from engine.layers.emission import call, method, sequence
from engine.layers.kind import Code, Emit, Fault, Port, Specs
from engine.layers.params import IntParam, IntsParam, ShapeParam, Values
from engine.layers.rules import axis_of, no_axis, size_of
from engine.layers.shape import INPUTS, LETTERS, letters


def _beyond(what: str, size: Dim, expected: str) -> Fault:
    return Fault(
        message=f"{what} lies outside of an axis of size {size}", expected=expected, found=str(size), code="axis"
    )


def _select(values: Values, spec: TensorSpec, axis: int) -> tuple[Dim, ...] | Fault:
    index, size = values.integer("index"), spec.shape[axis]
    inside = -size <= index < size if isinstance(size, int) else index in (0, -1)
    return () if inside else _beyond(f"Place {index}", size, f"at least {index + 1 if index >= 0 else -index} places")


def _narrow(values: Values, spec: TensorSpec, axis: int) -> tuple[Dim, ...] | Fault:
    start, length, size = values.integer("start"), values.integer("length"), spec.shape[axis]
    if not isinstance(size, int) or start + length > size:
        return _beyond(f"A slice from {start} of {length} places", size, f"a known size of at least {start + length}")
    return (length,)


def _unflatten(values: Values, spec: TensorSpec, axis: int) -> tuple[Dim, ...] | Fault:
    sizes = values.shape("sizes")
    if same(product(sizes), spec.shape[axis]) is True and 0 not in sizes:
        return sizes
    return Fault(
        message=f"The sizes multiply to {product(sizes)}, the axis has {spec.shape[axis]} places",
        expected=f"sizes that multiply to {spec.shape[axis]}",
        found=str(product(sizes)),
    )


def _emit_unflatten(use: Emit) -> Code:
    sizes = tuple(size_of(dim, use) for dim in use.values.shape("sizes"))
    listed = sequence(sizes)
    return Code(forward=method(use.names["x"], "unflatten", use.values.integer("dim"), listed))


def _stack(values: Values, inputs: Specs) -> TensorSpec | Fault:
    (first_port, first), *others = inputs.items()
    for port, spec in others:
        if spec.shape != first.shape or spec.dtype != first.dtype:
            return Fault(
                message="Stack needs inputs of one shape and type",
                expected=f"{shape_text(first)} ({first.dtype})",
                found=f"{shape_text(spec)} ({spec.dtype})",
                port=port,
            )
    axis = axis_of(values.integer("dim"), first.rank + 1)
    if axis is None:
        return no_axis(values.integer("dim"), first, first_port)
    return first.reshaped((*first.shape[:axis], len(inputs), *first.shape[axis:]))


def _emit_stack(use: Emit) -> Code:
    return Code(forward=call("torch.stack", sequence(tuple(use.names.values())), dim=use.values.integer("dim")))


def _chunk_ports(values: Values) -> tuple[Port, ...]:
    return tuple(Port(letter) for letter in LETTERS[: values.integer("chunks")])


def _split_ports(values: Values) -> tuple[Port, ...]:
    return tuple(Port(letter) for letter in LETTERS[: len(values.ints("sizes"))])


def _cut(spec: TensorSpec, dim: int, sizes: tuple[int, ...]) -> dict[str, TensorSpec] | Fault:
    """Give the parts of an axis, if they are as long together as it is."""
    axis = axis_of(dim, spec.rank)
    if axis is None:
        return no_axis(dim, spec)
    if spec.shape[axis] != sum(sizes):
        return Fault(
            message=f"The parts have {sum(sizes)} places together, axis {dim} of {shape_text(spec)} has another size",
            expected=f"an axis of size {sum(sizes)}",
            found=str(spec.shape[axis]),
        )
    parts = [spec.reshaped((*spec.shape[:axis], size, *spec.shape[axis + 1 :])) for size in sizes]
    return dict(zip(LETTERS, parts, strict=False))


def _chunk(values: Values, inputs: Specs) -> dict[str, TensorSpec] | Fault:
    spec, dim, count = inputs["x"], values.integer("dim"), values.integer("chunks")
    axis = axis_of(dim, spec.rank)
    size = 0 if axis is None else spec.shape[axis]
    if isinstance(size, int) and size % count == 0:
        return _cut(spec, dim, (size // count,) * count)
    return Fault(
        message=f"An axis of size {size} cannot be cut into {count} equal parts",
        expected=f"a known multiple of {count}",
        found=str(size),
    )


def _split(values: Values, inputs: Specs) -> dict[str, TensorSpec] | Fault:
    return _cut(inputs["x"], values.integer("dim"), values.ints("sizes"))


def _emit_split(use: Emit) -> Code:
    return Code(forward=call("torch.split", use.names["x"], sequence(use.values.ints("sizes")), dim=_dim(use)))


def _dim(use: Emit) -> int:
    return use.values.integer("dim")


_DIM = axis_parameter()

KINDS = (
    rearranging(
        "unflatten",
        "Unflatten",
        ("Splits one axis into several.", "B × C·H × W → B × C × H × W", "To bring back what flatten joined."),
        along(_unflatten),
        _emit_unflatten,
        (_DIM, ShapeParam(name="sizes", title="Sizes", default=(2, 2), min_length=1, help="They multiply to the axis")),
        sees=sight.regrouped,
        calls=(".unflatten",),
        aliases=("split axis",),
    ),
    rearranging(
        "select",
        "Select",
        ("Takes one place of an axis; the axis goes.", "B × T × F → B × F", "For the first or the last step."),
        along(_select),
        lambda use: Code(forward=method(use.names["x"], "select", _dim(use), use.values.integer("index"))),
        (_DIM, IntParam(name="index", title="Place", default=0, low=-(2**20), high=2**20, help="−1 is the last")),
        sees=sight.picked,
        calls=(".select",),
        aliases=("index", "take", "last step"),
    ),
    rearranging(
        "slice",
        "Slice",
        ("Takes places of an axis that follow each other.", "B × T × F → B × length × F", "To crop."),
        along(_narrow),
        lambda use: Code(
            forward=method(
                use.names["x"], "narrow", _dim(use), use.values.integer("start"), use.values.integer("length")
            )
        ),
        (
            _DIM,
            count("start", "Start", 0, "First place that is taken", low=0),
            count("length", "Length", 1, "How many places are taken"),
        ),
        sees=sight.moved(lambda values: values.integer("start")),
        calls=(".narrow",),
        page="narrow",
        aliases=("crop", "narrow"),
    ),
    rearranging(
        "stack",
        "Stack",
        ("Puts tensors of one shape behind each other along a new axis.", "B × F, B × F → B × 2 × F", "For sequences."),
        _stack,
        _emit_stack,
        (INPUTS, axis_parameter(text="Where the new axis stands")),
        sees=sight.stacked,
        calls=("torch.stack",),
        aliases=("join",),
        inputs=letters,
    ),
    rearranging(
        "chunk",
        "Chunk",
        ("Cuts an axis into parts of one size.", "B × 2·F → B × F, B × F", "For gates, and mean with log-variance."),
        _chunk,
        lambda use: Code(forward=call("torch.chunk", use.names["x"], use.values.integer("chunks"), dim=_dim(use))),
        (count("chunks", "Parts", 2, "How many parts come out", low=2, high=len(LETTERS)), _DIM),
        sees=sight.beside,
        calls=("torch.chunk",),
        aliases=("divide", "halves"),
        outputs=_chunk_ports,
    ),
    rearranging(
        "split",
        "Split",
        ("Cuts an axis into parts of given sizes.", "B × (F + G) → B × F, B × G", "For parts of unequal size."),
        _split,
        _emit_split,
        (
            IntsParam(
                name="sizes",
                title="Sizes",
                default=(1, 1),
                low=1,
                high=2**20,
                min_length=2,  # of one part alone torch makes a tuple, where a tensor is expected
                help="Sizes of the parts",
            ),
            _DIM,
        ),
        sees=sight.beside,
        calls=("torch.split",),
        aliases=("cut", "parts"),
        outputs=_split_ports,
    ),
)
