"""Random uses of any kind, made from its declaration alone: parameters by their types, inputs by asking its rule.

No kind is named in here: whoever declares one gets all of this for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import isfinite
from typing import Final

import torch
from hypothesis import assume
from hypothesis import strategies as st
from torch import nn

from engine.check.checker import check
from engine.check.report import NodeReport, Report
from engine.codegen.names import class_name
from engine.codegen.networks import emit_networks
from engine.codegen.source import Source
from engine.errors import ExpressionError
from engine.graph.dims import Dim, substitute
from engine.graph.ids import NodeId
from engine.graph.specs import DType, TensorSpec
from engine.graph.types import GraphRef, Node, Project, Value, Wire
from engine.layers.catalogue import CATALOGUE
from engine.layers.emission import Variant
from engine.layers.kind import Fault, LayerKind, Port, Role
from engine.layers.params import (
    BoolParam,
    ChoiceParam,
    FloatParam,
    IntParam,
    IntsParam,
    Param,
    ShapeParam,
    SizeParam,
    TextParam,
    TextsParam,
    Values,
    fault_of,
)
from engine.layers.values import values_of
from engine.runtime.build import build
from tests.graphs import graph_of_nodes

COMPUTING: Final = tuple(
    key
    for key, kind in CATALOGUE.items()
    if "networks" in kind.spaces and kind.role not in (Role.INPUT, Role.OUTPUT, Role.NETWORK)
)
"""Kinds that compute something within a network."""
SIZES: Final[Mapping[str, Dim]] = {"B": 3, "T": 24}
"""What symbols are when tensors are made."""
NODE: Final = NodeId("node")
NETWORK: Final = GraphRef("networks", "case")
_LENGTHS: Final = (1, 2, 3, 4, 6, 8, 12)
_RANKS: Final = range(6)
_TEXTS: Final = ("", "net", "a folder/a file.csv", 'say "no"')
_EQUATIONS: Final = (
    "bij,bjk->bik",
    "bij, bjk -> bi",
    "bi,bi->b",
    "b,b->",
    "bi,bj->bij",
    "bij->bji",
    "bi->",
    "bb->b",
    "->,",
)
_DEVICES: Final[dict[str, str]] = {}
"""By kind: found out with its first case."""
_DTYPES: Final[tuple[DType, ...]] = ("float32", "int64", "bool")
_OF_ONE_MORE: Final[tuple[DType, ...]] = ("float32", "bool")


@dataclass(frozen=True, slots=True)
class Case:
    """A use of a kind that its rule accepts."""

    key: str
    parameters: Mapping[str, Value]
    inputs: Mapping[str, TensorSpec]
    outputs: Mapping[str, TensorSpec]

    @property
    def kind(self) -> LayerKind:
        """The kind in use."""
        return CATALOGUE[self.key]

    @property
    def entering(self) -> Mapping[str, TensorSpec]:
        """Inputs; one that only tells the batch where the kind takes none."""
        return self.inputs or {"anchor": TensorSpec(shape=("B", 2))}

    @property
    def values(self) -> Values:
        """Parameters with defaults."""
        return values_of(self.kind, Node(id=NODE, kind=self.kind.key, parameters=self.parameters), {})


def parameters(kind: LayerKind) -> st.SearchStrategy[dict[str, Value]]:
    """Draw valid parameters, each left at its default half the time."""
    drawn = {param.name: st.just(param.default) | values(param) for param in kind.parameters}
    return st.fixed_dictionaries(drawn).filter(lambda found: _valid(kind, found))


def _valid(kind: LayerKind, drawn: Mapping[str, Value]) -> bool:
    return not any(fault_of(kind.named[name], value) for name, value in drawn.items())


def values(param: Param) -> st.SearchStrategy[Value]:
    """Draw values of a parameter, small enough to compute with."""
    match param:
        case BoolParam():
            return st.booleans()
        case ChoiceParam():
            return st.sampled_from(param.choices)
        case IntParam():
            return _small(param.low, param.high)
        case FloatParam():
            return _reals(param)
        case SizeParam():
            one = _small(param.low, min(param.high, param.low + 4))
            numbers = one | st.tuples(*[one] * param.axes)
            return numbers | st.sampled_from(param.words) if param.words else numbers
        case IntsParam():
            return _axes(param) if param.low < 1 else _counts(param)
        case ShapeParam():
            names = sorted({item for item in param.default if isinstance(item, str)})
            words = [*names, *(f"2*{name} + 1" for name in names)]
            zero = [0] if 0 in param.default else []
            sizes: st.SearchStrategy[int | str] = st.sampled_from((*words, *zero, *_LENGTHS))
            return st.lists(sizes, min_size=max(1, param.min_length), max_size=4).map(lambda found: tuple(found))
        case TextParam():
            return st.sampled_from(_EQUATIONS if param.form == "equation" else _TEXTS)
        case TextsParam():
            return st.lists(st.sampled_from(("net.*", "net.head.*", "price")), max_size=3, unique=True).map(tuple)


def _small(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(max(low, -3), min(high, max(low, 1) + 5))


def _reals(param: FloatParam) -> st.SearchStrategy[float]:
    low = param.low + (1e-3 if param.open_low else 0.0) if isfinite(param.low) else -2.0
    high = min(param.high, max(low, 0.0) + 2.0)
    low = max(low, -2.0)
    return st.sampled_from((low, high)) | st.floats(low, high, allow_subnormal=False)


def _counts(param: IntsParam) -> st.SearchStrategy[Value]:
    """Draw a few small numbers."""
    drawn = st.lists(_small(param.low, param.high), min_size=max(1, param.min_length), max_size=4)
    return drawn.map(lambda found: tuple(found))


def _axes(param: IntsParam) -> st.SearchStrategy[Value]:
    """Draw different axes of some rank, counted from either end."""

    @st.composite
    def axes(draw: st.DrawFn) -> tuple[int, ...]:
        rank = draw(st.integers(max(1, param.min_length), 4))
        order = draw(st.permutations(range(rank)))
        kept = order[: draw(st.sampled_from((rank, *range(max(1, param.min_length), rank + 1))))]
        return tuple(axis - rank if draw(st.booleans()) else axis for axis in kept)

    return axes()


@st.composite
def cases(draw: st.DrawFn, key: str, symbols: bool = True) -> Case:
    """Draw uses of a kind that its rule accepts.

    Args:
        draw: hypothesis' own.
        key: any kind that computes.
        symbols: whether an axis behind the batch may have a size that is not known.
    """
    kind = CATALOGUE[key]
    given = draw(parameters(kind))
    worked_out = values_of(kind, Node(id=NODE, kind=kind.key, parameters=given), {})
    bases = draw(shapes(symbols=symbols))
    wanted = ports(kind.inputs, worked_out)
    accepted = _accepted(kind, worked_out, offers(wanted, bases))
    assume(accepted)
    inputs, outputs = draw(st.sampled_from(accepted))
    more = _accepted(kind, worked_out, with_one_more(wanted, inputs))
    widen = draw(st.booleans())
    if more and widen:
        inputs, outputs = draw(st.sampled_from(more))
    return Case(key, given, inputs, outputs)


def _accepted(
    kind: LayerKind, worked_out: Values, offered: Iterable[Mapping[str, TensorSpec]]
) -> list[tuple[Mapping[str, TensorSpec], Mapping[str, TensorSpec]]]:
    """Keep the inputs that a rule accepts, with what comes out."""
    accepted = []
    for inputs in offered:
        if not all(spec.shape for spec in inputs.values()):
            continue  # the input of a network has at least one axis
        outputs = outcome(kind, worked_out, inputs)
        if outputs is not None and not isinstance(outputs, Fault):
            accepted.append((inputs, outputs))
    return accepted


@st.composite
def shapes(draw: st.DrawFn, symbols: bool = True) -> tuple[tuple[Dim, ...], ...]:
    """Draw one shape of every rank, batch first."""
    found: list[tuple[Dim, ...]] = []
    for rank in _RANKS:
        sizes: list[Dim] = [draw(st.sampled_from(_LENGTHS)) if axis else "B" for axis in range(rank)]
        if symbols and rank > 1 and draw(st.integers(0, 3)) == 3:
            sizes[draw(st.integers(1, rank - 1))] = "T"
        found.append(tuple(sizes))
    return tuple(found)


def ports(declared: object, worked_out: Values) -> tuple[Port, ...]:
    """Give the ports of a kind for some values."""
    found = declared(worked_out) if callable(declared) else declared
    assert isinstance(found, tuple)
    return found


def offers(wanted: tuple[Port, ...], bases: tuple[tuple[Dim, ...], ...]) -> Iterator[dict[str, TensorSpec]]:
    """Give inputs to try: all ports alike, or one of them another way; with optional ports connected and without."""
    if not wanted:
        yield {}
        return
    needed = tuple(port for port in wanted if not port.optional)
    if len(needed) < len(wanted):
        yield from offers(needed, bases)
    for base in bases:
        for dtype in _DTYPES:
            spec = TensorSpec(shape=base, dtype=dtype)
            yield dict.fromkeys((port.id for port in wanted), spec)
            if len(wanted) == 1:
                continue
            for other in variants(spec):
                for odd in (wanted[0], wanted[-1]):
                    yield {port.id: other if port is odd else spec for port in wanted}


def with_one_more(wanted: tuple[Port, ...], given: Mapping[str, TensorSpec]) -> Iterator[dict[str, TensorSpec]]:
    """Give inputs and one optional one beside them, which may have any shape made of the sizes at hand."""
    sizes = sorted({1, *(dim for spec in given.values() for dim in spec.shape)}, key=str)
    shapes = [shape for rank in (1, 2, 3) for shape in product(sizes, repeat=rank)]
    for one in (port for port in wanted if port.optional and port.id not in given):
        for shape, dtype in product(shapes, _OF_ONE_MORE):
            other = {one.id: TensorSpec(shape=shape, dtype=dtype)}
            yield {port.id: (other | dict(given))[port.id] for port in wanted if port is one or port.id in given}


def variants(spec: TensorSpec) -> Iterator[TensorSpec]:
    """Give specs that are near: another type, an axis less, of size 1 or another, two swapped, pairs of numbers."""
    shape = spec.shape
    other: DType = "float32" if spec.dtype == "int64" else "int64"
    for dtype in _DTYPES:
        yield spec.reshaped(shape, dtype)
    yield spec.reshaped(shape[:1], other)
    yield from (spec.reshaped((2, size), other) for size in sorted(set(shape), key=str))
    for axis in range(len(shape)):
        rest = (*shape[:axis], *shape[axis + 1 :])
        yield spec.reshaped(rest)
        yield spec.reshaped(rest, other)
        yield spec.reshaped((*shape[:axis], 1, *shape[axis + 1 :]))
        yield spec.reshaped((*shape[:axis], 5, *shape[axis + 1 :]))
    if len(shape) > 1:
        yield spec.reshaped((*shape[:-2], shape[-1], shape[-2]))


def outcome(
    kind: LayerKind, worked_out: Values, inputs: Mapping[str, TensorSpec]
) -> Mapping[str, TensorSpec] | Fault | None:
    """Give what a kind's rule says; None for sizes that the check refuses itself: too long to write, or of nothing."""
    try:
        found = kind.infer(worked_out, inputs)
    except ExpressionError:
        return None
    if isinstance(found, Fault):
        return found
    outputs = {"y": found} if isinstance(found, TensorSpec) else found
    empty = any(isinstance(dim, int) and dim < 1 for spec in outputs.values() for dim in spec.shape)
    return None if empty else outputs


