"""Recurrent layers: RNN, GRU, LSTM over whole sequences, and their cells for one step. No torch in here.

The batch is the first axis of states, too, where torch has it second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.graph.dims import Dim, product, same, times
from engine.graph.specs import TensorSpec, shape_text
from engine.graph.types import Value
from engine.layers import recurrent_code, sight, worked
from engine.layers.emission import Expr, call, module
from engine.layers.kind import Code, Emit, EmitRule, Fault, Help, Hint, LayerKind, Port, Specs, Weight
from engine.layers.params import BoolParam, ChoiceParam, FloatParam, IntParam, Param, Values
from engine.layers.rules import need_float

_DOCS: Final = "https://docs.pytorch.org/docs/stable/generated/torch.nn"
_SIZE = IntParam(name="hidden_size", title="Hidden size", default=64, high=2**20, help="Length of the state")
_BIAS = BoolParam(name="bias", title="Bias", default=True, help="Whether learned numbers are added", advanced=True)
_NONLINEARITY = ChoiceParam(
    name="nonlinearity",
    title="Non-linearity",
    default="tanh",
    choices=("tanh", "relu"),
    help="What makes the new state",
)
_STACK: tuple[Param, ...] = (
    IntParam(name="num_layers", title="Layers", default=1, high=64, help="How many stand on top of each other"),
    BoolParam(
        name="bidirectional",
        title="Both directions",
        default=False,
        help="Whether a second one reads from the end; the answers stand side by side",
    ),
    FloatParam(
        name="dropout",
        title="Dropout",
        default=0.0,
        low=0.0,
        high=1.0,
        help="Share of zeros between layers, in training",
    ),
)
_H0 = Port("h0", "First state", optional=True, help="B × layers · directions × hidden; zeros when nothing comes in")
_C0 = Port("c0", "First cell state", optional=True, help="B × layers · directions × hidden; comes with h0")
_Y = Port("y", "All steps", help="Answer of the last layer at every step")
_LAST = Port("last", "Last answer", help="Of the last layer: after the last step, and backward after the first")
_H = Port("h", "State", help="B × layers · directions × hidden, after the last step")
_C = Port("c", "Cell state", help="B × layers · directions × hidden, after the last step")


@dataclass(frozen=True, slots=True)
class _Sort:
    """A way to remember.

    Attributes:
        name: of the module in torch.
        title: for people.
        gates: how many learned maps make a new state.
        cell: whether there is a cell's state beside the hidden one.
    """

    name: str
    title: str
    gates: int
    cell: bool = False

    @property
    def parameters(self) -> tuple[Param, ...]:
        """What every form of it has."""
        return (_SIZE, *((_NONLINEARITY,) if self.name == "RNN" else ()), _BIAS)


def _directions(values: Values) -> int:
    return 2 if values.flag("bidirectional") else 1


def _features(inputs: Specs) -> int:
    size = inputs["x"].shape[-1]
    return size if isinstance(size, int) else 0


def _entering(spec: TensorSpec, rank: int, title: str, layout: str) -> Fault | None:
    """Find fault with what a recurrent layer reads."""
    if fault := need_float(spec, title, embed=True):
        return fault
    if spec.rank == rank and isinstance(spec.shape[-1], int):
        return None
    grown = Hint(title="Insert unsqueeze: one feature a step", insert="unsqueeze", parameters={"dim": -1})
    return Fault(
        message=f"{title} needs {layout}, the number of features known",
        expected=layout,
        found=shape_text(spec),
        hints=(grown,) if spec.rank == rank - 1 == 2 else (),
    )


def _first_states(title: str, inputs: Specs, wanted: dict[str, TensorSpec]) -> Fault | None:
    """Find fault with the states that come in: all of them or none, each of its shape."""
    given = [port for port in wanted if port in inputs]
    for port in given:
        found, spec = inputs[port], wanted[port]
        alike = found.rank == spec.rank and all(same(a, b) for a, b in zip(found.shape, spec.shape, strict=True))
        if not alike or found.dtype != spec.dtype:
            return Fault(
                message=f"{title} starts from a state of {shape_text(spec)} here",
                expected=f"{shape_text(spec)} {spec.dtype}",
                found=f"{shape_text(found)} {found.dtype}",
                port=port,
            )
    missing = [port for port in wanted if port not in inputs]
    if not given or not missing:
        return None
    return Fault(
        message=f"{title} takes both first states or none: connect {missing[0]} too",
        expected=f"a wire at {missing[0]}",
        found=f"{given[0]} only",
        port=given[0],
    )


def _unused(values: Values, title: str) -> Fault | None:
    """Find fault with parameters that would mean nothing."""
    if values.real("dropout") and values.integer("num_layers") == 1:
        return Fault(
            message=f"{title} has its dropout between layers, and there is one layer only",
            expected="no dropout, or more layers",
            found=f"dropout {values.real('dropout'):g}",
            code="parameter",
            hints=(Hint(title="Set no dropout", set_parameter="dropout", to=0.0),),
        )
    return None


def _stack_rule(sort: _Sort, values: Values, inputs: Specs) -> dict[str, TensorSpec] | Fault:
    x, both, size = inputs["x"], _directions(values), values.integer("hidden_size")
    if fault := _entering(x, 3, sort.title, "sequences (B × T × features)") or _unused(values, sort.title):
        return fault
    state = x.reshaped((x.shape[0], values.integer("num_layers") * both, size))
    names = ("h", "c") if sort.cell else ("h",)
    if fault := _first_states(sort.title, inputs, {f"{name}0": state for name in names}):
        return fault
    answers = {"y": x.reshaped((*x.shape[:2], both * size)), "last": x.reshaped((x.shape[0], both * size))}
    return answers | dict.fromkeys(names, state)


def _stack_weights(sort: _Sort, values: Values, inputs: Specs) -> tuple[Weight, ...]:
    both, size = _directions(values), values.integer("hidden_size")
    rows, found = sort.gates * size, list[Weight]()
    for layer in range(values.integer("num_layers")):
        features = both * size if layer else _features(inputs)
        for end in (f"l{layer}", f"l{layer}_reverse")[:both]:
            found += [Weight(f"weight_ih_{end}", (rows, features)), Weight(f"weight_hh_{end}", (rows, size))]
            if values.flag("bias"):
                found += [Weight(f"bias_ih_{end}", (rows,)), Weight(f"bias_hh_{end}", (rows,))]
    return tuple(found)


def _cost(weights: tuple[Weight, ...], places: tuple[Dim, ...]) -> Dim:
    """Count one multiply-add for each number of each matrix at every place."""
    return times(product(places), sum(w.shape[0] * w.shape[1] for w in weights if len(w.shape) == 2))


def _options(values: Values) -> dict[str, tuple[Value, Value]]:
    """Give what is said to torch's module, each with torch's default."""
    defaults: dict[str, Value] = {
        "num_layers": 1, "nonlinearity": "tanh", "bias": True, "dropout": 0.0, "bidirectional": False
    }  # fmt: skip
    return {name: (values.raw(name), default) for name, default in defaults.items() if name in values.names}


def _stack_emit(sort: _Sort) -> EmitRule:
    def emit(use: Emit) -> Code:
        options = {**_options(use.values), "batch_first": (True, False)}
        size = use.values.integer("hidden_size")
        states = {port: use.names[port] for port in ("h0", "c0") if port in use.names}
        return Code(
            forward=call(use.self, use.names["x"], *states.values()),
            module=module(f"_{sort.name}", _features(use.specs), size, options=options),
            helpers=recurrent_code.steps(sort.name, cell=sort.cell, onnx=use.variant == "export"),
        )

    return emit


def _stack(sort: _Sort, aliases: tuple[str, ...], text: Help) -> LayerKind:
    return LayerKind(
        key=sort.name.lower(),
        title=sort.title,
        family="sequence",
        group="Recurrent",
        aliases=("recurrent", "memory", *aliases),
        help=text,
        parameters=(*sort.parameters[:1], *_STACK, *sort.parameters[1:]),
        inputs=(Port("x"), _H0, *((_C0,) if sort.cell else ())),
        outputs=(_Y, _LAST, _H, *((_C,) if sort.cell else ())),
        infer=lambda values, inputs: _stack_rule(sort, values, inputs),
        sees=sight.whole,
        emit=_stack_emit(sort),
        weights=lambda values, inputs: _stack_weights(sort, values, inputs),
        multiply_adds=lambda values, inputs, _: _cost(_stack_weights(sort, values, inputs), inputs["x"].shape[:2]),
        stochastic=True,
        differs_in_training=True,
        calls=(f"nn.{sort.name}", *recurrent_code.CALLS),
        worked=worked.on_last_axis,
    )


def _cell_rule(sort: _Sort, values: Values, inputs: Specs) -> dict[str, TensorSpec] | Fault:
    x, title = inputs["x"], f"{sort.title} cell"
    if fault := _entering(x, 2, title, "one step (B × features)"):
        return fault
    state = x.reshaped((x.shape[0], values.integer("hidden_size")))
    states = dict.fromkeys(("h", "c") if sort.cell else ("h",), state)
    return _first_states(title, inputs, states) or states


def _cell_weights(sort: _Sort, values: Values, inputs: Specs) -> tuple[Weight, ...]:
    size = values.integer("hidden_size")
    rows = sort.gates * size
    bias = (Weight("bias_ih", (rows,)), Weight("bias_hh", (rows,))) if values.flag("bias") else ()
    return (Weight("weight_ih", (rows, _features(inputs))), Weight("weight_hh", (rows, size)), *bias)


def _cell_emit(sort: _Sort) -> EmitRule:
    def emit(use: Emit) -> Code:
        size = use.values.integer("hidden_size")
        states = [use.names[port] for port in ("h", "c") if port in use.names]
        told = [Expr(f"({states[0].text}, {states[1].text})")] if len(states) == 2 else states
        return Code(
            forward=call(use.self, use.names["x"], *told),
            module=module(f"nn.{sort.name}Cell", _features(use.specs), size, options=_options(use.values)),
        )

    return emit


def _cell(sort: _Sort) -> LayerKind:
    ports = (Port("h", "State", optional=True), Port("c", "Cell state", optional=True))[: 2 if sort.cell else 1]
    return LayerKind(
        key=f"{sort.name.lower()}_cell",
        title=f"{sort.title} cell",
        family="sequence",
        group="Recurrent",
        aliases=("recurrent", "memory", "step", sort.name.lower()),
        help=Help(
            what=f"One step of {sort.title}: what comes in and the state so far make the next state.",
            formula="h' = f(x, h)" if not sort.cell else "h', c' = f(x, h, c)",
            shapes="B × F, B × H → B × H",
            when="To draw what happens at each step by yourself.",
            source=f"{_DOCS}.{sort.name}Cell.html",
        ),
        parameters=sort.parameters,
        inputs=(Port("x"), *ports),
        outputs=tuple(Port(port.id, port.title) for port in ports),
        infer=lambda values, inputs: _cell_rule(sort, values, inputs),
        sees=sight.whole,
        emit=_cell_emit(sort),
        weights=lambda values, inputs: _cell_weights(sort, values, inputs),
        multiply_adds=lambda values, inputs, _: _cost(_cell_weights(sort, values, inputs), inputs["x"].shape[:1]),
        calls=(f"nn.{sort.name}Cell",),
        worked=worked.on_last_axis,
    )


def _help(what: str, formula: str, when: str, source: str) -> Help:
    return Help(what=what, formula=formula, shapes="B × T × F → B × T × H, B × H", when=when, source=source)


_RNN: Final = _Sort("RNN", "RNN", 1)
_GRU: Final = _Sort("GRU", "GRU", 3)
_LSTM: Final = _Sort("LSTM", "LSTM", 4, cell=True)

KINDS = (
    _stack(
        _RNN,
        ("elman", "sequence"),
        _help(
            "Reads a sequence step by step and keeps a state that every step changes.",
            "hₜ = tanh(W xₜ + U hₜ₋₁ + b)",
            "For short sequences; over many steps it forgets, and an LSTM or GRU does better.",
            f"Elman, 1990; {_DOCS}.RNN.html",
        ),
    ),
    _stack(
        _LSTM,
        ("long short-term memory", "sequence"),
        _help(
            "Reads a sequence step by step; gates decide what its cell keeps, forgets and shows.",
            "cₜ = f · cₜ₋₁ + i · g, hₜ = o · tanh cₜ",
            "For text, time series and other sequences in which something early matters late.",
            f"Hochreiter, Schmidhuber, 1997; {_DOCS}.LSTM.html",
        ),
    ),
    _stack(
        _GRU,
        ("gated recurrent unit", "sequence"),
        _help(
            "Reads a sequence step by step; two gates decide how much of its state is renewed.",
            "hₜ = (1 − z) · n + z · hₜ₋₁",
            "As an LSTM, with a quarter fewer weights.",
            f"Cho et al., 2014, arXiv:1406.1078; {_DOCS}.GRU.html",
        ),
    ),
    _cell(_RNN),
    _cell(_LSTM),
    _cell(_GRU),
)
