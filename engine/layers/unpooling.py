"""Unpooling: values back to the places that a max pool took them from. No torch in here; the formulas are torch's."""

from __future__ import annotations

from engine.graph.dims import Dim, plus, times
from engine.graph.specs import TensorSpec, shape_text
from engine.layers import sliding
from engine.layers.emission import call, sequence
from engine.layers.kind import Code, Emit, EmitRule, Fault, Help, Hint, InferRule, LayerKind, Port, Specs
from engine.layers.params import Param, SizeParam, Values
from engine.layers.pooling import constructor, padding_fault, padding_parameter, window_parameters
from engine.layers.rules import need_rank, too_small
from engine.layers.windows import DOCS, LAYOUT, PLACES, shapes, strides


def _unpool(axes: int, title: str) -> InferRule:
    def infer(values: Values, inputs: Specs) -> TensorSpec | Fault:
        spec, places = inputs["x"], inputs["indices"]
        if fault := need_rank(spec, axes + 2, title, LAYOUT[axes]) or padding_fault(values, axes):
            return fault
        if places.dtype != "int64" or places.shape != spec.shape:
            return Fault(
                message=f"{title} needs the indices that a max pool gives",
                expected=f"{shape_text(spec)} (int64)",
                found=f"{shape_text(places)} ({places.dtype})",
                port="indices",
            )
        parts = (values.size("kernel_size", axes), strides(values, axes), values.size("padding", axes))
        sizes: list[Dim] = []
        for size, kernel, stride, padding in zip(spec.shape[2:], *parts, strict=True):
            sizes.append(plus(times(plus(size, -1), stride), kernel - 2 * padding))
        if fault := too_small(sizes, "The padding", spec, "make it smaller"):
            return fault
        wanted = values.size("output_size", axes)
        fault = _beyond_reach(title, sizes, wanted, strides(values, axes)) if any(wanted) else None
        return fault or spec.reshaped((*spec.shape[:2], *(wanted if any(wanted) else sizes)))

    return infer


def _beyond_reach(title: str, sizes: list[Dim], wanted: tuple[int, ...], steps: tuple[int, ...]) -> Fault | None:
    """Find fault with a size that no pool by these windows makes what came in of."""
    each = tuple(zip(sizes, wanted, steps, strict=True))
    if all(isinstance(size, int) and size - step < end < size + step and end > 0 for size, end, step in each):
        return None
    return Fault(
        message=f"{title} can give sizes that differ by less than the stride from those that the window makes",
        expected=", ".join(f"{size} ± {step - 1}" for size, _, step in each),
        found=" × ".join(map(str, wanted)),
        code="parameter",
        hints=(Hint(title="Take the sizes that the window makes", set_parameter="output_size", to=0),),
    )


def _emit_unpool(name: str, axes: int) -> EmitRule:
    made = constructor(name, axes)

    def emit(use: Emit) -> Code:
        wanted = use.values.size("output_size", axes)
        options = {"output_size": sequence(wanted)} if any(wanted) else {}
        return Code(forward=call(use.self, use.names["x"], use.names["indices"], **options), module=made(use))

    return emit


def _output_size(axes: int) -> Param:
    return SizeParam(
        name="output_size",
        title="Output size",
        axes=axes,
        default=0,
        low=0,
        zero="by the window",
        help="Size before the max pool, where the window did not fit evenly; 0: worked out from the window",
        advanced=True,
    )


def _unpool_kind(axes: int) -> LayerKind:
    title, name, letter = f"Max unpool {axes}d", f"nn.MaxUnpool{axes}d", PLACES[axes][0]
    return LayerKind(
        key=f"max_unpool{axes}d",
        title=title,
        family="vision",
        group="Pooling",
        aliases=("upsample", "decoder", "inverse"),
        help=Help(
            what="Puts values back to the places that a max pool took them from, and zeros elsewhere.",
            formula=f"{letter}' = ({letter} − 1) · stride + kernel − 2·padding",
            shapes=f"{shapes(axes)}, with indices of the same shape",
            when="In decoders such as SegNet's: connect the indices of the max pool with the same window.",
            source=f"{DOCS}.MaxUnpool{axes}d.html",
        ),
        stem="unpool",
        parameters=(*window_parameters(axes), padding_parameter(axes), _output_size(axes)),
        inputs=(Port("x"), Port("indices", help="Places that a max pool with indices gives")),
        infer=_unpool(axes, title),
        sees=sliding.stretch(axes, channels=False),
        emit=_emit_unpool(name, axes),
        calls=(name,),
    )


KINDS = tuple(_unpool_kind(axes) for axes in (1, 2, 3))