def project_of(*several: Case) -> Project:
    """Give a project whose network `case` uses each case once, with inputs and outputs of its own."""
    nodes: list[Node] = []
    wires: list[Wire] = []
    for index, case in enumerate(several):
        node = NodeId(f"{NODE}{index or ''}")
        nodes.append(Node(id=node, kind=case.kind.key, parameters=case.parameters))
        for port, spec in case.entering.items():
            entry = NodeId(f"{node}_from_{port}")
            nodes.append(Node(id=entry, kind="input", parameters={"shape": spec.shape, "dtype": spec.dtype}))
            wires += [Wire(entry, "y", node, port)] if case.inputs else []
        for port in case.outputs:
            leaving = NodeId(f"{node}_to_{port}")
            nodes.append(Node(id=leaving, kind="output"))
            wires.append(Wire(node, port, leaving, "x"))
    return Project(networks={"case": graph_of_nodes(*nodes, wires=tuple(wires))})


def reported(project: Project) -> tuple[Report, NodeReport]:
    """Check a project of cases; give its report and that of the first case's node."""
    report = check(project)
    assert [problem.message for problem in report.problems if problem.severity.value == "error"] == []
    return report, report.graphs[NETWORK].nodes[NODE]


def source_of(project: Project, variant: Variant = "model") -> Source:
    """Write the network of a project of cases."""
    return emit_networks(project, check(project), ["case"], variant)


