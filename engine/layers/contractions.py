"""Products and distances of the vectors of two tensors: einsum, pairwise distances. No torch in here.

The formulas are torch's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engine.graph.dims import Dim, product, same
from engine.graph.specs import TensorSpec, shape_text
from engine.layers import sight
from engine.layers.arithmetic import broadcast
from engine.layers.emission import call, infix, method
from engine.layers.kind import Code, Emit, Fault, Help, LayerKind, Port, Specs
from engine.layers.params import ChoiceParam, TextParam, Values
from engine.layers.rules import need_float

_DOCS: Final = "https://docs.pytorch.org/docs/stable/generated/torch"
_EQUATION: Final = re.compile(r"([a-zA-Z]+)(?:,([a-zA-Z]+))?->([a-zA-Z]*)")
_PORTS: Final = (Port("a"), Port("b"))


@dataclass(frozen=True, slots=True)
class _Equation:
    """An equation read: the letters of what comes in, and of what comes out."""

    terms: tuple[str, ...]
    result: str

    @property
    def text(self) -> str:
        """How torch reads it."""
        return f"{','.join(self.terms)}->{self.result}"


def _read(text: str) -> _Equation | None:
    """Read an equation; None when it is none, or a letter stands twice for one tensor or for none that comes in."""
    found = _EQUATION.fullmatch(text.replace(" ", ""))
    if found is None:
        return None
    terms, result = tuple(term for term in found.group(1, 2) if term), found[3]
    single = all(len(set(term)) == len(term) for term in (*terms, result))
    return _Equation(terms, result) if single and set(result) <= set("".join(terms)) else None


def _einsum_ports(values: Values) -> tuple[Port, ...]:
    return _PORTS[: 2 if "," in values.text("equation") else 1]


def _einsum(values: Values, inputs: Specs) -> TensorSpec | Fault:
    text = values.text("equation")
    equation = _read(text)
    if equation is None:
        return Fault(
            message="An equation names each axis of one or two tensors by a letter, and the axes that are left",
            expected="such as bij,bjk->bik, no letter twice in a tensor",
            found=text,
            port="a",
            code="parameter",
        )
    sizes = _sizes(equation.terms, inputs)
    if isinstance(sizes, Fault):
        return sizes
    return inputs["a"].reshaped(tuple(sizes[letter] for letter in equation.result))


def _sizes(terms: Sequence[str], inputs: Specs) -> Mapping[str, Dim] | Fault:
    """Give the size of every letter, if the inputs agree on it."""
    sizes: dict[str, Dim] = {}
    for term, (port, spec) in zip(terms, inputs.items(), strict=True):
        if fault := need_float(spec, "Einsum", port):
            return fault
        if spec.rank != len(term):
            return Fault(
                message=f"The equation gives input {port} the {len(term)} axes {term}",
                expected=f"{len(term)} axes",
                found=shape_text(spec),
                port=port,
            )
        for letter, size in zip(term, spec.shape, strict=True):
            known = sizes.setdefault(letter, size)
            if same(known, size) is not True:
                return Fault(
                    message=f"The axes that the equation calls {letter} have different sizes",
                    expected=str(known),
                    found=f"{size} in {shape_text(spec)}",
                    port=port,
                )
    return sizes


def _einsum_cost(values: Values, inputs: Specs, outputs: Specs) -> Dim:
    """Count the products that are added up; torch adds up what only one side has before it multiplies."""
    equation = _read(values.text("equation"))
    sizes = _sizes(equation.terms, inputs) if equation else {}
    if equation is None or isinstance(sizes, Fault) or len(equation.terms) < 2:
        return 0
    shared = set(equation.terms[0]) & set(equation.terms[1])
    summed = [letter for letter in sizes if letter in shared - set(equation.result) and sizes[letter] != 1]
    return product(tuple(sizes[letter] for letter in (*equation.result, *summed))) if summed else 0


def _emit_einsum(use: Emit) -> Code:
    equation = _read(use.values.text("equation"))
    assert equation is not None
    return Code(forward=call("torch.einsum", equation.text, *use.names.values()))


def _distances(values: Values, inputs: Specs) -> TensorSpec | Fault:
    a, b = inputs["a"], inputs["b"]
    for port, spec in (("a", a), ("b", b)):
        if fault := need_float(spec, "Pairwise distances", port):
            return fault
        if spec.rank < 2:
            expected = "… × n × F"
            return Fault(message="Distances are those of rows", expected=expected, found=shape_text(spec), port=port)
    heads = broadcast(a.shape[:-2], b.shape[:-2])
    if heads is None or same(a.shape[-1], b.shape[-1]) is not True or a.dtype != b.dtype:
        return Fault(
            message="Pairwise distances need rows of one length on both sides",
            expected=f"… × m × {a.shape[-1]} {a.dtype}",
            found=f"{shape_text(b)} {b.dtype}",
            port="b",
        )
    return a.reshaped((*heads, a.shape[-2], b.shape[-2]))


def _emit_distances(use: Emit) -> Code:
    a, b, order = use.names["a"], use.names["b"], float(use.values.text("p"))
    if use.variant == "export":  # ONNX has no distances of its own
        differences = infix(method(a, "unsqueeze", -2), "-", method(b, "unsqueeze", -3))
        return Code(forward=call("torch.linalg.vector_norm", differences, order, dim=-1))
    return Code(forward=call("torch.cdist", a, b, p=order))


KINDS = (
    LayerKind(
        key="einsum",
        title="Einsum",
        family="linear",
        group="Arithmetic",
        aliases=("einstein sum", "contraction", "dot product", "outer product"),
        help=Help(
            what="Multiplies tensors and adds up, as an equation of letters for axes says: those not left are summed.",
            formula="bij,bjk->bik: y[b, i, k] = Σⱼ a[b, i, j] · x[b, j, k]",
            shapes="as the equation says",
            when="For products that would need transposes and reshapes, such as attention of several heads.",
            source=f"{_DOCS}.einsum.html",
        ),
        inputs=_einsum_ports,
        parameters=(
            TextParam(
                name="equation",
                title="Equation",
                default="bij,bjk->bik",
                form="equation",
                help="A letter for each axis of one or two tensors, an arrow, the letters that are left",
            ),
        ),
        sees=sight.equation,
        infer=_einsum,
        emit=_emit_einsum,
        multiply_adds=_einsum_cost,
        calls=("torch.einsum",),
        spaces=("networks", "training"),
    ),
    LayerKind(
        key="pairwise_distances",
        title="Pairwise distances",
        family="data",
        group="Arithmetic",
        aliases=("cdist", "euclidean", "nearest neighbour"),
        stem="distances",
        help=Help(
            what="The distance of every row of a to every row of b.",
            formula="y[i, j] = (Σ |a[i] − b[j]|ᵖ)^(1/p)",
            shapes="B × n × F, B × m × F → B × n × m",
            when="To find what is near: codebooks, prototypes, graphs of points.",
            source=f"{_DOCS}.cdist.html",
        ),
        inputs=_PORTS,
        parameters=(
            ChoiceParam(
                name="p",
                title="Norm",
                default="2",
                choices=("1", "2", "inf"),
                help="1 adds sizes, 2 is Euclidean, inf the largest difference",
            ),
        ),
        sees=sight.pairs,
        infer=_distances,
        emit=_emit_distances,
        calls=("torch.cdist", "torch.linalg", "torch.linalg.vector_norm", ".unsqueeze"),
        spaces=("networks", "training"),
    ),
)
