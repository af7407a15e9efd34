"""The declaration of a kind: everything the product knows about it stands in one `LayerKind` value.

Palette, inspector, check, compiler, file format, help and the test harness all follow from it. No torch, no Qt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

import msgspec

from engine.graph.dims import Dim
from engine.graph.specs import TensorSpec
from engine.graph.types import Space, Value
from engine.layers.emission import Expr, Variant
from engine.layers.params import Param, Values
from engine.layers.sight import Sight

Family = Literal["data", "linear", "vision", "normalisation", "activation", "sequence", "loss"]
Phase = Literal["train", "evaluate", "both"]
Trait = Literal[
    "keeps_values", "keeps_size", "local", "affine", "drops", "batch_statistics", "takes_classes", "compares"
]
"""What advice is given by:

keeps_values: no value changes; keeps_size: the last axis has the size that came in; local: thinned-out values stay
thinned out (activations, pools); affine: two in a row are one; drops: zeros at random; batch_statistics: normalises by the
batch's mean and variance; takes_classes: a loss of one score per class and class numbers; compares: a loss that is
smallest where both inputs are equal.
"""


class Role(Enum):
    """What a node of a kind is in its graph; the compiler and the trainer ask for this, never for a key."""

    LAYER = "layer"
    """Computes: anything that stands in a network; arithmetic and losses may stand in a training graph too."""
    INPUT = "input"
    """Input of a network; its id names the port."""
    OUTPUT = "output"
    """Output of a network; its id names the port."""
    NETWORK = "network"
    """A network as a node of another one, repeated `repeat` times."""
    SOURCE = "source"
    """Gives batches of data."""
    TRANSFORM = "transform"
    """Prepares data, fitted on the training part, run once; part of an export."""
    MODEL = "model"
    """A use of a model in a training graph."""
    NOISE = "noise"
    """Random numbers, drawn once a step and shared."""
    HOLD = "hold"
    """Gives later objectives what its first evaluation in this step produced, detached."""
    LOSS = "loss"
    """A layer that gives a scalar to minimise."""
    METRIC = "metric"
    """Measures; nothing flows out of it."""
    OBJECTIVE = "objective"
    """A scalar to minimise, what it updates and how."""


class Port(msgspec.Struct, frozen=True):
    """One input or output of a node."""

    id: str
    title: str = ""
    optional: bool = False
    help: str = ""
    low: float | None = None
    high: float | None = None
    """Bounds of the numbers for which there is a result; beyond them torch gives none, or nan."""


class Help(msgspec.Struct, frozen=True, kw_only=True):
    """What a person reads about a kind."""

    what: str
    """One or two sentences."""
    formula: str = ""
    """Plain text, e.g. `y = x Wᵀ + b`."""
    shapes: str = ""
    """e.g. `B × C × H × W → B × C' × H' × W'`."""
    when: str = ""
    source: str = ""
    """Paper or PyTorch documentation page."""


class Hint(msgspec.Struct, frozen=True, kw_only=True):
    """A way to mend a fault; the check turns it into edits."""

    title: str
    insert: str = ""
    """Kind to insert before `port`."""
    set_parameter: str = ""
    to: Value = None
    """New value of `set_parameter`, or nothing."""
    parameters: Mapping[str, Value] = {}
    """Parameters of the inserted node."""
    port: str = "x"


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Why a rule cannot say what comes out, in our own words."""

    message: str
    """One sentence: what is wrong and what to do, e.g. `Conv 2d needs an image (B × C × H × W)`."""
    expected: str = ""
    found: str = ""
    port: str = "x"
    code: str = "shape"
    hints: tuple[Hint, ...] = ()


Specs = Mapping[str, TensorSpec]
"""Specs by port id."""


class Weight(msgspec.Struct, frozen=True, gc=False):
    """One tensor a node owns; its key is the node's address and this name."""

    name: str
    shape: tuple[int, ...]
    buffer: bool = False
    """A buffer is saved and not trained."""


@dataclass(frozen=True, slots=True)
class Emit:
    """What `emit` is given."""

    values: Values
    specs: Specs
    """Input specs by port; an unconnected optional port is missing."""
    outputs: Specs
    names: Mapping[str, Expr]
    """Expression of each connected input, by port."""
    self: Expr
    """How the node's module is called in forward, e.g. `self.conv1`."""
    symbols: Mapping[str, Expr]
    """Expression that gives each symbolic dim at run time, e.g. B -> `image.shape[0]`."""
    like: Expr | None = None
    """A tensor that is at hand, on the device that new ones belong on; None when there is none."""
    owned: bool = True
    """Whether a network is around it that can own a module; a loss function cannot."""
    variant: Variant = "model"


@dataclass(frozen=True, slots=True)
class Code:
    """What `emit` gives back."""

    forward: Expr
    """Expression of the result; a tuple in port order when there are several outputs."""
    module: Expr | None = None
    """Constructor of the module that `forward` calls as `self.<id>`; None for plain functions."""
    prepare: tuple[Expr, ...] = ()
    """Statements about the module after it is made, e.g. `nn.init.zeros_(self.conv1.weight)`."""
    imports: tuple[str, ...] = ()
    """Import lines beyond `import torch` and `from torch import nn`, e.g. `import torch.nn.functional as F`."""
    helpers: tuple[str, ...] = ()
    """Source of classes and functions that the other two call, for what one expression cannot say: written before the
    networks, once for all uses. Their names start with an underscore, which no network's class does. Networks only."""