def module_of(project: Project, variant: Variant = "model", device: str = "cpu") -> nn.Module:
    """Build the network of a project of cases."""
    source = source_of(project, variant)
    with torch.device(device):
        made = getattr(build(source, "case"), class_name("case"))()
    assert isinstance(made, nn.Module)
    return made


def device_for(case: Case) -> str:
    """Name the device that cases of a kind are tried on: one without numbers, or the processor where torch needs them."""
    if case.key not in _DEVICES:
        try:
            module_of(project_of(case), device="meta")(*tensors(case, "meta"))
            _DEVICES[case.key] = "meta"
        except NotImplementedError:
            _DEVICES[case.key] = "cpu"
    return _DEVICES[case.key]


def concrete(spec: TensorSpec, symbols: Mapping[str, Dim] = SIZES) -> tuple[int, ...]:
    """Give a shape with symbols replaced."""
    sizes = tuple(substitute(dim, dict(symbols)) for dim in spec.shape)
    assert all(isinstance(size, int) for size in sizes)
    return tuple(int(size) for size in sizes)


def tensors(case: Case, device: str = "cpu", symbols: Mapping[str, Dim] = SIZES) -> tuple[torch.Tensor, ...]:
    """Make inputs for a case, in port order, from torch's generator.

    Args:
        case: what they are for.
        device: where they are made.
        symbols: sizes of what is symbolic.

    Returns:
        Real numbers; whole numbers stay below anything they may have to index.
    """
    indexed = [spec for spec in case.entering.values() if spec.is_float or len(case.entering) > 1]
    sizes = [size for spec in indexed for size in concrete(spec, symbols)]
    listed = [value if isinstance(value, tuple) else (value,) for value in case.parameters.values()]
    counts = [value for values in listed for value in values if isinstance(value, int) and not isinstance(value, bool)]
    bound = min([2, *sizes, *(count for count in counts if count > 0)])
    bounds = {port.id: port for port in ports(case.kind.inputs, case.values)}
    return tuple(
        _reals_for(bounds.get(port, Port(port)), concrete(spec, symbols), device)
        if spec.is_float
        else torch.randint(0, 2 if spec.dtype == "bool" else bound, concrete(spec, symbols), device=device).to(
            getattr(torch, spec.dtype)
        )
        for port, spec in case.entering.items()
    )


def _reals_for(port: Port, sizes: tuple[int, ...], device: str) -> torch.Tensor:
    """Draw numbers for a port: normal ones, or such as keep within its bounds."""
    if port.low is None:
        return torch.randn(sizes, device=device)
    if port.high is None:
        return torch.rand(sizes, device=device) + (port.low + 0.05)
    inner = 0.9 * torch.rand(sizes, device=device) + 0.05
    return inner * (port.high - port.low) + port.low


def outputs_of(found: object) -> tuple[torch.Tensor, ...]:
    """Give what a network returned as a tuple."""
    given = found if isinstance(found, tuple) else (found,)
    assert all(isinstance(one, torch.Tensor) for one in given)
    return given