InferRule = Callable[[Values, Specs], "Mapping[str, TensorSpec] | TensorSpec | Fault"]
EmitRule = Callable[[Emit], Code]
WeightRule = Callable[[Values, Specs], tuple[Weight, ...]]
CostRule = Callable[[Values, Specs, Specs], Dim]
PortRule = Callable[[Values], tuple[Port, ...]]
Upgrade = Callable[[Mapping[str, Value]], Mapping[str, Value]]
WorkedRule = Callable[[Values, TensorSpec, TensorSpec], str]

X = (Port("x"),)
Y = (Port("y"),)


def no_weights(values: Values, inputs: Specs) -> tuple[Weight, ...]:
    """Say that a kind owns no tensors."""
    return ()


def no_cost(values: Values, inputs: Specs, outputs: Specs) -> Dim:
    """Say that a kind does no multiply-adds."""
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """Who works a metric out, and how its values read."""

    by: str
    """Class of torchmetrics, e.g. `classification.MulticlassAccuracy`."""
    options: Mapping[str, str | bool | int | float] = field(default_factory=dict)
    """What it is made with, beside the number of classes and the parameters of its kind."""
    words: Mapping[str, str] = field(default_factory=dict)
    """What torchmetrics calls those parameters that it calls otherwise, e.g. k -> `top_k`."""
    of: Literal["classes", "labels", "rows", "numbers", "images"]
    """Whether it compares scores per class with class numbers (`labels`: only which is highest; `rows`: whatever the number of
    classes), numbers with numbers, or images with images."""
    each: bool = False
    """torchmetrics is to give a value per class, whose mean over the classes that occur it is."""
    rises: bool = False
    """Better the larger it is: weights are chosen by it before the loss, and its curve ends at the top."""
    within_one: bool = False
    """Lies between 0 and 1."""
    is_share: bool = False
    """Is a share of counted samples and so has an interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCode:
    """Where a source or transform keeps its code: a module of `engine.sources` (numpy and its library only) and a function."""

    module: str
    function: str
    endings: tuple[str, ...] = ()
    """How files that it reads are called at the end, without `.gz`, e.g. `.csv`."""
    opens: Mapping[str, Callable[[str], str]] = field(default_factory=dict)
    """Its file parameters, and how the name of each follows from that of the file a person chose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerKind:
    """One entry of the catalogue."""

    key: str
    title: str
    family: Family
    group: str
    """Palette group, e.g. `Convolution`."""
    help: Help
    infer: InferRule
    emit: EmitRule
    role: Role = Role.LAYER
    parameters: tuple[Param, ...] = ()
    inputs: tuple[Port, ...] | PortRule = X
    outputs: tuple[Port, ...] | PortRule = Y
    sees: Sight | None = None
    """How far it sees: which places of its inputs each place of its outputs is made of; None where that is not told."""
    weights: WeightRule = no_weights
    weight_axis: int | None = None
    """Axis that counts the outputs in the tensor `weight` of its module, where it has one of two axes or more: then that
    can be initialised and normalised otherwise, by parameters that every such kind gets."""
    multiply_adds: CostRule = no_cost
    """For the shapes as they are; the check divides out the batch."""
    version: int = 1
    upgrades: Mapping[int, Upgrade] = field(default_factory=dict)
    """For every older version, what a node's parameters become in the next one: a file never changes its meaning. Where a
    default has changed, the old one is written out."""
    aliases: tuple[str, ...] = ()
    stem: str = ""
    """What ids of new nodes begin with, for they stand in the source: `norm`; empty: the key without its axes."""
    spaces: tuple[Space, ...] = ("networks",)
    """Kinds of graph a node of it may stand in."""
    phases: Phase = "both"
    stochastic: bool = False
    """Draws random numbers in training."""
    differs_in_training: bool = False
    """Computes something else in training than in evaluation (dropout, batch norm)."""
    traits: tuple[Trait, ...] = ()
    gives: tuple[float, float] | None = None
    """Smallest and largest value that can come out, where not all can."""
    applies: str = ""
    """For a loss: key of the kind it applies to its first input itself."""
    calls: tuple[str, ...] = ()
    """Everything of torch that `emit` may name: functions and modules as written (`nn.Conv2d`, `F.softmax`), and what it
    asks of a tensor with a dot before it (`.mean`). Emitted source that names anything else is refused."""
    code: SourceCode | None = None
    worked: WorkedRule | None = None
    """Works out the first output's size from the first input's with the node's own numbers, as one line to read."""
    measure: Measure | None = None
    """For a metric."""
    no_onnx: str = ""
    """Reason why it does not export, shown in the inspector; empty when it does."""
    defaults: Mapping[str, Value] = field(init=False)
    named: Mapping[str, Param] = field(init=False)
    """Parameters by name."""

    def __post_init__(self) -> None:
        """Collect defaults and names once: the check asks for them at every node."""
        object.__setattr__(self, "named", {param.name: param for param in self.parameters})
        object.__setattr__(self, "defaults", {param.name: param.default for param in self.parameters})
